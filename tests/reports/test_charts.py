"""Charts: what they show, in letters that are really drawn, the same bytes for the same figures."""

from __future__ import annotations

import gc
import io
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from matplotlib.figure import Figure
from PIL import Image

from bot.domain.counting import CoHosted, CountingRules
from bot.domain.kinds import Category, Mode, OccurrenceStatus, SignUp
from bot.domain.summary import (
    DaySummary,
    Figures,
    LibrarySummary,
    OccurrenceSummary,
    ShelfSummary,
    Summary,
    build_summary,
)
from bot.domain.summary_facts import (
    CampaignWindow,
    CountedEvent,
    CountedLibrary,
    CountedOccurrence,
    Counts,
    SummaryFacts,
    WalkInCount,
)
from bot.reports.chart_drawing import draw_chart
from bot.reports.charts import WIDTH_MM, Bar, Chart, draw_charts, list_charts
from tests.factories import NOW

FIRST, LAST = date(2026, 5, 27), date(2026, 6, 2)
AFTER = NOW + timedelta(days=30)
WINDOW = CampaignWindow(1, "week", "图书馆服务宣传周", "", 1, FIRST, LAST)


def figures(people: int, registered: int = 0, checked_in: int = 0, ratings: int = 0) -> Figures:
    """What charts read of figures."""
    return Figures(
        Counts(
            walk_ins=people - checked_in,
            registered_people=registered,
            checked_in_people=checked_in,
            ratings=ratings,
        )
    )


def summary(
    libraries: Mapping[str, int],
    days: Mapping[date | None, int],
    hours: Mapping[int, int] | None = None,
    total: Figures | None = None,
    exhibitions: Mapping[str, int] | None = None,
) -> Summary:
    """A summary with what charts read of it."""
    counted = [CountedLibrary(at, f"l{at}", name, "county", None) for at, name in enumerate(libraries)]
    return Summary(
        campaign=WINDOW,
        made_at=AFTER,
        library=None,
        day=None,
        total=total or figures(sum(libraries.values())),
        headlines=(),
        libraries=tuple(LibrarySummary(one, figures(libraries[one.name]), Figures(), ()) for one in counted),
        categories=(),
        days=tuple(DaySummary(day, figures(people)) for day, people in days.items()),
        events=(),
        occurrences=(),
        shelves=tuple(
            ShelfSummary(one, Category.EXHIBITION, figures((exhibitions or {})[one.name]))
            for one in counted
            if one.name in (exhibitions or {})
        ),
        arrivals=tuple((datetime(2026, 5, 27, hour), people) for hour, people in (hours or {}).items()),  # noqa: DTZ001
    )


WEEK = summary(
    {"广元市图书馆": 1240, "苍溪县图书馆": 60},
    {FIRST: 800, date(2026, 5, 28): 500},
    {9: 60, 11: 7},
    figures(1300, registered=90, checked_in=70, ratings=12),
)


def titles(of: Summary, *, public: bool = False) -> list[str]:
    """The charts of a summary."""
    return [chart.title for chart in list_charts(of, public=public)]


def bars(of: Summary, title: str, *, public: bool = False) -> list[tuple[str, int, int]]:
    """Name, number and exhibitions of each bar of one of its charts."""
    chart = next(chart for chart in list_charts(of, public=public) if chart.title == title)
    return [(bar.name or bar.labels[0], bar.number, bar.exhibitions) for bar in chart.bars]


# --- what they show ----------------------------------------------------------------------------------------------------


def test_every_chart_tells_its_numbers_in_words() -> None:
    pictures = draw_charts(WEEK)
    assert [picture.caption for picture in pictures] == [
        "图1　每日参加人次",
        "图2　各馆参加人次",
        "图3　到场时段分布",
        "图4　报名、到场与评价",
    ]
    assert [picture.alternative for picture in pictures] == [
        "每日参加人次：5月27日800，5月28日500，5月29日0，5月30日0，5月31日0，6月1日0，6月2日0。",
        "各馆参加人次：广元市图书馆1240，苍溪县图书馆60。",
        "到场时段分布：9时60，10时0，11时7。",
        "报名、到场与评价：报名90人，签到70人次，评价12份。",
    ]


