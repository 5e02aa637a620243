"""What follows from places that were neither used nor given back in time: marks, suspensions, the account of points.

Two policies from what libraries publish (library-domain section 2). Ban: so many no-shows within so many days close
sign-up for a time. Points: an account from which absences are taken and to which visits are added; when it is used up,
sign-up is closed and the account then starts anew. Marks are written only where they change something, so that no more
is kept of a reader than the policy needs (PIPL Art. 19): under a ban that is the no-show alone, and its points are 0.

Marks count across all libraries; the rules are those of the event that was just settled (award rules of the host).
Rules look back no further than `Rules.ban_window_days`, for marks are kept no longer (library-domain P11).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby

from bot.domain.clock import at_local, local, local_day
from bot.domain.eligibility import Suspension
from bot.domain.kinds import MarkKind
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.rules import Rules, StandingPolicy

SETTLE_AFTER = timedelta(hours=12)
"""After its end an occurrence is left alone so long: paper lists are typed in, phones without a network sync, and a
server's clock may be an hour off."""

LOOK_AGAIN = timedelta(days=7)
"""So long after its end an occurrence is looked at again: a check-in that arrives late takes its no-show back."""

SETTLE_WITHIN = timedelta(days=30)
"""What was not settled by then is not held against anybody any more: the fault is ours."""

APPEAL_WITHIN = timedelta(days=3)
"""In which a person answers an appeal."""

TELL_WITHIN = timedelta(days=7)
"""A notice of a no-show that could not be delivered by then has lost its sense."""

_TOLD_FROM, _TOLD_UNTIL = 9, 21
"""Local hours in which readers are told; nobody is woken up by it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What one registration did to its reader's standing. `at` is the end of the occurrence, `points` signed."""

    id: int
    reader_id: int
    registration_id: int
    occurrence_id: int
    kind: MarkKind
    points: int
    at: datetime
    name: str
    code: str  # short code of the registration: how reader and staff speak of it

    @property
    def is_against(self) -> bool:
        """Whether it speaks against the reader; a no-show under a ban bears no points."""
        return self.kind is not MarkKind.ATTENDED


