"""The rows behind a printed figure (promise I7), found by the same places that the figure was counted at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, select

from bot.domain.clock import local_day
from bot.domain.counting import CoHosted, WalkIns
from bot.domain.door import WalkInAudience
from bot.domain.kinds import Mode
from bot.domain.summary_cells import Cell, Places, Where, find_attendances, is_left_out, list_cells
from bot.domain.summary_facts import CountedOccurrence, Place, SummaryFacts
from bot.domain.tally import ONLINE_LIVE, ONLINE_VIEWS
from bot.domain.trace import Measure, RowKind, Trace, TracedRow, is_below
from bot.store.door_tables import checkin, walk_in
from bot.store.occurrences import HAS_COME
from bot.store.pii import Keys
from bot.store.report_tables import rating
from bot.store.summary import PLACE, load_summary_facts
from bot.store.summary_beside import CHILDREN_WHO_CAME, GOT_A_PLACE, SATISFIED_FROM, WAITED
from bot.store.tables import registration

Found = Iterator[tuple[TracedRow, Where]]

_PEOPLE = registration.c.adults + registration.c.children
_PROGRAMME = {
    Measure.OCCURRENCES: "occurrences",
    Measure.CALLED_OFF: "called_off",
    Measure.SESSIONS: "sessions",
    Measure.HYBRID_SESSIONS: "hybrid_sessions",
    Measure.ONLINE_SESSIONS: "online_sessions",
    Measure.CAPACITY: "capacity",
}
"""Measures that each occurrence has a number of by itself, and their names in `Counts`."""
_SIGNED_UP: dict[Measure, tuple[ColumnElement[bool], bool]] = {
    Measure.REGISTRATIONS: (PLACE == Place.REGISTERED.value, False),
    Measure.REGISTERED_PEOPLE: (PLACE == Place.REGISTERED.value, True),
    Measure.WAITLISTED: (PLACE == Place.WAITLISTED.value, False),
    Measure.WAITLISTED_PEOPLE: (PLACE == Place.WAITLISTED.value, True),
    Measure.CANCELLED: (PLACE == Place.CANCELLED.value, False),
    Measure.CANCELLED_PEOPLE: (PLACE == Place.CANCELLED.value, True),
    Measure.FILLED_PEOPLE: (PLACE == Place.REGISTERED.value, True),
    Measure.SETTLED_PEOPLE: (PLACE == Place.REGISTERED.value, True),
    Measure.USED_PEOPLE: (PLACE == Place.REGISTERED.value, True),
    Measure.NO_SHOWS: (PLACE == Place.REGISTERED.value, False),
    Measure.NO_SHOW_PEOPLE: (PLACE == Place.REGISTERED.value, True),
    Measure.WAITED: (WAITED, False),
    Measure.PROMOTED: (WAITED & GOT_A_PLACE, False),
}
"""Measures of registrations: which they are, and whether their people are counted."""
_SETTLED = {Measure.SETTLED_PEOPLE, Measure.USED_PEOPLE, Measure.NO_SHOWS, Measure.NO_SHOW_PEOPLE}
"""Measures of occurrences that are over."""
_RATED: dict[Measure, ColumnElement[int]] = {
    Measure.RATINGS: case((rating.c.stars > 0, 1), else_=0),
    Measure.RATING_STARS: rating.c.stars + 0,
    Measure.SATISFIED: case((rating.c.stars >= SATISFIED_FROM, 1), else_=0),
}
_WATCHED = {
    Measure.ONLINE_LIVE: (ONLINE_LIVE,),
    Measure.ONLINE_VIEWS: (ONLINE_VIEWS,),
    Measure.ONLINE: (ONLINE_LIVE, ONLINE_VIEWS),
}
_AGES = {Measure.CHILDREN: WalkInAudience.CHILD.value, Measure.SENIORS: WalkInAudience.SENIOR.value}


def list_rows(tx: Connection, campaign_id: int, trace: Trace, keys: Keys, now: datetime) -> tuple[TracedRow, ...]:
    """All rows of a figure, in order of time; their `adds` sum to it.

    Raises NoResultFound when there is no such campaign.
    """
    return find_rows(tx, load_summary_facts(tx, campaign_id, keys), trace, now)


def find_rows(tx: Connection, facts: SummaryFacts, trace: Trace, now: datetime) -> tuple[TracedRow, ...]:
    """The same, of facts that were loaded in this transaction. Rows that add nothing are left out."""
    rows = [row for row, _ in _Finder(tx, facts, trace, now).find() if row.adds]
    return tuple(sorted(rows, key=lambda row: (row.at is None, row.at or now, row.kind, row.id)))


class _Finder:
    def __init__(self, tx: Connection, facts: SummaryFacts, trace: Trace, now: datetime) -> None:
        self._tx, self._facts, self._trace, self._now = tx, facts, trace, now
        self._places = Places(facts)
        self._parents = {library.id: library.parent_id for library in facts.libraries}
        self._ids = [occurrence.id for occurrence in facts.occurrences if self._may_hold(occurrence)]

    def find(self) -> Found:
        """The rows of the measure, each with its place."""
        measure = self._trace.measure
        if measure in _PROGRAMME:
            return self._programme(_PROGRAMME[measure])
        if measure in _SIGNED_UP:
            return self._registrations(*_SIGNED_UP[measure])
        if measure in _RATED:
            return self._ratings(_RATED[measure])
        finders: dict[Measure, Callable[[], Found]] = {
            Measure.ACTIVITIES: self._activities,
            Measure.CHECKINS: lambda: self._scans("registered", of_people=False),
            Measure.CHECKED_IN: lambda: self._scans("registered"),
            Measure.WALK_INS: self._walk_ins,
            Measure.TALLIED_PEOPLE: self._noted_beyond,
            Measure.PERSON_TIMES: lambda: self._came(
                lambda where: self._is_onsite(where) and not self._is_meeting(where)
            ),
            Measure.ONLINE_PEOPLE: lambda: self._came(lambda where: not self._is_onsite(where)),
            Measure.HYBRID_PEOPLE: lambda: self._came(lambda where: self._mode_of(where) is Mode.HYBRID),
            Measure.INTERNAL_PEOPLE: lambda: self._came(
                lambda where: self._is_onsite(where) and self._is_meeting(where)
            ),
            Measure.ONLINE_LIVE: self._watched,
            Measure.ONLINE_VIEWS: self._watched,
            Measure.ONLINE: self._online,
            Measure.CHILDREN: self._of_age,
            Measure.SENIORS: self._of_age,
            Measure.PERSONS: self._persons,
            Measure.TALLY: self._tallies,
            Measure.MEDIA: self._media,
        }
        return finders[measure]()

    # --- whether a place is the figure's ---------------------------------------------------------------------------

    def _holds(self, where: Where) -> bool:
        trace = self._trace
        event = where.event
        if trace.library_id is not None and not self._is_of_library(where):
            return False
        if (trace.undated and where.day is not None) or trace.day not in (None, where.day):
            return False
        if trace.without_event and (event is not None or where.library_id is None):
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

    def _is_onsite(self, where: Where) -> bool:
        return self._mode_of(where) is not Mode.ONLINE

    def _is_meeting(self, where: Where) -> bool:
        return where.event is not None and is_left_out(where.event, self._facts.rules)

    def _is_of_library(self, where: Where) -> bool:
        owners: tuple[int | None, ...] = (where.library_id,)
        if where.event is not None and self._facts.rules.co_hosted is CoHosted.EACH:
            owners = (*owners, *where.event.partner_library_ids)
        return self._is_wanted(*owners)

    def _is_wanted(self, *owners: int | None) -> bool:
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

    def _row(self, kind: RowKind, row_id: int, at: datetime | None, where: Where, adds: int) -> tuple[TracedRow, Where]:
        occurrence = self._places.occurrences.get(where.occurrence_id or 0)
        title = where.event.title if where.event else ""
        return TracedRow(kind, row_id, at, occurrence.number if occurrence else None, title, Decimal(adds)), where

    def _at(self, occurrence_id: int, day: date | None = None) -> Where:
        return self._places.of(self._places.occurrences[occurrence_id], day)

    # --- the programme -----------------------------------------------------------------------------------------------

    def _activities(self) -> Found:
        seen: set[int] = set()
        for cell in self._cells():
            if cell.activity_id is not None and cell.activity_id not in seen:
                seen.add(cell.activity_id)
                yield self._row(RowKind.EVENT, cell.activity_id, None, Where(None, cell.where.event, None, None), 1)

    def _programme(self, name: str) -> Found:
        for cell in self._cells():
            number = getattr(cell.counts, name, 0) if cell.counts else 0
            if number and cell.where.occurrence_id is not None:
                occurrence = self._places.occurrences[cell.where.occurrence_id]
                yield self._row(RowKind.OCCURRENCE, occurrence.id, occurrence.starts_at, cell.where, number)

    # --- registrations -----------------------------------------------------------------------------------------------

    def _registrations(self, condition: ColumnElement[bool], of_people: bool) -> Found:
        query: Select[Any] = (
            select(registration.c.id, registration.c.occurrence_id, registration.c.created_at, _PEOPLE.label("people"))
            .where(registration.c.occurrence_id.in_(self._ids), condition)
            .order_by(registration.c.id)
        )
        used = self._used() if self._trace.measure in _SETTLED else set()
        for row in self._tx.execute(query):
            where = self._at(row.occurrence_id)
            if self._holds(where) and self._is_of_measure(row, used):
                adds = row.people if of_people else 1
                yield self._row(RowKind.REGISTRATION, row.id, row.created_at, where, adds)

    def _used(self) -> set[int]:
        """Registrations that were checked in."""
        came: Select[Any] = select(checkin.c.registration_id).where(checkin.c.occurrence_id.in_(self._ids), HAS_COME)
        return set(self._tx.scalars(came))

    def _is_of_measure(self, row: Row[Any], used: set[int]) -> bool:
        """What a measure asks of a registration beside its state."""
        measure, occurrence = self._trace.measure, self._places.occurrences[row.occurrence_id]
        if measure is Measure.FILLED_PEOPLE:
            return occurrence.capacity is not None and not occurrence.is_cancelled
        if measure not in _SETTLED:
            return True
        if occurrence.is_cancelled or not occurrence.is_over(self._now):
            return False
        return measure is Measure.SETTLED_PEOPLE or (row.id in used) is (measure is Measure.USED_PEOPLE)

    def _ratings(self, adds: ColumnElement[int]) -> Found:
        query: Select[Any] = (
            select(rating.c.id, rating.c.occurrence_id, rating.c.rated_at, adds.label("adds"))
            .where(rating.c.occurrence_id.in_(self._ids))
            .order_by(rating.c.id)
        )
        for row in self._tx.execute(query):
            where = self._at(row.occurrence_id)
            if self._holds(where):
                yield self._row(RowKind.RATING, row.id, row.rated_at, where, row.adds)

    # --- who came ----------------------------------------------------------------------------------------------------

    def _scans(self, counted_as: str, *, of_people: bool = True) -> Found:
        query: Select[Any] = (
            select(checkin.c.id, checkin.c.occurrence_id, checkin.c.device_at, checkin.c.received_at, checkin.c.people)
            .where(checkin.c.occurrence_id.in_(self._ids), checkin.c.counted_as == counted_as)
            .order_by(checkin.c.id)
        )
        for row in self._tx.execute(query):
            at = row.device_at or row.received_at
            where = self._at(row.occurrence_id, local_day(at))
            if self._holds(where):
                yield self._row(RowKind.CHECKIN, row.id, at, where, row.people if of_people else 1)

    def _walk_ins(self) -> Found:
        if self._facts.rules.walk_ins is not WalkIns.COUNTED:
            return
        yield from self._scans("walk_in")
        query: Select[Any] = (
            select(walk_in.c.id, walk_in.c.occurrence_id, walk_in.c.noted_at, walk_in.c.people)
            .where(walk_in.c.occurrence_id.in_(self._ids), walk_in.c.undone_at.is_(None))
            .order_by(walk_in.c.id)
        )
        for row in self._tx.execute(query):
            where = self._at(row.occurrence_id, local_day(row.noted_at))
            if self._holds(where):
                yield self._row(RowKind.WALK_IN, row.id, row.noted_at, where, row.people)

    def _noted_beyond(self) -> Found:
        """Attendance tallies, by what they add to the count at the door."""
        for noted in find_attendances(self._facts):
            where = self._places.of_tally(noted.tally)
            if self._holds(where) and where.library_id is not None:
                yield self._row(RowKind.TALLY, noted.tally.id, noted.tally.noted_at, where, noted.beyond)

    def _came(self, is_meant: Callable[[Where], bool]) -> Found:
        for found in (self._scans("registered"), self._walk_ins(), self._noted_beyond()):
            yield from ((row, where) for row, where in found if is_meant(where))

    def _online(self) -> Found:
        """Who came to online occurrences, and what was noted of people who watched."""
        yield from self._came(lambda where: not self._is_onsite(where))
        yield from self._watched()

    def _watched(self) -> Found:
        wholes = {tally.id for tally in self._facts.tallies}
        for tally in self._facts.tallies:
            if tally.metric in _WATCHED[self._trace.measure] and tally.is_summed and tally.parent_id not in wholes:
                where = self._places.of_tally(tally)
                if self._holds(where) and where.library_id is not None:
                    yield self._row(RowKind.TALLY, tally.id, tally.noted_at, where, int(tally.number or 0))

    def _of_age(self) -> Found:
        """Children or old people among those who came, as parties and the door told them apart."""
        if self._trace.measure is Measure.CHILDREN:
            parties: Select[Any] = (
                select(checkin.c.id, checkin.c.occurrence_id, checkin.c.device_at, checkin.c.received_at)
                .add_columns(CHILDREN_WHO_CAME.label("children"))
                .join(registration, registration.c.id == checkin.c.registration_id)
                .where(checkin.c.occurrence_id.in_(self._ids), HAS_COME)
            )
            for row in self._tx.execute(parties):
                where = self._at(row.occurrence_id)
                if self._holds(where):
                    at = row.device_at or row.received_at
                    yield self._row(RowKind.CHECKIN, row.id, at, where, row.children)
        noted: Select[Any] = select(walk_in.c.id, walk_in.c.occurrence_id, walk_in.c.noted_at, walk_in.c.people).where(
            walk_in.c.occurrence_id.in_(self._ids),
            walk_in.c.undone_at.is_(None),
            walk_in.c.audience == _AGES[self._trace.measure],
        )
        for row in self._tx.execute(noted):
            where = self._at(row.occurrence_id)
            if self._holds(where):
                yield self._row(RowKind.WALK_IN, row.id, row.noted_at, where, row.people)

    def _persons(self) -> Found:
        """One row for each person: a check-in of theirs. Who they are is not told."""
        query: Select[Any] = select(checkin.c.id, checkin.c.device_at, checkin.c.received_at)
        moments = {
            row.id: row.device_at or row.received_at
            for row in self._tx.execute(query.where(checkin.c.occurrence_id.in_(self._ids), HAS_COME))
        }
        known: set[bytes] = set()
        for visit in self._facts.visits:
            where = self._at(visit.occurrence_id, visit.day)
            if visit.person not in known and self._holds(where) and not self._is_meeting(where):
                known.add(visit.person)
                yield self._row(RowKind.CHECKIN, visit.checkin_id, moments[visit.checkin_id], where, 1)

    # --- what was noted ----------------------------------------------------------------------------------------------

    def _tallies(self) -> Found:
        """The tallies of one metric and unit that are added, or one alone; parts of one of them are in it already."""
        trace = self._trace
        here = [
            (tally, where)
            for tally in self._facts.tallies
            if (tally.metric, tally.unit) == (trace.metric, trace.unit)
            and (tally.is_summed if trace.tally_id is None else tally.id == trace.tally_id)
            for where in (self._places.of_tally(tally),)
            if self._holds(where) and (trace.tally_id is not None or where.library_id is not None)
        ]
        ids = {tally.id for tally, _ in here}
        for tally, where in here:
            is_asked_for = trace.part in ("", tally.part) and trace.recipient in ("", tally.recipient)
            if is_asked_for and (trace.part or tally.parent_id not in ids):
                row, _ = self._row(RowKind.TALLY, tally.id, tally.noted_at, where, 0)
                yield replace(row, adds=tally.number or Decimal(0), words=tally.wording), where

    def _media(self) -> Found:
        for item in self._facts.media:
            event = self._places.events.get(item.event_id or 0)
            where = Where(item.library_id, event, None, item.day)
            if self._holds(where) and (self._trace.library_id is None or self._is_wanted(item.library_id)):
                row, _ = self._row(RowKind.MEDIA, item.id, None, where, 1)
                yield replace(row, words=" ".join(word for word in (item.outlet, item.title) if word)), where
