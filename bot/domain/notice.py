"""Rules for messages that leave the system on their own: when they are due, and when they have lost their sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from bot.domain.kinds import ACTIVE, NoticeKind, OccurrenceStatus, RegistrationStatus

MAX_ATTEMPTS = 6
_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 900, 1800))

ALL_DAY_STARTS = timedelta(hours=9)
"""Nobody wants an hour's notice before midnight: what lasts all day begins when libraries open."""


class Lane(IntEnum):
    """Which notices overtake which: whom a place waits for, or who must not set out, before who is only reminded."""

    URGENT = 0
    BULK = 1


_BULK = frozenset({NoticeKind.REMINDER, NoticeKind.NO_SHOW, NoticeKind.SUSPENDED, NoticeKind.LOTTERY_LOST})


def lane_of(kind: NoticeKind) -> Lane:
    """The lane of a kind of notice."""
    return Lane.BULK if kind in _BULK else Lane.URGENT


class DropReason(StrEnum):
    """Why a notice is not sent any more."""

    READER_GONE = "reader_gone"
    REMINDERS_OFF = "reminders_off"
    TOO_LATE = "too_late"
    BEGUN = "begun"
    OCCURRENCE_CANCELLED = "occurrence_cancelled"
    OCCURRENCE_MOVED = "occurrence_moved"
    OCCURRENCE_HELD_AFTER_ALL = "occurrence_held_after_all"
    REGISTRATION_ENDED = "registration_ended"
    TAKEN_BACK = "taken_back"  # what it tells was found to be wrong


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that a notice can say. Moments are UTC; `starts_at` None: no date was noted."""

    id: int
    kind: NoticeKind
    openid: str | None
    registration_id: int
    reader_id: int
    moment: str
    facts: dict[str, str]
    created_at: datetime
    not_after: datetime | None
    attempts: int
    reminders: bool
    registration_status: RegistrationStatus
    cancelled_at: datetime | None
    people: int
    short_code: str
    number: int
    title: str
    label: str
    starts_at: datetime | None
    ends_at: datetime | None
    all_day: bool
    date_text: str
    occurrence_status: OccurrenceStatus
    venue: str
    address: str
    contact: str
    undelivered_by: str = ""  # the way over which the platform took it and could not deliver it

    @property
    def name(self) -> str:
        """Title with its label, as readers say it."""
        return f"{self.title} {self.label}".strip()


@dataclass(frozen=True, slots=True)
class DueReminder:
    """A reminder whose moment has come: how long before the start, and until when it is of use."""

    hours: float
    due_at: datetime
    not_after: datetime

    def moment(self, starts_at: datetime) -> str:
        """What makes it one of its kind. A moved occurrence has other moments, so it gets new reminders."""
        return f"{self.hours:g}h@{starts_at:%Y%m%dT%H%M}"


def effective_start(starts_at: datetime, *, all_day: bool) -> datetime:
    """From when reminders count back."""
    return starts_at + ALL_DAY_STARTS if all_day else starts_at


def find_due_reminder(
    starts_at: datetime, offsets: Sequence[float], now: datetime, *, all_day: bool
) -> DueReminder | None:
    """The nearest reminder whose moment has come. An earlier one that was missed is of no use any more."""
    start = effective_start(starts_at, all_day=all_day)
    until = start
    for hours in sorted(offsets):
        due_at = start - timedelta(hours=hours)
        if due_at <= now < until:
            return DueReminder(hours, due_at, until)
        until = due_at
    return None


def find_drop_reason(letter: Letter, now: datetime) -> DropReason | None:
    """Why this notice must not be sent any more (promise I5); None when it still makes sense."""
    if letter.openid is None:
        return DropReason.READER_GONE
    if letter.not_after is not None and letter.not_after <= now:
        return DropReason.TOO_LATE
    if letter.kind in _AFTERWARDS:
        return None
    start = effective_start(letter.starts_at, all_day=letter.all_day) if letter.starts_at else None
    if start is not None and start <= now:
        return DropReason.BEGUN
    if letter.kind is NoticeKind.OCCURRENCE_CANCELLED:
        return _why_not_cancellation(letter)
    if letter.occurrence_status is OccurrenceStatus.CANCELLED:
        return DropReason.OCCURRENCE_CANCELLED
    if letter.kind is NoticeKind.REMINDER:
        return _why_not_reminder(letter)
    return None if letter.registration_status in _STATES.get(letter.kind, ACTIVE) else DropReason.REGISTRATION_ENDED


_AFTERWARDS = (NoticeKind.NO_SHOW, NoticeKind.SUSPENDED, NoticeKind.APPEAL_ANSWERED)
"""They tell what followed from an occurrence, so they come after it."""
_STATES = {
    NoticeKind.OFFERED: (RegistrationStatus.OFFERED,),
    NoticeKind.LOTTERY_WON: (RegistrationStatus.OFFERED, RegistrationStatus.CONFIRMED),
    NoticeKind.APPROVED: (RegistrationStatus.CONFIRMED,),
    NoticeKind.OFFER_LAPSED: (RegistrationStatus.EXPIRED,),
    NoticeKind.REJECTED: (RegistrationStatus.DECLINED,),
    NoticeKind.LOTTERY_LOST: (RegistrationStatus.EXPIRED, RegistrationStatus.WAITLISTED),
}
"""A notice makes sense only while the registration is as it says; those not named need an active one."""


def _why_not_cancellation(letter: Letter) -> DropReason | None:
    if letter.occurrence_status is not OccurrenceStatus.CANCELLED:
        return DropReason.OCCURRENCE_HELD_AFTER_ALL
    # The cancelled occurrence may have taken its registrations along in the same moment; a reader who gave up the
    # place later knows already.
    gave_up = letter.cancelled_at is not None and letter.cancelled_at > letter.created_at
    return DropReason.REGISTRATION_ENDED if gave_up else None


def _why_not_reminder(letter: Letter) -> DropReason | None:
    if not letter.reminders:
        return DropReason.REMINDERS_OFF
    if letter.registration_status is not RegistrationStatus.CONFIRMED:
        return DropReason.REGISTRATION_ENDED
    if letter.starts_at is None or not letter.moment.endswith(f"@{letter.starts_at:%Y%m%dT%H%M}"):
        return DropReason.OCCURRENCE_MOVED
    return None


def retry_delay(attempts: int) -> timedelta | None:
    """How long to wait after that many failed attempts; None when it was the last one."""
    return None if attempts >= MAX_ATTEMPTS else _DELAYS[min(attempts, len(_DELAYS)) - 1]
