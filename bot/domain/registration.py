"""Sign-up: the rules that need no database, and every way that signing up can end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.kinds import OccurrenceStatus, RegistrationStatus, SignUp
from bot.domain.occurrence import OccurrenceFacts

HOLD_FOR = timedelta(minutes=10)
"""How long a place is held while questions or consent are open (design section 5)."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who comes on one registration, in heads."""

    adults: int
    children: int

    @property
    def seats(self) -> int:
        """Seats that the party takes."""
        return self.adults + self.children


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom the library may call; given with consent only. The phone is E.164."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Registration:
    """A reader's place at an occurrence."""

    id: int
    occurrence_id: int
    reader_id: int
    status: RegistrationStatus
    party: Party
    short_code: str


@dataclass(frozen=True, slots=True)
class Registered:
    """The place is confirmed."""

    registration: Registration


@dataclass(frozen=True, slots=True)
class PlaceHeld:
    """The place is kept while questions are open."""

    registration: Registration


@dataclass(frozen=True, slots=True)
class Waitlisted:
    """In line; `place` counts from 1."""

    registration: Registration
    place: int


@dataclass(frozen=True, slots=True)
class AlreadyRegistered:
    """There is an active registration of this reader; nothing was changed."""

    registration: Registration
    place: int | None  # in the waitlist, when it is there


@dataclass(frozen=True, slots=True)
class NoPlaceLeft:
    """Full, or others wait already; `left` seats are free but do not suffice."""

    left: int
    waiting: int


@dataclass(frozen=True, slots=True)
class NoSignUpNeeded:
    """Open to all."""


@dataclass(frozen=True, slots=True)
class NotOpenYet:
    """Sign-up opens later."""

    opens_at: datetime


@dataclass(frozen=True, slots=True)
class SignUpClosed:
    """Sign-up is over."""

    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class OccurrenceCancelled:
    """The library called it off."""


@dataclass(frozen=True, slots=True)
class PartyTooLarge:
    """More people than one registration may bring, or than there are seats at all."""

    limit: int


SignUpRefusal = NoSignUpNeeded | NotOpenYet | SignUpClosed | OccurrenceCancelled | PartyTooLarge
SignUpOutcome = Registered | PlaceHeld | Waitlisted | AlreadyRegistered | NoPlaceLeft | SignUpRefusal


def decide_sign_up(
    facts: OccurrenceFacts, party: Party | None, now: datetime, *, is_held: bool = False
) -> SignUpRefusal | None:
    """The rule against signing up now, or None. Capacity and doubles are the database's to decide.

    `is_held`: a place is kept for the reader, who began in time and may finish after closing.
    """
    if facts.status is OccurrenceStatus.CANCELLED:
        return OccurrenceCancelled()
    if facts.sign_up is SignUp.NONE:
        return NoSignUpNeeded()
    if facts.opens_at is not None and now < facts.opens_at:
        return NotOpenYet(facts.opens_at)
    end = facts.sign_up_ends_at
    if end is None or (now >= end and not is_held):
        return SignUpClosed(end)
    largest = facts.party_limit if facts.seats is None else min(facts.party_limit, facts.seats)
    if party is not None and not 1 <= party.seats <= largest:
        return PartyTooLarge(largest)
    return None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The place is given back; `was` is the state before."""

    registration: Registration
    was: RegistrationStatus


@dataclass(frozen=True, slots=True)
class NothingToCancel:
    """No active registration of this reader there."""


@dataclass(frozen=True, slots=True)
class AttendedAlready:
    """Checked in: attending cannot be cancelled."""


CancelOutcome = Cancelled | NothingToCancel | AttendedAlready
