"""Spans of days that figures are cut to: earlier windows to compare with, and the year of the national form."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Window:
    """Days from first to last, both included. `undated`: what has no date counts among them."""

    first: date
    last: date
    undated: bool = False

    def holds(self, day: date | None) -> bool:
        """Whether what counts for a day, or for none, is in the window."""
        return self.undated if day is None else self.first <= day <= self.last

    def touches(self, first: date | None, last: date | None) -> bool:
        """Whether any of the days from first to last is in the window."""
        if first is None or last is None:
            return self.undated
        return first <= self.last and self.first <= last

    def months_before(self, months: int) -> Window:
        """The same days some calendar months earlier; 31 March a month before is the last of February."""
        return Window(months_earlier(self.first, months), months_earlier(self.last, months))


def months_earlier(day: date, months: int) -> date:
    """The same day of the month some months earlier, or the last one of a month that is too short."""
    years, month = divmod(day.month - 1 - months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
