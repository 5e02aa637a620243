"""Check-in: the order of checks, and every way that a scan can end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.kinds import OccurrenceStatus, RegistrationStatus, ScanResult
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party

UNDO_WITHIN = timedelta(minutes=10)
"""Staff take back their own last act within this time (design section 5)."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """How full the room is: people checked in, people expected (confirmed seats), walk-ins."""

    came: int
    expected: int
    walk_ins: int


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """They are in. `name` is masked for staff and None for an erased reader."""

    facts: OccurrenceFacts
    people: int
    party: Party
    name: str | None
    attendance: Attendance


@dataclass(frozen=True, slots=True)
class CheckedInBefore:
    """The ticket was used: when, and by which staff label (empty for the reader's own check-in)."""

    facts: OccurrenceFacts
    at: datetime
    by: str
    name: str | None
    attendance: Attendance


@dataclass(frozen=True, slots=True)
class ScanRefused:
    """Not in, for a reason. `facts` is the ticket's own occurrence, if the ticket is genuine."""

    result: ScanResult
    facts: OccurrenceFacts | None
    opens_at: datetime | None = None


CheckInOutcome = CheckedIn | CheckedInBefore | ScanRefused


def decide_check_in(
    facts: OccurrenceFacts, status: RegistrationStatus, now: datetime, *, at_this_door: bool, door_is_busy: bool
) -> ScanRefused | None:
    """The reason against checking in, or None.

    `at_this_door`: the ticket's occurrence is one that this staff member serves; `door_is_busy`: another one that they
    serve is open now, so a ticket outside its own time was brought to the wrong door rather than at the wrong time.
    """
    if status is RegistrationStatus.WAITLISTED:
        return ScanRefused(ScanResult.WAITLISTED, facts)
    if status is not RegistrationStatus.CONFIRMED or facts.status is OccurrenceStatus.CANCELLED:
        return ScanRefused(ScanResult.CANCELLED, facts)
    if not at_this_door:
        return ScanRefused(ScanResult.WRONG_OCCURRENCE, facts)
    if facts.is_check_in_open(now):
        return None
    if door_is_busy:
        return ScanRefused(ScanResult.WRONG_OCCURRENCE, facts)
    if facts.check_in_opens_at is not None and now < facts.check_in_opens_at:
        return ScanRefused(ScanResult.TOO_EARLY, facts, facts.check_in_opens_at)
    return ScanRefused(ScanResult.CLOSED, facts)


def mask_name(name: str) -> str:
    """A name for a door: first character and stars (library-domain P15)."""
    return name[:1] + "*" * min(max(len(name) - 1, 1), 2)
