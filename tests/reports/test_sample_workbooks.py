"""The sample workbooks are made from the sample YAML files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.reports.campaign_tables import tables_of_rows
from bot.reports.campaign_workbook import write_workbook
from bot.store.campaign_files import read_sheets

SAMPLES = Path(__file__).parents[2] / "config" / "samples"


@pytest.mark.parametrize("name", ["guangyuan-2016", "guangyuan-2016-tallies"])
def test_sample_workbooks_say_what_their_yaml_says(name: str) -> None:
    """After editing the YAML, run this with REWRITE_SAMPLES=1 to make the workbooks again."""
    source = read_sheets((SAMPLES / f"{name}.yaml").read_bytes())
    made = write_workbook(tables_of_rows(source))
    workbook = SAMPLES / f"{name}.xlsx"
    if os.environ.get("REWRITE_SAMPLES"):
        workbook.write_bytes(made)
    assert not source.faults
    assert read_sheets(workbook.read_bytes()) == read_sheets(made)
