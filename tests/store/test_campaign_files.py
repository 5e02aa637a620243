"""Every fault of a campaign file is named with its place; harmful files are refused without harm."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.campaign_file import CampaignFile, Fault, FaultKind, KnownNames, Sheet
from bot.domain.campaign_reading import read_campaign
from bot.store.campaign_files import LARGEST_FILE, read_sheets
from bot.texts.campaign_files import fault_line, fault_report

K = FaultKind

HEAD = """\
活动周: {简称: w, 名称: 读书周, 主办馆: gy, 开始日期: 2026-05-27, 结束日期: 2026-06-02}
馆:
  - {代码: gy, 馆名: 市图书馆, 简称: 市馆, 级别: 市级}
  - {代码: cx, 馆名: 县图书馆, 级别: 县级, 上级馆: 市馆}
场地:
  - {馆: 市馆, 场地名: 报告厅}
  - {馆: cx, 场地名: 报告厅}
  - {馆: cx, 场地名: 广场, 馆内: 否}
"""
EVENT = "  - {编号: a, 名称: 讲座, 类别: 讲座, 馆: gy}\n"
GOOD = HEAD + "活动:\n" + EVENT


def _read(text: str | bytes) -> tuple[CampaignFile | None, tuple[Fault, ...]]:
    read = read_campaign(read_sheets(text if isinstance(text, bytes) else text.encode()), KnownNames())
    return read.content, read.faults


def _places(faults: tuple[Fault, ...]) -> set[tuple[FaultKind, Sheet | None, int | None, str]]:
    return {(fault.kind, fault.sheet, fault.row, fault.column) for fault in faults}


def _occurrences(*rows: str) -> CampaignFile:
    content, faults = _read(GOOD + "场次:\n" + "".join(f"  - {{{row}}}\n" for row in rows))
    assert content is not None, fault_report(faults)
    return content


def test_names_that_two_libraries_share_are_all_told() -> None:
    _, faults = _read(GOOD.replace("馆名: 县图书馆", "馆名: 市图书馆, 简称: 市馆"))
    shared = [fault for fault in faults if fault.kind is K.DUPLICATE and fault.sheet is Sheet.LIBRARIES]
    assert [(fault.column, fault.names) for fault in shared] == [("name", ("市图书馆", "市馆"))] * 2
    assert "「市图书馆、市馆」重复" in fault_line(shared[0])


def test_all_faults_are_found_at_once_and_placed() -> None:
    content, faults = _read(
        HEAD.replace("结束日期: 2026-06-02", "结束日期: 2026-05-02")
        + """\
活动:
  - {编号: a, 名称: 讲座, 类别: 讲坐, 馆: 市馆}
  - {编号: a, 类别: 讲座, 馆: 省馆, 协办馆: [cx, 没有], 每次最多人数: 0}
  - {编号: b, 名称: 展, 类别: 展览, 馆: gy, 所属活动: 没有, 报名: 也许}
  - {编号: c, 名称: 展, 类别: 展览, 馆: gy, 所属活动: d}
  - {编号: d, 名称: 展, 类别: 展览, 馆: gy, 所属活动: c}
场次:
  - {活动: a, 日期: 2026-02-30, 场地: 报告厅}
  - {活动: b, 日期: 明天, 名额: -1, 场次编号: x}
  - {活动: b, 日期: 2026-05-28, 开始时间: "16:00", 结束时间: "14:00", 场次编号: x}
  - {活动: b, 日期: 2026-05-29, 结束日期: 2026-05-28}
  - {活动: zz, 日期: 2026-05-28}
  - {活动: c, 名额: 四十, 开始时间: "25:00", 结束时间: "26:00", 场地: 操场}
  - {活动: d, 日期: 2026-05-28, 重复: 每月, 报名开始: 早上}
