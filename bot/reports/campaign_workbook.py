"""Writing campaign and tally files, as xlsx workbooks and as YAML."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import xlsxwriter
import yaml

from bot.domain.campaign_file import CampaignFile, Sheet
from bot.reports.campaign_tables import Tables, Value, tables_of
from bot.texts.campaign_files import COLUMNS, LIST_MARK, SHEETS, choices_of, is_seldom

_WIDE = {"text", "title", "summary", "notes", "basis", "theme", "contact", "venues", "partners", "wording"}
_ROWS_WITH_CHOICES = 500
_FIXED_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 - the same content gives the same bytes


def write_campaign_workbook(content: CampaignFile) -> bytes:
    """A campaign as xlsx, one sheet for each kind of row."""
    return write_workbook(tables_of(content))


def write_campaign_yaml(content: CampaignFile) -> str:
    """A campaign as YAML with the same sheets and columns."""
    return write_yaml(tables_of(content))


def write_workbook(tables: Tables) -> bytes:
    """Tables as xlsx. Text is written as text: what looks like a formula or a link stays what it is."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(buffer, options)
    workbook.set_properties({"created": _FIXED_DAY})
    formats = {
        "head": workbook.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1}),
        "text": workbook.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
        "number": workbook.add_format({"valign": "top"}),
        "day": workbook.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
        "clock": workbook.add_format({"num_format": "hh:mm", "valign": "top"}),
        "second": workbook.add_format({"num_format": "hh:mm:ss", "valign": "top"}),
        "moment": workbook.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"}),
        "exact": workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top"}),
    }
    for sheet, rows in tables.items():
        _write_sheet(workbook.add_worksheet(SHEETS[sheet]), sheet, rows, formats)
    workbook.close()
    return buffer.getvalue()


def _write_sheet(worksheet: Any, sheet: Sheet, rows: list[dict[str, Value]], formats: Mapping[str, Any]) -> None:
    used = {field for row in rows for field in row}
    shown = {field: name for field, name in COLUMNS[sheet].items() if field in used or not is_seldom(sheet, field)}
    for column, (field, header) in enumerate(shown.items()):
        worksheet.write_string(0, column, header, formats["head"])
        worksheet.set_column(column, column, 36 if field in _WIDE else 14)
        if choices := choices_of(field):
            worksheet.data_validation(
                1, column, _ROWS_WITH_CHOICES, column, {"validate": "list", "source": choices, "error_type": "warning"}
            )
        for number, row in enumerate(rows, 1):
            if field in row:
                _write_cell(worksheet, number, column, row[field], formats)
    worksheet.freeze_panes(1, 0)


def _write_cell(worksheet: Any, row: int, column: int, value: Value, formats: Mapping[str, Any]) -> None:
    match value:
        case datetime():
            worksheet.write_datetime(row, column, value, formats["exact" if value.second else "moment"])
        case date():
            worksheet.write_datetime(row, column, value, formats["day"])
        case time():
            worksheet.write_datetime(row, column, value, formats["second" if value.second else "clock"])
        case int():
            worksheet.write_number(row, column, value, formats["number"])
        case list():
            closing = (
                LIST_MARK if len(value) == 1 and "、" in value[0] else ""
            )  # so that a name with 、 in it stays one name
            worksheet.write_string(row, column, LIST_MARK.join(value) + closing, formats["text"])
        case _:
            worksheet.write_string(row, column, value, formats["text"])


def write_yaml(tables: Tables) -> str:
    """Tables as YAML with Chinese names of sheets and columns; the campaign is one mapping, not a list."""
    plain = {
        SHEETS[sheet]: [{COLUMNS[sheet][field]: _yaml_value(value) for field, value in row.items()} for row in rows]
        for sheet, rows in tables.items()
    }
    campaign = SHEETS[Sheet.CAMPAIGN]
    document: dict[str, object] = {name: rows[0] if name == campaign else rows for name, rows in plain.items()}
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)


def _yaml_value(value: Value) -> str | int | list[str]:
    match value:
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}" if value.second else f"{value:%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"
        case _:
            return value
