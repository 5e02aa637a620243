"""The cells of a summary: numbers, visits and tallies, each with the one place in the campaign where it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.domain.clock import local_day
from bot.domain.counting import (
    CountingRules,
    EmptySession,
    ExhibitionUnit,
    Internal,
    Overlap,
    Publicity,
    SeriesParts,
    Undated,
    WalkIns,
)
from bot.domain.kinds import Category, Mode
from bot.domain.measure import PEOPLE_UNITS
from bot.domain.summary_facts import (
    CountedEvent,
    CountedOccurrence,
    Counts,
    Place,
    SummaryFacts,
)
from bot.domain.tally import ATTENDANCE, ONLINE_LIVE, ONLINE_VIEWS, TallyFacts


@dataclass(frozen=True, slots=True)
class Where:
    """Where something counts. A tally may belong to no event; what speaks of the whole campaign has no library."""

    library_id: int | None
    event: CountedEvent | None
    occurrence_id: int | None
    day: date | None


@dataclass(frozen=True, slots=True)
class Cell:
    """What counts at one place: numbers, who came, a tally, or an activity (each cell holds one of them)."""

    where: Where
    counts: Counts | None = None
    persons: frozenset[bytes] | None = None
    tally: TallyFacts | None = None
    activity_id: int | None = None


def list_cells(facts: SummaryFacts, now: datetime) -> list[Cell]:
    """All cells of a campaign; all numbers of one place are in one cell."""
    maker = _CellMaker(facts, now)
    return [*_add_up(maker.numbers()), *maker.visits(), *_add_up(maker.tallies()), *maker.activities()]


def _add_up(cells: Iterator[Cell]) -> Iterator[Cell]:
    """The cells, with the numbers of the same place in one. Places of occurrences are the same object (`Places`)."""
    numbers: dict[int, tuple[Where, list[Counts]]] = {}
    for cell in cells:
        if cell.counts is None:
            yield cell
        else:
            numbers.setdefault(id(cell.where), (cell.where, []))[1].append(cell.counts)
    for where, counts in numbers.values():
        yield Cell(where, Counts.sum_of(counts))


def home_day(occurrence: CountedOccurrence, window_start: date) -> date | None:
    """The day an occurrence counts for; one that began before the window counts from the window's first day."""
    first, last = occurrence.first_day, occurrence.last_day
    return window_start if first and last and first < window_start <= last else first


def is_left_out(event: CountedEvent, rules: CountingRules) -> bool:
    """Whether an event is a meeting or training of the staff that is told of in words and not counted."""
    return event.is_internal and rules.internal is Internal.LEFT_OUT


class Places:
    """Where things count: the one rule for cells and for the rows behind them."""

    def __init__(self, facts: SummaryFacts) -> None:
        self._window = facts.campaign
        self.events = {event.id: event for event in facts.events}
        self.occurrences = {occurrence.id: occurrence for occurrence in facts.occurrences}
        self._known: dict[tuple[int, date | None], Where] = {}

    def of(self, occurrence: CountedOccurrence, noted_on: date | None = None) -> Where:
        """An occurrence of one day counts for it whenever things were noted; one of several for each of its days."""
        first, last = occurrence.first_day, occurrence.last_day
        day = home_day(occurrence, self._window.starts_on)
        if noted_on and first and last and first < last and first <= noted_on <= last:
            day = noted_on
        where = self._known.get((occurrence.id, day))
        if where is None:
            event = self.events[occurrence.event_id]
            where = Where(event.library_id, event, occurrence.id, day)
            self._known[occurrence.id, day] = where
        return where

    def of_tally(self, tally: TallyFacts) -> Where:
        """Where a tally counts; one of no occurrence that was noted outside the window has no day."""
        noted_on = local_day(tally.noted_at)
        if tally.occurrence_id is not None:
            return self.of(self.occurrences[tally.occurrence_id], noted_on)
        event = self.events.get(tally.event_id) if tally.event_id is not None else None
        day = noted_on if self._window.starts_on <= noted_on <= self._window.ends_on else None
        return Where(event.library_id if event else tally.library_id, event, None, day)


