"""Tables T1 to T7: what they hold, that their sums add up, and that every count leads to its rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bot.domain.counting import CountingRules, HybridAs
from bot.domain.coverage import Medium
from bot.domain.kinds import Category, Exactness, Mode
from bot.domain.national import sum_year
from bot.domain.summary import Comparison
from bot.domain.summary_facts import Counts
from bot.domain.trace import Trace, total_of
from bot.reports.table import Kind, Row, RowKind, Table
from bot.reports.tables import list_programme_table, list_tables
from bot.services.summary import summarize
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.summary import load_summary_facts
from bot.store.trace_rows import find_rows
from bot.texts.summary import category_name
from tests.conftest import TEST_SECRET
from tests.factories import NOW
from tests.reports.weeks import Held, Week, covered, library_name, noted
from tests.services.random_week import build_random_week, note_at_random

KEYS = Keys(TEST_SECRET)
AFTER = datetime(2026, 7, 1, tzinfo=UTC)


def told(row: Row, *columns: int) -> tuple[object, ...]:
    """Some cells of a row."""
    return tuple(row.cells[at].value for at in columns)


def by_code(tables: tuple[Table, ...]) -> dict[str, Table]:
    """Tables by code."""
    return {table.code: table for table in tables}


def sums_that_do_not_add_up(table: Table) -> list[tuple[int, int]]:
    """Row and column of every sum that its parts do not make."""
    return [
        (at, column)
        for at, row in enumerate(table.rows)
        for column in row.added_columns
        if row.adds and row.cells[column].value != sum(_number(table.rows[part], column) for part in row.adds)
    ]


def _number(row: Row, column: int) -> Decimal:
    value = row.cells[column].value
    return Decimal(value) if isinstance(value, int | Decimal) else Decimal(0)


@pytest.mark.parametrize(("seed", "of"), [(5, "all"), (6, "library"), (6, "day")])
def test_every_traced_cell_is_the_sum_of_its_rows_and_every_sum_of_its_parts(db: Database, seed: int, of: str) -> None:
    """Promise I7 for tables. Seen to fail with what belongs to no event traced to the whole library."""
    with db.writing() as tx:
        house = build_random_week(tx, seed)
        note_at_random(tx, house, seed)
    with db.reading() as tx:
        asked = {"library_id": house.library_id} if of == "library" else {"day": NOW.date()} if of == "day" else {}
        tables = list_tables(summarize(tx, house.campaign_id, KEYS, AFTER, **asked))
        facts = load_summary_facts(tx, house.campaign_id, KEYS)
        cells = [
            (table.code, cell.trace, cell.value)
            for table in tables
            for row in table.rows
            for cell in row.cells
            if cell.trace is not None and isinstance(cell.value, int | Decimal)
        ]
        behind = {trace: total_of(find_rows(tx, facts, trace, AFTER)) for trace in {trace for _, trace, _ in cells}}
    wrong = [(code, trace, value) for code, trace, value in cells if behind[trace] != value]
    assert wrong == []
    assert [sums_that_do_not_add_up(table) for table in tables] == [[] for _ in tables]
    untraced = [
        (table.code, row.kind, table.columns[at].title)
        for table in tables
        for row in table.rows
        for at, cell in enumerate(row.cells)
        if table.columns[at].kind is Kind.COUNT and table.columns[at].title != "序号"
        if isinstance(cell.value, int) and cell.trace is None
    ]
    assert [each for each in untraced if each[2] not in ("服务人口", "名额")] == []


def test_week_and_list_come_to_the_same_people_and_exhibitions_are_told_apart() -> None:
    """T1 and T2 of the same week: on-site and online apart, what was noted of a library alone is in both."""
    held = [
        Held(1, Category.LECTURE, 40, 30, 5, persons=30),
        Held(1, Category.EXHIBITION, 0, 0, 2_000),
        Held(2, Category.READING_PROMOTION, 20, 20, mode=Mode.ONLINE, persons=20),
    ]
    tallies = [
        noted(1, "attendance", 55, "人次", library_id=2),
        noted(2, "online_live", 9_000, "人次", library_id=2, event_id=3),
    ]
    tables = by_code(list_tables(Week(held, tallies=tallies).summary()))
    week, listed = tables["T1"], tables["T2"]
    assert [told(row, 0, 1, 4, 5) for row in week.rows if row.kind is not RowKind.BODY] == [
        (library_name(1), "小计", 2_035, 0),
        (library_name(2), "小计", 55, 9_020),
        ("合计", None, 2_090, 9_020),
        ("其中：展览", None, 2_000, 0),
    ]
    total = listed.rows[-1]
    assert (total.cells[12].value, total.cells[13].value) == (2_090, 9_020)
    assert [column.title for column in listed.columns][8:16] == [
        *("名额", "报名人数", "签到人次", "现场人次", "参加人次", "线上人次", "候补", "爽约"),
    ]
    assert [sums_that_do_not_add_up(table) for table in tables.values()] == [[] for _ in tables]


def test_changes_are_told_where_there_is_a_past() -> None:
    """环比 and 同比 as shares of what was; empty where nothing was."""
    past = {None: Counts(checked_in_people=40), 1: Counts(checked_in_people=40), 2: Counts()}
    month = Comparison(date(2026, 4, 25), date(2026, 5, 1), past)
    week = Week([Held(1, Category.LECTURE, 30, 30), Held(2, Category.LECTURE, 9, 9)])
    table = list_tables(replace(week.summary(), month_before=month))[0]
    assert [column.title for column in table.columns][-1] == "环比"
    sums = [told(row, 0, 7) for row in table.rows if row.kind is not RowKind.BODY]
    assert sums == [(library_name(1), Decimal("-0.25")), (library_name(2), None), ("合计", Decimal("-0.025"))]
    assert any("2026年4月25日至5月1日" in note for note in table.notes)


def test_hybrid_sessions_have_a_row_where_the_rule_sets_them_apart() -> None:
    """They stay in the on-site sums, and the row says how much of those they are."""
    held = [Held(1, Category.LECTURE, 40, 30, mode=Mode.HYBRID), Held(1, Category.LECTURE, 10, 10)]
    table = list_tables(Week(held, rules=CountingRules(hybrid=HybridAs.APART)).summary())[0]
    assert ("其中：线上线下结合", 1, 30) in [told(row, 0, 3, 4) for row in table.rows]


def test_materials_keep_measure_words_apart_and_parts_make_their_totals() -> None:
    """Titles, places and what was noted without either; stocks and doubtful numbers stand beside the sums."""
    tallies = [
        noted(1, "leaflets_distributed", 3_000, "份", exactness=Exactness.MORE_THAN),
        noted(2, "leaflets_distributed", 1_000, "份", part="公民健康素养", parent_id=1),
        noted(3, "leaflets_distributed", 500, "份", library_id=2),
        noted(4, "leaflets_distributed", 7, "张", library_id=2),
        noted(5, "volumes_donated", 400, "册", recipient="第一小学"),
        noted(6, "volumes_donated", 300, "册", recipient="福利院"),
        noted(7, "valid_cards_cumulative", 125_000, "张", exactness=Exactness.CUMULATIVE),
        noted(8, "consultations_answered", None, "人次", exactness=Exactness.DOUBTFUL),
    ]
    table = by_code(list_tables(Week([Held(1, Category.LECTURE)], tallies=tallies).summary()))["T5"]
    rows = [told(row, 0, 2, 3, 4, 5, 6) for row in table.rows]
    one, two = library_name(1), library_name(2)
    assert rows == [
        (one, None, 3_000, "份", "不少于", None),
        (one, "公民健康素养", 1_000, "份", "精确", None),
        (one, "其余", 2_000, "份", "不少于", None),
        (one, None, 700, "册", "精确", None),
        (one, None, 400, "册", "精确", "第一小学"),
        (one, None, 300, "册", "精确", "福利院"),
        (one, None, 125_000, "张", "存量", None),
        (one, None, "【数据待核】", "人次", "待核", None),
        (two, None, 500, "份", "精确", None),
        (two, None, 7, "张", "精确", None),
        ("合计", None, 3_500, "份", "不少于", None),
    ]
    assert [row.adds for row in table.rows if row.adds] == [(1, 2), (4, 5), (0, 8)]
    assert sums_that_do_not_add_up(table) == []


def test_prizes_stand_by_tier_and_add_up() -> None:
    """T6, with the trace of each tier."""
    tallies = [
        noted(1, "essays_awarded", 30, "篇", event_id=1),
        noted(2, "essays_awarded", 2, "篇", event_id=1, part="一等奖", parent_id=1),
        noted(3, "essays_awarded", 28, "篇", event_id=1, part="优秀奖", parent_id=1),
    ]
    table = by_code(list_tables(Week([Held(1, Category.LECTURE)], tallies=tallies).summary()))["T6"]
    assert [told(row, 2, 3, 4) for row in table.rows] == [
        ("一等奖", 2, "篇"),
        ("优秀奖", 28, "篇"),
        ("合计", 30, "篇"),
    ]
    assert isinstance(table.rows[0].cells[3].trace, Trace)
    assert sums_that_do_not_add_up(table) == []


def test_indicators_print_their_base_and_are_empty_without_one() -> None:
    """T4: shares as decimals, per 10,000 only where the population is known."""
    held = [Held(1, Category.LECTURE, 50, 40, waited=10, promoted=4, ratings=8, satisfied=6), Held(2, Category.LECTURE)]
    row, empty, _ = by_code(list_tables(Week(held).summary()))["T4"].rows
    assert told(row, *range(1, 13)) == (
        *(500_000, Decimal("0.02"), Decimal("0.8"), 100, Decimal("0.5"), 50, Decimal("0.8"), Decimal("0.2")),
        *(10, Decimal("0.4"), 8, Decimal("0.75")),
    )
    assert told(empty, 6, 7, 8, 9, 10, 11, 12) == (0, None, None, 0, None, 0, None)
    unknown = by_code(list_tables(Week(held, population=None).summary()))["T4"].rows[0]
    assert told(unknown, 1, 2, 3) == (None, None, None)


def test_media_and_the_national_form_are_drawn_as_they_are() -> None:
    """T7 in order of the log; T3 with classes and lessons side by side."""
    held = [Held(1, Category.TRAINING, 20, 20), Held(1, Category.TRAINING, 10, 10), Held(1, Category.LECTURE, 9, 9)]
    summary = Week(held, media=[covered(1), covered(2, medium=Medium.SCREEN, outlet="", place="广场")]).summary()
    tables = by_code(list_tables(summary, sum_year(2026, date(2026, 6, 2), [summary])))
    assert [told(row, 0, 2, 3) for row in tables["T7"].rows] == [(1, "报纸", "广元日报"), (2, "电子屏", "广场")]
    assert told(tables["T3"].rows[-1], 0, 1, 2, 5, 6, 7, 10, 11) == ("合计", 1, 9, 2, 2, 30, 3, 39)
    assert "2026年1月1日至6月2日" in tables["T3"].title


def test_an_empty_campaign_has_all_tables_and_they_say_so() -> None:
    """Zero events are a valid week."""
    summary = Week([]).summary()
    for public in (False, True):
        tables = list_tables(summary, sum_year(2026, date(2026, 6, 2), [summary]), public=public)
        assert [table.code for table in tables] == ["T1", "T2", "T3", "T4", "T5", "T6", "T7"]
        assert all(table.notes and table.notes[0].startswith("本期没有") for table in tables)
    assert list_programme_table(summary).notes[0].startswith("本期没有")


def test_the_list_before_the_week_says_how_to_sign_up() -> None:
    """The same activities, with what is asked of readers in place of the numbers."""
    table = list_programme_table(Week([Held(1, Category.LECTURE, 40, title="讲座")]).summary())
    assert [column.title for column in table.columns][-3:] == ["名额", "报名要求", "报名方式"]
    assert told(table.rows[0], 1, 2, 9, 10) == (library_name(1), "讲座", "需要报名", "发送“报名 1”")


def test_categories_stand_in_the_order_of_the_form() -> None:
    """Lectures first, whatever was held first."""
    held = [Held(1, Category.OUTREACH_SERVICE, 9, 9), Held(1, Category.LECTURE, 9, 9)]
    table = list_tables(Week(held).summary())[0]
    assert [row.cells[1].value for row in table.rows[:2]] == [
        category_name(Category.LECTURE),
        category_name(Category.OUTREACH_SERVICE),
    ]
