"""Importing tallies, media entries, notes and photos from a file: all of it, or with any fault nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, time

from sqlalchemy import Connection

from bot.domain.campaign_file import Fault, FaultKind, FileRefused, Sheet
from bot.domain.clock import at_local
from bot.domain.coverage import CoverageLine
from bot.domain.coverage_reading import read_coverage
from bot.domain.tally import RATES, TalliesImported, TallyLine
from bot.domain.tally_reading import read_tallies
from bot.domain.tally_words import ordinal_metric
from bot.services.audit import note_audit
from bot.services.tallies import named_metric, with_unit
from bot.store import campaigns, coverage, tallies
from bot.store.campaign_files import read_sheets

NOON = time(12)
Picture = tuple[bytes, int, int, str]
OpenPhoto = Callable[[str], Picture | None]
"""From a file's name to JPEG bytes, width, height and digest (reports.photos); None when it is no picture."""

_TABLES = {Sheet.MEDIA: "media_item", Sheet.NOTES: "note", Sheet.PHOTOS: "photo"}


def no_photo(_: str) -> None:
    """For files that come without their photos."""
    return


def import_tally_file(
    tx: Connection,
    data: bytes,
    now: datetime,
    *,
    campaign_key: str | None = None,
    actor: str = "command",
    open_photo: OpenPhoto = no_photo,
) -> TalliesImported | FileRefused:
    """Import an xlsx or YAML file of tallies, media, notes and photos; with any fault nothing is written.

    Importing again changes what differs. `campaign_key` puts the figures to another campaign than the one the file
    names (the sample's to the demo); `open_photo` gives the picture that a row of photos names, None for what is none.
    """
    sheets = read_sheets(data)
    named, lines, faults = read_tallies(sheets)
    beside = read_coverage(sheets, faults)
    key = campaign_key or named
    stored = campaigns.find_campaign(tx, key) if key else None
    if key and stored is None:
        faults.append(Fault(FaultKind.NO_SUCH_CAMPAIGN, detail=key))
    if stored is None:
        return FileRefused(tuple(faults))
    places = _Places(tx, stored.id)
    rows = [_values_of(line, places, faults) for line in lines]
    issuer = stored.library_id
    more = [(sheet, _beside_of(sheet, line, places, issuer, open_photo, faults)) for sheet, line in beside]
    if faults:
        return FileRefused(tuple(faults))
    counts = _save(tx, stored.id, lines, rows, now)
    counts += _save_beside(tx, stored.id, more, now)
    outcome = TalliesImported(stored.id, key, counts["created"], counts["changed"], counts["same"])
    note_audit(tx, actor, "import_tallies", f"campaign:{stored.id}", dict(counts), now)
    return outcome


class _Places:
    """Where the lines of a file belong."""

    def __init__(self, tx: Connection, campaign_id: int) -> None:
        self._codes = campaigns.list_known_names(tx).libraries
        self._libraries = {code: row.id for code, row in campaigns.libraries_by_code(tx).items()}
        self._events = campaigns.events_by_key(tx, campaign_id)
        self._occurrences = campaigns.occurrences_by_key(tx, campaign_id)

    def find(
        self, line: TallyLine | CoverageLine, faults: list[Fault], sheet: Sheet = Sheet.TALLIES
    ) -> tuple[int | None, int | None, int | None]:
        """Ids of library, event and occurrence. Figures of an event count for its lead library."""
        event = self._events.get(line.event)
        if line.event and event is None:
            faults.append(Fault(FaultKind.UNKNOWN_NAME, sheet, line.row, "event", line.event))
        if event is not None:
            return event.library_id, event.id, self._occurrence(line, event.id, faults, sheet)
        code = self._codes.get(line.library)
        if line.library and code is None:
            faults.append(Fault(FaultKind.UNKNOWN_NAME, sheet, line.row, "library", line.library))
        return (self._libraries[code] if code else None), None, None

    def _occurrence(
        self, line: TallyLine | CoverageLine, event_id: int, faults: list[Fault], sheet: Sheet
    ) -> int | None:
        own = {key: row.id for (owner, key), row in self._occurrences.items() if owner == event_id}
        if line.occurrence:
            if line.occurrence not in own:
                faults.append(Fault(FaultKind.UNKNOWN_NAME, sheet, line.row, "occurrence", line.occurrence))
            return own.get(line.occurrence)
        return next(iter(own.values())) if len(own) == 1 else None


