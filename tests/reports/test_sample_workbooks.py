"""The sample workbooks are made from the sample YAML files."""

from __future__ import annotations

import os
import re
from datetime import date, time
from pathlib import Path

import pytest

from bot.domain.campaign_file import Cell, Sheets
from bot.reports.campaign_tables import Tables, Value
from bot.reports.campaign_workbook import write_workbook
from bot.store.campaign_files import read_sheets
from bot.texts.campaign_files import word_of

SAMPLES = Path(__file__).parents[2] / "config" / "samples"

_DAY_FIELDS = {"start_date", "end_date", "starts_on", "ends_on", "date"}
_CLOCK_FIELDS = {"start_time", "end_time"}
_NUMBER_FIELDS = {"capacity", "party_limit", "overbooking"}
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLOCK = re.compile(r"\d{2}:\d{2}")


def _tables_of_rows(sheets: Sheets) -> Tables:
    """The rows of a file as tables: the same file in the other format, rules kept as rules."""
    return {
        sheet: [
            {field: _cell_value(field, cell) for field, cell in row.cells.items() if cell is not None} for row in rows
        ]
        for sheet, rows in sheets.rows.items()
    }


def _cell_value(field: str, cell: Cell) -> Value:
    if isinstance(cell, list | date | time):
        return cell
    text = str(cell)
    if field in _DAY_FIELDS and _ISO_DAY.fullmatch(text):
        return date.fromisoformat(text)
    if field in _CLOCK_FIELDS and _CLOCK.fullmatch(text):
        return time.fromisoformat(text)
    if field in _NUMBER_FIELDS and text.isdecimal():
        return int(text)
    return word_of(field, text)


SEEDS = ("guangyuan-2016", "dujiang-2012", "yuanquan-2012", "jili-2018", "taian-2016", "shanxi-2014", "gu-2014")
FILES = [name for seed in SEEDS for name in (seed, f"{seed}-tallies") if (SAMPLES / f"{name}.yaml").exists()]


@pytest.mark.parametrize("name", FILES)
def test_sample_workbooks_say_what_their_yaml_says(name: str) -> None:
    """After editing the YAML, run this with REWRITE_SAMPLES=1 to make the workbooks again."""
    source = read_sheets((SAMPLES / f"{name}.yaml").read_bytes())
    made = write_workbook(_tables_of_rows(source))
    workbook = SAMPLES / f"{name}.xlsx"
    if os.environ.get("REWRITE_SAMPLES"):
        workbook.write_bytes(made)
    assert not source.faults
    assert read_sheets(workbook.read_bytes()) == read_sheets(made)