class _CellMaker:
    def __init__(self, facts: SummaryFacts, now: datetime) -> None:
        self._facts, self._now, self._rules = facts, now, facts.rules
        places = Places(facts)
        self._events, self._occurrences = places.events, places.occurrences
        self._where, self._place_of = places.of, places.of_tally
        self._walk_ins = facts.walk_ins if facts.rules.walk_ins is WalkIns.COUNTED else ()
        self._attendances = find_attendances(facts)

    def numbers(self) -> Iterator[Cell]:
        """Grouped counts: sessions, places by what became of them, no-shows, attendance by day, lines, ratings."""
        sessions = self._sessions()
        for occurrence in self._facts.occurrences:
            yield Cell(self._where(occurrence), self._programme_counts(occurrence, sessions.get(occurrence.id, 0)))
        yield from self._places()
        yield from self._attendance()
        for line in self._facts.lines:
            yield self._at(line.occurrence_id, Counts(waited=line.waited, promoted=line.promoted))
        for rated in self._facts.ratings:
            counts = Counts(ratings=rated.ratings, rating_stars=rated.stars, satisfied=rated.satisfied)
            yield self._at(rated.occurrence_id, counts)
        for known in self._facts.ages:
            yield self._at(known.occurrence_id, Counts(children=known.children, seniors=known.seniors))

    def _at(self, occurrence_id: int, counts: Counts) -> Cell:
        return Cell(self._where(self._occurrences[occurrence_id]), counts)

    def _places(self) -> Iterator[Cell]:
        """Registrations by what became of them; of occurrences that are over, and were held, used and unused places."""
        used = {count.occurrence_id: count for count in self._facts.used}
        for count in self._facts.places:
            occurrence = self._occurrences[count.occurrence_id]
            yield Cell(self._where(occurrence), _place_counts(count.place, count.registrations, count.people))
            if count.place is not Place.REGISTERED or occurrence.is_cancelled:
                continue
            if occurrence.capacity is not None:
                yield Cell(self._where(occurrence), Counts(filled_people=count.people))
            if not occurrence.is_over(self._now):
                continue
            came = used.get(occurrence.id)
            used_registrations, used_people = (came.registrations, came.people) if came else (0, 0)
            yield Cell(
                self._where(occurrence),
                Counts(
                    no_shows=count.registrations - used_registrations,
                    no_show_people=count.people - used_people,
                    settled_people=count.people,
                    used_people=used_people,
                ),
            )

    def _attendance(self) -> Iterator[Cell]:
        """Who was checked in, counted at the door, or noted as having come beyond those."""
        for checkin in self._facts.checkins:
            occurrence = self._occurrences[checkin.occurrence_id]
            counts = Counts(checkins=checkin.checkins, checked_in_people=checkin.people)
            yield self._of_people(self._where(occurrence, checkin.day), counts)
        for walk_in in self._walk_ins:
            occurrence = self._occurrences[walk_in.occurrence_id]
            yield self._of_people(self._where(occurrence, walk_in.day), Counts(walk_ins=walk_in.people))
        for noted in self._attendances:
            yield self._of_people(self._place_of(noted.tally), Counts(tallied_people=noted.beyond))

    def _of_people(self, where: Where, counts: Counts) -> Cell:
        """Who came, marked as online, on-site at what was online too, or at a meeting that is not counted."""
        people = counts.checked_in_people + counts.walk_ins + counts.tallied_people
        mode = self._occurrences[where.occurrence_id].mode if where.occurrence_id is not None else Mode.ONSITE
        if mode is Mode.ONLINE:
            return Cell(where, replace(counts, online_people=people))
        is_meeting = where.event is not None and is_left_out(where.event, self._rules)
        return Cell(
            where,
            replace(
                counts,
                hybrid_people=people if mode is Mode.HYBRID else 0,
                internal_people=people if is_meeting else 0,
            ),
        )

    def visits(self) -> Iterator[Cell]:
        """Who came where on which day, so that the same reader is known at two places."""
        came: dict[tuple[int, date], set[bytes]] = {}
        for visit in self._facts.visits:
            came.setdefault((visit.occurrence_id, visit.day), set()).add(visit.person)
        for (occurrence_id, day), persons in came.items():
            where = self._where(self._occurrences[occurrence_id], day)
            if where.event is None or not is_left_out(where.event, self._rules):
                yield Cell(where, persons=frozenset(persons))

    def tallies(self) -> Iterator[Cell]:
        """Noted quantities of occurrences, events and libraries; what was noted of people online counts there too."""
        wholes = {tally.id for tally in self._facts.tallies}
        for tally in self._facts.tallies:
            where = self._place_of(tally)
            yield Cell(where, tally=tally)
            if not tally.is_summed or tally.number is None or tally.parent_id in wholes:
                continue
            if tally.metric == ONLINE_LIVE:
                yield Cell(where, Counts(online_live=int(tally.number)))
            elif tally.metric == ONLINE_VIEWS:
                yield Cell(where, Counts(online_views=int(tally.number)))

    def activities(self) -> Iterator[Cell]:
        """Events that count as activities, on each day they are on: none that are internal, parts, or called off."""
        own: dict[int, list[CountedOccurrence]] = {}
        for occurrence in self._facts.occurrences:
            own.setdefault(occurrence.event_id, []).append(occurrence)
        for event in self._facts.events:
            planned = [
                occurrence
                for occurrence in own.get(event.id, ())
                if not occurrence.is_cancelled and self._is_in_window(occurrence)
            ]
            is_part = event.parent_id is not None and self._rules.parts is SeriesParts.PART
            if not self._is_counted(event) or is_part or (event.id in own and not planned):
                continue
            for occurrence in planned:
                yield Cell(self._where(occurrence), activity_id=event.id)
            if not planned:
                yield Cell(Where(event.library_id, event, None, None), activity_id=event.id)

    def _programme_counts(self, occurrence: CountedOccurrence, sessions: int) -> Counts:
        if occurrence.is_cancelled:
            return Counts(called_off=1)
        return Counts(
            occurrences=1,
            sessions=sessions,
            capacity=occurrence.capacity or 0,
            hybrid_sessions=sessions if occurrence.mode is Mode.HYBRID else 0,
            online_sessions=sessions if occurrence.mode is Mode.ONLINE else 0,
        )

    def _sessions(self) -> dict[int, int]:
        """Held sessions by occurrence; those of an exhibition fall to the first that is shown at each venue."""
        sessions: dict[int, int] = {}
        seen: set[tuple[int, str]] = set()
        came = self._came()
        for occurrence in sorted(self._facts.occurrences, key=_by_start):
            event = self._events[occurrence.event_id]
            if not self._is_counted(event) or not self._was_held(occurrence) or not self._is_in_window(occurrence):
                continue
            if self._rules.empty_session is EmptySession.LEFT_OUT and occurrence.id not in came:
                continue
            if event.category is not Category.EXHIBITION:
                sessions[occurrence.id] = 1
                continue
            shown = {(event.id, venue) for venue in self._venues_of(occurrence)}
            sessions[occurrence.id] = len(shown - seen)
            seen |= shown
        return sessions

    def _venues_of(self, occurrence: CountedOccurrence) -> tuple[str, ...]:
        if self._rules.exhibition is ExhibitionUnit.EVENT:
            return ("",)
        return occurrence.venues or ("",)

    def _came(self) -> set[int]:
        """The occurrences to which anybody came."""
        checked_in = {each.occurrence_id for each in self._facts.checkins if each.people}
        walked_in = {each.occurrence_id for each in self._walk_ins if each.people}
        return checked_in | walked_in | {noted.tally.occurrence_id or 0 for noted in self._attendances}

    def _is_counted(self, event: CountedEvent) -> bool:
        if event.is_internal:
            return not is_left_out(event, self._rules)
        return event.category is not Category.PUBLICITY or self._rules.publicity is Publicity.COUNTED

    def _is_in_window(self, occurrence: CountedOccurrence) -> bool:
        """Whether one that began before the window counts in it."""
        first = occurrence.first_day
        began_before = first is not None and first < self._facts.campaign.starts_on
        return not began_before or self._rules.overlap is Overlap.EACH_WINDOW

    def _was_held(self, occurrence: CountedOccurrence) -> bool:
        """Begun and not called off; without a date it is taken as held when the window has passed."""
        if occurrence.is_cancelled:
            return False
        if occurrence.starts_at is None:
            has_passed = local_day(self._now) > self._facts.campaign.ends_on
            return has_passed and self._rules.undated is Undated.HELD
        return occurrence.starts_at <= self._now


