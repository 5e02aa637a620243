"""The hours in which nothing leaves the system on its own that can wait for the morning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

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
