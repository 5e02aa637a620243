"""Tables as an xlsx workbook: a sheet each, real numbers, sums as formulas that hold the value they come to.

Text is always written as text, whatever it looks like: no formula and no link comes out of what people typed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from bot.domain.clock import local
from bot.reports.table import Cell, Column, Kind, Row, RowKind, Table
from bot.texts import tables as words

_FIXED_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 - the same figures give the same bytes
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_FONT = words.FONT
_HEAD_ROW = 1  # below the title
_LONGEST_CELL = 32_000  # of the 32,767 characters that a cell holds
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_NUMBER_FORMATS = {Kind.COUNT: "#,##0", Kind.AMOUNT: "#,##0.##;-#,##0.##", Kind.SHARE: "0.0%"}
_FILLS = {RowKind.BODY: None, RowKind.SUBTOTAL: "#F1F4EE", RowKind.TOTAL: "#E2EAE4"}


def write_workbook(tables: Sequence[Table], *, title: str, made_at: datetime, lines: Sequence[str] = ()) -> bytes:
    """The workbook: first what it is and how it was counted (`lines`), then a sheet for each table."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, _OPTIONS)
    workbook.set_properties({"title": clean(title), "created": _FIXED_DAY})
    formats = _Formats(workbook)
    _write_explanation(workbook.add_worksheet(words.EXPLANATION), tables, title, made_at, lines, formats)
    for table in tables:
        _Sheet(workbook.add_worksheet(table.code), table, formats).write()
    workbook.close()
    return buffer.getvalue()


def clean(text: str) -> str:
    """Text without what a workbook cannot hold."""
    return _CONTROL.sub("", text)[:_LONGEST_CELL]


class _Formats:
    """Cell formats by what a cell is; each is made once."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._made: dict[tuple[Kind, RowKind], Any] = {}
        base = {"font_name": _FONT, "font_size": 11}
        self.title = workbook.add_format({**base, "bold": True, "font_size": 16, "align": "center"})
        self.head = workbook.add_format(
            {**base, "bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
            | {"bg_color": "#E9E4D6"}
        )
        self.note = workbook.add_format({**base, "text_wrap": True, "valign": "top", "font_color": "#4C565B"})
        self.label = workbook.add_format({**base, "bold": True, "valign": "top"})
        self.line = workbook.add_format({**base, "text_wrap": True, "valign": "top"})

    def of(self, kind: Kind, row: RowKind) -> Any:
        """The format of a cell."""
        if (kind, row) not in self._made:
            look: dict[str, Any] = {"font_name": _FONT, "font_size": 11, "border": 1, "valign": "vcenter"}
            look |= {"num_format": _NUMBER_FORMATS[kind]} if kind in _NUMBER_FORMATS else {"text_wrap": True}
            look |= {"bold": True, "bg_color": _FILLS[row]} if row is not RowKind.BODY else {}
            self._made[kind, row] = self._workbook.add_format(look)
        return self._made[kind, row]


class _Sheet:
    """One table on its worksheet."""

    def __init__(self, worksheet: Any, table: Table, formats: _Formats) -> None:
        self._sheet, self._table, self._formats = worksheet, table, formats

    def write(self) -> None:
        """Title, heading, rows and notes, and how it is printed."""
        table, sheet = self._table, self._sheet
        last = len(table.columns) - 1
        sheet.merge_range(0, 0, 0, last, clean(f"{table.code}　{table.title}"), self._formats.title)
        sheet.set_row(0, 28)
        for at, column in enumerate(table.columns):
            sheet.set_column(at, at, column.width * 2 + 1)  # a Chinese character is two units wide
            sheet.write_string(_HEAD_ROW, at, column.title, self._formats.head)
        for number, row in enumerate(table.rows):
            self._write_row(number, row)
        self._write_notes(last)
        self._set_print(last)

    def _write_row(self, number: int, row: Row) -> None:
        for at, (cell, column) in enumerate(zip(row.cells, self._table.columns, strict=True)):
            look = self._formats.of(column.kind, row.kind)
            if row.adds and at in row.added_columns and isinstance(cell.value, int | Decimal):
                formula = sum_formula(row.adds, at)
                self._sheet.write_formula(_place(number), at, formula, look, _plain(cell.value))
            else:
                self._write_cell(_place(number), at, cell, column, look)

    def _write_cell(self, row: int, at: int, cell: Cell, column: Column, look: Any) -> None:
        value = cell.value
        if value is None:
            self._sheet.write_blank(row, at, None, look)
        elif isinstance(value, str):
            self._sheet.write_string(row, at, clean(value), look)
        else:
            self._sheet.write_number(row, at, _plain(value), look)

    def _write_notes(self, last: int) -> None:
        for at, said in enumerate(self._table.notes):
            row = _place(len(self._table.rows)) + at
            self._sheet.merge_range(row, 0, row, last, clean(said), self._formats.note)
            self._sheet.set_row(row, 32)

    def _set_print(self, last: int) -> None:
        sheet = self._sheet
        end = _place(len(self._table.rows)) + max(len(self._table.notes), 1) - 1
        sheet.freeze_panes(_HEAD_ROW + 1, 0)
        sheet.repeat_rows(0, _HEAD_ROW)
        sheet.print_area(0, 0, end, last)
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        sheet.set_footer("&C&P / &N")
        if self._table.landscape:
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
    return value if isinstance(value, int) else float(value)


def _write_explanation(
    sheet: Any, tables: Sequence[Table], title: str, made_at: datetime, lines: Sequence[str], formats: _Formats
) -> None:
    here = local(made_at)
    told: list[tuple[str, str]] = [
        (words.CAMPAIGN, title),
        (words.MADE_AT, f"{here.year}-{here.month:02}-{here.day:02} {here:%H:%M}"),
    ]
    told += [(words.SHEETS if at == 0 else "", f"{each.code}　{each.title}") for at, each in enumerate(tables)]
    told += [(words.RULES if at == 0 else "", line) for at, line in enumerate(lines)]
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 90)
    for row, (label, said) in enumerate(told):
        sheet.write_string(row, 0, label, formats.label)
        sheet.write_string(row, 1, clean(said), formats.line)
    sheet.print_area(0, 0, max(len(told) - 1, 0), 1)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
