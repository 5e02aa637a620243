"""The one object of figures that pages, reports and chat read (design section 8, rules of library-domain 3.2).

Everything is built from cells that each count at one place (library, event, occurrence, day); every grouping adds up
the same cells, so that parts always make up the whole. Three things are not sums: `persons` (the same reader may come
to two libraries), `activities` by day (an activity may be on for several), and headline tallies of the whole campaign.

- 人次 (`person_times`): people checked in plus walk-ins, never those who only signed up.
- 人 (`persons`): different reader accounts with a check-in; who left and came back is one. Walk-ins cannot be told
  apart and are not among them.
- Day: that of the occurrence; for one of several days the day on which people came; undated ones stand apart.
- Co-hosted: counted for the lead library, shown by the partners, once in the roll-up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from bot.domain.audience import Audience
from bot.domain.counting import DEFAULT_RULES, CoHosted, CountingRules
from bot.domain.coverage import MediaItem, NoteFacts, PhotoFacts
from bot.domain.kinds import Category, Mode
from bot.domain.recurrence import Duration, duration_of
from bot.domain.summary_cells import Cell, Where, home_day, list_cells
from bot.domain.summary_facts import (
    CampaignWindow,
    CountedEvent,
    CountedLibrary,
    CountedOccurrence,
    Counts,
    SummaryFacts,
)
from bot.domain.tally import TallyFacts, TallyTotal, list_unsummed, sum_tallies
from bot.domain.window import Window

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Figures:
    """All numbers of one part of the campaign. `activities` are 项: events that are no part of another."""

    counts: Counts = field(default_factory=Counts)
    persons: int = 0
    activities: int = 0
    tallies: tuple[TallyTotal, ...] = ()
    unsummed: tuple[TallyFacts, ...] = ()


NOTHING = Figures()


@dataclass(frozen=True, slots=True)
class LibrarySummary:
    """A library's own figures, and those of it and everything below it. `co_hosts` are events led by others."""

    library: CountedLibrary
    own: Figures
    with_branches: Figures
    co_hosts: tuple[CountedEvent, ...]


@dataclass(frozen=True, slots=True)
class CategorySummary:
    """Figures of one official class; None holds tallies that belong to no event."""

    category: Category | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class ModeSummary:
    """Figures of one way of taking part."""

    mode: Mode
    figures: Figures


@dataclass(frozen=True, slots=True)
class AudienceSummary:
    """Figures of the events for one class of people (domain.audience)."""

    audience: Audience
    figures: Figures


@dataclass(frozen=True, slots=True)
class ShelfSummary:
    """Figures of one library and one official class: a cell of table T1. None: tallies of no event."""

    library: CountedLibrary
    category: Category | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figures of an earlier window: the libraries' own ones by library id; None is the whole."""

    starts_on: date
    ends_on: date
    figures: Mapping[int | None, Counts]


