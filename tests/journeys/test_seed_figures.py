"""Every figure that seven real reports print comes back: in the summary, in its table and in the text (issue 6)."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from bot.domain.campaign_file import FileRefused
from bot.domain.clock import at_local
from bot.domain.coverage import Medium
from bot.domain.report_style import DEFAULT_STYLE
from bot.domain.summary import Summary
from bot.reports.document import Document, Heading, Paragraph
from bot.reports.drawing import draw_report
from bot.reports.plain_text import write_text
from bot.reports.report_text import write_report
from bot.reports.summary_json import to_dict
from bot.reports.table import Table, Value
from bot.reports.tables import list_tables
from bot.services.campaigns import choose_campaign
from bot.services.reports import gather
from bot.services.tally_files import import_tally_file
from bot.store.database import Database
from bot.store.pii import Keys
from bot.texts.campaign_files import fault_report
from bot.texts.metrics import metric_name
from bot.texts.tables import TOTAL, WHOLE
from tests.conversation.conftest import Chat, chat
from tests.journeys.seed_figures import FIGURES, ROLES, SCHEDULE, SEEDS, SeedFigure, of_week
from tests.journeys.seed_weeks import (
    LATER,
    SAMPLES,
    STAFF,
    import_figures,
    import_week,
    number_of,
    send_week,
    summary_json,
    summary_of,
)

__all__ = ["chat"]
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _noted_at(figure: SeedFigure, counted: dict[str, Any]) -> list[dict[str, Any]]:
    """What the summary has of a figure's metric and unit where it belongs."""
    if not figure.event:
        return [entry for entry in counted["headlines"] if entry["metric"] == figure.metric]
    (event,) = [event for event in counted["events"] if event["key"] == figure.event]
    entries = event["schedule"] if figure.source == SCHEDULE else [*event["tallies"], *event["unsummed"]]
    return [entry for entry in entries if (entry["metric"], entry["unit"]) == (figure.metric, figure.unit)]


def assert_comes_back(figure: SeedFigure, counted: dict[str, Any]) -> None:
    """The summary has the figure, exact in number, unit and exactness."""
    (found,) = _noted_at(figure, counted)
    if figure.part:
        (found,) = [part | {"unit": found["unit"]} for part in found["parts"] if part["part"] == figure.part]
    number = None if found["number"] is None else Decimal(found["number"])
    assert (number, found["unit"], found["exactness"]) == figure.amount, (figure, found)


def assert_in_table(figure: SeedFigure, summary: Summary) -> None:
    """The table that the figure belongs to has it as an exact number, in the row that names what it is."""
    tables = {table.code: table for table in list_tables(summary)}
    event = next((part for part in summary.events if part.event.key == figure.event), None)
    if event is None:
        house, where = WHOLE, ""
    else:
        house, where = event.library.name, event.event.title
    name, part = metric_name(figure.metric), figure.part
    if figure.source == SCHEDULE:
        _assert_in_the_programme(figure, [row for row in _rows(tables["T2"]) if row[2] == where])
    elif figure.metric == "essays_awarded":
        assert (house, where, part or TOTAL, figure.number, figure.unit) in [row[:5] for row in _rows(tables["T6"])]
    elif figure.metric == "attendance":
        assert [row[CAME] for row in _rows(tables["T2"]) if row[2] == where] == [figure.number or 0]
    else:
        found = [row for row in _rows(tables["T5"]) if row[:3] == (house, name, part) and row[4] == figure.unit]
        assert [row[3] for row in found] == [figure.number], (figure, found)


CAME = 12  # 参加人次 in T2


def _rows(table: Table) -> list[tuple[Value, ...]]:
    return [tuple("" if cell.value is None else cell.value for cell in row.cells) for row in table.rows]


def _assert_in_the_programme(figure: SeedFigure, rows: list[tuple[Value, ...]]) -> None:
    """What follows from the programme stands there: a row for each session, the days, the places."""
    when, where = str(rows[0][4]), str(rows[0][5])
    match figure.metric:
        case "sessions":
            assert len(rows) == figure.number
        case "drift_points":
            assert len(where.split("、")) == figure.number
        case _:
            assert when == {"S1-F12": "5月15日—7月15日"}.get(figure.id, "5月27日—6月2日")


