"""Earlier windows that a campaign is compared with: 环比 and 同比 of table T1 (library-domain 3.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from bot.domain.summary import Comparison, Summary
from bot.domain.summary_facts import Counts
from bot.domain.window import Window, months_earlier

SAME_SEASON = timedelta(days=45)
"""Service weeks move by some days from year to year; one that began within these of a year before is the same week."""


def is_same_season(earlier: date, start: date) -> bool:
    """Whether a campaign that began on `earlier` is the one of the year before one that begins on `start`."""
    return abs(earlier - months_earlier(start, 12)) <= SAME_SEASON


def part_of(window: Window, starts_on: date, ends_on: date) -> Window:
    """The days to which a campaign is cut; what has no date counts only where the window holds the whole campaign."""
    return Window(window.first, window.last, undated=window.first <= starts_on and ends_on <= window.last)


def compare(window: Window, summaries: Iterable[Summary]) -> Comparison | None:
    """What these summaries, each cut to the window (`part_of`), counted in all; None where nothing was held."""
    found: dict[int | None, list[Counts]] = {None: []}
    for summary in summaries:
        found[None].append(summary.total.counts)
        for part in summary.libraries:
            found.setdefault(part.library.id, []).append(part.own.counts)
    figures = {key: Counts.sum_of(counts) for key, counts in found.items()}
    if not figures[None].sessions and not figures[None].person_times:
        return None
    return Comparison(window.first, window.last, figures)
