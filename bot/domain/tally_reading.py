"""From the rows of a tally file to its lines, with all faults."""

from __future__ import annotations

from decimal import Decimal

from bot.domain.campaign_file import Fault, FaultKind, Row, Sheet, Sheets
from bot.domain.cells import Cells, duplicates
from bot.domain.kinds import Exactness
from bot.domain.measure import Quantity, parse_quantity
from bot.domain.tally import TallyLine
from bot.domain.tally_words import find_difference, parse_ordinal

_FIGURES = (Sheet.TALLIES, Sheet.MEDIA, Sheet.NOTES, Sheet.PHOTOS)
LARGEST_NUMBER = Decimal(10) ** 12


def read_tallies(sheets: Sheets) -> tuple[str, tuple[TallyLine, ...], list[Fault]]:
    """The key of the campaign, the lines, and the faults; the lines are usable only when there are no faults."""
    faults = list(sheets.faults)
    # A week may have coverage and photos and not one number.
    filled = next((sheet for sheet in _FIGURES if sheets.of(sheet)), Sheet.TALLIES)
    for sheet in (Sheet.CAMPAIGN, filled):
        if not sheets.of(sheet) and not faults:
            faults.append(Fault(FaultKind.SHEET_MISSING, sheet))
    campaign = ""
    for row in sheets.of(Sheet.CAMPAIGN)[:1]:
        campaign = Cells(row, faults).text("key", 60, needed=True)
    lines = tuple(_read_line(row, faults) for row in sheets.of(Sheet.TALLIES))
    _check_lines(sheets.of(Sheet.TALLIES), lines, faults)
    return campaign, lines, faults


def _read_line(row: Row, faults: list[Fault]) -> TallyLine:
    cells = Cells(row, faults)
    event, occurrence = cells.text("event", 60), cells.text("occurrence", 80)
    if occurrence and not event:
        cells.fault(FaultKind.MISSING, "event")
    return TallyLine(
        key=cells.text("key", 80, needed=True),
        library=cells.text("library", 80),
        event=event,
        occurrence=occurrence,
        metric=cells.text("metric", 80, needed=True),
        quantity=_read_quantity(cells),
        part=cells.text("part", 120),
        of=cells.text("of", 80),
        day=cells.day("date"),
        wording=cells.text("wording", 200),
        row=row.number,
        written=_written(cells),
        recipient=cells.text("recipient", 120),
    )


def _written(cells: Cells) -> str:
    """The quantity as the file has it, in one piece."""
    text, unit = cells.text("quantity", 40).replace(" ", ""), cells.text("unit", 12)
    return (text if not unit or text.endswith(unit) else text + unit)[:60]


def _read_quantity(cells: Cells) -> Quantity:
    """Number, measure word and exactness: all in one cell (300多份), or each in its own."""
    exactness = cells.choice("exactness", Exactness, Exactness.EXACT) if cells.has("exactness") else None
    unit = cells.text("unit", 12)
    text = cells.text("quantity", 40, needed=exactness is not Exactness.DOUBTFUL)
    read = (parse_quantity(text) or parse_ordinal(text)) if text else None
    if text and read is None and exactness is not Exactness.DOUBTFUL:
        cells.fault(FaultKind.BAD_NUMBER, "quantity", text)
    number = read.number if read else None
    if number is not None and number > LARGEST_NUMBER:
        cells.fault(FaultKind.TOO_BIG, "quantity", text)
    if read and read.unit and unit and read.unit != unit:
        cells.fault(FaultKind.UNKNOWN_VALUE, "unit", f"{unit} ≠ {read.unit}")
    kind = exactness or (read.exactness if read else Exactness.DOUBTFUL)
    return Quantity(number, unit or (read.unit if read else ""), kind, read.approx_word if read else "")


def _check_lines(rows: tuple[Row, ...], lines: tuple[TallyLine, ...], faults: list[Fault]) -> None:
    twice = duplicates(line.key for line in lines if line.key)
    by_key = {line.key: line for line in lines}
    for row, line in zip(rows, lines, strict=True):
        cells = Cells(row, faults)
        if line.key in twice:
            cells.fault(FaultKind.DUPLICATE, "key", line.key)
        if line.of and (line.of == line.key or line.of not in by_key):
            cells.fault(FaultKind.UNKNOWN_NAME, "of", line.of)
        elif line.of and by_key[line.of].of:
            cells.fault(FaultKind.CIRCLE, "of", line.of)  # a part of a part would be counted twice
    for row, line in zip(rows, lines, strict=True):
        parts = [part.quantity for part in lines if part.of == line.key and part.quantity.unit == line.quantity.unit]
        differ = find_difference(line.quantity, parts)
        if differ:
            both = f"{plain(differ.whole)}{differ.unit} ≠ {plain(differ.parts)}{differ.unit}"
            Cells(row, faults).fault(FaultKind.PARTS_DIFFER, "quantity", both)


def plain(number: Decimal) -> str:
    """Digits without needless zeros."""
    return f"{number.normalize():f}"
