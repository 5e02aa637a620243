"""Reading xlsx and YAML files into plain rows, with guards against files that would harm us."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

import openpyxl
import yaml
from openpyxl.utils.exceptions import InvalidFileException

from bot.domain.campaign_file import Cell, Fault, FaultKind, Row, Sheet, Sheets
from bot.texts.campaign_files import clock_range, field_of, plain_value, sheet_of

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

LARGEST_FILE = 8_000_000
LARGEST_UNPACKED = 20_000_000  # a workbook takes many times its size once it is parsed
MOST_PARTS = 500
MOST_ROWS = 5_000
MOST_COLUMNS = 120
DEEPEST_YAML = 8

_XLSX, _XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_BROKEN_WORKBOOK = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    zlib.error,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    NotImplementedError,
)  # what openpyxl raises on damaged and on cunning files


class UnreadableFile(Exception):
    """The file as a whole cannot be read; carries the fault."""

    def __init__(self, kind: FaultKind, detail: str = "") -> None:
        super().__init__(kind)
        self.fault = Fault(kind, detail=detail)


class FileKind(StrEnum):
    """How a file is read."""

    WORKBOOK = "workbook"
    TEXT = "text"


def read_sheets(data: bytes) -> Sheets:
    """Read a campaign or tally file, by its content and not by its name.

    A file that cannot be read gives no rows and one fault; faults in cells stand beside the rows.
    """
    try:
        return _read_workbook(data) if kind_of(data) is FileKind.WORKBOOK else _read_yaml(data)
    except UnreadableFile as unreadable:
        return Sheets({}, (unreadable.fault,))


# --- xlsx


def kind_of(data: bytes) -> FileKind:
    """What a file is by its first bytes; raises UnreadableFile for what is too large or of an old kind."""
    if len(data) > LARGEST_FILE:
        raise UnreadableFile(FaultKind.TOO_LARGE)
    if data.startswith(_XLS):
        raise UnreadableFile(FaultKind.OLD_EXCEL)
    return FileKind.WORKBOOK if data.startswith(_XLSX) else FileKind.TEXT


def open_workbook(data: bytes) -> Workbook:
    """A workbook, formulas as they are written; raises UnreadableFile when it is damaged or would harm us."""
    _check_archive(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns about decorations that it leaves out
            return openpyxl.load_workbook(io.BytesIO(data), data_only=False, keep_links=False)
    except _BROKEN_WORKBOOK as error:
        raise UnreadableFile(FaultKind.DAMAGED) from error


def _read_workbook(data: bytes) -> Sheets:
    workbook = open_workbook(data)
    faults: list[Fault] = []
    rows: dict[Sheet, tuple[Row, ...]] = {}
    for worksheet in workbook.worksheets:
        sheet = sheet_of(worksheet.title)
        if sheet is not None:
            rows[sheet] = tuple(_rows_of(worksheet, sheet, faults))
    workbook.close()
    if not rows:
        raise UnreadableFile(FaultKind.NOT_A_TABLE_FILE)
    return Sheets(rows, tuple(faults))


def _check_archive(data: bytes) -> None:
    """Refuse archives that unpack to something huge and XML that defines entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise UnreadableFile(FaultKind.TOO_LARGE)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    head = archive.open(part).read(2_000).lstrip()
                    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                        raise UnreadableFile(FaultKind.DAMAGED)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(FaultKind.DAMAGED) from error


def _rows_of(worksheet: Worksheet, sheet: Sheet, faults: list[Fault]) -> Iterator[Row]:
    """The rows under the header; blank ones are left out, and so is a caption above the header."""
    if worksheet.max_row > MOST_ROWS + 1:
        faults.append(Fault(FaultKind.TOO_MANY_ROWS, sheet, detail=str(MOST_ROWS)))
        return
    merged = _merged_cells(worksheet)
    header: dict[int, str] | None = None
    for number, row in enumerate(worksheet.iter_rows(max_col=min(worksheet.max_column, MOST_COLUMNS)), 1):
        own = {column: cell.value for column, cell in enumerate(row, 1) if not _is_blank(cell.value)}
        if not own:
            continue
        values = merged.get(number, {}) | own
        if header is None:
            is_caption = len(own) == 1 and field_of(sheet, str(next(iter(own.values()))).strip()) is None
            header = None if is_caption else _header(values, sheet, number, faults)
            continue
        formulas = {column for column, cell in enumerate(row, 1) if cell.data_type == "f"}
        errors = {column for column, cell in enumerate(row, 1) if cell.data_type == "e"}
        yield Row(sheet, number, _cells(values, header, formulas, errors, Row(sheet, number, {}), faults))


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _merged_cells(worksheet: Worksheet) -> dict[int, dict[int, object]]:
    """Values of merged cells that go down over several rows, by row and column; sideways they are decoration."""
    values: dict[int, dict[int, object]] = {}
    for merged in worksheet.merged_cells.ranges:
        value = worksheet.cell(merged.min_row, merged.min_col).value
        if not _is_blank(value):
            for row in range(merged.min_row + 1, min(merged.max_row, MOST_ROWS + 1) + 1):
                values.setdefault(row, {})[merged.min_col] = value
    return values