@dataclass(frozen=True, slots=True)
class Attendance:
    """A tally that says how many came, and how many of them nobody had checked in or counted at that place."""

    tally: TallyFacts
    beyond: int


def find_attendances(facts: SummaryFacts) -> list[Attendance]:
    """What attendance tallies add to those who were checked in or counted at the door.

    Staff who note 参加 60余位 after a lecture mean all who were there: only what is above the count so far is added,
    to the last tally of the place. One of an event is held against all that its occurrences count.
    """
    at_occurrences, at_events, elsewhere = _by_place(facts)
    counted = Counter[int]()
    for checkin in facts.checkins:
        counted[checkin.occurrence_id] += checkin.people
    for walk_in in facts.walk_ins if facts.rules.walk_ins is WalkIns.COUNTED else ():
        counted[walk_in.occurrence_id] += walk_in.people
    found = [_beyond(tallies, counted[occurrence_id]) for occurrence_id, tallies in at_occurrences.items()]
    by_event = Counter[int]()
    for occurrence in facts.occurrences:
        by_event[occurrence.event_id] += counted[occurrence.id]
    for noted in found:
        by_event[noted.tally.event_id or 0] += noted.beyond
    found += [_beyond(tallies, by_event[event_id]) for event_id, tallies in at_events.items()]
    found += [_beyond([tally], 0) for tally in elsewhere]
    return [noted for noted in found if noted.beyond]


