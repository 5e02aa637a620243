"""What a library changes after people have signed up: an occurrence is called off, held after all, moved, gets another
room or other seats, or its rules change. Everyone concerned is told once, tickets stay valid, the line moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.campaign_file import CampaignImported
from bot.domain.change import (
    Changed,
    ChangeOutcome,
    EndsBeforeStart,
    NothingChanged,
    SeatsExceededError,
    SeatsTaken,
    TooLateToChange,
    UnknownVenue,
)
from bot.domain.kinds import NoticeKind, OccurrenceStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.services.audit import note_audit
from bot.services.notices import queue_notice
from bot.services.waitlists import promote_waitlist, serve_lines
from bot.store import changes as store
from bot.store import lines
from bot.store.occurrences import count_seats_taken, get_occurrence, lock_occurrence

RESTORED = {"restored": "yes"}


def follow_up_import(tx: Connection, imported: CampaignImported, now: datetime) -> int:
    """Queue a notice for everybody whose occurrence moved, was called off or is held after all; let all lines move.

    The number of notices queued. Raises SeatsExceededError when a changed unit of the quota does not leave room for
    those who are in: then nothing may be imported.
    """
    moved = [each for each in imported.moved if each not in imported.restored]  # one notice says both
    told = tell_readers(tx, moved, NoticeKind.OCCURRENCE_CHANGED, now)
    told += tell_readers(tx, imported.restored, NoticeKind.OCCURRENCE_CHANGED, now, RESTORED)
    told += tell_readers(tx, imported.cancelled, NoticeKind.OCCURRENCE_CANCELLED, now)
    for occurrence_id in sorted(imported.cancelled):
        _suspend_offers(tx, occurrence_id)
    for occurrence_id in sorted({*imported.moved, *imported.restored}):
        _fit_offers(tx, get_occurrence(tx, occurrence_id), now, restored=occurrence_id in imported.restored)
    recount_seats(tx, now)
    serve_lines(tx, now)
    return told


def tell_readers(
    tx: Connection,
    occurrence_ids: Sequence[int],
    kind: NoticeKind,
    now: datetime,
    notice_facts: Mapping[str, str] | None = None,
) -> int:
    """Queue one notice of this kind for each active registration; a second change is a second moment."""
    told = 0
    for occurrence_id in occurrence_ids:
        facts = get_occurrence(tx, occurrence_id)
        for registration in store.list_concerned(tx, occurrence_id, now):
            told += queue_notice(
                tx,
                kind=kind,
                registration_id=registration.id,
                reader_id=registration.reader_id,
                moment=f"{now:%Y%m%dT%H%M%S%f}",
                facts=notice_facts or {},
                due_at=now,
                not_after=facts.ends_at or facts.starts_at,
                now=now,
            )
    return told


def recount_seats(tx: Connection, now: datetime) -> int:
    """Count in the units that the rules name now what registrations take; how many changed.

    Raises SeatsExceededError when those who are in would be more than there are seats (promise I1).
    """
    changed = 0
    for occurrence_id in store.list_occurrences_to_come(tx, None, now):
        facts = get_occurrence(tx, occurrence_id)
        differing = {
            each.id: seats
            for each in store.list_concerned(tx, occurrence_id, now)
            if (seats := facts.rules.seats_of(each.party.adults, each.party.children)) != each.seats
        }
        if not differing:
            continue
        lock_occurrence(tx, occurrence_id)
        store.save_seats(tx, differing)
        taken = count_seats_taken(tx, occurrence_id, now)
        if facts.seats is not None and taken > facts.seats:
            raise SeatsExceededError(facts.number, taken, facts.seats)
        changed += len(differing)
    return changed


def cancel_occurrence(tx: Connection, occurrence_id: int, reason: str, actor: str, now: datetime) -> ChangeOutcome:
    """Call an occurrence off and tell everybody why. It costs nobody anything: places and lines stay as they are."""
    return _set_status(tx, occurrence_id, OccurrenceStatus.CANCELLED, reason, actor, now)


def restore_occurrence(tx: Connection, occurrence_id: int, reason: str, actor: str, now: datetime) -> ChangeOutcome:
    """Hold an occurrence after all that was called off; told as a change."""
    return _set_status(tx, occurrence_id, OccurrenceStatus.SCHEDULED, reason, actor, now)


def _set_status(
    tx: Connection, occurrence_id: int, status: OccurrenceStatus, reason: str, actor: str, now: datetime
) -> ChangeOutcome:
    lock_occurrence(tx, occurrence_id)
    facts = get_occurrence(tx, occurrence_id)
    if facts.is_over(now):
        return TooLateToChange(facts)
    if not store.claim_status(tx, occurrence_id, status):
        return NothingChanged(facts)
    why = {"reason": reason.strip()} if reason.strip() else {}
    facts = get_occurrence(tx, occurrence_id)
    if status is OccurrenceStatus.CANCELLED:
        _suspend_offers(tx, occurrence_id)
        told = tell_readers(tx, [occurrence_id], NoticeKind.OCCURRENCE_CANCELLED, now, why)
    else:
        _fit_offers(tx, facts, now, restored=True)
        told = tell_readers(tx, [occurrence_id], NoticeKind.OCCURRENCE_CHANGED, now, {**RESTORED, **why})
    action = "cancel_occurrence" if status is OccurrenceStatus.CANCELLED else "restore_occurrence"
    note_audit(tx, actor, action, f"occurrence:{occurrence_id}", why, now)
    return Changed(facts, told, len(promote_waitlist(tx, occurrence_id, now)))


def _suspend_offers(tx: Connection, occurrence_id: int) -> None:
    """While it is called off nobody can answer an offer, so none may lapse."""
    lock_occurrence(tx, occurrence_id)
    lines.take_back_offers(tx, occurrence_id)


def _fit_offers(tx: Connection, facts: OccurrenceFacts, now: datetime, *, restored: bool) -> None:
    """No offer outlives the opening of the doors; one that could not be answered for a while gets its time again."""
    lock_occurrence(tx, facts.id)
    until = facts.offer_until(now)
    if restored and until is not None:
        lines.prolong_offers(tx, facts.id, until)
    if facts.check_in_opens_at is not None:
        lines.shorten_offers(tx, facts.id, facts.check_in_opens_at)


@dataclass(frozen=True, slots=True)
class Move:
    """What is to be different. None: as it is; without an end, it lasts as long as before."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    venue: str | None = None


