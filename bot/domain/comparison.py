"""Earlier windows that a campaign is compared with: 环比 and 同比 of table T1 (library-domain 3.3)."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.summary import Comparison, Summary
from bot.domain.summary_facts import Counts

SAME_SEASON = timedelta(days=45)
"""Service weeks move by some days from year to year; one that began within these of a year before is the same week."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days from first to last, both included."""

    first: date
    last: date

    def holds(self, day: date | None) -> bool:
        """Whether a day is one of them."""
        return day is not None and self.first <= day <= self.last

    def months_before(self, months: int) -> Window:
        """The same days some calendar months earlier; 31 March a month before is the last of February."""
        return Window(_shift(self.first, months), _shift(self.last, months))


def is_same_season(earlier: date, start: date) -> bool:
    """Whether a campaign that began on `earlier` is the one of the year before one that begins on `start`."""
    return abs(earlier - _shift(start, 12)) <= SAME_SEASON


def compare(window: Window, summaries: Iterable[Summary]) -> Comparison | None:
    """What these campaigns counted on the window's days, by library; None where nothing was held."""
    found: dict[int | None, list[Counts]] = {None: []}
    for summary in summaries:
        inside = window.holds(summary.campaign.starts_on) and window.holds(summary.campaign.ends_on)
        owners = {part.event.id: part.library.id for part in summary.events}
        if inside:
            counted = [(part.library.id, part.figures.counts) for part in summary.events]
        else:
            counted = [
                (owners[part.event.id], part.figures.counts)
                for part in summary.occurrences
                if window.holds(part.day) and part.event.id in owners
            ]
        for library_id, counts in counted:
            found.setdefault(library_id, []).append(counts)
            found[None].append(counts)
    figures = {key: Counts.sum_of(counts) for key, counts in found.items()}
    if not figures[None].sessions and not figures[None].person_times:
        return None
    return Comparison(window.first, window.last, figures)


def _shift(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 - months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
