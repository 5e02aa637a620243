"""Noting quantities: by message and by file."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time

from sqlalchemy import Connection

from bot.domain.campaign_file import Fault, FaultKind, FileRefused, Sheet
from bot.domain.clock import at_local
from bot.domain.door import Stamp
from bot.domain.measure import Quantity, TallyEntry
from bot.domain.tally import TalliesImported, TallyLine, TallyRecorded, sum_tallies
from bot.domain.tally_reading import read_tallies
from bot.services.audit import note_audit
from bot.store import campaigns, tallies
from bot.texts.metrics import metric_of, usual_unit

NOON = time(12)


def record_tally(
    tx: Connection,
    entry: TallyEntry,
    *,
    occurrence_id: int,
    staff_id: int,
    now: datetime,
    stamp: Stamp | None = None,
    undone_at: datetime | None = None,
) -> TallyRecorded:
    """Note what a staff member sent, at an occurrence; it counts for the library that leads the event.

    `stamp`: of the device that noted it; `undone_at`: when it was taken back, if that came to be known first.
    """
    place = tallies.get_place(tx, occurrence_id)
    metric, tier = metric_of(entry.metric)
    quantity = _with_unit(entry.quantity, metric)
    part = entry.part or tier
    tally_id = tallies.insert_tally(
        tx,
        {
            "campaign_id": place.campaign_id,
            "library_id": place.library_id,
            "event_id": place.event_id,
            "occurrence_id": occurrence_id,
            "metric": metric,
            "number": quantity.number,
            "unit": quantity.unit,
            "exactness": quantity.exactness.value,
            "wording": entry.wording,
            "part": part,
            "staff_id": staff_id,
            "noted_at": now,
            "device": stamp.device if stamp else None,
            "client_id": stamp.id if stamp else None,
            "undone_at": undone_at,
        },
    )
    return recorded_tally(tx, tally_id)


def recorded_tally(tx: Connection, tally_id: int) -> TallyRecorded:
    """A tally as its recording is answered, with the running total of its metric at the occurrence."""
    noted = tallies.get_tally(tx, tally_id)
    assert noted.occurrence_id is not None  # only such are noted at doors
    place = tallies.get_place(tx, noted.occurrence_id)
    quantity = noted.quantity
    totals = sum_tallies(tallies.list_occurrence_tallies(tx, noted.occurrence_id, noted.metric, quantity.unit))
    title = f"{place.title} {place.label}".strip()
    return TallyRecorded(
        tally_id, noted.metric, noted.part, quantity, totals[0] if totals else None, place.number, title
    )


def import_tally_file(
    tx: Connection, data: bytes, now: datetime, *, campaign_key: str | None = None, actor: str = "command"
) -> TalliesImported | FileRefused:
    """Import an xlsx or YAML file of tallies; with any fault nothing is written. Importing again changes what differs.

    `campaign_key` puts the figures to another campaign than the one the file names (the sample's to the demo).
    """
    # Only here: the chat loads this module too, and never reads a file.
    from bot.store.campaign_files import read_sheets

    named, lines, faults = read_tallies(read_sheets(data))
    key = campaign_key or named
    stored = campaigns.find_campaign(tx, key) if key else None
    if key and stored is None:
        faults.append(Fault(FaultKind.NO_SUCH_CAMPAIGN, detail=key))
    if stored is None:
        return FileRefused(tuple(faults))
    places = _Places(tx, stored.id)
    rows = [_values_of(line, places, faults) for line in lines]
    if faults:
        return FileRefused(tuple(faults))
    counts = _save(tx, stored.id, lines, rows, now)
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

    def find(self, line: TallyLine, faults: list[Fault]) -> tuple[int | None, int | None, int | None]:
        """Ids of library, event and occurrence. Figures of an event count for its lead library."""
        event = self._events.get(line.event)
        if line.event and event is None:
            faults.append(Fault(FaultKind.UNKNOWN_NAME, Sheet.TALLIES, line.row, "event", line.event))
        if event is not None:
            return event.library_id, event.id, self._occurrence(line, event.id, faults)
        code = self._codes.get(line.library)
        if line.library and code is None:
            faults.append(Fault(FaultKind.UNKNOWN_NAME, Sheet.TALLIES, line.row, "library", line.library))
        return (self._libraries[code] if code else None), None, None

    def _occurrence(self, line: TallyLine, event_id: int, faults: list[Fault]) -> int | None:
        own = {key: row.id for (owner, key), row in self._occurrences.items() if owner == event_id}
        if line.occurrence:
            if line.occurrence not in own:
                faults.append(Fault(FaultKind.UNKNOWN_NAME, Sheet.TALLIES, line.row, "occurrence", line.occurrence))
            return own.get(line.occurrence)
        return next(iter(own.values())) if len(own) == 1 else None


def _values_of(line: TallyLine, places: _Places, faults: list[Fault]) -> dict[str, object]:
    library_id, event_id, occurrence_id = places.find(line, faults)
    metric, tier = metric_of(line.metric)
    quantity = _with_unit(line.quantity, metric)
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
        "part": line.part or tier,
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


def _with_unit(quantity: Quantity, metric: str) -> Quantity:
    if quantity.unit:
        return quantity
    return Quantity(quantity.number, usual_unit(metric), quantity.exactness, quantity.approx_word)
