"""Reading lists of reader cards: workbooks, CSV, or text with one number a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from bot.domain.campaign_file import Fault, FaultKind
from bot.domain.card_list import CardRow
from bot.store.campaign_files import FileKind, UnreadableFile, decode_text, kind_of, open_workbook
from bot.texts.card_lists import is_card_header

MOST_CARDS = 100_000
_MOST_CAPTIONS = 10  # lines that may stand above the heading
_EXACT_DIGITS = 15  # spreadsheets keep no more of a number


def read_card_rows(data: bytes) -> tuple[list[CardRow], list[Fault]]:
    """The cells with numbers, and what is wrong with the file as a whole.

    The column is the one under a heading for card numbers (`texts.card_lists`), else the first.
    """
    try:
        lines = _workbook_lines(data) if kind_of(data) is FileKind.WORKBOOK else _text_lines(data)
        rows = list(_pick([(number, list(row)) for number, row in lines]))
    except UnreadableFile as unreadable:
        return [], [unreadable.fault]
    if len(rows) > MOST_CARDS:
        return [], [Fault(FaultKind.TOO_MANY_ROWS, detail=str(MOST_CARDS))]
    return rows, []


def _workbook_lines(data: bytes) -> Iterator[tuple[int, Sequence[object]]]:
    workbook = open_workbook(data)
    worksheet = workbook.worksheets[0]
    yield from enumerate(worksheet.iter_rows(values_only=True), 1)
    workbook.close()


def _text_lines(data: bytes) -> Iterator[tuple[int, Sequence[object]]]:
    reader = csv.reader(io.StringIO(decode_text(data)))
    try:
        for row in reader:
            yield reader.line_num, [cell for part in row for cell in part.split("\t")]
    except csv.Error as error:
        raise UnreadableFile(FaultKind.DAMAGED) from error


def _pick(lines: Sequence[tuple[int, list[object]]]) -> Iterator[CardRow]:
    """The cells of the right column, under its heading if there is one; captions stand above that."""
    first, column = _find_heading(lines)
    for number, row in lines[first:]:
        cell = row[column] if column < len(row) else None
        if _text(cell):
            yield CardRow(number, _text(cell), _is_rounded(cell))


def _find_heading(lines: Sequence[tuple[int, list[object]]]) -> tuple[int, int]:
    """Where the numbers begin: line and column."""
    for place, (_, row) in enumerate(lines[:_MOST_CAPTIONS]):
        for column, cell in enumerate(row):
            if is_card_header(_text(cell)):
                return place + 1, column
    return 0, 0


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _is_rounded(cell: object) -> bool:
    return isinstance(cell, int | float) and abs(cell) >= 10**_EXACT_DIGITS
