"""Importing, listing and exporting campaigns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Table

from bot.domain.campaign_file import (
    CampaignFile,
    CampaignImported,
    EventEntry,
    Fault,
    FaultKind,
    FileRefused,
    OccurrenceEntry,
    Sheet,
    SheetCounts,
)
from bot.domain.campaign_reading import read_campaign
from bot.domain.clock import local_day
from bot.domain.closing import freeze_of_new
from bot.domain.counting import changed_rules
from bot.domain.kinds import OccurrenceStatus
from bot.domain.questions import plain_questions
from bot.services.audit import note_audit
from bot.services.rule_changes import RuleChange, lock_all, plan_rule_changes, recount_seats
from bot.store import campaigns as store
from bot.store.occurrences import count_seats_taken_each, lock_programme
from bot.store.rule_sets import rule_sets_by_name, save_seats
from bot.store.tables import campaign, event, library, occurrence, rule_template, venue

_COUNTED = (Sheet.CAMPAIGN, Sheet.LIBRARIES, Sheet.VENUES, Sheet.RULES, Sheet.EVENTS, Sheet.OCCURRENCES)


class NoSuchCampaign(LookupError):
    """No campaign has this key."""


def import_campaign_file(
    tx: Connection, data: bytes, now: datetime, actor: str = "command"
) -> CampaignImported | FileRefused:
    """Read an xlsx or YAML file and import it; with any fault nothing is written."""
    # Only here: the chat loads this module too, and never reads a file.
    from bot.store.campaign_files import read_sheets

    read = read_campaign(read_sheets(data), store.list_known_names(tx))
    if read.content is None:
        return FileRefused(read.faults)
    return import_campaign(tx, read.content, now, actor)


def import_campaign(
    tx: Connection, content: CampaignFile, now: datetime, actor: str = "command"
) -> CampaignImported | FileRefused:
    """Make the store say what the entries say: create what is new, change what differs, keep what was dropped.

    Refused, with nothing written, when it would break what readers were promised: seats below those taken, or a public
    number that would come to mean two things. Other rules hold at once for who signs up from now on; where the quota
    comes to count something else, the seats of those who have a place are counted anew.
    """
    lock_programme(tx, now)
    plan = _find_conflicts(tx, content, now)
    if plan.faults:
        return FileRefused(tuple(plan.faults))
    work = _Import(tx, now, widened=[change.occurrence_id for change in plan.changes])
    campaign_id = work.save_all(content)
    save_seats(tx, plan.seats)
    outcome = work.outcome(campaign_id, content)
    detail: dict[str, object] = {
        sheet.value: [counts.created, counts.changed, counts.same] for sheet, counts in outcome.counts.items()
    }
    note_audit(tx, actor, "import_campaign", f"campaign:{campaign_id}", detail, now)
    if work.rules:
        note_audit(tx, actor, "set_counting", f"campaign:{campaign_id}", dict(work.rules), now)
    return outcome


@dataclass(frozen=True, slots=True)
class CampaignListed:
    """A line of the list of campaigns."""

    id: int
    key: str
    title: str
    starts_on: str
    ends_on: str
    occurrences: int


def list_campaigns(tx: Connection) -> list[CampaignListed]:
    """All campaigns, newest first."""
    return [
        CampaignListed(row.id, row.key, row.title, row.starts_on.isoformat(), row.ends_on.isoformat(), row.occurrences)
        for row in store.list_campaign_rows(tx)
    ]


def choose_campaign(tx: Connection, key: str | None) -> int:
    """The id of the campaign with this key, or of the only one; raises NoSuchCampaign with the keys that there are."""
    rows = store.list_campaign_rows(tx)
    chosen = [row.id for row in rows if key is None or row.key == key]
    if len(chosen) != 1:
        raise NoSuchCampaign(*(row.key for row in rows))
    return int(chosen[0])


def find_current_campaign(tx: Connection, now: datetime) -> int | None:
    """The campaign that chat counts: the one that is on, else the one that ended or begins nearest to today."""
    today = local_day(now)
    rows = store.list_campaign_rows(tx)
    nearest = min(rows, key=lambda row: max(row.starts_on - today, today - row.ends_on), default=None)
    return int(nearest.id) if nearest is not None else None


def export_campaign(tx: Connection, key: str) -> CampaignFile:
    """A campaign as entries, ready to be written to a file; raises NoSuchCampaign."""
    stored = store.find_campaign(tx, key)
    if stored is None:
        raise NoSuchCampaign(*(row.key for row in store.list_campaign_rows(tx)))
    return store.load_campaign(tx, stored)


@dataclass
class _Plan:
    """What the store says to the file: faults, other rules, and the seats of registrations counted anew."""

    changes: tuple[RuleChange, ...]
    faults: list[Fault]
    seats: dict[int, int] = field(default_factory=dict)


def _find_conflicts(tx: Connection, content: CampaignFile, now: datetime) -> _Plan:
    """Faults that only the store can tell. The occurrences whose seats are looked at stay locked."""
    stored = store.find_campaign(tx, content.campaign.key)
    rules = plan_rule_changes(tx, content, stored.id if stored else None, now)
    plan = _Plan(rules.changes, list(rules.faults))
    known = _list_known(tx, content, stored.id) if stored else []
    counted_anew = [change for change in plan.changes if change.is_counted_anew]
    narrowed = {row.id: entry for entry, row in known if _seats(entry) < _seats(row)}
    lock_all(tx, {*narrowed, *(change.occurrence_id for change in counted_anew)})
    for change in counted_anew:
        narrowed.pop(change.occurrence_id, None)
        recounted = recount_seats(tx, change, now)
        if isinstance(recounted, Fault):
            plan.faults.append(recounted)
        else:
            plan.seats |= recounted
    plan.faults += _seat_faults(tx, narrowed, now)
    if stored:
        plan.faults += _number_faults(tx, stored.id, known, now)
    return plan


def _list_known(tx: Connection, content: CampaignFile, campaign_id: int) -> list[tuple[OccurrenceEntry, store.Stored]]:
    """The occurrences of the file that are stored already."""
    event_ids = {key: row.id for key, row in store.events_by_key(tx, campaign_id).items()}
    rows = store.occurrences_by_key(tx, campaign_id)
    return [
        (entry, rows[event_ids[entry.event], entry.key])
        for entry in content.occurrences
        if entry.event in event_ids and (event_ids[entry.event], entry.key) in rows
    ]


def _seat_faults(tx: Connection, narrowed: Mapping[int, OccurrenceEntry], now: datetime) -> list[Fault]:
    taken = count_seats_taken_each(tx, list(narrowed), now) if narrowed else {}
    return [
        Fault(FaultKind.BELOW_SEATS_TAKEN, Sheet.OCCURRENCES, entry.row, "capacity", str(taken[occurrence_id]))
        for occurrence_id, entry in narrowed.items()
        if taken.get(occurrence_id, 0) > _seats(entry)
    ]


def _number_faults(
    tx: Connection, campaign_id: int, known: list[tuple[OccurrenceEntry, store.Stored]], now: datetime
) -> list[Fault]:
    revived = [(entry, row) for entry, row in known if _is_over(row, now) and not _is_over(entry, now)]
    foreign = store.foreign_numbers_in_use(tx, campaign_id, now) if revived else set()
    return [
        Fault(FaultKind.NUMBER_IN_USE, Sheet.OCCURRENCES, entry.row, "key", str(row.number))
        for entry, row in revived
        if row.number in foreign
    ]


def _seats(of: OccurrenceEntry | store.Stored) -> float:
    return float("inf") if of.capacity is None else of.capacity + of.overbooking


def _is_over(of: OccurrenceEntry | store.Stored, now: datetime) -> bool:
    end = of.ends_at or of.starts_at
    return end is not None and end <= now


@dataclass
class _Import:
    """One run: what is written and what is counted on the way."""

    tx: Connection
    now: datetime
    counts: Counter[tuple[Sheet, str]] = field(default_factory=Counter)
    moved: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    widened: list[int] = field(default_factory=list)
    restored: list[int] = field(default_factory=list)
    library_ids: dict[str, int] = field(default_factory=dict)
    dropped_events: tuple[str, ...] = ()
    dropped_numbers: tuple[int, ...] = ()
    rules: dict[str, list[str]] = field(default_factory=dict)  # counting rules that change: old and new

    def save_all(self, content: CampaignFile) -> int:
        """Store what is new or differs, sheet by sheet in the order of their references; the id of the campaign."""
        self._save_libraries(content)
        self._save_venues(content)
        campaign_id = self._save_campaign(content)
        self._save_rule_sets(content, campaign_id)
        event_ids = self._save_events(content, campaign_id)
        self._save_occurrences(content, campaign_id, event_ids)
        return campaign_id

    def outcome(self, campaign_id: int, content: CampaignFile) -> CampaignImported:
        """What was done, for the one who imports."""
        counts = {
            sheet: SheetCounts(*(self.counts[sheet, what] for what in ("created", "changed", "same")))
            for sheet in _COUNTED
            if sheet is not Sheet.RULES or content.rule_sets
        }
        return CampaignImported(
            campaign_id,
            content.campaign.key,
            content.campaign.title,
            counts,
            self.dropped_events,
            self.dropped_numbers,
            tuple(self.moved),
            tuple(self.cancelled),
            tuple(sorted(set(self.widened))),
            tuple(self.restored),
        )

    def _save(
        self, sheet: Sheet, table: Table, stored: store.Stored | None, values: Mapping[str, object]
    ) -> tuple[int, set[str]]:
        """Create, change or leave a row; return its key and the columns that changed."""
        if stored is None:
            self.counts[sheet, "created"] += 1
            return store.insert_row(self.tx, table, values), set()
        differing = {column: value for column, value in values.items() if stored._mapping[column] != value}
        self.counts[sheet, "changed" if differing else "same"] += 1
        if differing:
            store.update_row(self.tx, table, stored.id, differing)
        return stored.id, set(differing)

    def _save_libraries(self, content: CampaignFile) -> None:
        stored = store.libraries_by_code(self.tx)
        self.library_ids = {code: row.id for code, row in stored.items()}
        parents_last = sorted(content.libraries, key=lambda entry: _depth(entry.code, content))
        positions = {entry.code: position for position, entry in enumerate(content.libraries)}
        for entry in parents_last:
            values = {
                "code": entry.code,
                "name": entry.name,
                "aliases": list(entry.aliases),
                "level": entry.level.value,
                "parent_id": self.library_ids.get(entry.parent),
                "contact": entry.contact,
                "position": positions[entry.code],
            }
            if entry.population is not None:  # what a file does not say, it does not take back
                values["population"] = entry.population
            self.library_ids[entry.code], _ = self._save(Sheet.LIBRARIES, library, stored.get(entry.code), values)

    def _save_venues(self, content: CampaignFile) -> None:
        stored = store.venues_by_name(self.tx)
        for entry in content.venues:
            library_id = self.library_ids[entry.library]
            values = {
                "library_id": library_id,
                "name": entry.name,
                "address": entry.address,
                "inside": entry.inside,
            }
            self._save(Sheet.VENUES, venue, stored.get((library_id, entry.name)), values)

    def _save_campaign(self, content: CampaignFile) -> int:
        entry = content.campaign
        values = {
            "key": entry.key,
            "title": entry.title,
            "theme": entry.theme,
            "library_id": self.library_ids[entry.library],
            "addressee": entry.addressee,
            "basis": list(entry.basis),
            "starts_on": entry.starts_on,
            "ends_on": entry.ends_on,
        }
        stored = store.find_campaign(self.tx, entry.key)
        if stored is None or entry.freezes_at is not None:
            values["freezes_at"] = entry.freezes_at or freeze_of_new(entry.ends_on, self.now)
        if entry.counting:
            before: dict[str, str] = dict(stored.counting) if stored else {}
            values["counting"] = after = {**before, **entry.counting}
            self.rules = changed_rules(before, after)
        if entry.wording:
            values["wording"] = {**(stored.wording if stored else {}), **entry.wording}
        return self._save(Sheet.CAMPAIGN, campaign, stored, values)[0]

    def _save_rule_sets(self, content: CampaignFile, campaign_id: int) -> None:
        libraries = store.libraries_by_code(self.tx)
        sets = rule_sets_by_name(self.tx, campaign_id)
        for entry in content.rule_sets:
            if entry.template:
                values = {"campaign_id": campaign_id, "name": entry.template, "rules": dict(entry.rules)}
                self._save(Sheet.RULES, rule_template, sets.get(entry.template), values)
                continue
            stored = libraries[entry.library]
            if stored.rules or not entry.rules:
                self._save(Sheet.RULES, library, stored, {"rules": dict(entry.rules)})
                continue
            self.counts[Sheet.RULES, "created"] += 1
            store.update_row(self.tx, library, stored.id, {"rules": dict(entry.rules)})

    def _save_events(self, content: CampaignFile, campaign_id: int) -> dict[str, int]:
        stored = store.events_by_key(self.tx, campaign_id)
        partners = store.partners_by_event(self.tx, campaign_id)
        ids = {key: row.id for key, row in stored.items()}
        positions = {entry.key: position for position, entry in enumerate(content.events)}
        for entry in _parents_first(content.events):
            values = _event_values(entry, positions[entry.key]) | {
                "campaign_id": campaign_id,
                "library_id": self.library_ids[entry.library],
                "parent_id": ids.get(entry.parent),
            }
            before = stored.get(entry.key)
            ids[entry.key], changed = self._save(Sheet.EVENTS, event, before, values)
            self._save_partners(ids[entry.key], entry, partners, is_same=before is not None and not changed)
        kept = set(positions)
        self.dropped_events = tuple(key for key in stored if key not in kept)
        return ids

    def _save_partners(
        self, event_id: int, entry: EventEntry, partners: Mapping[int, set[int]], *, is_same: bool
    ) -> None:
        wanted = {self.library_ids[code] for code in entry.partner_libraries}
        if wanted == partners.get(event_id, set()):
            return
        store.set_partners(self.tx, event_id, wanted)
        if is_same:
            self.counts[Sheet.EVENTS, "same"] -= 1
            self.counts[Sheet.EVENTS, "changed"] += 1

    def _save_occurrences(self, content: CampaignFile, campaign_id: int, event_ids: Mapping[str, int]) -> None:
        stored = store.occurrences_by_key(self.tx, campaign_id)
        venues = store.venues_by_name(self.tx)
        numbers = store.free_numbers(store.numbers_in_use(self.tx, campaign_id, self.now))
        kept = set()
        for entry in content.occurrences:
            event_id = event_ids[entry.event]
            kept.add((event_id, entry.key))
            before = stored.get((event_id, entry.key))
            values = _occurrence_values(entry) | {
                "campaign_id": campaign_id,
                "event_id": event_id,
                "venue_id": (
                    venues[self.library_ids[entry.venue.library], entry.venue.name].id if entry.venue else None
                ),
            }
            if before is None:
                values["number"] = next(numbers)
            _, changed = self._save(Sheet.OCCURRENCES, occurrence, before, values)
            if before is not None:
                self._note_change(before, entry, changed)
        self.dropped_numbers = tuple(row.number for name, row in stored.items() if name not in kept)

    def _note_change(self, before: store.Stored, entry: OccurrenceEntry, changed: set[str]) -> None:
        """Sort out what readers must hear of; what is over both before and after concerns nobody any more."""
        if _is_over(before, self.now) and _is_over(entry, self.now):
            return
        if "status" in changed and entry.status is OccurrenceStatus.CANCELLED:
            self.cancelled.append(before.id)
            return
        if "status" in changed:
            self.restored.append(before.id)
        if entry.status is OccurrenceStatus.SCHEDULED and changed & {
            "starts_at",
            "ends_at",
            "venue_id",
            "extra_venues",
        }:
            self.moved.append(before.id)
        if _seats(entry) > _seats(before):
            self.widened.append(before.id)


def _depth(code: str, content: CampaignFile) -> int:
    parents = {entry.code: entry.parent for entry in content.libraries}
    depth, at = 0, code
    while parents.get(at):
        depth, at = depth + 1, parents[at]
    return depth


def _parents_first(entries: tuple[EventEntry, ...]) -> list[EventEntry]:
    parents = {entry.key: entry.parent for entry in entries}

    def depth(key: str) -> int:
        return 1 + depth(parents[key]) if parents.get(key) else 0

    return sorted(entries, key=lambda entry: depth(entry.key))


def _event_values(entry: EventEntry, position: int) -> dict[str, object]:
    return {
        "key": entry.key,
        "title": entry.title,
        "summary": entry.summary,
        "category": entry.category.value,
        "kind": entry.kind,
        "audience": list(entry.audience),
        "speaker": entry.speaker,
        "partners": list(entry.partners),
        "sign_up": entry.sign_up.value,
        "template": entry.template,
        "rules": dict(entry.rules),
        "questions": plain_questions(entry.questions),
        "notes": entry.notes,
        "position": position,
    }


def _occurrence_values(entry: OccurrenceEntry) -> dict[str, object]:
    return {
        "key": entry.key,
        "label": entry.label,
        "starts_at": entry.starts_at,
        "ends_at": entry.ends_at,
        "all_day": entry.all_day,
        "date_text": entry.date_text,
        "extra_venues": list(entry.extra_venues),
        "capacity": entry.capacity,
        "overbooking": entry.overbooking,
        "mode": entry.mode.value,
        "status": entry.status.value,
        "opens_at": entry.opens_at,
        "closes_at": entry.closes_at,
    }