def _values_of(line: TallyLine, places: _Places, faults: list[Fault]) -> dict[str, object]:
    library_id, event_id, occurrence_id = places.find(line, faults)
    metric, part = named_metric(line.metric, line.part)
    if (ordinal := ordinal_metric(line.written)) and metric not in RATES:
        metric, part = ordinal, part or line.metric
    quantity = with_unit(line.quantity, metric)
    if not quantity.unit:
        faults.append(Fault(FaultKind.MISSING, Sheet.TALLIES, line.row, "unit"))
    return {
        "key": line.key,
        "library_id": library_id,
        "event_id": event_id,
        "occurrence_id": occurrence_id,
        "metric": metric,
        "number": quantity.number,
        "unit": quantity.unit,
        "exactness": quantity.exactness.value,
        "wording": line.wording,
        "written": line.written,
        "part": part,
        "recipient": line.recipient,
    }


def _save(
    tx: Connection, campaign_id: int, lines: tuple[TallyLine, ...], rows: list[dict[str, object]], now: datetime
) -> Counter[str]:
    stored = tallies.tallies_by_key(tx, campaign_id)
    ids = {key: row.id for key, row in stored.items()}
    counts: Counter[str] = Counter(created=0, changed=0, same=0)
    wholes_first = sorted(zip(lines, rows, strict=True), key=lambda pair: bool(pair[0].of))
    for line, values in wholes_first:
        values["parent_id"] = ids.get(line.of)
        if line.day:
            values["noted_at"] = at_local(line.day, NOON)
        before = stored.get(line.key)
        if before is None:
            noted = {"campaign_id": campaign_id, "noted_at": now}
            ids[line.key] = tallies.insert_tally(tx, noted | values)
            counts["created"] += 1
            continue
        known = before._mapping
        differing = {column: value for column, value in values.items() if known[column] != value}
        if differing:
            tallies.update_tally(tx, before.id, differing)
        counts["changed" if differing else "same"] += 1
    return counts


def _beside_of(
    sheet: Sheet,
    line: CoverageLine,
    places: _Places,
    issuer: int,
    open_photo: OpenPhoto,
    faults: list[Fault],
) -> dict[str, object]:
    """The columns of a media entry, note or photo. What names no library is of the issuing one."""
    library_id, event_id, occurrence_id = places.find(line, faults, sheet)
    values = {**line.values, "key": line.key, "library_id": library_id or issuer, "event_id": event_id}
    if sheet is not Sheet.MEDIA:
        values["occurrence_id"] = occurrence_id
    if sheet is Sheet.PHOTOS:
        name = str(values.pop("file"))
        picture = open_photo(name)
        if picture is None:
            faults.append(Fault(FaultKind.NO_PICTURE, sheet, line.row, "file", name))
        else:
            values |= dict(zip(("picture", "width", "height", "digest"), picture, strict=True))
    return values


def _save_beside(
    tx: Connection, campaign_id: int, found: Sequence[tuple[Sheet, dict[str, object]]], now: datetime
) -> Counter[str]:
    counts: Counter[str] = Counter()
    for sheet, values in found:
        table = coverage.TABLES[_TABLES[sheet]]
        before = coverage.entries_by_key(tx, table, campaign_id).get(str(values["key"]))
        if before is None:
            coverage.insert_entry(tx, table, {"campaign_id": campaign_id, "noted_at": now} | values)
            counts["created"] += 1
            continue
        differing = {column: value for column, value in values.items() if before._mapping[column] != value}
        if differing:
            coverage.update_entry(tx, table, before.id, differing)
        counts["changed" if differing else "same"] += 1
    return counts
