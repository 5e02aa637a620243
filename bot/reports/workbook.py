"""Tables as an xlsx workbook: a sheet each, real numbers, sums as formulas that hold the value they come to.

Text is always written as text, whatever it looks like: no formula and no link comes out of what people typed.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from bot.domain.clock import local
from bot.reports.table import Cell, Column, Kind, Row, RowKind, Table, Value
from bot.texts import tables as words

_FIXED_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 - the same figures give the same bytes
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_HEAD_ROW = 1  # below the title
_LONGEST_CELL = 32_000  # of the 32,767 characters that a cell holds
_LONGEST_SHEET_NAME = 31
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\s]+")
_WHOLE, _DECIMAL, _SHARE = '#,##0;-#,##0;"—"', "#,##0.00", "0.0%"  # a dash is easier on the eye than many zeros
_FILLS = {RowKind.BODY: None, RowKind.SUBTOTAL: "#F1F4EE", RowKind.TOTAL: "#E2EAE4"}
_FONT = {"font_name": words.FONT, "font_size": 11}
_LINE = 15.5  # points of a line of text
_HIGHEST_ROW = 400.0  # points; Excel allows 409
_A4 = 9


def write_workbook(tables: Sequence[Table], *, title: str, made_at: datetime) -> bytes:
    """The workbook: first what it is and how it was counted, then a sheet for each table."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, _OPTIONS)
    workbook.set_properties({"title": clean(title)[:255], "created": _FIXED_DAY})
    formats = _Formats(workbook)
    names = sheet_names(tables)
    _write_explanation(workbook.add_worksheet(words.EXPLANATION), tables, names, title, made_at, formats)
    for table, name in zip(tables, names, strict=True):
        _Sheet(workbook.add_worksheet(name), table, formats).write()
    workbook.close()
    return buffer.getvalue()


def clean(text: str) -> str:
    """Text without what a workbook cannot hold; lines end as they do in cells."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))[:_LONGEST_CELL]


def sheet_names(tables: Sequence[Table]) -> list[str]:
    """A name for each sheet within the rules of workbooks: 31 characters, none of []:*?/\\, no two alike."""
    names: list[str] = []
    taken = {words.EXPLANATION.casefold(), "history"}
    for table in tables:
        title, _, _ = f"{words.code_of(table.code)} {table.title}".partition("（")
        whole = _NOT_IN_SHEET_NAMES.sub(" ", clean(title)).strip(" '")
        name, number = whole[:_LONGEST_SHEET_NAME].rstrip(" '"), 2
        while not name or name.casefold() in taken:
            ending = f" {number}"
            name, number = whole[: _LONGEST_SHEET_NAME - len(ending)].rstrip(" '") + ending, number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


class _Formats:
    """Cell formats by what a cell is; each is made once."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._made: dict[tuple[str, str, RowKind], Any] = {}
        plain = {**_FONT, "text_wrap": True, "valign": "top"}
        head = {**_FONT, "font_name": words.HEAD_FONT, "border": 1, "bg_color": "#E9E4D6", "text_wrap": True}
        self.title = workbook.add_format(
            {**_FONT, "font_name": words.HEAD_FONT, "font_size": 16, "align": "center", "valign": "vcenter"}
        )
        self.head = workbook.add_format({**head, "align": "center", "valign": "vcenter"})
        self.note = workbook.add_format({**plain, "font_size": 10, "font_color": "#4C565B", "valign": "vcenter"})
        self.label = workbook.add_format({**plain, "font_name": words.HEAD_FONT})
        self.line = workbook.add_format(plain)

    def of(self, number_format: str, align: str, row: RowKind) -> Any:
        """The format of a cell."""
        key = (number_format, align, row)
        if key not in self._made:
            look: dict[str, Any] = {**_FONT, "border": 1, "valign": "vcenter", "align": align}
            look |= {"num_format": number_format, "text_wrap": number_format == "@"}
            look |= {"bold": True, "bg_color": _FILLS[row]} if row is not RowKind.BODY else {}
            self._made[key] = self._workbook.add_format(look)
        return self._made[key]


