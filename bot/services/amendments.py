"""What readers change about a registration of theirs: the occurrence, the party, who can be called.

The old place is given up only when the new one is sure; both happen in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.eligibility import Applicant, Need, SignUpClosed, SignUpRefusal, find_need
from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import (
    AttendedAlready,
    Contact,
    NoPlaceLeft,
    Pending,
    Registered,
    Registration,
    SignUpOutcome,
    TooLateToCancel,
)
from bot.domain.rules import AgeOf, WaitlistFit
from bot.services.lotteries import takes_entries
from bot.services.registrations import Details, find_lateness, find_refusal, sign_up
from bot.services.waitlists import promote_waitlist
from bot.store import amendments as store
from bot.store import lines
from bot.store import registrations as rows
from bot.store.checkins import has_come
from bot.store.companions import Member, list_answers, replace_members
from bot.store.history import lock_family, lock_reader
from bot.store.occurrences import count_seats_left, lock_occurrence
from bot.store.pii import Keys


@dataclass(frozen=True, slots=True)
class Moved:
    """The new place is sure and the old one given back."""

    outcome: Registered | Pending


@dataclass(frozen=True, slots=True)
class NothingThere:
    """No active registration of this reader at the occurrence."""


@dataclass(frozen=True, slots=True)
class MoreToSay:
    """The other occurrence asks for something that is not known yet; sign up there first."""


@dataclass(frozen=True, slots=True)
class PartyChanged:
    """The registration has another party now."""

    registration: Registration


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """Somebody else can be called about the registration."""

    registration: Registration
    contact: Contact


MoveOutcome = Moved | NothingThere | MoreToSay | AttendedAlready | TooLateToCancel | SignUpOutcome
PartyOutcome = PartyChanged | NothingThere | AttendedAlready | NoPlaceLeft | SignUpRefusal
MOVABLE = (
    RegistrationStatus.CONFIRMED,
    RegistrationStatus.PENDING,
    RegistrationStatus.WAITLISTED,
    RegistrationStatus.ENTERED,
)


def move_registration(
    tx: Connection, reader_id: int, here: OccurrenceFacts, there: OccurrenceFacts, keys: Keys, now: datetime
) -> MoveOutcome:
    """Go to another occurrence instead: the place here is given up only when the one there is sure.

    It is given up as by cancelling: not after it was used, and late where cancelling would be late.
    """
    lock_reader(tx, reader_id)
    if there.rules.one_per_family:
        lock_family(tx, there.event_id)
    for occurrence_id in sorted({here.id, there.id}):
        lock_occurrence(tx, occurrence_id)
    present = rows.find_active(tx, here.id, reader_id)
    if present is None or present.status not in MOVABLE:
        return NothingThere()
    rows.lock_registration(tx, present.id)
    if has_come(tx, present.id):
        return AttendedAlready()
    late = find_lateness(here, present.status, now)
    if isinstance(late, TooLateToCancel):
        return late
    if takes_entries(tx, there):
        return MoreToSay()  # an entry is no place: nothing is given up for it
    details = _details_there(tx, present, here, there, keys)
    if details is None:
        return MoreToSay()
    contact = store.find_own_contact(tx, present, keys)
    outcome = sign_up(tx, reader_id, there, present.party, contact, keys, now, details)
    if not isinstance(outcome, Registered | Pending):
        return outcome
    store.move_members(tx, present, outcome.registration)
    rows.claim_cancel(tx, present.id, now, late=late)
    promote_waitlist(tx, here.id, now)
    return Moved(outcome)


def _details_there(
    tx: Connection, present: Registration, here: OccurrenceFacts, there: OccurrenceFacts, keys: Keys
) -> Details | None:
    """What the other occurrence asks for, from the record; None when something was never said."""
    same_event = here.event_id == there.event_id
    if not same_event and (there.questions or there.rules.asks_age):
        return None
    if there.rules.real_name and not here.rules.real_name:
        return None
    asks_card = there.rules.card or bool(there.rules.reader_groups)
    card = store.find_card(tx, present.reader_id, keys) if asks_card else None
    ages = store.list_ages(tx, present) or None
    need = find_need(there.rules, Applicant(present.party, ages, card))
    # Ages of grown-ups are not kept: they were looked at when the place was given.
    known_before = need is Need.AGES and there.rules.age_of is AgeOf.EVERYONE
    if (need is not None and not known_before) or (asks_card and card is None):
        return None
    answers = list_answers(tx, present.id, keys) if same_event else {}
    return Details(ages=ages, card=card, answers=answers, beside=frozenset({here.id}))


def change_party(
    tx: Connection,
    reader_id: int,
    facts: OccurrenceFacts,
    party: Party,
    members: tuple[Member, ...],
    keys: Keys,
    now: datetime,
    *,
    ages: tuple[int, ...] = (),
) -> PartyOutcome:
    """Come with more or fewer people; more only while there are seats for them that nobody in line waits for.

    `ages` as in `Applicant`, when they were said; `members` are those of them that are kept.
    """
    if facts.is_over(now):
        return SignUpClosed(facts.ends_at or facts.starts_at)
    lock_reader(tx, reader_id)
    lock_occurrence(tx, facts.id)
    present = rows.find_active(tx, facts.id, reader_id)
    if present is None or present.status is RegistrationStatus.HELD:
        return NothingThere()
    rows.lock_registration(tx, present.id)
    if has_come(tx, present.id):
        return AttendedAlready()
    known = store.list_ages(tx, present)
    ages = ages or tuple(member.age for member in members) or (known if len(known) == party.children else ())
    applicant = Applicant(party, ages or None)
    refusal = find_refusal(tx, reader_id, facts, applicant, keys, now, beside=frozenset({facts.id}), is_held=True)
    if refusal is not None:
        return refusal
    seats = facts.rules.seats_of(party.adults, party.children)
    overtakes = seats > present.seats and _others_wait_for_seats(tx, facts, present, now)
    if overtakes:
        return NoPlaceLeft(0, rows.count_waiting(tx, facts.id))
    if not store.claim_party(tx, present, party, seats, now):
        return NoPlaceLeft(count_seats_left(tx, facts, now) or 0, rows.count_waiting(tx, facts.id))
    if members or party.children < present.party.children:
        replace_members(tx, present.id, members)
    if seats < present.seats:
        promote_waitlist(tx, facts.id, now)
    return PartyChanged(replace(present, party=party, seats=seats))


def _others_wait_for_seats(tx: Connection, facts: OccurrenceFacts, present: Registration, now: datetime) -> bool:
    """Whether free seats belong to somebody in line. Who stands there too, or waits for the draw, takes none yet."""
    if present.status in (RegistrationStatus.WAITLISTED, RegistrationStatus.ENTERED) or not facts.promotes(now):
        return False
    left = count_seats_left(tx, facts, now)
    if left is not None and facts.rules.waitlist_fit is WaitlistFit.PASS:
        return lines.find_next_that_fits(tx, facts.id, left) is not None
    return rows.count_waiting(tx, facts.id) > 0


def change_contact(
    tx: Connection, reader_id: int, facts: OccurrenceFacts, contact: Contact, keys: Keys
) -> ContactChanged | NothingThere:
    """Another grown-up comes along: name and phone for this registration alone. Places are not handed to others."""
    present = rows.find_active(tx, facts.id, reader_id)
    if present is None or present.status is RegistrationStatus.HELD:
        return NothingThere()
    store.set_contact(tx, present, contact, keys)
    return ContactChanged(present, contact)


@dataclass(frozen=True, slots=True)
class Wish:
    """One of several sign-ups that are made together."""

    facts: OccurrenceFacts
    party: Party
    details: Details


@dataclass(frozen=True, slots=True)
class AllRegistered:
    """Every one of them, in the order asked for."""

    outcomes: tuple[Registered | Pending, ...]


@dataclass(frozen=True, slots=True)
class NoneRegistered:
    """This one could not be, so none is."""

    facts: OccurrenceFacts
    outcome: SignUpOutcome


def sign_up_together(
    tx: Connection, reader_id: int, wishes: tuple[Wish, ...], keys: Keys, now: datetime
) -> AllRegistered | NoneRegistered:
    """Siblings at different occurrences: both or none. They do not count against each other's limits."""
    lock_reader(tx, reader_id)
    for event_id in sorted({wish.facts.event_id for wish in wishes if wish.facts.rules.one_per_family}):
        lock_family(tx, event_id)
    for occurrence_id in sorted(wish.facts.id for wish in wishes):
        lock_occurrence(tx, occurrence_id)
    together = frozenset(wish.facts.id for wish in wishes)
    done: list[Registered | Pending] = []
    bundle: str | None = None
    attempt = tx.begin_nested()
    for wish in wishes:
        details = replace(wish.details, beside=together, bundle=bundle)
        outcome = sign_up(tx, reader_id, wish.facts, wish.party, None, keys, now, details)
        if not isinstance(outcome, Registered | Pending):
            attempt.rollback()
            return NoneRegistered(wish.facts, outcome)
        bundle = bundle or outcome.registration.short_code
        done.append(outcome)
    attempt.commit()
    return AllRegistered(tuple(done))
