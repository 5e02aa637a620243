"""The table: what was measured, the bar, and whether it is reached."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from tests.bench.load import Spread


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `ok` is None where there is no bar."""

    what: str
    measured: str
    bar: str = ""
    ok: bool | None = None


def at_least(what: str, ratio: Spread, bar: float, more: str) -> Line:
    """A ratio that should reach the bar; the range stands beside it."""
    measured = f"{ratio.median:.2f} ({ratio.least:.2f}–{ratio.most:.2f})  {more}"
    return Line(what, measured, f"≥ {bar}", ratio.median >= bar)


def below(what: str, value: float, bar: float, unit: str) -> Line:
    """A figure that should stay below the bar."""
    return Line(what, f"{value:.1f} {unit}", f"< {bar:g} {unit}", value < bar)


def equal(what: str, replies: int, rows: int) -> Line:
    """As many rows as replies that promised one."""
    return Line(what, f"{replies} replies, {rows} rows", "equal", replies == rows)


def table(lines: list[Line]) -> str:
    """All rows under each other."""
    rows = [("", "measured", "bar", ""), *((line.what, line.measured, line.bar, _verdict(line)) for line in lines)]
    widths = [max(_width(row[column]) for row in rows) for column in range(4)]
    return "\n".join("  ".join(_padded(*cell) for cell in zip(row, widths, strict=True)).rstrip() for row in rows)


def _verdict(line: Line) -> str:
    return "" if line.ok is None else "ok" if line.ok else "short"


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))


def _width(cell: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in cell)
