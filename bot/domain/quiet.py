"""The hours in which nothing leaves the system on its own that can wait for the morning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from bot.domain.clock import local


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` to `ends`, local time, usually over midnight."""

    begins: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """Read `22:00-07:30`; raise ValueError for anything else."""
        begins, _, ends = text.partition("-")
        try:
            quiet = cls(time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip()))
        except ValueError:
            raise ValueError("must be like 22:00-07:30") from None
        if quiet.begins == quiet.ends:
            raise ValueError("must not begin when they end")
        return quiet

    def end_after(self, now: datetime) -> datetime | None:
        """When the quiet hours end in which this moment lies; None when it lies in none."""
        here = local(now)
        clock = here.time().replace(tzinfo=None)
        over_midnight = self.begins > self.ends
        inside = (clock >= self.begins or clock < self.ends) if over_midnight else self.begins <= clock < self.ends
        if not inside:
            return None
        day = here.date() + timedelta(days=1) if over_midnight and clock >= self.begins else here.date()
        return datetime.combine(day, self.ends, here.tzinfo)

    def begin_before(self, now: datetime) -> datetime | None:
        """When the quiet hours began in which this moment lies; None when it lies in none."""
        end = self.end_after(now)
        if end is None:
            return None
        day = local(end).date()
        return datetime.combine(day - timedelta(days=self.begins > self.ends), self.begins, local(end).tzinfo)


SENSE_FOR = timedelta(minutes=30)
"""What waits for the end of the quiet hours must be of use for at least this long after it."""

SPREAD_S = 300
"""What waited leaves over this many seconds, not all in the first."""

BEFORE_THE_NIGHT = timedelta(minutes=30)
"""How long before the quiet hours the evening's reminders leave, so that the last of many does not leave in them."""


def after_quiet_hours(end: datetime, number: int) -> datetime:
    """A moment of the first minutes after the quiet hours, spread evenly by number (of the reader)."""
    return end.astimezone(UTC) + timedelta(seconds=number * 37 % SPREAD_S)


def reminder_moment(start: datetime, due_at: datetime, quiet: QuietHours | None) -> datetime:
    """When a reminder leaves whose own moment is `due_at`.

    In quiet hours it waits for their end if the start is at least half an hour later. Else the reader of an early
    occurrence is told in the evening before, half an hour ahead of the quiet hours: nobody is woken, and who sets an
    alarm clock knows in time. Who signs up later that evening has just read time and place. When the evening was missed
    (no worker ran), the reminder leaves as soon as it is found, since it would be of no use after the night.
    """
    end, begin = (quiet.end_after(due_at), quiet.begin_before(due_at)) if quiet else (None, None)
    if end is None or begin is None:
        return due_at
    if start - end >= SENSE_FOR:
        return end.astimezone(UTC)
    return begin.astimezone(UTC) - BEFORE_THE_NIGHT
