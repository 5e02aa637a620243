"""How the values of a table are written where there is no cell format: on paper, in pages, in plain text."""

from __future__ import annotations

from decimal import Decimal

from bot.reports.table import Cell, Column, Kind
from bot.texts.metrics import plain_number


def said(cell: Cell, column: Column) -> str:
    """A cell in words: numbers exact, shares as percent with one decimal, an empty cell empty."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if column.kind is Kind.SHARE:
        return f"{plain_number((Decimal(value) * 100).quantize(Decimal('0.1')))}%"
    return plain_number(Decimal(value))