def _by_place(
    facts: SummaryFacts,
) -> tuple[dict[int, list[TallyFacts]], dict[int, list[TallyFacts]], list[TallyFacts]]:
    """Attendance tallies by occurrence, by event, and those of a library alone."""
    at_occurrences: dict[int, list[TallyFacts]] = {}
    at_events: dict[int, list[TallyFacts]] = {}
    elsewhere: list[TallyFacts] = []
    for tally in facts.tallies:
        if tally.metric != ATTENDANCE or tally.unit not in PEOPLE_UNITS or tally.parent_id or not tally.is_summed:
            continue
        if tally.occurrence_id is not None:
            at_occurrences.setdefault(tally.occurrence_id, []).append(tally)
        elif tally.event_id is not None:
            at_events.setdefault(tally.event_id, []).append(tally)
        else:
            elsewhere.append(tally)
    return at_occurrences, at_events, elsewhere


def _beyond(tallies: list[TallyFacts], counted: int) -> Attendance:
    noted = int(sum(tally.number or 0 for tally in tallies))
    return Attendance(tallies[-1], max(0, noted - counted))


def _place_counts(place: Place, registrations: int, people: int) -> Counts:
    match place:
        case Place.REGISTERED:
            return Counts(registrations=registrations, registered_people=people)
        case Place.WAITLISTED:
            return Counts(waitlisted=registrations, waitlisted_people=people)
        case Place.CANCELLED:
            return Counts(cancelled=registrations, cancelled_people=people)


def _by_start(occurrence: CountedOccurrence) -> tuple[bool, str, int]:
    return occurrence.starts_at is None, occurrence.starts_at.isoformat() if occurrence.starts_at else "", occurrence.id