@pytest.mark.parametrize("kind", ["yaml", "xlsx"])
def test_all_seven_weeks_go_into_one_system_and_every_figure_comes_back(db: Database, keys: Keys, kind: str) -> None:
    for week in SEEDS:
        import_week(db, week, kind)
        import_figures(db, week, kind)
    checked = 0
    for week in SEEDS:
        summary = summary_of(db, week, keys)
        counted = to_dict(summary)
        assert len(counted["libraries"]) == (6 if week == SEEDS[0] else 1), "one week is not the others' business"
        for figure in of_week(week):
            assert_comes_back(figure, counted)
            assert_in_table(figure, summary)
            checked += 1
    assert checked == len(FIGURES) == 60


@one_database
@pytest.mark.parametrize("week", SEEDS[:5])
def test_every_figure_that_staff_send_comes_back(chat: Chat, week: str) -> None:
    answers = send_week(chat, week)
    lost = [figure for figure in of_week(week) if figure.number is None]
    for figure in lost:  # who knows that the digits are lost says so
        assert "漏了位数" in answers[figure.id]
        number = number_of(chat.db, week, figure.event)
        answers[figure.id] = chat.say(STAFF, f"记录 {figure.word} {figure.printed} 待核 {number}")
    assert [figure for figure, said in answers.items() if "已记录" not in said] == []
    summary = summary_of(chat.db, week, chat.keys)
    text = write_text(write_report(summary, DEFAULT_STYLE, {}))
    for figure in of_week(week):
        assert_comes_back(figure, to_dict(summary))
        assert_in_table(figure, summary)
        assert_in_text(figure, text)


# --- what each report could be caught by


def _counted(db: Database, keys: Keys, week: str) -> dict[str, Any]:
    import_week(db, week)
    import_figures(db, week)
    return summary_json(db, week, keys)


def _totals(counted: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(total["metric"], total["unit"]): total for total in counted["total"]["tallies"]}


@one_database
def test_the_city_week_overlaps_counts_venues_and_leaves_the_headline_alone(db: Database, keys: Keys) -> None:
    counted = _counted(db, keys, "guangyuan-2016")
    events = {event["key"]: event for event in counted["events"]}
    assert (events["A10"]["first_day"], events["A10"]["last_day"]) == ("2016-05-15", "2016-07-15"), "crosses the week"
    assert events["A10"]["sessions"] == 2, "and counts in it, once for each square"
    assert events["A08"]["sessions"] == 2, "one exhibition at two places on a day"
    assert events["A15a"]["parent"] == events["A15b"]["parent"] == "A15"
    assert counted["total"]["person_times"] == 60, "the headline is not rebuilt, nor added"
    assert counted["headlines"][0]["words"] == "近万名"
    totals = _totals(counted)
    books = [totals["volumes_donated", unit] for unit in ("册", "本")]
    assert sum(total["number"] for total in books) == 1200
    assert totals["sets_donated", "套"]["number"] == 50, "a set is not a volume"
    (each,) = [entry for entry in counted["total"]["unsummed"] if entry["metric"] == "cash_per_person"]
    assert totals["cash_recipients", "名"]["number"] * each["number"] == 1200
    own = [event for event in counted["events"] if event["library"] == "cangxi" and event["parent"] is None]
    assert sorted(event["key"] for event in own) == ["A02", "A05", "A08", "A09", "A15"]


@one_database
def test_a_stock_of_cards_is_not_the_weeks_and_lost_digits_are_no_number(db: Database, keys: Keys) -> None:
    counted = _counted(db, keys, "dujiang-2012")
    beside = {entry["metric"]: entry for entry in counted["total"]["unsummed"]}
    assert beside["valid_cards_cumulative"]["number"] == 600
    assert not [metric for metric, _ in _totals(counted) if metric in ("valid_cards_cumulative", "attendance")]
    assert beside["attendance"]["number"] is None
    assert "【数据待核】" in beside["attendance"]["words"]
    assert counted["total"]["person_times"] == 0
    assert len(counted["events"]) == 18, "those without any figure are told of too"


