"""Signing up, the waitlist, cancelling. The caller's transaction, the database's decisions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.kinds import NoticeKind, RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import (
    HOLD_FOR,
    AlreadyRegistered,
    AttendedAlready,
    Cancelled,
    CancelOutcome,
    Contact,
    NoPlaceLeft,
    NothingToCancel,
    Party,
    PlaceHeld,
    Registered,
    Registration,
    SignUpClosed,
    SignUpOutcome,
    SignUpRefusal,
    Waitlisted,
    decide_sign_up,
)
from bot.services.notices import queue_notice
from bot.store import registrations as rows
from bot.store.occurrences import count_seats_left, get_occurrence, lock_occurrence
from bot.store.pii import Keys
from bot.store.registrations import NewRegistration


def sign_up(
    tx: Connection,
    reader_id: int,
    facts: OccurrenceFacts,
    party: Party,
    contact: Contact | None,
    keys: Keys,
    now: datetime,
) -> SignUpOutcome:
    """Confirm a place at once. `contact` only when it is another person than on the reader's record."""
    refusal = find_refusal(tx, reader_id, facts, party, now)
    if refusal is not None:
        return refusal
    lock_for_seats(tx, facts)
    new = NewRegistration(facts.id, reader_id, RegistrationStatus.CONFIRMED, party, contact, now)
    confirmed = rows.claim_seats(tx, new, keys)
    if confirmed is not None:
        return Registered(confirmed)
    return _claim_again(tx, facts, new, keys, now)


def hold_place(
    tx: Connection, reader_id: int, facts: OccurrenceFacts, party: Party, keys: Keys, now: datetime
) -> SignUpOutcome:
    """Keep a place for ten minutes while questions are open; a reader holds one place at a time."""
    refusal = find_refusal(tx, reader_id, facts, party, now)
    if refusal is not None:
        return refusal
    _lock_with_holds(tx, reader_id, facts.id)
    for occurrence_id in rows.release_holds_of_reader(tx, reader_id, but=facts.id):
        promote_waitlist(tx, occurrence_id, now)
    new = NewRegistration(facts.id, reader_id, RegistrationStatus.HELD, party, None, now, now + HOLD_FOR)
    held = rows.claim_seats(tx, new, keys)
    if held is not None:
        return PlaceHeld(held)
    return _claim_again(tx, facts, new, keys, now)


def find_refusal(
    tx: Connection, reader_id: int, facts: OccurrenceFacts, party: Party | None, now: datetime
) -> SignUpRefusal | None:
    """The rule against signing up, or None. A place that is kept outlives the closing time: none is lost to a form."""
    refusal = decide_sign_up(facts, party, now)
    if not isinstance(refusal, SignUpClosed):
        return refusal
    held = rows.find_held_of_reader(tx, reader_id, now)
    if held is None or held.occurrence_id != facts.id:
        return refusal
    return decide_sign_up(facts, party, now, is_held=True)


def _lock_with_holds(tx: Connection, reader_id: int, *occurrence_ids: int) -> None:
    """Queue for these occurrences and for all where the reader holds a place, always in the same order."""
    for occurrence_id in sorted({*occurrence_ids, *rows.list_held_occurrences(tx, reader_id)}):
        lock_occurrence(tx, occurrence_id)


def _claim_again(
    tx: Connection, facts: OccurrenceFacts, new: NewRegistration, keys: Keys, now: datetime
) -> SignUpOutcome:
    """Why the claim failed; a lapsed hold of the same reader or a collision of codes gets one more try."""
    present = rows.find_active(tx, facts.id, new.reader_id)
    if present is not None and present.status is RegistrationStatus.HELD:
        return _resume_held(tx, facts, present, new, keys, now)
    if present is not None:
        waiting = present.status is RegistrationStatus.WAITLISTED
        if waiting and not facts.promotes(now) and rows.claim_promotion(tx, present, now):
            return Registered(_confirmed(present, present.party))
        return AlreadyRegistered(present, rows.place_in_line(tx, present) if waiting else None)
    waiting_count = rows.count_waiting(tx, facts.id) if facts.promotes(now) else 0
    left = count_seats_left(tx, facts, now)
    if waiting_count == 0 and (left is None or left >= new.party.seats):
        again = rows.claim_seats(tx, new, keys)
        if again is not None:
            return Registered(again) if new.status is RegistrationStatus.CONFIRMED else PlaceHeld(again)
    return NoPlaceLeft(0 if waiting_count else (left or 0), waiting_count)


