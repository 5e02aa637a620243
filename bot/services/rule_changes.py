"""What a campaign file changes about sign-up rules: which events are concerned, and whether promises still hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.campaign_file import CampaignFile, Fault, FaultKind, KnownNames, OccurrenceEntry, Sheet
from bot.domain.eligibility import has_possible_party
from bot.domain.rule_reading import RuleBook
from bot.domain.rules import TEMPLATES, RuleFault, Rules, rules_of
from bot.store import rule_sets as store
from bot.store.occurrences import lock_occurrence


@dataclass(frozen=True, slots=True)
class RuleChange:
    """An occurrence, not yet over, under rules that differ from before. `seats` are those it will have."""

    occurrence_id: int
    number: int
    before: Rules
    after: Rules
    seats: int | None
    entry: OccurrenceEntry | None  # where it stands in the file; None: it is not in it
    library_row: int | None  # of the library's rules

    @property
    def is_counted_anew(self) -> bool:
        """Whether the quota counts something else from now on."""
        return self.before.quota_unit is not self.after.quota_unit


@dataclass(frozen=True, slots=True)
class RuleChanges:
    """All changes, by occurrence id, and the faults that stand against them."""

    changes: tuple[RuleChange, ...]
    faults: tuple[Fault, ...]


def plan_rule_changes(tx: Connection, content: CampaignFile, campaign_id: int | None, now: datetime) -> RuleChanges:
    """Compare the rules that hold with those that will hold, for every event that a level in the file reaches.

    A library's rules reach its events in all campaigns. Nothing is written and nothing locked.
    """
    known = KnownNames(library_rules=store.list_library_rules(tx), templates=store.list_template_rules(tx))
    book = RuleBook.of(content.rule_sets, known, content.campaign.key)
    changed_libraries = [
        code for code, rules in content.library_rules().items() if known.library_rules.get(code, {}) != rules
    ]
    rows = {entry.library: entry.row for entry in content.rule_sets if entry.library}
    differing: dict[int, tuple[Rules, Rules, store.Stored]] = {}
    faults = []
    for level in store.list_rule_levels(tx, campaign_id, changed_libraries):
        before = rules_of(
            level.library_rules, TEMPLATES.get(level.template, {}), level.template_rules or {}, level.rules
        )
        after = _rules_after(level, content, book)
        if after is None:
            faults.append(Fault(FaultKind.BREAKS_EVENT, Sheet.RULES, rows.get(level.library), detail=level.title[:80]))
        elif after != before:
            differing[level.id] = (before, after, level)
    return RuleChanges(tuple(_list_changes(tx, content, differing, rows, now)), tuple(faults))


def _rules_after(level: store.Stored, content: CampaignFile, book: RuleBook) -> Rules | None:
    """The rules that an event will have; None when its levels contradict each other."""
    is_own = level.campaign == content.campaign.key
    entry = next((event for event in content.events if is_own and event.key == level.key), None)
    try:
        if entry is not None:
            return book.rules_of(entry)
        template = book.templates.get(level.template, {}) if is_own else level.template_rules or {}
        library = book.libraries.get(level.library, {})
        rules = rules_of(library, TEMPLATES.get(level.template, {}), template, level.rules)
    except RuleFault:
        return None
    return rules if has_possible_party(rules) else None


def _list_changes(
    tx: Connection,
    content: CampaignFile,
    differing: Mapping[int, tuple[Rules, Rules, store.Stored]],
    rows: Mapping[str, int | None],
    now: datetime,
) -> list[RuleChange]:
    if not differing:
        return []
    entries = {(entry.event, entry.key): entry for entry in content.occurrences}
    found = []
    for row in store.list_occurrences_to_come(tx, differing, now):
        before, after, level = differing[row.event_id]
        entry = entries.get((level.key, row.key)) if level.campaign == content.campaign.key else None
        of = row if entry is None else entry
        seats = None if of.capacity is None else of.capacity + of.overbooking
        found.append(RuleChange(row.id, row.number, before, after, seats, entry, rows.get(level.library)))
    return found


def lock_all(tx: Connection, occurrence_ids: set[int]) -> None:
    """Queue for the seats of several occurrences, always in the same order."""
    for occurrence_id in sorted(occurrence_ids):
        lock_occurrence(tx, occurrence_id)


def recount_seats(tx: Connection, change: RuleChange, now: datetime) -> dict[int, int] | Fault:
    """The seats of each registration under the new unit, where they differ; a fault when they exceed the quota.

    The caller holds the occurrence's lock.
    """
    parties = store.list_parties(tx, change.occurrence_id)
    seats = {row.id: change.after.seats_of(row.adults, row.children) for row in parties}
    taken = sum(seats[row.id] for row in parties if store.takes_seats(row, now))
    if change.seats is not None and taken > change.seats:
        if change.entry is not None:
            return Fault(FaultKind.BELOW_SEATS_TAKEN, Sheet.OCCURRENCES, change.entry.row, "capacity", str(taken))
        return Fault(FaultKind.UNIT_BELOW_SEATS, Sheet.RULES, change.library_row, "quota_unit", str(change.number))
    return {row.id: seats[row.id] for row in parties if row.seats != seats[row.id]}
