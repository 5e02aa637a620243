"""A table of figures as data: pages, docx and xlsx draw the same one, so that they cannot differ (promise I7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from bot.domain.trace import Trace


class Kind(StrEnum):
    """How the cells of a column are written."""

    TEXT = "text"
    COUNT = "count"  # whole numbers
    AMOUNT = "amount"  # numbers that may have decimals
    SHARE = "share"  # 0.85 is 85 %
    LINK = "link"


class RowKind(StrEnum):
    """What a row is among the others."""

    BODY = "body"
    SUBTOTAL = "subtotal"
    TOTAL = "total"


Value = str | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One value; None is an empty cell. `trace`: the rows it was counted from."""

    value: Value = None
    trace: Trace | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, what it holds, and its width in Chinese characters."""

    title: str
    kind: Kind = Kind.TEXT
    width: int = 10
    people: bool = False  # it counts persons: in public versions 1 to 4 of them are not told


@dataclass(frozen=True, slots=True)
class Row:
    """A row. `adds`: numbers of the rows (from 0, of this table) whose cells add up to this one's, in every COUNT and
    AMOUNT column that is in `added_columns`; then xlsx writes a formula there, and the value must agree."""

    cells: tuple[Cell, ...]
    kind: RowKind = RowKind.BODY
    adds: tuple[int, ...] = ()
    added_columns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its code (T1 … T7), title, columns and rows; `notes` stand under it, a line each.

    `about`: what it was made from, as label and line: campaign, window, counting rules.
    """

    code: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    landscape: bool = False
    about: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Rows:
    """Rows while they are put together."""

    rows: list[Row] = field(default_factory=list)

    def add(self, *cells: Cell | Value, kind: RowKind = RowKind.BODY) -> int:
        """Append a row and say its number."""
        made = tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells)
        self.rows.append(Row(made, kind))
        return len(self.rows) - 1

    def add_sum(self, *cells: Cell | Value, adds: Sequence[int], columns: Sequence[int], kind: RowKind) -> int:
        """Append a row that adds up others."""
        number = self.add(*cells, kind=kind)
        row = self.rows[number]
        self.rows[number] = Row(row.cells, kind, tuple(adds), tuple(columns))
        return number
