"""A summary in which every co-hosted event counts for its lead library alone.

Public tables need it: where each library counts what it shared, numbers of two libraries overlap, and what only one of
them held follows from their difference, however few came.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.counting import CoHosted
from bot.domain.kinds import Category
from bot.domain.summary import Figures, LibrarySummary, ShelfSummary, Summary
from bot.domain.summary_facts import Counts
from bot.domain.tally import TallyFacts, list_unsummed, sum_tallies


def count_for_lead(summary: Summary) -> Summary:
    """The same campaign by the rule `co_hosted = lead`; persons of a library are not told in it."""
    if summary.rules.co_hosted is CoHosted.LEAD:
        return summary
    parts: dict[tuple[int, Category | None], list[Figures]] = {}
    for event in summary.events:
        parts.setdefault((event.library.id, event.event.category), []).append(event.figures)
    for shelf in summary.shelves:
        if shelf.category is None:
            parts.setdefault((shelf.library.id, None), []).append(shelf.figures)
    libraries = {part.library.id: part.library for part in summary.libraries}
    order: tuple[Category | None, ...] = (*Category, None)
    shelves = tuple(
        ShelfSummary(library, category, _sum(parts[key, category]))
        for key, library in libraries.items()
        for category in order
        if (key, category) in parts
    )
    return replace(
        summary,
        shelves=shelves,
        libraries=tuple(_library(part, shelves, summary) for part in summary.libraries),
        rules=replace(summary.rules, co_hosted=CoHosted.LEAD),
    )


def _library(part: LibrarySummary, shelves: tuple[ShelfSummary, ...], summary: Summary) -> LibrarySummary:
    own = _sum([shelf.figures for shelf in shelves if shelf.library.id == part.library.id])
    owners = {each.event.id: each.library.id for each in summary.events}
    noted = [tally for tally in summary.noted.values() if _owner(tally, owners) == part.library.id]
    return replace(part, own=replace(own, tallies=sum_tallies(noted), unsummed=list_unsummed(noted)))


def _owner(tally: TallyFacts, owners: dict[int, int]) -> int | None:
    return tally.library_id if tally.event_id is None else owners.get(tally.event_id)


def _sum(figures: list[Figures]) -> Figures:
    return Figures(
        counts=Counts.sum_of([each.counts for each in figures]), activities=sum(each.activities for each in figures)
    )