@dataclass(frozen=True, slots=True)
class Consequence:
    """A suspension that follows: the marks that led to it and are used up by it, the last of them being the straw.

    `limit` is the number of no-shows (ban) or the size of the account (points).
    """

    policy: StandingPolicy
    marks: tuple[Mark, ...]
    straw: Mark
    limit: int
    window_days: int
    day_cap: int
    days: int

    @property
    def starts_at(self) -> datetime:
        """From the last straw on: the end of its occurrence."""
        return self.straw.at

    @property
    def ends_at(self) -> datetime:
        """When sign-up is open again."""
        return self.straw.at + timedelta(days=self.days)

    @property
    def counted(self) -> tuple[str, ...]:
        """Names of the events that spoke against the reader (library-domain P17)."""
        return tuple(mark.name for mark in self.marks if mark.is_against)


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a reader is: no-shows counted of so many that suspend (ban), or points left of a full account."""

    policy: StandingPolicy
    stands: int
    limit: int
    window_days: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that is held about a reader's standing: marks that stand, newest first, and what follows."""

    marks: tuple[Mark, ...] = ()
    suspension: Suspension | None = None
    tallies: tuple[Tally, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenAppeal:
    """An appeal as staff see it: no more of the reader than a masked name (library-domain P15)."""

    code: str
    name: str
    words: str
    noted_at: datetime
    answer_by: datetime
    counted: tuple[str, ...]
    suspended_until: datetime | None


def settles_at(facts: OccurrenceFacts) -> datetime | None:
    """When absence is settled; None without a date."""
    end = facts.ends_at or facts.starts_at
    return None if end is None else end + SETTLE_AFTER


def judge(facts: OccurrenceFacts, came_at: datetime | None, *, cancelled_late: bool) -> MarkKind:
    """What became of a place.

    Who was checked in after the end came in time for all we know: that list was typed later.
    """
    if cancelled_late:
        return MarkKind.LATE_CANCEL
    if came_at is None:
        return MarkKind.NO_SHOW
    late_after, start, end = facts.rules.late_after_minutes, facts.starts_at, facts.ends_at
    if late_after is None or start is None or facts.all_day:
        return MarkKind.ATTENDED
    is_late = came_at > start + timedelta(minutes=late_after) and (end is None or came_at <= end)
    return MarkKind.LATE if is_late else MarkKind.ATTENDED


def find_points(kind: MarkKind, rules: Rules) -> int | None:
    """What a mark is worth; None when it would change nothing under the event's policy, so that none is written."""
    match rules.standing:
        case StandingPolicy.BAN:
            return 0 if kind is MarkKind.NO_SHOW else None
        case StandingPolicy.POINTS:
            return _POINTS[kind](rules) or None
        case StandingPolicy.NONE:
            return None


_POINTS = {
    MarkKind.NO_SHOW: lambda rules: -rules.points_no_show,
    MarkKind.LATE: lambda rules: -rules.points_late,
    MarkKind.LATE_CANCEL: lambda rules: -rules.points_late_cancel,
    MarkKind.ATTENDED: lambda rules: rules.points_attend,
}


def find_consequence(marks: Iterable[Mark], newest: Mark, rules: Rules) -> Consequence | None:
    """The suspension to which a new mark leads, or None.

    `marks` are those of the reader that stand, that no suspension has used up, and the new one among them. In which
    order occurrences were settled makes no difference.
    """
    ordered = sorted(marks, key=_by_time)
    if rules.standing is StandingPolicy.BAN:
        return _find_ban(ordered, newest, rules)
    return _find_freeze(ordered, newest, rules) if rules.standing is StandingPolicy.POINTS else None


def _find_ban(ordered: Sequence[Mark], newest: Mark, rules: Rules) -> Consequence | None:
    missed = [mark for mark in ordered if not mark.points and mark.is_against]
    window, limit = timedelta(days=rules.ban_window_days), rules.ban_after
    for last in range(limit - 1, len(missed)) if limit > 0 and rules.ban_days > 0 else ():
        group = tuple(missed[last - limit + 1 : last + 1])
        if newest in group and group[-1].at - group[0].at <= window:
            return Consequence(StandingPolicy.BAN, group, group[-1], limit, rules.ban_window_days, 0, rules.ban_days)
    return None


def _find_freeze(ordered: Sequence[Mark], newest: Mark, rules: Rules) -> Consequence | None:
    since = newest.at - timedelta(days=rules.ban_window_days)
    worth = tuple(mark for mark in ordered if mark.points and mark.at >= since)
    against = [mark for mark in worth if mark.is_against]
    if not against or rules.points_freeze_days == 0:
        return None
    if balance_of(worth, rules.points_start, rules.points_day_cap) > 0:
        return None
    return Consequence(
        StandingPolicy.POINTS,
        worth,
        against[-1],
        rules.points_start,
        rules.ban_window_days,
        rules.points_day_cap,
        rules.points_freeze_days,
    )


def balance_of(marks: Iterable[Mark], start: int, day_cap: int) -> int:
    """The account after these marks: day by day, what is added at most `day_cap`, never above `start`."""
    balance = start
    for _, of_day in groupby(sorted(marks, key=_by_time), key=lambda mark: local_day(mark.at)):
        points = [mark.points for mark in of_day]
        gained = min(day_cap, sum(each for each in points if each > 0))
        balance = min(start, balance + gained + sum(each for each in points if each < 0))
    return balance


def still_follows(policy: StandingPolicy, standing: Sequence[Mark], limit: int, day_cap: int) -> bool:
    """Whether a suspension still rests on what is left of its marks after some were taken back."""
    if policy is StandingPolicy.BAN:
        return len(standing) >= limit
    return balance_of(standing, limit, day_cap) <= 0


def tally_of(marks: Collection[Mark], rules: Rules, now: datetime) -> Tally:
    """How far a reader is under a policy; `marks` are those that count."""
    since = now - timedelta(days=rules.ban_window_days)
    if rules.standing is StandingPolicy.POINTS:
        worth = [mark for mark in marks if mark.points and mark.at >= since]
        left = balance_of(worth, rules.points_start, rules.points_day_cap)
        return Tally(rules.standing, left, rules.points_start, rules.ban_window_days)
    missed = sum(1 for mark in marks if not mark.points and mark.is_against and mark.at >= since)
    return Tally(rules.standing, missed, rules.ban_after, rules.ban_window_days)


def telling_time(now: datetime) -> datetime:
    """When a reader may be told of it: now, or at nine in the morning."""
    here = local(now)
    if _TOLD_FROM <= here.hour < _TOLD_UNTIL:
        return now
    day = here.date() if here.hour < _TOLD_FROM else here.date() + timedelta(days=1)
    return at_local(day, time(_TOLD_FROM))


def _by_time(mark: Mark) -> tuple[datetime, int]:
    return mark.at, mark.registration_id
