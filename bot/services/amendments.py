"""What readers change about a registration of theirs: the occurrence, the party, who can be called.

The old place is given up only when the new one is sure; both happen in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.eligibility import Applicant, SignUpRefusal
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
from bot.domain.rules import LateCancel
from bot.services.lotteries import takes_entries
from bot.services.registrations import Details, find_refusal, missed_deadline, sign_up
from bot.services.waitlists import promote_waitlist
from bot.store import amendments as store
from bot.store import registrations as rows
from bot.store.companions import Member, list_answers, replace_members
from bot.store.history import lock_family, lock_reader
from bot.store.occurrences import count_seats_left, lock_occurrence
from bot.store.pii import Keys
from bot.store.registration_details import find_detail


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


MoveOutcome = Moved | NothingThere | MoreToSay | TooLateToCancel | AttendedAlready | SignUpOutcome
PartyOutcome = PartyChanged | NothingThere | NoPlaceLeft | SignUpRefusal
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
    late_since = missed_deadline(here, present, now)
    if late_since is not None and here.rules.late_cancel is LateCancel.REFUSED:
        return TooLateToCancel(late_since)
    rows.lock_registration(tx, present.id)
    detail = find_detail(tx, present.id)
    if detail is not None and detail.checked_in_at is not None:
        return AttendedAlready()
    same_event = here.event_id == there.event_id
    ages = store.list_ages(tx, present)
    answers = list_answers(tx, present.id, keys) if same_event else {}
    if takes_entries(tx, there):
        return MoreToSay()  # an entry is no place: nothing is given up for it
    if not same_event and (there.questions or there.rules.asks_age):
        return MoreToSay()
    details = Details(
        ages=ages or None,
        card=store.find_card(tx, reader_id, keys) if there.rules.card or there.rules.reader_groups else None,
        answers=answers,
        beside=frozenset({here.id}),
    )
    contact = store.find_own_contact(tx, present, keys)
    outcome = sign_up(tx, reader_id, there, present.party, contact, keys, now, details)
    if not isinstance(outcome, Registered | Pending):
        return outcome
    store.move_members(tx, present, outcome.registration)
    rows.claim_cancel(tx, present.id, now, late=late_since is not None)
    promote_waitlist(tx, here.id, now)
    return Moved(outcome)


def change_party(
    tx: Connection,
    reader_id: int,
    facts: OccurrenceFacts,
    party: Party,
    members: tuple[Member, ...],
    keys: Keys,
    now: datetime,
) -> PartyOutcome:
    """Come with more or fewer people; more only while there are seats for them, and then the place stays as it was."""
    lock_reader(tx, reader_id)
    lock_occurrence(tx, facts.id)
    present = rows.find_active(tx, facts.id, reader_id)
    if present is None or present.status is RegistrationStatus.HELD:
        return NothingThere()
    known = store.list_ages(tx, present)
    ages = tuple(member.age for member in members) or (known if len(known) == party.children else ())
    applicant = Applicant(party, ages or None)
    refusal = find_refusal(tx, reader_id, facts, applicant, keys, now, beside=frozenset({facts.id}), is_held=True)
    if refusal is not None:
        return refusal
    seats = facts.rules.seats_of(party.adults, party.children)
    if not store.claim_party(tx, present, party, seats, now):
        return NoPlaceLeft(count_seats_left(tx, facts, now) or 0, rows.count_waiting(tx, facts.id))
    if members or party.children < present.party.children:
        replace_members(tx, present.id, members)
    if seats < present.seats:
        promote_waitlist(tx, facts.id, now)
    return PartyChanged(replace(present, party=party, seats=seats))


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