@one_database
def test_a_window_of_a_month_and_totals_of_their_parts(db: Database, keys: Keys) -> None:
    counted = _counted(db, keys, "yuanquan-2012")
    assert (counted["campaign"]["starts_on"], counted["campaign"]["ends_on"]) == ("2012-04-20", "2012-05-20")
    totals = _totals(counted)
    for metric, unit, parts in (
        ("leaflets_distributed", "份", [1000, 1000, 1000, 1000]),
        ("essays_awarded", "篇", [5, 10, 20, 40]),
        ("schools_served", "所", [2, 3]),
    ):
        total = totals[metric, unit]
        assert [part["number"] for part in total["parts"]] == parts
        assert total["number"] == sum(parts)
    events = {event["key"]: event for event in counted["events"]}
    assert events["A09"]["sessions"] == 10, "Saturdays and Sundays of 31 days"
    assert events["A10"]["sessions"] == totals["films_shown", "部"]["number"] == 5
    assert ("duration", 5, "天") in [(one["metric"], one["number"], one["unit"]) for one in events["A10"]["schedule"]]


@one_database
def test_ordinals_are_never_added_and_one_afternoon_holds_two_events(db: Database, keys: Keys) -> None:
    counted = _counted(db, keys, "jili-2018")
    assert not [metric for metric, _ in _totals(counted) if metric.endswith("_ordinal") or metric == "duration"]
    books = [total["number"] for (metric, _), total in _totals(counted).items() if metric == "volumes_delivered"]
    assert sorted(books) == [100, 200], "册 and 本 stay apart"
    assert sum(books) == 300
    days = [event["key"] for event in counted["events"] if event["first_day"] == "2018-05-28"]
    assert days == ["A07", "A08"]


@one_database
@pytest.mark.parametrize("week", ["shanxi-2014", "gu-2014"])
def test_a_week_without_a_single_figure_is_a_week(db: Database, keys: Keys, week: str) -> None:
    counted = _counted(db, keys, week)
    assert counted["total"]["tallies"] == counted["total"]["unsummed"] == []
    assert counted["total"]["activities"] == 4, "five of the report, less the internal one"


# --- the text


def _document(db: Database, keys: Keys, week: str, now: datetime = LATER) -> Document:
    return write_report(summary_of(db, week, keys, now), DEFAULT_STYLE, {})


def assert_in_text(figure: SeedFigure, text: str) -> None:
    """The report says the figure as the seed prints it."""
    assert re.search(figure.pattern, text), (figure.id, figure.pattern)


@one_database
@pytest.mark.parametrize("week", SEEDS)
def test_a_week_in_an_empty_system_makes_its_report_with_every_figure_and_section(
    db: Database, keys: Keys, week: str
) -> None:
    import_week(db, week)
    import_figures(db, week)
    summary = summary_of(db, week, keys)
    document = write_report(summary, DEFAULT_STYLE, {})
    text = write_text(document)
    for figure in of_week(week):
        assert_comes_back(figure, to_dict(summary))
        assert_in_text(figure, text)
    assert summary.media
    told = next(table for table in list_tables(summary) if table.code == "T7")
    assert [row.cells[3].value for row in told.rows] == [item.outlet for item in summary.media]
    named = (Medium.NEWSPAPER, Medium.WEBSITE, Medium.TELEVISION)  # of banners the text says that they hung
    assert all(item.outlet in text for item in summary.media if item.medium in named)
    assert "8多" not in text
    assert text == write_text(_document(db, keys, week, LATER + timedelta(days=9))), "the same figures, the same text"
    _assert_sections(document, week)


def _assert_sections(document: Document, week: str) -> None:
    """What the sections of the real report are for, ours are for too."""
    slots = {block.slot.partition(".")[0] for block in document.blocks if isinstance(block, Heading | Paragraph)}
    has = slots | ({"closing"} if document.closing else set())
    for role in ROLES[week]:
        assert role in has, role
    goes_up = week == SEEDS[0]
    assert (document.addressee, document.closing) == (("市文广新局", "特此报告。") if goes_up else ("", ""))


