"""Registrations, and every way that signing up and cancelling can end. What the rules say is in `eligibility`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.eligibility import SignUpRefusal
from bot.domain.kinds import RegistrationStatus
from bot.domain.party import Party

HOLD_FOR = timedelta(minutes=10)
"""How long a place is held while questions or consent are open (design section 5)."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom the library may call; given with consent only. The phone is E.164."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Registration:
    """A reader's place at an occurrence; `seats` are units of its quota."""

    id: int
    occurrence_id: int
    reader_id: int
    status: RegistrationStatus
    party: Party
    short_code: str
    seats: int


@dataclass(frozen=True, slots=True)
class Registered:
    """The place is confirmed; `from_line`: of one who stood there, with all that was said on joining."""

    registration: Registration
    from_line: bool = False


@dataclass(frozen=True, slots=True)
class PlaceHeld:
    """The place is kept while questions are open; None: it is drawn by lot, so there is nothing to keep."""

    registration: Registration | None


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
class Pending:
    """The place is kept until a person decides about it; `from_line` as in `Registered`."""

    registration: Registration
    from_line: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """In the lottery; `number` is the public one of this entry, `drawn_at` when the draw is."""

    registration: Registration
    number: int
    drawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlreadyEntered:
    """In the lottery since before, with this number; nothing was changed."""

    registration: Registration
    number: int
    drawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlaceOffered:
    """A freed place was offered to this reader and waits for 确认 until `until`; nothing was changed."""

    registration: Registration
    until: datetime


@dataclass(frozen=True, slots=True)
class WaitlistClosed:
    """Full, and nobody can stand in line: there is no line (`limit` 0) or it is as long as it may be."""

    limit: int


SignUpOutcome = (
    Registered
    | Pending
    | Entered
    | AlreadyEntered
    | PlaceHeld
    | PlaceOffered
    | Waitlisted
    | WaitlistClosed
    | AlreadyRegistered
    | NoPlaceLeft
    | SignUpRefusal
)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The place is given back; `was` is the state before, `late` says that the free time for it was over."""

    registration: Registration
    was: RegistrationStatus
    late: bool = False


@dataclass(frozen=True, slots=True)
class TooLateToCancel:
    """The rules take no place back any more."""

    until: datetime


@dataclass(frozen=True, slots=True)
class NothingToCancel:
    """No active registration of this reader there."""


@dataclass(frozen=True, slots=True)
class AttendedAlready:
    """Checked in: attending cannot be cancelled."""


CancelOutcome = Cancelled | TooLateToCancel | NothingToCancel | AttendedAlready