def test_bars_make_the_total_also_with_what_has_no_date_and_very_many_libraries() -> None:
    many = {f"第{at}街道图书馆": at * 7 % 50 for at in range(60)}
    week = summary(many, {None: 30, FIRST: 20, date(2026, 4, 20): 9, date(2026, 4, 21): 2, date(2026, 6, 3): 8})
    assert sum(number for _, number, _ in bars(week, "各馆参加人次")) == sum(many.values())
    assert len(bars(week, "各馆参加人次")) == 29
    shown = [(name, number) for name, number, _ in bars(week, "每日参加人次") if number]
    assert shown == [("此前", 11), ("5月27日", 20), ("此后", 8), ("未记日期", 30)]


def test_days_to_come_have_a_place_and_no_number() -> None:
    running = replace(WEEK, made_at=datetime(2026, 5, 28, 4, tzinfo=NOW.tzinfo))
    assert [bar.is_ahead for bar in list_charts(running)[0].bars] == [False, False, True, True, True, True, True]
    assert "5月29日" not in draw_charts(running)[0].alternative


@pytest.mark.parametrize(("days", "title", "count"), [(31, "每日", 31), (120, "每周", 18), (366, "每月", 13)])
def test_long_campaigns_are_shown_by_week_or_month(days: int, title: str, count: int) -> None:
    window = replace(WINDOW, starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 1) + timedelta(days - 1))
    long = replace(WEEK, campaign=window, days=(DaySummary(date(2026, 1, 5), figures(70)),))
    shown = bars(long, f"{title}参加人次")
    assert len(shown) == count
    assert sum(number for _, number, _ in shown) == 70


def test_exhibitions_are_told_apart_by_day_and_by_library() -> None:
    """One of them may be most of a month's attendance (library-domain 3.3)."""
    library = CountedLibrary(1, "gy", "广元市图书馆", "city", None)
    events = [
        CountedEvent(at, str(at), "活动", category, "", 1, None, (), (), (), "", SignUp.NONE)
        for at, category in enumerate((Category.EXHIBITION, Category.LECTURE))
    ]
    held = [
        CountedOccurrence(
            *(event.id, event.id, "", event.id, "", NOW, NOW + timedelta(hours=1), False, "", (), None),
            *(Mode.ONSITE, OccurrenceStatus.SCHEDULED),
        )
        for event in events
    ]
    came = (WalkInCount(0, FIRST, 900), WalkInCount(1, FIRST, 40))
    facts = SummaryFacts(WINDOW, (library,), tuple(events), tuple(held), (), (), (), came, (), ())
    assert bars(build_summary(facts, AFTER), "每日参加人次")[0] == ("5月27日", 940, 900)
    with_exhibition = summary({"甲馆": 900, "乙馆": 40}, {}, exhibitions={"甲馆": 860})
    assert "甲馆900（其中展览860）" in draw_charts(with_exhibition)[0].alternative


def test_nothing_is_drawn_of_a_week_in_which_nothing_was() -> None:
    assert draw_charts(summary({"甲馆": 0, "乙馆": 0}, {FIRST: 0}, {}, Figures())) == ()


# --- for everybody -----------------------------------------------------------------------------------------------------


def test_public_charts_show_no_handful_of_persons() -> None:
    """Seen to fail without each of the filters."""
    few = summary({"甲馆": 4, "乙馆": 100}, {FIRST: 102, LAST: 2}, {9: 100, 10: 1}, figures(104, 30, 20, 3))
    assert titles(few) == ["每日参加人次", "各馆参加人次", "到场时段分布", "报名、到场与评价"]
    assert titles(few, public=True) == ["报名、到场与评价"]
    assert bars(few, "报名、到场与评价", public=True) == [("报名", 30, 0), ("签到", 20, 0)]


