"""Rules for messages that leave the system on their own: when they are due, and when they have lost their sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from bot.domain.kinds import ACTIVE, NoticeKind, OccurrenceStatus, RegistrationStatus
from bot.domain.quiet import SENSE_FOR, QuietHours, after_quiet_hours, reminder_moment

MAX_ATTEMPTS = 8
_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 900, 1800, 3600, 3600))
"""Together almost three hours: a platform that refuses everything for one loses no notice."""

ALL_DAY_STARTS = timedelta(hours=9)
"""Nobody wants an hour's notice before midnight: what lasts all day begins when libraries open."""


class Lane(IntEnum):
    """Which notices overtake which: whom a place waits for, or who must not set out, before who is only reminded."""

    URGENT = 0
    BULK = 1


TO_STAFF = frozenset({NoticeKind.REPORT_DRAFTED, NoticeKind.REPORT_FROZEN})
"""They belong to no registration: their letter has neither place nor ticket."""

_BULK = frozenset({NoticeKind.REMINDER, NoticeKind.NO_SHOW, NoticeKind.SUSPENDED, NoticeKind.LOTTERY_LOST}) | TO_STAFF


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
    """Everything that a notice can say. Moments are UTC; `starts_at` None: no date was noted.

    One to staff has its title among the facts; what is of a registration is empty, its id 0.
    """

    id: int
    kind: NoticeKind
    openid: str | None
    registration_id: int
    reader_id: int
    moment: str
    facts: dict[str, str]
    created_at: datetime
    due_at: datetime
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
    """A reminder of one occurrence: how long before the start, when it leaves, and until when it is of use."""

    hours: float
    due_at: datetime
    not_after: datetime

    def moment(self, starts_at: datetime) -> str:
        """What makes it one of its kind. A moved occurrence has other moments, so it gets new reminders."""
        return f"{self.hours:g}h@{starts_at:%Y%m%dT%H%M}"

    def hours_before(self, start: datetime) -> float:
        """How long before the start it leaves: more than its own hours where it must not wake anybody."""
        return (start - self.due_at) / timedelta(hours=1)


MADE_AHEAD = timedelta(hours=1)
"""How long before their moment reminders are made."""

BUNDLED_WITHIN = timedelta(hours=1)
"""Reminders of one reader that are due within this of the leading one go out in its message. Not longer than
`MADE_AHEAD`, or some that belong together would not be there yet.
"""

MAX_BUNDLE = 4
"""Reminders in one message: as many as its 1,800 bytes hold with long titles and places; more make a second one."""


def effective_start(starts_at: datetime, *, all_day: bool) -> datetime:
    """From when reminders count back."""
    return starts_at + ALL_DAY_STARTS if all_day else starts_at


def find_due_reminders(
    starts_at: datetime, offsets: Sequence[float], now: datetime, *, all_day: bool, quiet: QuietHours | None = None
) -> list[DueReminder]:
    """The reminders to make now: the nearest whose moment has come, and those of the coming hour.

    An earlier one that was missed is of no use any more, nor is one that quiet hours move to the moment of the next.
    """
    start = effective_start(starts_at, all_day=all_day)
    until, due = start, []
    for hours in sorted(offsets):
        due_at = reminder_moment(start, start - timedelta(hours=hours), quiet)
        if due_at >= until:
            continue
        if due_at - MADE_AHEAD <= now < until:
            due.append(DueReminder(hours, due_at, until))
        until = due_at
    return due


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


_AFTERWARDS = frozenset({NoticeKind.NO_SHOW, NoticeKind.SUSPENDED, NoticeKind.APPEAL_ANSWERED}) | TO_STAFF
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


NEEDED_FOR_THE_WAY = timedelta(hours=2)
"""Who must not set out, or elsewhere, has to know it that long before the start."""


def find_later_moment(letter: Letter, quiet: QuietHours | None, now: datetime) -> datetime | None:
    """When a notice leaves that can wait for the end of the quiet hours; None: it leaves now.

    It leaves now when there are no quiet hours, and when it would lose its sense before they end or shortly after: the
    offer lapses, the occurrence begins, or somebody sets out in vain (for a change of which it is not noted what was
    before, that is always to be feared). Those put off leave one after another.
    """
    end = quiet.end_after(now) if quiet else None
    if end is None:
        return None
    if letter.kind is NoticeKind.OCCURRENCE_CHANGED and "was" not in letter.facts:
        return None
    limits = [moment - SENSE_FOR for moment in _ends_of_sense(letter)]
    if letter.kind in (NoticeKind.OCCURRENCE_CANCELLED, NoticeKind.OCCURRENCE_CHANGED):
        limits += [moment - NEEDED_FOR_THE_WAY for moment in _starts_told(letter)]
    if any(limit < end for limit in limits):
        return None
    return after_quiet_hours(end, letter.reader_id)


def _ends_of_sense(letter: Letter) -> list[datetime]:
    limits = [letter.not_after] if letter.not_after else []
    if letter.kind in _AFTERWARDS:
        return limits
    until = letter.facts.get("until", "")
    return [*limits, *_starts_told(letter), *([datetime.fromisoformat(until)] if until else [])]


def _starts_told(letter: Letter) -> list[datetime]:
    """The start, and for a move the one before it (`was`): a reader who has not heard sets out for that one."""
    was = letter.facts.get("was", "")
    start = [effective_start(letter.starts_at, all_day=letter.all_day)] if letter.starts_at else []
    return [*start, *([datetime.fromisoformat(was)] if was else [])]
