"""The rows behind a printed figure (promise I7), found by the same places that the figure was counted at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from bot.domain.clock import local_day
from bot.domain.counting import CoHosted, WalkIns
from bot.domain.kinds import Mode
from bot.domain.summary_cells import Cell, Places, Where, find_attendances, list_cells
from bot.domain.summary_facts import CountedOccurrence, SummaryFacts
from bot.domain.tally import ONLINE_LIVE, ONLINE_VIEWS
from bot.domain.trace import Measure, RowKind, Trace, TracedRow, is_below
from bot.store.door_tables import checkin, walk_in
from bot.store.occurrences import HAS_COME
from bot.store.pii import Keys
from bot.store.report_tables import rating
from bot.store.summary import PLACE, load_summary_facts
from bot.store.tables import registration


def list_rows(tx: Connection, campaign_id: int, trace: Trace, keys: Keys, now: datetime) -> tuple[TracedRow, ...]:
    """All rows of a figure, in order of time; their `adds` sum to it.

    Raises NoResultFound when there is no such campaign.
    """
    return find_rows(tx, load_summary_facts(tx, campaign_id, keys), trace, now)


def find_rows(tx: Connection, facts: SummaryFacts, trace: Trace, now: datetime) -> tuple[TracedRow, ...]:
    """The same, of facts that were loaded in this transaction."""
    rows = list(_Finder(tx, facts, trace, now).find())
    return tuple(sorted(rows, key=lambda row: (row.at is None, row.at or now, row.kind, row.id)))


class _Finder:
    def __init__(self, tx: Connection, facts: SummaryFacts, trace: Trace, now: datetime) -> None:
        self._tx, self._facts, self._trace, self._now = tx, facts, trace, now
        self._places = Places(facts)
        self._parents = {library.id: library.parent_id for library in facts.libraries}
        self._ids = [occurrence.id for occurrence in facts.occurrences if self._may_hold(occurrence)]

    def find(self) -> Iterator[TracedRow]:
        """The rows of the measure."""
        finders: dict[Measure, Callable[[], Iterator[TracedRow]]] = {
            Measure.ACTIVITIES: self._activities,
            Measure.SESSIONS: lambda: self._programme("sessions"),
            Measure.CAPACITY: lambda: self._programme("capacity"),
            Measure.REGISTRATIONS: lambda: self._registrations("registered", of_people=False),
            Measure.REGISTERED_PEOPLE: lambda: self._registrations("registered", of_people=True),
            Measure.WAITLISTED: lambda: self._registrations("waitlisted", of_people=False),
            Measure.WAITLISTED_PEOPLE: lambda: self._registrations("waitlisted", of_people=True),
            Measure.CANCELLED: lambda: self._registrations("cancelled", of_people=False),
            Measure.CHECKED_IN: self._checkins,
            Measure.WALK_INS: self._walk_ins,
            Measure.PERSON_TIMES: lambda: self._came(online=False),
            Measure.ONLINE: self._online,
            Measure.PERSONS: self._persons,
            Measure.NO_SHOWS: lambda: self._no_shows(of_people=False),
            Measure.NO_SHOW_PEOPLE: lambda: self._no_shows(of_people=True),
            Measure.SETTLED_PEOPLE: lambda: self._programme("settled_people"),
            Measure.WAITED: lambda: self._programme("waited"),
            Measure.RATINGS: self._ratings,
            Measure.TALLY: self._tallies,
            Measure.MEDIA: self._media,
        }
        yield from finders[self._trace.measure]()

    # --- whether a place is the figure's ---------------------------------------------------------------------------

    def _holds(self, where: Where) -> bool:
        trace = self._trace
        if trace.library_id is not None and not self._is_of_library(where):
            return False
        if (trace.undated and where.day is not None) or trace.day not in (None, where.day):
            return False
        event = where.event
        if trace.without_event and event is not None:
            return False
        if trace.without_occurrence and where.occurrence_id is not None:
            return False
        if trace.event_id is not None and (event is None or event.id != trace.event_id):
            return False
        if trace.category is not None and (event is None or event.category is not trace.category):
            return False
        if trace.audience is not None and (event is None or event.audience_class != trace.audience):
            return False
        if trace.occurrence_id is not None and where.occurrence_id != trace.occurrence_id:
            return False
        return trace.mode is None or self._mode_of(where) is trace.mode

    def _mode_of(self, where: Where) -> Mode | None:
        return None if where.occurrence_id is None else self._places.occurrences[where.occurrence_id].mode

    def _is_of_library(self, where: Where) -> bool:
        owners: tuple[int | None, ...] = (where.library_id,)
        if where.event is not None and self._facts.rules.co_hosted is CoHosted.EACH:
            owners = (*owners, *where.event.partner_library_ids)
        wanted = self._trace.library_id
        if wanted is not None and self._trace.branches:
            return any(is_below(owner, wanted, self._parents) for owner in owners)
        return wanted in owners

    def _may_hold(self, occurrence: CountedOccurrence) -> bool:
        """Whether anything of this occurrence can be in the figure, on whatever day it was noted."""
        event = self._places.events[occurrence.event_id]
        return self._holds(Where(event.library_id, event, occurrence.id, self._trace.day))

    def _cells(self) -> list[Cell]:
        return [cell for cell in list_cells(self._facts, self._now) if self._holds(cell.where)]

    def _row(self, kind: RowKind, row_id: int, at: datetime | None, where: Where, adds: int) -> TracedRow:
        occurrence = self._places.occurrences.get(where.occurrence_id or 0)
        title = where.event.title if where.event else ""
        return TracedRow(kind, row_id, at, occurrence.number if occurrence else None, title, Decimal(adds))

    # --- the programme -----------------------------------------------------------------------------------------------

    def _activities(self) -> Iterator[TracedRow]:
        seen: set[int] = set()
        for cell in self._cells():
            if cell.activity_id is not None and cell.activity_id not in seen:
                seen.add(cell.activity_id)
                yield self._row(RowKind.EVENT, cell.activity_id, None, Where(None, cell.where.event, None, None), 1)

    def _programme(self, name: str) -> Iterator[TracedRow]:
        for cell in self._cells():
            number = getattr(cell.counts, name, 0) if cell.counts else 0
            if number and cell.where.occurrence_id is not None:
                occurrence = self._places.occurrences[cell.where.occurrence_id]
                yield self._row(RowKind.OCCURRENCE, occurrence.id, occurrence.starts_at, cell.where, number)

    # --- registrations -----------------------------------------------------------------------------------------------

    def _registration_rows(self, place: str) -> Iterator[tuple[Row[Any], Where]]:
        people = (registration.c.adults + registration.c.children).label("people")
        query: Select[Any] = (
            select(registration.c.id, registration.c.occurrence_id, registration.c.created_at, people)
            .where(registration.c.occurrence_id.in_(self._ids), PLACE == place)
            .order_by(registration.c.id)
        )
        for row in self._tx.execute(query):
            where = self._places.of(self._places.occurrences[row.occurrence_id])
            if self._holds(where):
                yield row, where

    def _registrations(self, place: str, *, of_people: bool) -> Iterator[TracedRow]:
        for row, where in self._registration_rows(place):
            yield self._row(RowKind.REGISTRATION, row.id, row.created_at, where, row.people if of_people else 1)

    def _no_shows(self, *, of_people: bool) -> Iterator[TracedRow]:
        came: Select[Any] = select(checkin.c.registration_id).where(checkin.c.occurrence_id.in_(self._ids), HAS_COME)
        used = set(self._tx.scalars(came))
        for row, where in self._registration_rows("registered"):
            occurrence = self._places.occurrences[row.occurrence_id]
            if row.id not in used and not occurrence.is_cancelled and occurrence.is_over(self._now):
                adds = row.people if of_people else 1
                yield self._row(RowKind.REGISTRATION, row.id, row.created_at, where, adds)

    # --- who came ----------------------------------------------------------------------------------------------------

    def _scans(self, counted_as: str) -> Iterator[tuple[Row[Any], Where]]:
        query: Select[Any] = (
            select(checkin.c.id, checkin.c.occurrence_id, checkin.c.device_at, checkin.c.received_at, checkin.c.people)
            .where(checkin.c.occurrence_id.in_(self._ids), checkin.c.counted_as == counted_as)
            .order_by(checkin.c.id)
        )
        for row in self._tx.execute(query):
            where = self._at(row.occurrence_id, local_day(row.device_at or row.received_at))
            if self._holds(where):
                yield row, where

    def _at(self, occurrence_id: int, day: date) -> Where:
        return self._places.of(self._places.occurrences[occurrence_id], day)

    def _checkins(self) -> Iterator[TracedRow]:
        for row, where in self._scans("registered"):
            yield self._row(RowKind.CHECKIN, row.id, row.device_at or row.received_at, where, row.people)

    def _walk_ins(self) -> Iterator[TracedRow]:
        if self._facts.rules.walk_ins is not WalkIns.COUNTED:
            return
        for row, where in self._scans("walk_in"):
            yield self._row(RowKind.CHECKIN, row.id, row.device_at or row.received_at, where, row.people)
        query: Select[Any] = (
            select(walk_in.c.id, walk_in.c.occurrence_id, walk_in.c.noted_at, walk_in.c.people)
            .where(walk_in.c.occurrence_id.in_(self._ids), walk_in.c.undone_at.is_(None))
            .order_by(walk_in.c.id)
        )
        for row in self._tx.execute(query):
            where = self._at(row.occurrence_id, local_day(row.noted_at))
            if self._holds(where):
                yield self._row(RowKind.WALK_IN, row.id, row.noted_at, where, row.people)

    def _noted_beyond(self) -> Iterator[tuple[TracedRow, Where]]:
        """Attendance tallies, by what they add to the count at the door."""
        for noted in find_attendances(self._facts):
            where = self._places.of_tally(noted.tally)
            if self._holds(where):
                row = self._row(RowKind.TALLY, noted.tally.id, noted.tally.noted_at, where, noted.beyond)
                yield row, where

    def _came(self, *, online: bool) -> Iterator[TracedRow]:
        numbers = {occurrence.number for occurrence in self._facts.occurrences if occurrence.mode is Mode.ONLINE}
        everybody = [*self._checkins(), *self._walk_ins(), *(row for row, _ in self._noted_beyond())]
        yield from (row for row in everybody if (row.number in numbers) is online)

    def _online(self) -> Iterator[TracedRow]:
        """Who came to online occurrences, and what was noted of people who watched."""
        yield from self._came(online=True)
        wholes = {tally.id for tally in self._facts.tallies}
        for tally in self._facts.tallies:
            where = self._places.of_tally(tally)
            is_watching = tally.metric in (ONLINE_LIVE, ONLINE_VIEWS) and tally.is_summed
            if is_watching and tally.parent_id not in wholes and self._holds(where):
                yield self._row(RowKind.TALLY, tally.id, tally.noted_at, where, int(tally.number or 0))

    def _persons(self) -> Iterator[TracedRow]:
        """One row for each person: their first check-in. Who they are is not told."""
        known: set[bytes] = set()
        for visit in self._facts.visits:
            where = self._at(visit.occurrence_id, visit.day)
            if visit.person not in known and self._holds(where):
                known.add(visit.person)
                yield self._row(RowKind.CHECKIN, len(known), None, where, 1)

    def _ratings(self) -> Iterator[TracedRow]:
        query: Select[Any] = (
            select(rating.c.id, rating.c.occurrence_id, rating.c.rated_at)
            .where(rating.c.occurrence_id.in_(self._ids))
            .order_by(rating.c.id)
        )
        for row in self._tx.execute(query):
            where = self._places.of(self._places.occurrences[row.occurrence_id])
            if self._holds(where):
                yield self._row(RowKind.RATING, row.id, row.rated_at, where, 1)

    # --- what was noted ----------------------------------------------------------------------------------------------

    def _tallies(self) -> Iterator[TracedRow]:
        """The tallies of one metric and unit that are added, or one alone; parts of one of them are in it already."""
        trace = self._trace
        here = [
            (tally, where)
            for tally in self._facts.tallies
            if (tally.metric, tally.unit) == (trace.metric, trace.unit)
            and (tally.is_summed if trace.tally_id is None else tally.id == trace.tally_id)
            for where in (self._places.of_tally(tally),)
            if self._holds(where)
        ]
        ids = {tally.id for tally, _ in here}
        for tally, where in here:
            is_asked_for = trace.part in ("", tally.part) and trace.recipient in ("", tally.recipient)
            if is_asked_for and (trace.part or tally.parent_id not in ids):
                row = self._row(RowKind.TALLY, tally.id, tally.noted_at, where, 0)
                yield TracedRow(
                    row.kind, row.id, row.at, row.number, row.title, tally.number or Decimal(0), tally.wording
                )

    def _media(self) -> Iterator[TracedRow]:
        for item in self._facts.media:
            event = self._places.events.get(item.event_id or 0)
            where = Where(item.library_id, event, None, item.day)
            if self._holds(where):
                words = " ".join(word for word in (item.outlet, item.title) if word)
                row = self._row(RowKind.MEDIA, item.id, None, where, 1)
                yield TracedRow(row.kind, row.id, row.at, row.number, row.title, row.adds, words)
