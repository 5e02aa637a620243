"""From the rows of a tally file's sheets of media, notes and photos to their lines, with all faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from bot.domain.campaign_file import Fault, FaultKind, Sheet, Sheets
from bot.domain.cells import Cells, duplicates
from bot.domain.coverage import (
    LONGEST_CAPTION,
    LONGEST_LINK,
    LONGEST_NOTE,
    LONGEST_OUTLET,
    LONGEST_TITLE,
    CoverageLine,
    Medium,
)


def read_coverage(sheets: Sheets, faults: list[Fault]) -> list[tuple[Sheet, CoverageLine]]:
    """The lines of all three sheets; what is wrong with them is added to the faults."""
    found = []
    for sheet, read in _READERS.items():
        rows = sheets.of(sheet)
        lines = []
        for row in rows:
            cells = Cells(row, faults)
            event, occurrence = cells.text("event", 60), cells.text("occurrence", 80)
            if occurrence and not event:
                cells.fault(FaultKind.MISSING, "event")
            key = cells.text("key", 80, needed=True)
            lines.append(CoverageLine(key, cells.text("library", 80), event, occurrence, row.number, read(cells)))
        twice = duplicates(line.key for line in lines if line.key)
        for row, line in zip(rows, lines, strict=True):
            if line.key in twice:
                Cells(row, faults).fault(FaultKind.DUPLICATE, "key", line.key)
        found += [(sheet, line) for line in lines]
    return found


def _media(cells: Cells) -> Mapping[str, object]:
    link = cells.text("link", LONGEST_LINK)
    if link and (urlsplit(link).scheme not in ("http", "https") or not urlsplit(link).netloc):
        cells.fault(FaultKind.BAD_LINK, "link", link)
    return {
        "medium": cells.choice("medium", Medium).value,
        "outlet": cells.text("outlet", LONGEST_OUTLET),
        "title": cells.text("title", LONGEST_TITLE),
        "link": link,
        "place": cells.text("place", 120),
        "day": cells.day("date"),
    }


def _note(cells: Cells) -> Mapping[str, object]:
    return {"words": cells.text("words", LONGEST_NOTE, needed=True)}


def _photo(cells: Cells) -> Mapping[str, object]:
    return {"file": cells.text("file", 200, needed=True), "caption": cells.text("caption", LONGEST_CAPTION)}


_READERS: dict[Sheet, Callable[[Cells], Mapping[str, object]]] = {
    Sheet.MEDIA: _media,
    Sheet.NOTES: _note,
    Sheet.PHOTOS: _photo,
}