def _header(values: Mapping[int, object], sheet: Sheet, row: int, faults: list[Fault]) -> dict[int, str]:
    """Column number to field. A header that begins with # marks a column of the librarian's own."""
    fields: dict[int, str] = {}
    for column, value in values.items():
        name = str(value).strip().rstrip("*").strip()
        if name.startswith("#"):
            continue
        field = field_of(sheet, name)
        if field is None:
            faults.append(Fault(FaultKind.UNKNOWN_COLUMN, sheet, row, detail=name[:40]))
        elif field in fields.values():
            faults.append(Fault(FaultKind.DUPLICATE_COLUMN, sheet, row, detail=name[:40]))
        else:
            fields[column] = field
    return fields


def _cells(
    values: Mapping[int, object],
    header: dict[int, str],
    formulas: set[int],
    errors: set[int],
    place: Row,
    faults: list[Fault],
) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for column, value in values.items():
        field = header.get(column)
        if field is None:
            continue
        if column in formulas:
            faults.append(Fault(FaultKind.FORMULA, place.sheet, place.number, field))
        elif column in errors:
            faults.append(Fault(FaultKind.CELL_ERROR, place.sheet, place.number, field, str(value)[:20]))
        else:
            cells[field] = _plain_cell(field, value)
    return _split_clocks(cells)


def _plain_cell(field: str, value: object) -> Cell:
    if isinstance(value, str):
        return plain_value(field, value)
    if isinstance(value, bool | int | float | datetime | date | time):
        return value
    if isinstance(value, list):
        return [str(part).strip() for part in value]
    return str(value)


def _split_clocks(cells: dict[str, Cell]) -> dict[str, Cell]:
    """One cell may hold start and end: 17:00–18:00."""
    start = cells.get("start_time")
    if isinstance(start, str) and not cells.get("end_time") and (both := clock_range(start)):
        cells["start_time"], cells["end_time"] = both
    return cells


# --- YAML


def _read_yaml(data: bytes) -> Sheets:
    root = _compose(decode_text(data))
    if not isinstance(root, yaml.MappingNode):
        raise UnreadableFile(FaultKind.NOT_A_TABLE_FILE)
    faults: list[Fault] = []
    rows: dict[Sheet, tuple[Row, ...]] = {}
    for name, node in root.value:
        sheet = sheet_of(str(name.value))
        if sheet is not None:
            rows[sheet] = tuple(_yaml_rows(node, sheet, faults))
    if not rows:
        raise UnreadableFile(FaultKind.NOT_A_TABLE_FILE)
    return Sheets(rows, tuple(faults))


def decode_text(data: bytes) -> str:
    """The text of a file in UTF-8 or GB 18030; raises UnreadableFile for anything else."""
    for encoding in ("utf-8-sig", "gb18030"):  # editors on older Windows save in the latter
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise UnreadableFile(FaultKind.NOT_A_TABLE_FILE)


def _compose(text: str) -> yaml.Node | None:
    """The tree of nodes, without building any object; references and deep nesting are refused before that."""
    try:
        depth = 0
        for event in yaml.parse(text, yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise UnreadableFile(FaultKind.YAML_ALIAS)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST_YAML:
                raise UnreadableFile(FaultKind.NOT_A_TABLE_FILE)
        return yaml.compose(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise UnreadableFile(FaultKind.BAD_YAML, _where(error)) from error


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"{mark.line + 1}:{mark.column + 1}" if mark else ""


def _yaml_rows(node: yaml.Node, sheet: Sheet, faults: list[Fault]) -> Iterator[Row]:
    items = [node] if isinstance(node, yaml.MappingNode) else node.value if isinstance(node, yaml.SequenceNode) else []
    if len(items) > MOST_ROWS:
        faults.append(Fault(FaultKind.TOO_MANY_ROWS, sheet, detail=str(MOST_ROWS)))
        return
    if not items and node.value not in ("", "null", "~", []):
        faults.append(Fault(FaultKind.NOT_ROWS, sheet, node.start_mark.line + 1))
    for item in items:
        number = item.start_mark.line + 1
        if not isinstance(item, yaml.MappingNode):
            faults.append(Fault(FaultKind.NOT_ROWS, sheet, number))
            continue
        yield Row(sheet, number, _yaml_cells(item, sheet, number, faults))


def _yaml_cells(item: yaml.MappingNode, sheet: Sheet, number: int, faults: list[Fault]) -> dict[str, Cell]:
    """Scalars stay as they are written: YAML would read 17:00 as a number and 是 as text."""
    values: dict[int, object] = {}
    names: dict[int, object] = {}
    for column, (name, value) in enumerate(item.value):
        names[column] = name.value if isinstance(name, yaml.ScalarNode) else "?"
        if isinstance(value, yaml.ScalarNode):
            is_null = value.tag == "tag:yaml.org,2002:null"
            values[column] = None if is_null else value.value
        elif isinstance(value, yaml.SequenceNode) and all(isinstance(part, yaml.ScalarNode) for part in value.value):
            values[column] = [part.value for part in value.value]
        else:
            faults.append(Fault(FaultKind.NOT_ROWS, sheet, number, str(names[column])[:40]))
    header = _header(names, sheet, number, faults)
    present = {column: value for column, value in values.items() if value not in (None, "")}
    return _cells(present, header, set(), set(), Row(sheet, number, {}), faults)
