"""How wide the columns of a table on paper are, and how large its letters: by what stands in them.

Numbers never break, short words stay in one line where they can, long ones share what is left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.reports.char_width import longest_piece, width
from bot.reports.table import Column, Kind

SIZES = (24, 21, 18)
"""Half points: 小四, 五号, and 小五 for lists of very many columns."""
MARGIN = 57
"""Twips left and right of the words in a cell."""
NUMBERS = frozenset({Kind.COUNT, Kind.AMOUNT, Kind.SHARE})
_SLACK = 30  # twips: edges, and letters that are a little wider than we think
_SHORTEST_HEADING, _SHORTEST_WORDS, _LONGEST_PIECE, _LONGEST_LINE = 2.0, 3.0, 12.0, 16.0
_STAND_IN = 1.12  # digits of other fonts are up to so much wider than those of Times New Roman
_SHORT_HEADING, _MOST_HEADING_LINES = 3.0, 3
_COMFORT = 8.0  # characters of a text column that make a size comfortable


@dataclass(frozen=True, slots=True)
class Layout:
    """Size of the letters in half points; for each column its twips and whether all of its words fit into one line."""

    size: int
    widths: tuple[int, ...]
    fits: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class _Need:
    least: float
    line: float  # for the longest words in one line


def lay_out(columns: Sequence[Column], rows: Sequence[Sequence[str]], whole: int) -> Layout:
    """Columns of `whole` twips together; `rows` without the heading."""
    needs = [_need(column, [row[at] for row in rows]) for at, column in enumerate(columns)]
    size = next((size for size in SIZES if sum(_comfortable(needs, size)) <= whole), SIZES[-1])
    widths = _share_out(needs, size, whole)
    fits = tuple(_twips(need.line, size) <= given for need, given in zip(needs, widths, strict=True))
    return Layout(size, widths, fits)


def heading_lines(title: str, width_twips: int, size: int) -> list[str]:
    """A column's heading in one line, or in two or three of about one length where the column is narrow."""
    room = max(_SHORTEST_HEADING, (width_twips - 2 * MARGIN) / (size * 10))
    count = min(math.ceil(width(title) / room), _MOST_HEADING_LINES)
    if count < 2 or not title.isalpha():
        return [title]  # marks and digits: where the line breaks is better left to the word processor
    long = math.ceil(len(title) / count)
    return [title[at : at + long] for at in range(0, len(title), long)]


def cell_lines(text: str, width_twips: int, size: int) -> list[str]:
    """The words of a cell; where they do not fit into one line but have one space, a day and its hours, they part
    there, if each half fits."""
    room = (width_twips - 2 * MARGIN) / (size * 10)
    halves = text.split(" ")
    if width(text) > room and len(halves) == 2 and max(map(width, halves)) * _STAND_IN <= room:
        return halves
    return [text]


def _need(column: Column, words: Sequence[str]) -> _Need:
    longest = max(map(width, words), default=0.0)
    heading = width(column.title)
    if heading > _SHORT_HEADING:
        heading = float(math.ceil(heading / 2))  # in two lines
    if column.kind in NUMBERS:
        least = min(max(longest * _STAND_IN, _SHORTEST_HEADING), _LONGEST_PIECE)
        return _Need(least, max(longest, heading, least))
    piece = max(max(map(longest_piece, words), default=0.0), longest_piece(column.title)) * _STAND_IN
    least = max(min(piece, _LONGEST_PIECE), min(max(longest, heading), _SHORTEST_WORDS), _SHORTEST_HEADING)
    return _Need(least, max(longest, heading, least))


def _twips(characters: float, size: int) -> int:
    return round(characters * size * 10) + 2 * MARGIN + _SLACK


def _comfortable(needs: Sequence[_Need], size: int) -> list[int]:
    return [_twips(max(need.least, min(need.line, _COMFORT)), size) for need in needs]


def _share_out(needs: Sequence[_Need], size: int, whole: int) -> tuple[int, ...]:
    """The least for each; then always a little for the column whose words need most lines, since the highest cell makes
    the row; what nobody needs by what each has. Together exactly `whole`."""
    widths = _comfortable(needs, size)
    if sum(widths) > whole:
        widths = [_twips(need.least, size) for need in needs]
    if sum(widths) > whole:
        fair = 2 * whole // len(needs)
        widths = [min(each, fair) for each in widths]
    if sum(widths) > whole:
        widths = [each * whole // sum(widths) for each in widths]
    lines = [_twips(min(need.line, _LONGEST_LINE), size) for need in needs]
    step = size * 5  # half a character
    while sum(widths) + step <= whole:
        at = max(range(len(needs)), key=lambda at: lines[at] / widths[at])
        if lines[at] <= widths[at]:
            break
        widths[at] += step
    total = sum(widths)
    widths = [each * whole // total for each in widths]
    widths[-1] += whole - sum(widths)
    return tuple(widths)