@one_database
def test_lost_digits_stand_at_the_front_and_nowhere_as_a_number(db: Database, keys: Keys) -> None:
    import_week(db, "dujiang-2012")
    import_figures(db, "dujiang-2012")
    document = _document(db, keys, "dujiang-2012")
    assert [line for line in document.to_check if "【数据待核】人次" in line and "“读书乐”有奖猜谜" in line]
    assert "8多" not in repr(document)


# --- what is refused, and what must not be told


@one_database
def test_parts_that_do_not_make_up_their_total_are_refused_with_both_numbers(chat: Chat) -> None:
    import_week(chat.db, "yuanquan-2012")
    file = (SAMPLES / "yuanquan-2012-tallies.yaml").read_text("utf-8")
    with chat.db.writing() as tx:
        refused = import_tally_file(tx, file.replace("优秀奖, 数量: 40篇", "优秀奖, 数量: 30篇").encode(), LATER)
    assert isinstance(refused, FileRefused)
    assert len(refused.faults) == 1
    said = " ".join(fault_report(refused.faults))
    assert "75" in said
    assert "65" in said
    assert summary_json(chat.db, "yuanquan-2012", chat.keys)["total"]["tallies"] == []
    send_week(chat, "yuanquan-2012", [])
    number = number_of(chat.db, "yuanquan-2012", "A02")
    said = chat.say(STAFF, f"记录 获奖征文 75篇 其中一等奖5篇、二等奖10篇、三等奖20篇、优秀奖30篇 {number}")
    assert "已记录" not in said
    assert "75" in said
    assert "65" in said
    assert summary_json(chat.db, "yuanquan-2012", chat.keys)["total"]["tallies"] == []


READERS = {
    f"o{'x' * 20}reader-{number}": (f"张{given}", f"1380013{number:04}")
    for number, given in enumerate("甲乙丙丁戊己庚辛壬癸子丑")
}


@one_database
def test_readers_who_came_are_counted_and_nothing_of_them_is_in_any_file(chat: Chat) -> None:
    """Sixty people of twelve parties sign up and are let in, three more walk in: 60余位 by counting, not by a tally."""
    week = "guangyuan-2016"
    import_week(chat.db, week)
    import_figures(chat.db, week)
    number = number_of(chat.db, week, "A09")
    chat.now = at_local(date(2016, 5, 20), time(10))
    codes = []
    for openid, (name, phone) in READERS.items():
        assert "同意" in chat.say(openid, f"报名 {number} {name} {phone} 5人")
        done = re.search(r"入场码：(\w+)", chat.say(openid, "同意"))
        assert done
        codes.append(done[1])
    send_week(chat, week, [])
    chat.now = at_local(date(2016, 5, 31), time(14, 20))
    for code in codes:
        assert "签到成功" in chat.say(STAFF, f"核销 {code}")
    assert "63" in chat.say(STAFF, f"现场 3 {number}")
    chat.now = at_local(date(2016, 5, 31), time(17))
    assert "谢谢" in chat.say(next(iter(READERS)), f"评价 {number} 5 张甲的电话是13800130000")
    with chat.db.reading() as tx:
        material = gather(tx, choose_campaign(tx, week), chat.keys, LATER)
    (talk,) = [part for part in material.summary.events if part.event.key == "A09"]
    assert talk.figures.counts.person_times == 63, "what was counted, and the tally that says 60余 is not added"
    files = draw_report(material)
    assert "63" in files["report.txt"].decode()
    words = {name: _all_words(content) for name, content in files.items()}
    for openid, (name, phone) in READERS.items():
        assert [file for file, said in words.items() if openid in said or name in said or phone in said] == []


def _all_words(content: bytes) -> str:
    """Everything that a file says, in each of its parts: XML, properties, relations."""
    if not content.startswith(b"PK"):
        return content.decode()
    with ZipFile(BytesIO(content)) as packed:
        return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