def _resume_held(
    tx: Connection, facts: OccurrenceFacts, held: Registration, new: NewRegistration, keys: Keys, now: datetime
) -> SignUpOutcome:
    if rows.expire_lapsed_hold(tx, facts.id, new.reader_id, now):
        return _claim_again(tx, facts, new, keys, now)
    if new.status is RegistrationStatus.HELD:
        if new.party != held.party:
            rows.claim_held_party(tx, held, new.party, now)
        return PlaceHeld(held)
    if rows.claim_held(tx, held, new.party, new.contact, keys, now):
        return Registered(_confirmed(held, new.party))
    return NoPlaceLeft(count_seats_left(tx, facts, now) or 0, rows.count_waiting(tx, facts.id))


def _confirmed(held: Registration, party: Party) -> Registration:
    return Registration(
        held.id, held.occurrence_id, held.reader_id, RegistrationStatus.CONFIRMED, party, held.short_code
    )


def lock_for_seats(tx: Connection, facts: OccurrenceFacts) -> None:
    """Queue for the occurrence's seats; without a limit there is nothing to queue for."""
    if facts.seats is not None:
        lock_occurrence(tx, facts.id)


def join_waitlist(
    tx: Connection,
    reader_id: int,
    facts: OccurrenceFacts,
    party: Party,
    contact: Contact | None,
    keys: Keys,
    now: datetime,
) -> SignUpOutcome:
    """Stand in line, or take the place if there is one after all. There is no line once it has begun."""
    _lock_with_holds(tx, reader_id, facts.id)
    outcome = sign_up(tx, reader_id, facts, party, contact, keys, now)
    if not isinstance(outcome, NoPlaceLeft) or not facts.promotes(now):
        return outcome
    released = rows.release_holds_of_reader(tx, reader_id)
    new = NewRegistration(facts.id, reader_id, RegistrationStatus.WAITLISTED, party, contact, now)
    waiting = rows.add_to_waitlist(tx, new, keys)
    if waiting is None:
        return _claim_again(tx, facts, new, keys, now)
    for occurrence_id in released:
        promote_waitlist(tx, occurrence_id, now)
    return Waitlisted(waiting, rows.place_in_line(tx, waiting))


def cancel_registration(tx: Connection, occurrence_id: int, reader_id: int, now: datetime) -> CancelOutcome:
    """Give a place back; it goes to the waitlist in the same transaction."""
    present = rows.find_active(tx, occurrence_id, reader_id)
    if present is None:
        return NothingToCancel()
    lock_occurrence(tx, occurrence_id)
    rows.lock_registration(tx, present.id)
    if not rows.claim_cancel(tx, present.id, now):
        still_there = rows.find_active(tx, occurrence_id, reader_id)
        return AttendedAlready() if still_there else NothingToCancel()
    promote_waitlist(tx, occurrence_id, now)
    return Cancelled(present, present.status)


def promote_waitlist(tx: Connection, occurrence_id: int, now: datetime) -> list[Registration]:
    """Confirm waiting parties in order while they fit, with a notice for each; nobody once it has begun.

    The order is kept: a party that does not fit yet is waited for, nobody overtakes it.
    """
    facts = get_occurrence(tx, occurrence_id)
    if not facts.promotes(now):
        return []
    lock_for_seats(tx, facts)
    promoted = []
    while (head := rows.find_head_of_line(tx, occurrence_id)) and rows.claim_promotion(tx, head, now):
        queue_notice(
            tx,
            kind=NoticeKind.PROMOTED,
            registration_id=head.id,
            reader_id=head.reader_id,
            moment="promoted",
            facts={},
            due_at=now,
            not_after=facts.starts_at,
            now=now,
        )
        promoted.append(head)
    return promoted


def expire_holds(tx: Connection, now: datetime) -> int:
    """Give back held places whose ten minutes are over, and let the waitlists move; the number of occurrences."""
    occurrences = rows.list_lapsed_occurrences(tx, now)
    for occurrence_id in occurrences:
        lock_occurrence(tx, occurrence_id)
        rows.expire_held(tx, occurrence_id, now)
        promote_waitlist(tx, occurrence_id, now)
    return len(occurrences)


def release_holds(tx: Connection, reader_id: int, now: datetime) -> bool:
    """Give back whatever is held for a reader; whether there was anything."""
    _lock_with_holds(tx, reader_id)
    released = rows.release_holds_of_reader(tx, reader_id)
    for occurrence_id in released:
        promote_waitlist(tx, occurrence_id, now)
    return bool(released)