def move_occurrence(tx: Connection, occurrence_id: int, move: Move, actor: str, now: datetime) -> ChangeOutcome:
    """Hold an occurrence at another time or in another room, and tell everybody."""
    lock_occurrence(tx, occurrence_id)
    facts = get_occurrence(tx, occurrence_id)
    values: dict[str, object] = {}
    start, end = _times(facts, move)
    if facts.is_over(now) or (end is not None and end <= now):
        return TooLateToChange(facts)
    if start is not None and (end is None or end < start):
        return EndsBeforeStart()
    if (start, end) != (facts.starts_at, facts.ends_at):
        values.update(starts_at=start, ends_at=end)
    if move.venue is not None and move.venue != facts.venue:
        venue_id = _find_venue(tx, facts, move.venue)
        if venue_id is None:
            return UnknownVenue(tuple(store.list_venue_names(tx, facts.library_id)))
        values["venue_id"] = venue_id
    if not values:
        return NothingChanged(facts)
    store.save_occurrence(tx, occurrence_id, values)
    moved = get_occurrence(tx, occurrence_id)
    note_audit(tx, actor, "move_occurrence", f"occurrence:{occurrence_id}", _difference(facts, moved), now)
    _fit_offers(tx, moved, now, restored=False)
    told = 0
    if moved.status is OccurrenceStatus.SCHEDULED:
        was = {"was": facts.starts_at.isoformat()} if facts.starts_at else {}
        told = tell_readers(tx, [occurrence_id], NoticeKind.OCCURRENCE_CHANGED, now, was)
    return Changed(moved, told, len(promote_waitlist(tx, occurrence_id, now)))


def _times(facts: OccurrenceFacts, move: Move) -> tuple[datetime | None, datetime | None]:
    start = move.starts_at or facts.starts_at
    if move.ends_at is not None or start is None:
        return start, move.ends_at or facts.ends_at
    if facts.starts_at is None or facts.ends_at is None:
        return start, facts.ends_at or start
    return start, start + (facts.ends_at - facts.starts_at)


def _find_venue(tx: Connection, facts: OccurrenceFacts, name: str) -> int | None:
    """The library's own venue of this name, else the only one."""
    found = store.find_venues(tx, name)
    own = [venue_id for venue_id, library_id in found if library_id == facts.library_id]
    candidates = own or [venue_id for venue_id, _ in found]
    return candidates[0] if len(candidates) == 1 else None


def _difference(before: OccurrenceFacts, after: OccurrenceFacts) -> dict[str, object]:
    def said(value: object) -> object:
        return value.isoformat() if isinstance(value, datetime) else value

    names = ("starts_at", "ends_at", "venue")
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in names}
    return {name: [said(old), said(new)] for name, (old, new) in pairs.items() if old != new}


def change_seats(
    tx: Connection, occurrence_id: int, capacity: int | None, overbooking: int | None, actor: str, now: datetime
) -> ChangeOutcome:
    """Give an occurrence more or fewer seats, never fewer than are taken. None: no limit; overbooking as it is."""
    lock_occurrence(tx, occurrence_id)
    facts = get_occurrence(tx, occurrence_id)
    if facts.is_over(now):
        return TooLateToChange(facts)
    beyond = facts.overbooking if overbooking is None else overbooking
    if (capacity, beyond) == (facts.capacity, facts.overbooking):
        return NothingChanged(facts)
    if facts.seats is None:
        store.wait_for_writers(tx)
    taken = count_seats_taken(tx, occurrence_id, now)
    if capacity is not None and capacity + beyond < taken:
        return SeatsTaken(taken)
    store.save_occurrence(tx, occurrence_id, {"capacity": capacity, "overbooking": beyond})
    detail: dict[str, object] = {
        "capacity": [facts.capacity, capacity],
        "overbooking": [facts.overbooking, beyond],
    }
    note_audit(tx, actor, "change_seats", f"occurrence:{occurrence_id}", detail, now)
    promoted = promote_waitlist(tx, occurrence_id, now)
    return Changed(get_occurrence(tx, occurrence_id), 0, len(promoted))
