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
    """They are in, `people` of the party. `name` is masked for staff and None for an erased reader.

    `from_line`: a waiting reader who stood at the door got a free seat.
    """

    facts: OccurrenceFacts
    people: int
    party: Party
    name: str | None
    attendance: Attendance
    from_line: bool = False


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


@dataclass(frozen=True, slots=True)
class CountedIn:
    """A reader without a place counted themselves in at the open door; `again`: they had done so before."""

    facts: OccurrenceFacts
    people: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class NoRoom:
    """A reader without a place stands at the door, and there is no room for so many."""

    facts: OccurrenceFacts
    people: int
    left: int


SelfCheckInOutcome = CheckInOutcome | CountedIn | NoRoom


def decide_check_in(
    facts: OccurrenceFacts, status: RegistrationStatus, now: datetime, *, at_this_door: bool, door_is_busy: bool
) -> ScanRefused | None:
    """The reason against checking in, or None.

    `at_this_door`: the ticket's occurrence is one that this staff member serves; `door_is_busy`: another one that they
    serve is open now, so a ticket outside its own time was brought to the wrong door rather than at the wrong time.
    """
    result = _REFUSED.get(status)
    if result is None and facts.status is OccurrenceStatus.CANCELLED:
        result = ScanResult.CANCELLED
    if result is not None and not (result is ScanResult.WAITLISTED and may_be_promoted(facts, now)):
        return ScanRefused(result, facts)
    if not at_this_door:
        return ScanRefused(ScanResult.WRONG_OCCURRENCE, facts)
    if facts.is_check_in_open(now):
        return None
    if door_is_busy:
        return ScanRefused(ScanResult.WRONG_OCCURRENCE, facts)
    if facts.check_in_opens_at is not None and now < facts.check_in_opens_at:
        return ScanRefused(ScanResult.TOO_EARLY, facts, facts.check_in_opens_at)
    return ScanRefused(ScanResult.CLOSED, facts)


_WITHOUT_PLACE = {
    RegistrationStatus.WAITLISTED: ScanResult.WAITLISTED,
    RegistrationStatus.OFFERED: ScanResult.WAITLISTED,  # nobody said yes to it
    RegistrationStatus.PENDING: ScanResult.PENDING,
}
_REFUSED: dict[RegistrationStatus, ScanResult] = {
    status: _WITHOUT_PLACE.get(status, ScanResult.CANCELLED)
    for status in RegistrationStatus
    if status is not RegistrationStatus.CONFIRMED
}


def may_be_promoted(facts: OccurrenceFacts, now: datetime) -> bool:
    """Whether a free seat goes to a waiting reader who stands at the door: the line has ended, the doors are open."""
    scheduled = facts.status is OccurrenceStatus.SCHEDULED
    return scheduled and not facts.rules.approval and not facts.promotes(now) and facts.is_check_in_open(now)


def mask_name(name: str) -> str:
    """A name for a door: first character and stars (library-domain P15)."""
    return name[:1] + "*" * min(max(len(name) - 1, 1), 2)
