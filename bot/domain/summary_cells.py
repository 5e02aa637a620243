"""The cells of a summary: numbers, visits and tallies, each with the one place in the campaign where it counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.domain.clock import local_day
from bot.domain.kinds import Category, Mode
from bot.domain.summary_facts import (
    CountedEvent,
    CountedOccurrence,
    Counts,
    Place,
    SummaryFacts,
)
from bot.domain.tally import TallyFacts


@dataclass(frozen=True, slots=True)
class Where:
    """Where something counts. A tally may belong to no event; what speaks of the whole campaign has no library."""

    library_id: int | None
    event: CountedEvent | None
    occurrence_id: int | None
    day: date | None


@dataclass(frozen=True, slots=True)
class Cell:
    """What counts at one place: numbers, a visit by a reader, a tally, or an activity (each cell holds one of them)."""

    where: Where
    counts: Counts | None = None
    person: bytes | None = None
    tally: TallyFacts | None = None
    activity_id: int | None = None


def list_cells(facts: SummaryFacts, now: datetime) -> list[Cell]:
    """All cells of a campaign."""
    maker = _CellMaker(facts, now)
    return [*maker.numbers(), *maker.visits(), *maker.tallies(), *maker.activities()]


def home_day(occurrence: CountedOccurrence, window_start: date) -> date | None:
    """The day an occurrence counts for; one that began before the window counts from the window's first day."""
    first, last = occurrence.first_day, occurrence.last_day
    return window_start if first and last and first < window_start <= last else first


class _CellMaker:
    def __init__(self, facts: SummaryFacts, now: datetime) -> None:
        self._facts, self._now = facts, now
        self._events = {event.id: event for event in facts.events}
        self._occurrences = {occurrence.id: occurrence for occurrence in facts.occurrences}

    def numbers(self) -> Iterator[Cell]:
        """Grouped counts: sessions, places by what became of them, no-shows, check-ins and walk-ins by day."""
        sessions = self._sessions()
        for occurrence in self._facts.occurrences:
            yield Cell(self._where(occurrence), self._programme_counts(occurrence, sessions.get(occurrence.id, 0)))
        for count in self._facts.places:
            where = self._where(self._occurrences[count.occurrence_id])
            yield Cell(where, _place_counts(count.place, count.registrations, count.people))
        yield from self._no_shows()
        for checkin in self._facts.checkins:
            occurrence = self._occurrences[checkin.occurrence_id]
            counts = Counts(checkins=checkin.checkins, checked_in_people=checkin.people)
            yield Cell(self._where(occurrence, checkin.day), _with_online(counts, occurrence))
        for walk_in in self._facts.walk_ins:
            occurrence = self._occurrences[walk_in.occurrence_id]
            yield Cell(self._where(occurrence, walk_in.day), _with_online(Counts(walk_ins=walk_in.people), occurrence))

    def _no_shows(self) -> Iterator[Cell]:
        """Confirmed places of occurrences that are over, and were held, that nobody used."""
        used = {count.occurrence_id: count for count in self._facts.used}
        for count in self._facts.places:
            occurrence = self._occurrences[count.occurrence_id]
            if count.place is not Place.REGISTERED or occurrence.is_cancelled or not occurrence.is_over(self._now):
                continue
            came = used.get(occurrence.id)
            missing = count.registrations - (came.registrations if came else 0)
            people = count.people - (came.people if came else 0)
            yield Cell(self._where(occurrence), Counts(no_shows=missing, no_show_people=people))

    def visits(self) -> Iterator[Cell]:
        """Who came where, a cell for each, so that the same reader is known at two places."""
        for visit in self._facts.visits:
            yield Cell(self._where(self._occurrences[visit.occurrence_id], visit.day), person=visit.person)

    def tallies(self) -> Iterator[Cell]:
        """Noted quantities of occurrences, events and libraries; those noted outside the window have no day."""
        window = self._facts.campaign
        for tally in self._facts.tallies:
            noted_on = local_day(tally.noted_at)
            if tally.occurrence_id is not None:
                yield Cell(self._where(self._occurrences[tally.occurrence_id], noted_on), tally=tally)
                continue
            event = self._events.get(tally.event_id) if tally.event_id is not None else None
            day = noted_on if window.starts_on <= noted_on <= window.ends_on else None
            library_id = event.library_id if event else tally.library_id
            yield Cell(Where(library_id, event, None, day), tally=tally)

    def activities(self) -> Iterator[Cell]:
        """Events that count as activities, on each day they are on: none that are internal, parts, or called off."""
        own: dict[int, list[CountedOccurrence]] = {}
        for occurrence in self._facts.occurrences:
            own.setdefault(occurrence.event_id, []).append(occurrence)
        for event in self._facts.events:
            planned = [occurrence for occurrence in own.get(event.id, ()) if not occurrence.is_cancelled]
            if event.is_internal or event.parent_id is not None or (event.id in own and not planned):
                continue
            for occurrence in planned:
                yield Cell(self._where(occurrence), activity_id=event.id)
            if not planned:
                yield Cell(Where(event.library_id, event, None, None), activity_id=event.id)

    def _where(self, occurrence: CountedOccurrence, noted_on: date | None = None) -> Where:
        """An occurrence of one day counts for it whenever things were noted; one of several for each of its days."""
        event = self._events[occurrence.event_id]
        first, last = occurrence.first_day, occurrence.last_day
        day = home_day(occurrence, self._facts.campaign.starts_on)
        if noted_on and first and last and first < last and first <= noted_on <= last:
            day = noted_on
        return Where(event.library_id, event, occurrence.id, day)

    def _programme_counts(self, occurrence: CountedOccurrence, sessions: int) -> Counts:
        if occurrence.is_cancelled:
            return Counts(called_off=1)
        return Counts(occurrences=1, sessions=sessions, capacity=occurrence.capacity or 0)

    def _sessions(self) -> dict[int, int]:
        """Held sessions by occurrence; those of an exhibition fall to the first that is shown at each venue."""
        sessions: dict[int, int] = {}
        seen: set[tuple[int, str]] = set()
        for occurrence in sorted(self._facts.occurrences, key=_by_start):
            event = self._events[occurrence.event_id]
            if event.is_internal or not self._was_held(occurrence):
                continue
            if event.category is not Category.EXHIBITION:
                sessions[occurrence.id] = 1
                continue
            shown = {(event.id, venue) for venue in occurrence.venues or ("",)}
            sessions[occurrence.id] = len(shown - seen)
            seen |= shown
        return sessions

    def _was_held(self, occurrence: CountedOccurrence) -> bool:
        """Begun and not called off; without a date it is taken as held when the window has passed."""
        if occurrence.is_cancelled:
            return False
        if occurrence.starts_at is None:
            return local_day(self._now) > self._facts.campaign.ends_on
        return occurrence.starts_at <= self._now


def _place_counts(place: Place, registrations: int, people: int) -> Counts:
    match place:
        case Place.REGISTERED:
            return Counts(registrations=registrations, registered_people=people)
        case Place.WAITLISTED:
            return Counts(waitlisted=registrations, waitlisted_people=people)
        case Place.CANCELLED:
            return Counts(cancelled=registrations, cancelled_people=people)


def _with_online(counts: Counts, occurrence: CountedOccurrence) -> Counts:
    if occurrence.mode is not Mode.ONLINE:
        return counts
    return replace(counts, online_people=counts.checked_in_people + counts.walk_ins)


def _by_start(occurrence: CountedOccurrence) -> tuple[bool, str, int]:
    return occurrence.starts_at is None, occurrence.starts_at.isoformat() if occurrence.starts_at else "", occurrence.id