class _Sheet:
    """One table on its worksheet."""

    def __init__(self, worksheet: Any, table: Table, formats: _Formats) -> None:
        self._sheet, self._table, self._formats = worksheet, table, formats
        self._last = len(table.columns) - 1

    def write(self) -> None:
        """Title, heading, rows and notes, and how it is printed."""
        table, sheet = self._table, self._sheet
        self._write_across(0, f"{words.code_of(table.code)}　{table.title}", self._formats.title)
        sheet.set_row(0, 30)
        for at, column in enumerate(table.columns):
            sheet.set_column(at, at, _sheet_width(column))
            sheet.write_string(_HEAD_ROW, at, column.title, self._formats.head)
        lines = max((_lines_of(column.title, column.width) for column in table.columns), default=1)
        sheet.set_row(_HEAD_ROW, _height(lines) + 4)
        for number, row in enumerate(table.rows):
            self._write_row(number, row)
        self._write_notes()
        self._set_print()

    def _write_row(self, number: int, row: Row) -> None:
        place, lines = _place(number), 1
        for at, (cell, column) in enumerate(zip(row.cells, self._table.columns, strict=True)):
            look = self._formats.of(_number_format(column.kind, cell.value), _align(column, cell.value), row.kind)
            if row.adds and at in row.added_columns and isinstance(cell.value, int | Decimal):
                self._sheet.write_formula(place, at, sum_formula(row.adds, at), look, _plain(cell.value))
                continue
            if isinstance(cell.value, str):
                lines = max(lines, _lines_of(cell.value, column.width))
            self._write_cell(place, at, cell, look)
        self._sheet.set_row(place, _height(lines))

    def _write_cell(self, row: int, at: int, cell: Cell, look: Any) -> None:
        value = cell.value
        if value is None:
            self._sheet.write_blank(row, at, None, look)
        elif isinstance(value, str):
            self._sheet.write_string(row, at, clean(value), look)
        else:
            self._sheet.write_number(row, at, _plain(value), look)

    def _write_notes(self) -> None:
        width = sum(column.width for column in self._table.columns)
        notes = self._table.notes
        for at, said in enumerate(notes):
            row = _place(len(self._table.rows)) + at
            text = words.note_line(at, len(notes), said)
            self._write_across(row, text, self._formats.note)
            self._sheet.set_row(row, _height(_lines_of(text, width)))

    def _write_across(self, row: int, text: str, look: Any) -> None:
        if self._last > 0:
            self._sheet.merge_range(row, 0, row, self._last, "", look)
        self._sheet.write_string(row, 0, clean(text), look)

    def _set_print(self) -> None:
        sheet = self._sheet
        end = _place(len(self._table.rows)) + max(len(self._table.notes), 1) - 1
        sheet.freeze_panes(_HEAD_ROW + 1, 0)
        sheet.repeat_rows(0, _HEAD_ROW)
        sheet.print_area(0, 0, end, self._last)
        _set_page(sheet, landscape=self._table.landscape)


def _set_page(sheet: Any, *, landscape: bool) -> None:
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.set_footer("&C— &P / &N —")
    if landscape:
        sheet.set_landscape()


def sum_formula(adds: Sequence[int], column: int) -> str:
    """The sum of some rows of a table in one column; runs of rows are written as ranges."""
    runs: list[list[int]] = []
    for number in sorted(adds):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    ranges = [_range(first, last, column) for first, last in runs]
    groups = [",".join(ranges[at : at + 200]) for at in range(0, len(ranges), 200)]  # a function takes 255 arguments
    return "=" + "+".join(f"SUM({group})" for group in groups)


def _range(first: int, last: int, column: int) -> str:
    start = xl_rowcol_to_cell(_place(first), column)
    return start if first == last else f"{start}:{xl_rowcol_to_cell(_place(last), column)}"


def _place(number: int) -> int:
    """The row of the sheet of a row of the table."""
    return _HEAD_ROW + 1 + number


def _plain(value: int | Decimal) -> int | float:
    if isinstance(value, int):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def _number_format(kind: Kind, value: Value) -> str:
    if not isinstance(value, int | Decimal):
        return "@"
    if kind is Kind.SHARE:
        return _SHARE
    return _WHOLE if isinstance(value, int) or value == value.to_integral_value() else _DECIMAL


_NARROW = 8  # characters; shorter columns hold words, longer ones sentences


def _align(column: Column, value: Value) -> str:
    if column.kind in (Kind.COUNT, Kind.AMOUNT, Kind.SHARE):
        return "center" if column.title == words.NUMBER else "right"
    return "center" if column.width < _NARROW else "left"


def _sheet_width(column: Column) -> float:
    return column.width * 2 + 1.5  # a Chinese character is two units wide


def _lines_of(text: str, width: int) -> int:
    """How many lines a text takes in a column of so many Chinese characters."""
    if len(text) * 2 <= width and "\n" not in text:
        return 1
    return sum(max(1, -(-_width_of(line) // (width * 2))) for line in text[:2_000].split("\n"))


def _width_of(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def _height(lines: int) -> float:
    return min(_HIGHEST_ROW, _LINE * lines + 4)


def _write_explanation(
    sheet: Any, tables: Sequence[Table], names: Sequence[str], title: str, made_at: datetime, formats: _Formats
) -> None:
    """What the workbook is, which days and rules it was counted by, and what each sheet holds."""
    sheet.merge_range(0, 0, 0, 1, "", formats.title)
    sheet.write_string(0, 0, clean(title), formats.title)
    sheet.set_row(0, 30)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 76)
    told = [*_about(tables, made_at)]
    told += [
        (words.SHEETS if at == 0 else "", words.sheet_line(name, table.code, table.title))
        for at, (name, table) in enumerate(zip(names, tables, strict=True))
    ]
    for row, (label, said) in enumerate(told, 1):
        sheet.write_string(row, 0, label, formats.label)
        sheet.write_string(row, 1, clean(said), formats.line)
        sheet.set_row(row, _height(_lines_of(said, 37)))
    sheet.print_area(0, 0, len(told), 1)
    _set_page(sheet, landscape=False)


def _about(tables: Sequence[Table], made_at: datetime) -> Iterable[tuple[str, str]]:
    """What the tables say that they were made from, once each; without any, when they were made."""
    found = dict.fromkeys(line for table in tables for line in table.about)
    here = local(made_at)
    return found or [(words.MADE_AT, words.moment_of(here))]