def test_public_charts_give_no_numbers_to_subtract_from_the_tables() -> None:
    """A day less its other activities is the smallest one; a library less its exhibitions is all else."""
    week = summary({"甲馆": 63, "乙馆": 100}, {FIRST: 63, LAST: 100}, exhibitions={"甲馆": 60})
    small = OccurrenceSummary.__new__(OccurrenceSummary)
    object.__setattr__(small, "figures", figures(3))
    assert titles(week, public=True) == ["每日参加人次", "各馆参加人次"]
    assert bars(week, "各馆参加人次", public=True)[0] == ("甲馆", 63, 0)
    with_small = replace(week, occurrences=(small,))
    assert titles(with_small, public=True) == ["各馆参加人次"]
    assert titles(replace(with_small, rules=CountingRules(co_hosted=CoHosted.EACH)), public=True) == []


# --- how they are drawn ------------------------------------------------------------------------------------------------


def test_same_figures_give_the_same_bytes_in_any_thread() -> None:
    """Each chart is drawn anew: what was drawn before is forgotten."""

    def draw() -> list[bytes]:
        return [draw_chart.__wrapped__(chart) for chart in list_charts(WEEK)]

    first, found = draw(), list[object]()
    threads = [threading.Thread(target=lambda: found.append(draw())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [first] * 3


@pytest.mark.parametrize("count", [2, 28, 90])
def test_chart_is_as_wide_as_the_text_and_fits_on_a_page(count: int) -> None:
    many = summary({f"广元市昭化区第{at}街道社区图书馆红岩镇分馆": 10 * at + 10 for at in range(count)}, {})
    for picture in draw_charts(many):
        with Image.open(io.BytesIO(picture.content)) as image:
            assert image.height / image.width * 150 <= 190
            assert round(image.width / image.info["dpi"][0] * 25.4) == picture.width_mm == WIDTH_MM
        assert len(picture.content) < 100_000


def ink(chart: Chart, box: tuple[float, float, float, float]) -> int:
    """How many pixels are not paper between two corners, in shares of width and height."""
    with Image.open(io.BytesIO(draw_chart(chart))) as image:
        width, height = image.size
        left, top, right, bottom = box
        part = image.convert("L").crop((int(left * width), int(top * height), int(right * width), int(bottom * height)))
        return sum(part.histogram()[:200])


def test_a_huge_bar_is_broken_so_that_the_small_ones_can_be_told_apart() -> None:
    """Seen to fail without the break: the small ones are then strokes of half a millimetre."""
    small = tuple(Bar((f"{at}日",), 100 + 60 * at) for at in range(1, 5))
    chart = Chart("", (Bar(("1日",), 30_000), *small), "单位：人次")
    heights = [ink(chart, (at / 5 + 0.06, 0.3, at / 5 + 0.14, 0.86)) for at in range(5)]
    assert heights[1:] == sorted(heights[1:])
    assert heights[1] * 2 < heights[4] < heights[0]


def test_rare_letters_are_drawn_and_what_has_no_form_becomes_a_geta_mark() -> None:
    """A box for a missing form would be the same for two letters."""

    def drawn(name: str) -> bytes:
        return draw_chart(Chart("", (Bar((name,), 7), Bar(("乙馆",), 5)), lies=True))

    assert len({drawn("䶮馆"), drawn("㼆馆"), drawn("𬶋馆"), drawn("门馆"), drawn("門馆")}) == 5
    assert drawn("\ue000馆") == drawn("馆")
    assert drawn("📚馆") == drawn("馆")


def test_a_hundred_charts_leave_no_figure_behind() -> None:
    for at in range(100):
        draw_chart(Chart(f"{at}", (Bar(("甲",), 5 + at), Bar(("乙",), 3)), lies=True, may_break=at % 2 == 0))
    gc.collect()
    assert not [each for each in gc.get_objects() if isinstance(each, Figure)]
