"""Signing up, holding a place, cancelling. The caller's transaction, the database's decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.eligibility import Applicant, SignUpClosed, SignUpRefusal, decide_sign_up
from bot.domain.kinds import RegistrationStatus
from bot.domain.lottery import is_by_lot
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import (
    HOLD_FOR,
    AlreadyRegistered,
    AttendedAlready,
    Cancelled,
    CancelOutcome,
    Contact,
    Entered,
    NoPlaceLeft,
    NothingToCancel,
    Pending,
    PlaceHeld,
    PlaceOffered,
    Registered,
    Registration,
    SignUpOutcome,
    TooLateToCancel,
    Waitlisted,
)
from bot.domain.rules import LateCancel, WaitlistFit
from bot.services.lotteries import enter_lottery, find_entry, takes_entries
from bot.services.waitlists import end_lapsed_offer, join_line, promote_waitlist
from bot.store import lines
from bot.store import registrations as rows
from bot.store.companions import Member, add_answers, add_members
from bot.store.history import load_history, lock_family, lock_reader
from bot.store.occurrences import count_seats_left, get_occurrence, lock_occurrence
from bot.store.pii import Keys
from bot.store.readers import find_phone_hashes
from bot.store.registrations import NewRegistration


@dataclass(frozen=True, slots=True)
class Details:
    """What is said with a registration beside the party.

    `ages` as in `Applicant`; `members` are the children whose data is kept, with the guardian's consent; `answers` are
    by the key of the question; `bundle` joins registrations that were made together; `beside` holds the occurrences
    whose places do not count against this one: those of the bundle, or the one that is given up for it.
    """

    ages: tuple[int, ...] | None = None
    card: str | None = None
    phone: str | None = None  # by which the family is known, when it is not the one on record
    is_group: bool = False
    members: tuple[Member, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    bundle: str | None = None
    beside: frozenset[int] = frozenset()  # occurrences whose places do not count against this one


PLAIN = Details()


def sign_up(
    tx: Connection,
    reader_id: int,
    facts: OccurrenceFacts,
    party: Party,
    contact: Contact | None,
    keys: Keys,
    now: datetime,
    details: Details = PLAIN,
) -> SignUpOutcome:
    """Give a place at once, or keep it for approval. `contact` only when it is another person than on the record."""
    new = _new(facts, reader_id, party, contact, now, details)
    refusal = _refuse(tx, new, facts, details, keys)
    if refusal is not None:
        return refusal
    lock_occurrence(tx, facts.id)
    by_lot = is_by_lot(facts)
    taken = None if by_lot else rows.claim_seats(tx, new, keys)
    if taken is None and (present := look_again(tx, facts)).edition != facts.edition:
        return sign_up(tx, reader_id, present, party, contact, keys, now, details)
    outcome: SignUpOutcome | None = enter_lottery(tx, facts, new, keys, details.phone) if by_lot else None
    if outcome is None:
        outcome = _given(taken) if taken is not None else _claim_again(tx, facts, new, keys, now)
    _write_details(tx, outcome, details, keys)
    return outcome


def join_waitlist(
    tx: Connection,
    reader_id: int,
    facts: OccurrenceFacts,
    party: Party,
    contact: Contact | None,
    keys: Keys,
    now: datetime,
    details: Details = PLAIN,
) -> SignUpOutcome:
    """Stand in line, or take the place if there is one after all. There is no line once its doors are open."""
    lock_reader(tx, reader_id)
    _lock_with_holds(tx, reader_id, facts)
    facts = look_again(tx, facts)
    outcome = sign_up(tx, reader_id, facts, party, contact, keys, now, details)
    if not isinstance(outcome, NoPlaceLeft) or not facts.promotes(now):
        return outcome
    new = replace(
        _new(facts, reader_id, party, contact, now, details), status=RegistrationStatus.WAITLISTED, held_until=None
    )
    released = rows.release_holds_of_reader(tx, reader_id)
    joined = join_line(tx, facts, new, keys)
    for occurrence_id in released:
        promote_waitlist(tx, occurrence_id, now)
    if joined is None:
        return _claim_again(tx, facts, new, keys, now)
    _write_details(tx, joined, details, keys)
    return joined


def hold_place(
    tx: Connection,
    reader_id: int,
    facts: OccurrenceFacts,
    party: Party,
    keys: Keys,
    now: datetime,
    details: Details = PLAIN,
) -> SignUpOutcome:
    """Keep a place for ten minutes while questions are open; a reader holds one place at a time."""
    lock_reader(tx, reader_id)
    refusal = find_refusal(tx, reader_id, facts, _applicant(party, details), keys, now, details.phone)
    if refusal is not None:
        return refusal
    _lock_with_holds(tx, reader_id, facts)
    present = look_again(tx, facts)
    if present.edition != facts.edition:
        return hold_place(tx, reader_id, present, party, keys, now, details)
    for occurrence_id in rows.release_holds_of_reader(tx, reader_id, but=facts.id):
        promote_waitlist(tx, occurrence_id, now)
    if takes_entries(tx, facts):
        return find_entry(tx, facts, reader_id) or PlaceHeld(None)
    new = replace(
        _new(facts, reader_id, party, None, now, details),
        status=RegistrationStatus.HELD,
        held_until=now + HOLD_FOR,
        edition="",  # looked at a moment ago, under the lock
    )
    held = rows.claim_seats(tx, new, keys)
    return PlaceHeld(held) if held is not None else _claim_again(tx, facts, new, keys, now)


def find_refusal(
    tx: Connection,
    reader_id: int,
    facts: OccurrenceFacts,
    applicant: Applicant,
    keys: Keys,
    now: datetime,
    phone: str | None = None,
    *,
    beside: frozenset[int] = frozenset(),
    is_held: bool = False,
) -> SignUpRefusal | None:
    """The rule against signing up, or None. A place that is kept outlives the closing time: none is lost to a form.

    `phone` when another than on the reader's record is given; `beside` as in `Details`; `is_held` when it is known that
    the reader has a place already.
    """
    phones: tuple[bytes, ...] = ()
    if facts.rules.one_per_family:
        phones = keys.search_hashes(phone) if phone else find_phone_hashes(tx, reader_id, keys)
    cards = keys.search_hashes(applicant.card) if applicant.card else ()
    history = load_history(tx, reader_id, facts, phones=phones, cards=cards, now=now)
    history = history.without(beside)
    refusal = decide_sign_up(facts, applicant, history, now, is_held=is_held)
    if not isinstance(refusal, SignUpClosed) or is_held:
        return refusal
    held = rows.find_held_of_reader(tx, reader_id, now)
    if held is None or held.occurrence_id != facts.id:
        return refusal
    return decide_sign_up(facts, applicant, history, now, is_held=True)


def _applicant(party: Party, details: Details) -> Applicant:
    return Applicant(party, details.ages, details.card, details.is_group)


def _new(
    facts: OccurrenceFacts, reader_id: int, party: Party, contact: Contact | None, now: datetime, details: Details
) -> NewRegistration:
    status = RegistrationStatus.PENDING if facts.rules.approval else RegistrationStatus.CONFIRMED
    seats = facts.rules.seats_of(party.adults, party.children)
    return NewRegistration(
        facts.id,
        reader_id,
        status,
        party,
        seats,
        contact,
        now,
        bundle=details.bundle,
        check_in_before=timedelta(minutes=facts.rules.check_in_before_minutes),
        passes=facts.rules.waitlist_fit is WaitlistFit.PASS,
        edition=facts.edition,
    )


def _refuse(
    tx: Connection, new: NewRegistration, facts: OccurrenceFacts, details: Details, keys: Keys
) -> SignUpRefusal | None:
    """Queue for whatever the decision looks at, then decide: what was true then stays true until the commit."""
    lock_reader(tx, new.reader_id)
    if facts.rules.one_per_family:
        lock_family(tx, facts.event_id)
    phone = new.contact.phone if new.contact else details.phone
    applicant = _applicant(new.party, details)
    return find_refusal(tx, new.reader_id, facts, applicant, keys, new.now, phone, beside=details.beside)


def look_again(tx: Connection, facts: OccurrenceFacts) -> OccurrenceFacts:
    """The occurrence as it is now that its lock is ours: an organiser may have changed it while we waited.

    On SQLite the facts were read in this transaction, in which nobody else writes.
    """
    return facts if tx.dialect.name == "sqlite" else get_occurrence(tx, facts.id)


def _lock_with_holds(tx: Connection, reader_id: int, *wanted: OccurrenceFacts) -> None:
    """Queue for these occurrences and for all where the reader holds a place, always in the same order."""
    if any(facts.rules.one_per_family for facts in wanted):
        for event_id in sorted({facts.event_id for facts in wanted}):
            lock_family(tx, event_id)
    for occurrence_id in sorted({*(facts.id for facts in wanted), *rows.list_held_occurrences(tx, reader_id)}):
        lock_occurrence(tx, occurrence_id)


def _given(taken: Registration) -> Registered | Pending | PlaceHeld:
    match taken.status:
        case RegistrationStatus.PENDING:
            return Pending(taken)
        case RegistrationStatus.HELD:
            return PlaceHeld(taken)
        case _:
            return Registered(taken)


def _claim_again(
    tx: Connection, facts: OccurrenceFacts, new: NewRegistration, keys: Keys, now: datetime
) -> SignUpOutcome:
    """Why the claim failed; a lapsed hold of the same reader or a collision of codes gets one more try.

    The caller holds the lock and has looked again: the occurrence stays as `facts` say, whatever the edition.
    """
    present = rows.find_active(tx, facts.id, new.reader_id)
    if present is not None and present.status is RegistrationStatus.HELD:
        return _resume_held(tx, facts, present, new, keys, now)
    if present is not None and end_lapsed_offer(tx, present, now):
        return _claim_again(tx, facts, new, keys, now)
    if present is not None:
        return _already(tx, facts, present, now)
    waiting_count = rows.count_waiting(tx, facts.id) if facts.promotes(now) else 0
    left = count_seats_left(tx, facts, now)
    may_go = waiting_count == 0 or new.passes
    if may_go and (left is None or left >= new.seats):
        again = rows.claim_seats(tx, replace(new, edition=""), keys)
        if again is not None:
            return _given(again)
    return NoPlaceLeft(0 if waiting_count else (left or 0), waiting_count)


def _already(tx: Connection, facts: OccurrenceFacts, present: Registration, now: datetime) -> SignUpOutcome:
    if present.status is RegistrationStatus.OFFERED:
        return PlaceOffered(present, lines.get_offer_until(tx, present.id))
    waiting = present.status is RegistrationStatus.WAITLISTED
    given = RegistrationStatus.PENDING if facts.rules.approval else RegistrationStatus.CONFIRMED
    if waiting and not facts.promotes(now) and lines.claim_promotion(tx, present, now, to=given):
        return _given(replace(present, status=given))
    return AlreadyRegistered(present, rows.place_in_line(tx, present) if waiting else None)


def _resume_held(
    tx: Connection, facts: OccurrenceFacts, held: Registration, new: NewRegistration, keys: Keys, now: datetime
) -> SignUpOutcome:
    if rows.expire_lapsed_hold(tx, facts.id, new.reader_id, now):
        promote_waitlist(tx, facts.id, now)  # no task will see this hold any more
        return _claim_again(tx, facts, new, keys, now)
    if new.status is RegistrationStatus.HELD:
        if new.party != held.party:
            rows.claim_held_party(tx, held, new.party, new.seats, now)
        return PlaceHeld(held)
    if rows.claim_held(tx, held, new, keys):
        return _given(replace(held, status=new.status, party=new.party, seats=new.seats))
    return NoPlaceLeft(count_seats_left(tx, facts, now) or 0, rows.count_waiting(tx, facts.id))


def _write_details(tx: Connection, outcome: SignUpOutcome, details: Details, keys: Keys) -> None:
    if details is PLAIN or not isinstance(outcome, Registered | Pending | Waitlisted | Entered):
        return
    add_members(tx, outcome.registration.id, details.members)
    add_answers(tx, outcome.registration.id, details.answers, keys)


def cancel_registration(tx: Connection, facts: OccurrenceFacts, reader_id: int, now: datetime) -> CancelOutcome:
    """Give a place back; it goes to the waitlist in the same transaction."""
    present = rows.find_active(tx, facts.id, reader_id)
    if present is None:
        return NothingToCancel()
    until = missed_deadline(facts, present, now)
    if until is not None and facts.rules.late_cancel is LateCancel.REFUSED:
        return TooLateToCancel(until)
    lock_occurrence(tx, facts.id)
    rows.lock_registration(tx, present.id)
    if not rows.claim_cancel(tx, present.id, now, late=until is not None):
        still_there = rows.find_active(tx, facts.id, reader_id)
        return AttendedAlready() if still_there else NothingToCancel()
    promote_waitlist(tx, facts.id, now)
    return Cancelled(present, present.status, until is not None)


def missed_deadline(facts: OccurrenceFacts, present: Registration, now: datetime) -> datetime | None:
    """Until when the place could have been given back freely, once that is over; None while it can be."""
    until = facts.cancel_until if present.status is RegistrationStatus.CONFIRMED else None
    return until if until is not None and now > until else None


def expire_holds(tx: Connection, now: datetime) -> int:
    """Give back held places whose ten minutes are over, and let the waitlists move; the number of occurrences."""
    occurrences = rows.list_lapsed_occurrences(tx, now)
    for occurrence_id in occurrences:  # all of them before any lottery set, whose lock comes after
        lock_occurrence(tx, occurrence_id)
    for occurrence_id in occurrences:
        rows.expire_held(tx, occurrence_id, now)
        promote_waitlist(tx, occurrence_id, now)
    return len(occurrences)


def release_holds(tx: Connection, reader_id: int, now: datetime) -> bool:
    """Give back whatever is held for a reader; whether there was anything."""
    lock_reader(tx, reader_id)
    _lock_with_holds(tx, reader_id)
    released = rows.release_holds_of_reader(tx, reader_id)
    for occurrence_id in released:
        promote_waitlist(tx, occurrence_id, now)
    return bool(released)
