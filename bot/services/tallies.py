"""Noting quantities: by message and by file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time

from sqlalchemy import Connection

from bot.domain.campaign_file import Fault, FaultKind, FileRefused, Sheet
from bot.domain.clock import at_local
from bot.domain.closing import FiguresFrozen
from bot.domain.door import Stamp
from bot.domain.kinds import may_organise
from bot.domain.measure import Quantity
from bot.domain.tally import RATES, TalliesImported, TallyLine, TallyNotAllowed, TallyRecorded, sum_tallies
from bot.domain.tally_reading import read_tallies
from bot.domain.tally_words import TallyEntry, TallyScope, ordinal_metric
from bot.services.audit import note_audit
from bot.services.campaigns import find_current_campaign
from bot.services.closing import ensure_open
from bot.store import campaigns, tallies
from bot.store.libraries import find_library_name
from bot.store.readers import StaffMember
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
    at = {
        "campaign_id": place.campaign_id,
        "library_id": place.library_id,
        "event_id": place.event_id,
        "occurrence_id": occurrence_id,
    }
    by = {
        "staff_id": staff_id,
        "device": stamp.device if stamp else None,
        "client_id": stamp.id if stamp else None,
        "undone_at": undone_at,
    }
    return recorded_tally(tx, _insert(tx, entry, at, by, now))


def record_library_tally(
    tx: Connection, entry: TallyEntry, member: StaffMember, now: datetime
) -> TallyRecorded | TallyNotAllowed | FiguresFrozen | None:
    """Note a quantity of a whole library, or one said of the whole campaign; None when there is no campaign.

    Both are for who organises: the first for their own library, the second in the issuing library or above all.
    """
    campaign_id = find_current_campaign(tx, now)
    if campaign_id is None:
        return None
    issuer = campaigns.get_campaign(tx, campaign_id).library_id
    library_id = member.library_id or issuer
    of_campaign = entry.scope is TallyScope.CAMPAIGN
    if not may_organise(member.role) or (of_campaign and member.library_id not in (None, issuer)):
        return TallyNotAllowed()
    frozen = ensure_open(tx, campaign_id, member)
    if frozen is not None:
        return frozen
    at = {"campaign_id": campaign_id, "library_id": None if of_campaign else library_id}
    tally_id = _insert(tx, entry, at, {"staff_id": member.id}, now)
    note_audit(tx, f"staff:{member.id}", "note_tally", f"tally:{tally_id}", {}, now)
    return recorded_tally(tx, tally_id)


def _insert(
    tx: Connection, entry: TallyEntry, at: Mapping[str, object], by: Mapping[str, object], now: datetime
) -> int:
    """The tally and, below it, its parts; they are taken back with it and belong to nobody's last act."""
    metric, about = _named(entry.metric, entry.part)
    quantity = _with_unit(entry.quantity, metric)
    shared = {**at, "metric": metric, "wording": entry.wording, "recipient": entry.recipient, "noted_at": now}
    tally_id = tallies.insert_tally(tx, {**shared, **by, **_amount(quantity), "written": entry.written, "part": about})
    for part in entry.parts:
        each = part.quantity if part.quantity.unit else replace(part.quantity, unit=quantity.unit)
        row = {**shared, **_amount(each), "written": part.written, "part": part.part, "parent_id": tally_id}
        tallies.insert_tally(tx, row)
    return tally_id


def _amount(quantity: Quantity) -> dict[str, object]:
    return {"number": quantity.number, "unit": quantity.unit, "exactness": quantity.exactness.value}


def recorded_tally(tx: Connection, tally_id: int) -> TallyRecorded:
    """A tally as its recording is answered, with the running total of its metric at its place."""
    noted = tallies.get_tally(tx, tally_id)
    unit = noted.quantity.unit
    if noted.occurrence_id is not None:
        place = tallies.get_place(tx, noted.occurrence_id)
        number, title = place.number, f"{place.title} {place.label}".strip()
        beside = tallies.list_occurrence_tallies(tx, noted.occurrence_id, noted.metric, unit)
    else:
        number, title = None, find_library_name(tx, noted.library_id)
        beside = tallies.list_library_tallies(tx, noted.campaign_id, noted.library_id, noted.metric, unit)
    totals = sum_tallies(beside)
    return TallyRecorded(
        tally_id,
        noted.metric,
        noted.part,
        noted.quantity,
        totals[0] if totals else None,
        number,
        title,
        noted.written,
        noted.recipient,
        tuple((part.part, part.quantity) for part in tallies.list_parts(tx, tally_id)),
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
    metric, part = _named(line.metric, line.part)
    if (ordinal := ordinal_metric(line.written)) and metric not in RATES:
        metric, part = ordinal, part or line.metric
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
        "written": line.written,
        "part": part,
        "recipient": line.recipient,
    }


def _named(word: str, part: str) -> tuple[str, str]:
    """What is counted and of which part of it. The name of an ordinal is no part of it: 期次 第五期."""
    metric, tier = metric_of(word)
    part = part or tier
    return metric, "" if metric in RATES and metric_of(part)[0] == metric else part


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