"""
    )
    assert content is None
    events, held = Sheet.EVENTS, Sheet.OCCURRENCES
    assert _places(faults) >= {
        (K.END_BEFORE_START, Sheet.CAMPAIGN, 1, "ends_on"),
        (K.UNKNOWN_VALUE, events, 10, "category"),
        (K.DUPLICATE, events, 11, "key"),
        (K.MISSING, events, 11, "title"),
        (K.UNKNOWN_NAME, events, 11, "library"),
        (K.UNKNOWN_NAME, events, 11, "partner_libraries"),
        (K.TOO_SMALL, events, 11, "party_limit"),
        (K.UNKNOWN_NAME, events, 12, "parent"),
        (K.UNKNOWN_VALUE, events, 12, "sign_up"),
        (K.CIRCLE, events, 13, "parent"),
        (K.CIRCLE, events, 14, "parent"),
        (K.BAD_DATE, held, 16, "start_date"),
        (K.BAD_DATE, held, 17, "start_date"),
        (K.TOO_SMALL, held, 17, "capacity"),
        (K.END_BEFORE_START, held, 18, "end_time"),
        (K.DUPLICATE, held, 18, "key"),
        (K.END_BEFORE_START, held, 19, "end_date"),
        (K.KEY_NEEDED, held, 19, "key"),
        (K.UNKNOWN_NAME, held, 20, "event"),
        (K.BAD_NUMBER, held, 21, "capacity"),
        (K.BAD_TIME, held, 21, "start_time"),
        (K.UNKNOWN_NAME, held, 21, "venues"),
        (K.DATE_NEEDED, held, 21, "start_date"),
        (K.UNKNOWN_VALUE, held, 22, "repeat"),
        (K.BAD_MOMENT, held, 22, "opens"),
    }
    assert len(faults) == len(set(faults))
    report = fault_report(faults)
    assert "没有导入任何内容" in report[0]
    assert any("表「场次」 第 17 行 「日期」列：「明天」不是日期" in line for line in report)


def test_every_kind_of_fault_has_its_sentence() -> None:
    for kind in FaultKind:
        line = fault_line(Fault(kind, Sheet.EVENTS, 3, "category", "x"))
        assert line.startswith("表「活动」 第 3 行 「类别」列：")


def test_days_and_times_are_read_as_people_write_them() -> None:
    content = _occurrences(
        "活动: a, 场次编号: 1, 日期: 5月28日, 开始时间: 下午2点半, 结束时间: 下午4:00, 场地: 市馆/报告厅",
        '活动: a, 场次编号: 2, 日期: 2026/5/29, 开始时间: "14：00—16：00", 报名开始: 提前3天 9:00, 报名截止: 提前2小时',
        "活动: a, 场次编号: 3, 日期: 2026.5.30, 结束日期: 2026年5月31日, 场地: cx/报告厅；广场",
        "活动: a, 场次编号: 4, 日期说明: 六一前夕",
        "活动: a, 场次编号: 5, 重复: 周一、周三, 开始时间: 19:00, 结束时间: '20:00', 名额: 30人",
    )
    one, two, three, four, *weekly = content.occurrences
    assert one.starts_at == datetime(2026, 5, 28, 6, 30, tzinfo=UTC)
    assert one.ends_at == datetime(2026, 5, 28, 8, 0, tzinfo=UTC)
    assert two.opens_at == datetime(2026, 5, 26, 1, 0, tzinfo=UTC)
    assert two.closes_at == datetime(2026, 5, 29, 4, 0, tzinfo=UTC)
    assert three.all_day
    assert three.starts_at == datetime(2026, 5, 29, 16, 0, tzinfo=UTC)
    assert three.ends_at == datetime(2026, 5, 31, 15, 59, tzinfo=UTC)
    assert three.venue is not None
    assert (three.venue.library, three.extra_venues) == ("cx", ("广场",))
    assert (four.starts_at, four.date_text) == (None, "六一前夕")
    assert [entry.key for entry in weekly] == ["5-20260527", "5-20260601"]
    assert {entry.capacity for entry in weekly} == {30}


def test_seats_and_window_of_the_event_hold_for_its_occurrences_unless_they_say_otherwise() -> None:
    event = EVENT.replace("馆: gy}", "馆: gy, 报名: 是, 名额: 40, 报名开始: 提前7天}")
    content, faults = _read(
        HEAD + "活动:\n" + event + "场次:\n"
        '  - {活动: a, 场次编号: 1, 日期: 2026-05-28, 开始时间: "10:00", 结束时间: "11:00"}\n'
        '  - {活动: a, 场次编号: 2, 日期: 2026-05-29, 开始时间: "10:00", 结束时间: "11:00", 名额: 不限}\n'
        "  - {活动: a, 场次编号: 3, 日期说明: 待定}\n"
    )
    assert content is not None, fault_report(faults)
    first, second, undated = content.occurrences
    assert (first.capacity, second.capacity) == (40, None)
    assert first.opens_at == datetime(2026, 5, 21, 2, 0, tzinfo=UTC)
    assert undated.opens_at is None


def test_a_file_saved_by_an_old_editor_is_read() -> None:
    content, faults = _read(GOOD.encode("gb18030"))
    assert content is not None, faults
    content, faults = _read(b"\xef\xbb\xbf" + GOOD.encode())
    assert content is not None, faults


def _workbook(change: object = None) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    tables = {
        "活动周": [
            ["简称", "名称", "主办馆", "开始日期", "结束日期"],
            ["w", "周", "gy", date(2026, 5, 27), "2026-06-02"],
        ],
        "馆": [["代码", "馆名", "级别"], ["gy", "市图书馆", "市级"]],
        "场地": [["馆", "场地名"], ["gy", "报告厅"]],
        "活动": [["编号", "名称", "类别", "馆", "#负责人"], [1, "讲座", "讲座", "gy", "张三"]],
        "场次": [
            ["活动", "场次编号", "日期", "开始时间", "结束时间", "名额", "场地"],
            [1, 1, date(2026, 5, 28), time(14), time(16), 40, "报告厅"],
            [None] * 7,
            [1, 2, datetime(2026, 5, 29), "14:00", "16:00", 40.0, "报告厅"],  # noqa: DTZ001 - as Excel has it
        ],
        "说明": [["这张表是我们自己的"]],
    }
    for title, rows in tables.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return book


def _saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_workbook_made_by_hand_is_read() -> None:
    book = _workbook()
    book["活动"].insert_rows(1)
    book["活动"]["A1"] = "2026 年活动一览"
    book["活动"].merge_cells("A1:E1")
    content, faults = _read(_saved(book))
    assert content is not None, fault_report(faults)
    assert [entry.capacity for entry in content.occurrences] == [40, 40]
    assert [entry.event for entry in content.occurrences] == ["1", "1"]


def test_a_cell_merged_over_several_rows_counts_for_each() -> None:
    book = _workbook()
    sheet = book["场次"]
    sheet.delete_rows(3)
    sheet["A3"] = None
    sheet.merge_cells("A2:A3")
    content, faults = _read(_saved(book))
    assert content is not None, fault_report(faults)
    assert [entry.event for entry in content.occurrences] == ["1", "1"]


def test_formulas_errors_and_strange_columns_are_placed() -> None:
    book = _workbook()
    sheet = book["场次"]
    sheet["F2"] = "=20+20"
    sheet["G4"] = "#REF!"
    sheet["H1"], sheet["I1"] = "联系人", "名额"
    content, faults = _read(_saved(book))
    assert content is None
    assert _places(faults) == {
        (K.FORMULA, Sheet.OCCURRENCES, 2, "capacity"),
        (K.CELL_ERROR, Sheet.OCCURRENCES, 4, "venues"),
        (K.UNKNOWN_COLUMN, Sheet.OCCURRENCES, 1, ""),
        (K.DUPLICATE_COLUMN, Sheet.OCCURRENCES, 1, ""),
    }


def _zip(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


BILLION_LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", K.NOT_A_TABLE_FILE),
        (b"just words", K.NOT_A_TABLE_FILE),
        (b"a,b\n1,2\n", K.NOT_A_TABLE_FILE),
        (b"\x00\x01\x02", K.NOT_A_TABLE_FILE),
        (b"other: 1", K.NOT_A_TABLE_FILE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", K.OLD_EXCEL),
        (b"PK\x03\x04 not really", K.DAMAGED),
        (_zip(readme=b"hello"), K.DAMAGED),
        (_zip(**{"xl/workbook.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"}), K.DAMAGED),
        (_zip(**{"xl/sharedStrings.xml": b"0" * 21_000_000}), K.TOO_LARGE),
        (b"x" * (LARGEST_FILE + 1), K.TOO_LARGE),
        (BILLION_LAUGHS.encode(), K.YAML_ALIAS),
        ("活动周: [".encode(), K.BAD_YAML),
        (("[" * 500).encode(), K.NOT_A_TABLE_FILE),
        (b"!!python/object/apply:os.system ['true']", K.NOT_A_TABLE_FILE),
    ],
)
def test_files_of_the_wrong_kind_and_harmful_files_are_refused(data: bytes, kind: FaultKind) -> None:
    content, faults = _read(data)
    assert content is None
    assert kind in {fault.kind for fault in faults}


def test_a_truncated_workbook_is_refused() -> None:
    data = (Path(__file__).parents[2] / "config/samples/guangyuan-2016.xlsx").read_bytes()
    for size in range(0, len(data), 400):
        content, faults = _read(data[:size])
        assert content is None
        assert faults


def test_yaml_of_another_shape_is_placed() -> None:
    content, faults = _read(GOOD + "场次: [1, {活动: {编号: a}}]\n")
    assert content is None
    assert {fault.kind for fault in faults} >= {K.NOT_ROWS}


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    content, faults = _read(data)
    assert content is None
    assert faults


@given(st.text(alphabet="活动周馆场次: {}[],-\n&*!|>'\"#a1", max_size=120))
def test_no_yaml_breaks_the_reader(text: str) -> None:
    content, faults = _read(text)
    assert content is None
    assert faults