class Confirmed(StrEnum):
    """Whether a library said that its figures are right."""

    YES = "yes"
    CHANGED = "changed"  # they changed after it said so
    NO = "no"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Where a library stands with its figures."""

    library: CountedLibrary
    state: Confirmed
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DaySummary:
    """Figures of one local day; None is what has no date. `exhibition_people`: person-times at exhibitions."""

    day: date | None
    figures: Figures
    exhibition_people: int = 0


@dataclass(frozen=True, slots=True)
class EventSummary:
    """An event with what follows from its programme: places and how long it lasts."""

    event: CountedEvent
    library: CountedLibrary
    figures: Figures
    venues: tuple[str, ...]
    first_day: date | None
    last_day: date | None
    duration: Duration | None  # of more than one day


@dataclass(frozen=True, slots=True)
class OccurrenceSummary:
    """An occurrence with its figures; `day` is the day that its programme figures count for."""

    occurrence: CountedOccurrence
    event: CountedEvent
    day: date | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Summary:
    """A campaign in figures, the whole of it or what was asked for (`library`, `day`)."""

    campaign: CampaignWindow
    made_at: datetime
    library: CountedLibrary | None
    day: date | None
    total: Figures
    headlines: tuple[TallyFacts, ...]
    libraries: tuple[LibrarySummary, ...]
    categories: tuple[CategorySummary, ...]
    days: tuple[DaySummary, ...]
    events: tuple[EventSummary, ...]
    occurrences: tuple[OccurrenceSummary, ...]
    modes: tuple[ModeSummary, ...] = ()
    audiences: tuple[AudienceSummary, ...] = ()
    shelves: tuple[ShelfSummary, ...] = ()
    arrivals: tuple[tuple[datetime, int], ...] = ()  # local hour (naive) and people, in order
    noted: Mapping[int, TallyFacts] = field(default_factory=dict)  # every tally in view, by id
    media: tuple[MediaItem, ...] = ()
    notes: tuple[NoteFacts, ...] = ()
    photos: tuple[PhotoFacts, ...] = ()
    rules: CountingRules = DEFAULT_RULES
    confirmations: tuple[Confirmation, ...] = ()
    month_before: Comparison | None = None
    year_before: Comparison | None = None


def build_summary(
    facts: SummaryFacts,
    now: datetime,
    *,
    library_id: int | None = None,
    day: date | None = None,
    within: Window | None = None,
) -> Summary:
    """Sum up facts: all, or one library with everything below it, or one day, or both.

    `within`: only what counts for these days.
    Raises KeyError when the library is not one of the campaign's.
    """
    return _Builder(facts, now, library_id, day, within).build()


class _Builder:
    def __init__(
        self,
        facts: SummaryFacts,
        now: datetime,
        library_id: int | None,
        day: date | None,
        within: Window | None,
    ) -> None:
        self._facts, self._now, self._library_id, self._day = facts, now, library_id, day
        self._window = Window(day, day) if day is not None else within
        self._libraries = {library.id: library for library in facts.libraries}
        self._events = {event.id: event for event in facts.events}
        self._modes = {occurrence.id: occurrence.mode for occurrence in facts.occurrences}
        self._above = _lines_up(facts.libraries)
        self._scope = {
            library.id for library in facts.libraries if library_id is None or library_id in self._above[library.id]
        }
        self._cells = [cell for cell in list_cells(facts, now) if self._is_in_view(cell.where)]

    def build(self) -> Summary:
        facts = self._facts
        occurrences = [occurrence for occurrence in facts.occurrences if self._is_asked_for(occurrence)]
        return Summary(
            campaign=facts.campaign,
            made_at=self._now,
            library=None if self._library_id is None else self._libraries[self._library_id],
            day=self._day,
            total=self._group(lambda where: (True,)).get(True, NOTHING),
            headlines=self._headlines(),
            libraries=self._library_summaries(),
            categories=self._category_summaries(),
            days=self._day_summaries(),
            events=self._event_summaries({occurrence.event_id for occurrence in occurrences}),
            occurrences=self._occurrence_summaries(occurrences),
            modes=self._mode_summaries(),
            audiences=self._audience_summaries(),
            shelves=self._shelf_summaries(),
            noted={cell.tally.id: cell.tally for cell in self._cells if cell.tally},
            arrivals=self._arrivals({occurrence.id for occurrence in occurrences}),
            media=tuple(each for each in facts.media if each.library_id in self._scope and self._is_on(each.day)),
            notes=tuple(each for each in facts.notes if each.library_id in self._scope),
            photos=tuple(each for each in facts.photos if each.library_id in self._scope),
            rules=facts.rules,
        )

    def _is_in_view(self, where: Where) -> bool:
        return self._is_on(where.day) and not self._scope.isdisjoint(self._counted_for(where))

    def _is_on(self, day: date | None) -> bool:
        return self._window is None or self._window.holds(day)

    def _is_asked_for(self, occurrence: CountedOccurrence) -> bool:
        if self._events[occurrence.event_id].library_id not in self._scope:
            return False
        return self._window is None or self._window.touches(occurrence.first_day, occurrence.last_day)

    def _group(self, keys_of: Callable[[Where], Iterable[Key]]) -> dict[Key, Figures]:
        """Figures of each key; a cell counts once for every key that its place has."""
        groups: dict[Key, list[Cell]] = {}
        for cell in self._cells:
            for key in keys_of(cell.where):
                groups.setdefault(key, []).append(cell)
        return {key: _sum(cells) for key, cells in groups.items()}

    def _library_summaries(self) -> tuple[LibrarySummary, ...]:
        own = self._group(self._counted_for)
        rolled_up = self._group(self._rolled_up_for)
        return tuple(
            LibrarySummary(
                library=library,
                own=own.get(library.id, NOTHING),
                with_branches=rolled_up.get(library.id, NOTHING),
                co_hosts=tuple(event for event in self._facts.events if library.id in event.partner_library_ids),
            )
            for library in self._facts.libraries
            if library.id in self._scope and (self._library_id is not None or self._takes_part(library, own))
        )

    def _takes_part(self, library: CountedLibrary, own: Mapping[int | None, Figures]) -> bool:
        """Whether a library belongs to the campaign: it is of the issuer's house, leads or helps, or has figures.

        One system may hold several houses, and the week of one is not the others' business.
        """
        if self._facts.campaign.library_id in self._above[library.id] or library.id in own:
            return True
        return any(library.id in (event.library_id, *event.partner_library_ids) for event in self._facts.events)

    def _counted_for(self, where: Where) -> tuple[int | None, ...]:
        """Whose own figures a place is in: the lead library's, and by the other rule those of the partners too."""
        if where.event is None or self._facts.rules.co_hosted is CoHosted.LEAD:
            return (where.library_id,)
        return tuple(dict.fromkeys((where.library_id, *where.event.partner_library_ids)))

    def _rolled_up_for(self, where: Where) -> tuple[int, ...]:
        """Every library that a place is below, once, however many of those below it took part."""
        lines = (self._above.get(library_id or 0, ()) for library_id in self._counted_for(where))
        return tuple(dict.fromkeys(library_id for line in lines for library_id in line))

    def _mode_summaries(self) -> tuple[ModeSummary, ...]:
        groups = self._group(lambda where: () if where.occurrence_id is None else (self._modes[where.occurrence_id],))
        return tuple(ModeSummary(mode, groups[mode]) for mode in Mode if mode in groups)

    def _audience_summaries(self) -> tuple[AudienceSummary, ...]:
        groups = self._group(lambda where: (where.event.audience_class,) if where.event else ())
        return tuple(AudienceSummary(audience, groups[audience]) for audience in Audience if audience in groups)

    def _shelf_summaries(self) -> tuple[ShelfSummary, ...]:
        def shelf_of(where: Where) -> tuple[tuple[int | None, Category | None], ...]:
            category = where.event.category if where.event else None
            return tuple((library_id, category) for library_id in self._counted_for(where))

        groups = self._group(shelf_of)
        order: tuple[Category | None, ...] = (*Category, None)
        return tuple(
            ShelfSummary(library, category, groups[library.id, category])
            for library in self._facts.libraries
            for category in order
            if (library.id, category) in groups and library.id in self._scope
        )

    def _arrivals(self, shown: set[int]) -> tuple[tuple[datetime, int], ...]:
        hours: Counter[datetime] = Counter()
        for arrival in self._facts.arrivals:
            if arrival.occurrence_id in shown and self._is_on(arrival.hour.date()):
                hours[arrival.hour] += arrival.people
        return tuple(sorted(hours.items()))

    def _category_summaries(self) -> tuple[CategorySummary, ...]:
        groups = self._group(lambda where: (where.event.category if where.event else None,))
        order: tuple[Category | None, ...] = (*Category, None)
        return tuple(CategorySummary(category, groups[category]) for category in order if category in groups)

    def _day_summaries(self) -> tuple[DaySummary, ...]:
        groups = self._group(lambda where: (where.day,))
        at_exhibitions: Counter[date | None] = Counter()
        for cell in self._cells:
            if cell.counts and cell.where.event and cell.where.event.category is Category.EXHIBITION:
                at_exhibitions[cell.where.day] += cell.counts.person_times
        days: list[date | None] = [*sorted(day for day in groups if day), None]
        return tuple(DaySummary(day, groups[day], at_exhibitions[day]) for day in days if day in groups)

    def _event_summaries(self, with_occurrences: set[int]) -> tuple[EventSummary, ...]:
        groups = self._group(lambda where: (where.event.id,) if where.event else ())
        planned: dict[int, list[CountedOccurrence]] = {}
        for occurrence in self._facts.occurrences:
            if not occurrence.is_cancelled:
                planned.setdefault(occurrence.event_id, []).append(occurrence)
        return tuple(
            self._event_summary(event, planned.get(event.id, []), groups.get(event.id, NOTHING))
            for event in self._facts.events
            if event.library_id in self._scope and (event.id in with_occurrences or event.id in groups)
        )

    def _event_summary(self, event: CountedEvent, planned: list[CountedOccurrence], figures: Figures) -> EventSummary:
        ends = [day for occurrence in planned for day in (occurrence.first_day, occurrence.last_day) if day]
        first, last = (min(ends), max(ends)) if ends else (None, None)
        return EventSummary(
            event=event,
            library=self._libraries[event.library_id],
            figures=figures,
            venues=tuple(dict.fromkeys(venue for occurrence in planned for venue in occurrence.venues)),
            first_day=first,
            last_day=last,
            duration=duration_of(first, last) if first and last and first != last else None,
        )

    def _occurrence_summaries(self, asked_for: list[CountedOccurrence]) -> tuple[OccurrenceSummary, ...]:
        groups = self._group(lambda where: () if where.occurrence_id is None else (where.occurrence_id,))
        window_start = self._facts.campaign.starts_on
        return tuple(
            OccurrenceSummary(
                occurrence,
                self._events[occurrence.event_id],
                home_day(occurrence, window_start),
                groups.get(occurrence.id, NOTHING),
            )
            for occurrence in asked_for
        )

    def _headlines(self) -> tuple[TallyFacts, ...]:
        """What was said of the whole campaign; it has no place in the figures of one library or day."""
        if self._library_id is not None or self._window is not None:
            return ()
        return tuple(tally for tally in self._facts.tallies if tally.library_id is None and tally.event_id is None)


def _sum(cells: list[Cell]) -> Figures:
    tallies = [cell.tally for cell in cells if cell.tally]
    return Figures(
        counts=Counts.sum_of([cell.counts for cell in cells if cell.counts]),
        persons=len(frozenset().union(*(cell.persons for cell in cells if cell.persons))),
        activities=len({cell.activity_id for cell in cells if cell.activity_id is not None}),
        tallies=sum_tallies(tallies),
        unsummed=list_unsummed(tallies),
    )


def _lines_up(libraries: Iterable[CountedLibrary]) -> dict[int, tuple[int, ...]]:
    """Each library with all those above it."""
    parents = {library.id: library.parent_id for library in libraries}
    lines: dict[int, tuple[int, ...]] = {}
    for library_id in parents:
        line: list[int] = []
        at: int | None = library_id
        while at in parents and at not in line:
            line.append(at)
            at = parents[at]
        lines[library_id] = tuple(line)
    return lines
