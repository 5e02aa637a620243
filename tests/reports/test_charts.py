"""Charts: what they show, in letters that are really drawn, the same bytes for the same figures."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from datetime import date, datetime

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from bot.domain.summary import DaySummary, Figures, LibrarySummary, Summary
from bot.domain.summary_facts import CampaignWindow, CountedLibrary, Counts
from bot.reports.chart_font import chart_font
from bot.reports.charts import draw_charts
from tests.factories import NOW


def figures(people: int, registered: int = 0, ratings: int = 0) -> Figures:
    return Figures(Counts(walk_ins=people, registered_people=registered, checked_in_people=0, ratings=ratings))


def summary(libraries: dict[str, int], days: dict[date, int]) -> Summary:
    """A summary with what charts read of it."""
    window = CampaignWindow(1, "week", "图书馆服务宣传周", "", 1, date(2026, 5, 27), date(2026, 6, 2))
    parts = [
        LibrarySummary(CountedLibrary(at, f"l{at}", name, "county", None), figures(people), figures(people), ())
        for at, (name, people) in enumerate(libraries.items())
    ]
    return Summary(
        campaign=window,
        made_at=NOW,
        library=None,
        day=None,
        total=figures(sum(libraries.values()), registered=90, ratings=12),
        headlines=(),
        libraries=tuple(parts),
        categories=(),
        days=tuple(DaySummary(day, figures(people)) for day, people in days.items()),
        events=(),
        occurrences=(),
        arrivals=((datetime(2026, 5, 27, 9), 40), (datetime(2026, 5, 28, 9), 20), (datetime(2026, 5, 27, 11), 7)),  # noqa: DTZ001
    )


WEEK = summary({"广元市图书馆": 1240, "苍溪县图书馆": 60}, {date(2026, 5, 27): 800, date(2026, 5, 28): 500})


def test_every_chart_tells_its_numbers_in_words() -> None:
    said = [picture.alternative for picture in draw_charts(WEEK)]
    assert said == [
        "每日参加人次：5月27日800，5月28日500。",
        "各馆参加人次：广元市图书馆1240，苍溪县图书馆60。",
        "到场时段分布：9时60，10时0，11时7。",
        "报名、到场与评价：报名人数90，到场人次0，评价份数12。",
    ]


def test_same_figures_give_the_same_bytes_in_any_thread() -> None:
    first, found = draw_charts(WEEK), list[object]()
    threads = [threading.Thread(target=lambda: found.append(draw_charts(WEEK))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [first] * 3


@pytest.mark.parametrize("count", [2, 40])
def test_chart_is_as_wide_as_the_text_and_fits_on_a_page(count: int) -> None:
    many = summary({f"第{at}街道社区分馆": 10 * at + 10 for at in range(count)}, {})
    for picture in draw_charts(many):
        with Image.open(io.BytesIO(picture.content)) as image:
            assert image.width / image.height * 195 >= 150
        assert picture.width_mm == 150
        assert len(picture.content) < 150_000


def test_nothing_is_drawn_of_a_week_in_which_nothing_was() -> None:
    empty = replace(summary({"甲馆": 0, "乙馆": 0}, {date(2026, 5, 27): 0}), total=Figures(), arrivals=())
    assert draw_charts(empty) == ()


def test_public_charts_show_no_handful_of_persons() -> None:
    """Seen to fail without the filter."""
    few = summary({"甲馆": 4, "乙馆": 100}, {date(2026, 5, 27): 104, date(2026, 5, 28): 50})
    assert "各馆参加人次" in "".join(picture.alternative for picture in draw_charts(few))
    assert "各馆参加人次" not in "".join(picture.alternative for picture in draw_charts(few, public=True))


def test_font_has_a_form_for_every_letter_of_the_labels() -> None:
    """Simplified forms of one weight: matplotlib by itself reads the Japanese ones at their thinnest."""
    with TTFont(str(chart_font("昭化区图书馆䶮㼆"))) as font:
        assert {ord(letter) for letter in "昭化区图书馆䶮㼆0123456789月日时"} <= set(font.getBestCmap())
        assert "fvar" not in font
