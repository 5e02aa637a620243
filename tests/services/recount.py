"""A recount of a campaign from its raw rows, for comparison: plain SQL for the rows, plain Python for the counting.

Written from library-domain 3.2 and the definitions of the tables alone. It imports nothing of the product, and what it
gives is plain: numbers by name. Only what tells persons apart after erasure cannot be derived from rows; it is handed in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection

Key = TypeVar("Key", bound=Hashable)
Rows = dict[int, Any]
CHINA = timedelta(hours=8)
PERSONS = ("人次", "人", "名", "位", "个")
NEVER_ADDED = ("cash_per_person", "duration", "series_ordinal", "batch_ordinal")


@dataclass(frozen=True)
class Spot:
    """Where something counts."""

    library: int | None
    event: int | None
    occurrence: int | None
    day: date | None


@dataclass
class Tale:
    """What was found at a spot, or at several together."""

    numbers: Counter[str] = field(default_factory=Counter)
    persons: set[object] = field(default_factory=set)
    activities: set[int] = field(default_factory=set)
    tallies: list[Any] = field(default_factory=list)

    def take(self, other: Tale) -> None:
        """Add what was found elsewhere."""
        self.numbers.update(other.numbers)
        self.persons |= other.persons
        self.activities |= other.activities
        self.tallies += other.tallies

    def sums(self) -> dict[tuple[str, str], tuple[Decimal, str]]:
        """By metric and measure word what the tallies come to, and how exact that is. Parts are in their totals."""
        groups: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in self.tallies:
            if _adds_up(row):
                groups[row.metric, row.unit].append(row)
        found = {}
        for key, rows in groups.items():
            here = {row.id for row in rows}
            whole = [row for row in rows if row.parent_id not in here]
            found[key] = (sum((Decimal(str(row.number)) for row in whole), Decimal(0)), _exactness(whole))
        return found

    def beside(self) -> set[int]:
        """Tallies that are never added."""
        return {row.id for row in self.tallies if not _adds_up(row)}


def _adds_up(row: Any) -> bool:
    """Stocks, doubtful figures and rates are no parts of any sum."""
    never = row.exactness in ("cumulative", "doubtful") or row.metric in NEVER_ADDED
    return not never and row.number is not None


def _exactness(rows: Iterable[Any]) -> str:
    kinds = {row.exactness for row in rows} - {"exact"}
    if not kinds:
        return "exact"
    return kinds.pop() if len(kinds) == 1 else "about"


def _moment(stored: Any) -> datetime | None:
    """A moment in UTC: SQLite keeps text, PostgreSQL gives aware ones."""
    if stored is None or isinstance(stored, datetime):
        return stored
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


def _here(stored: Any) -> datetime:
    """The clock on the wall in China at a stored moment."""
    moment = _moment(stored)
    assert moment is not None
    return moment.astimezone(UTC).replace(tzinfo=None) + CHINA


def _list(stored: Any) -> list[str]:
    """A list of words: SQLite keeps JSON as text."""
    if isinstance(stored, str):
        return [word.strip('"').encode().decode("unicode_escape") for word in stored.strip("[]").split(", ") if word]
    return list(stored)


class Recount:
    """All of one campaign, spot by spot. `person_of`: what tells the holder of an openid from others there."""

    def __init__(self, tx: Connection, campaign: int, now: datetime, person_of: Callable[[str], bytes]) -> None:
        self.now, self._person_of = now, person_of
        self.libraries = self._read(tx, "SELECT id, parent_id FROM library")
        self.campaign = self._read(tx, f"SELECT id, starts_on, ends_on FROM campaign WHERE id = {campaign}")[campaign]
        self.starts_on, self.ends_on = (
            day if isinstance(day, date) else date.fromisoformat(day)
            for day in (self.campaign.starts_on, self.campaign.ends_on)
        )
        self.events = self._read(tx, f"SELECT * FROM event WHERE campaign_id = {campaign}")
        self.occurrences = self._read(
            tx,
            "SELECT o.*, v.name AS venue FROM occurrence o LEFT JOIN venue v ON v.id = o.venue_id"
            f" WHERE o.campaign_id = {campaign}",
        )
        within = f"occurrence_id IN (SELECT id FROM occurrence WHERE campaign_id = {campaign})"
        self.tickets = self._read(tx, f"SELECT * FROM registration WHERE {within}")
        self.readers = self._read(tx, "SELECT id, openid FROM reader")
        self._walk_ins = self._read(tx, f"SELECT * FROM walk_in WHERE {within} AND undone_at IS NULL")
        self._scans = self._read(tx, f"SELECT * FROM checkin WHERE {within} AND counted_as IS NOT NULL")
        self._ratings = self._read(tx, f"SELECT * FROM rating WHERE {within}")
        noted = self._read(tx, f"SELECT * FROM tally WHERE campaign_id = {campaign}")
        gone = {key for key, row in noted.items() if row.undone_at is not None}
        standing = {key: row for key, row in noted.items() if not {key, row.parent_id} & gone}
        self._tallies = {key: row for key, row in standing.items() if row.library_id is not None}
        self.headlines = set(standing) - set(self._tallies)
        self.spots: dict[Spot, Tale] = defaultdict(Tale)
        self.arrivals: Counter[datetime] = Counter()
        self._counted_at: Counter[int] = Counter()
        self._used: set[int] = set()
        self._names: dict[int, object] = {}
        self._doors()
        self._programme()
        self._registrations()
        self._noted()

    @staticmethod
    def _read(tx: Connection, query: str) -> Rows:
        return {row.id: row for row in tx.exec_driver_sql(query + " ORDER BY 1")}

    def group(self, keys_of: Callable[[Spot], Iterable[Key]]) -> dict[Key, Tale]:
        """What was found, by whatever one asks for."""
        found: dict[Key, Tale] = defaultdict(Tale)
        for spot, tale in self.spots.items():
            for key in keys_of(spot):
                found[key].take(tale)
        return found

    def up_from(self, library: int | None) -> list[int]:
        """A library and all those above it."""
        line = []
        while library is not None:
            line.append(library)
            library = self.libraries[library].parent_id
        return line

    # --- where things count

    def _at(self, occurrence: int, noted: Any = None) -> Tale:
        return self.spots[self._spot(occurrence, noted)]

    def _spot(self, key: int, noted: Any = None) -> Spot:
        """What goes on for days counts on the day that something was noted there, everything else on its first day;
        what began before the window, on the window's first.
        """
        place = self.occurrences[key]
        event = self.events[place.event_id]
        day = None
        if place.starts_at is not None:
            first, last = _here(place.starts_at).date(), _here(place.ends_at or place.starts_at).date()
            day = first if first >= self.starts_on or last < self.starts_on else self.starts_on
            if noted is not None and first != last and first <= _here(noted).date() <= last:
                day = _here(noted).date()
        return Spot(event.library_id, event.id, key, day)

    def _is_meeting(self, event: int | None) -> bool:
        return event is not None and self.events[event].category == "internal"

    # --- the programme

    def _programme(self) -> None:
        shown: set[tuple[int, str]] = set()
        far = datetime.max.replace(tzinfo=UTC)
        for place in sorted(self.occurrences.values(), key=lambda row: (_moment(row.starts_at) or far, row.id)):
            found = self._at(place.id).numbers
            if place.status == "cancelled":
                found["called_off"] += 1
                continue
            found["occurrences"] += 1
            found["capacity"] += place.capacity or 0
            if self._was_held(place) and not self._is_meeting(place.event_id):
                self._count_session(place, found, shown)
        with_places = {place.event_id for place in self.occurrences.values()}
        for event in self.events.values():
            if event.category == "internal" or event.parent_id is not None:
                continue
            on = [place for place in self.occurrences.values() if place.event_id == event.id]
            for place in on:
                if place.status != "cancelled":
                    self._at(place.id).activities.add(event.id)
            if event.id not in with_places:
                self.spots[Spot(event.library_id, event.id, None, None)].activities.add(event.id)

    def _count_session(self, place: Any, found: Counter[str], shown: set[tuple[int, str]]) -> None:
        """An occurrence is one session; an exhibition is one for each venue, whatever its days."""
        sessions = 1
        if self.events[place.event_id].category == "exhibition":
            names = {name for name in (place.venue, *_list(place.extra_venues)) if name} or {""}
            new = {(place.event_id, name) for name in names} - shown
            shown |= new
            sessions = len(new)
        found["sessions"] += sessions
        if place.mode != "onsite":
            found[f"{place.mode}_sessions"] += sessions

    def _was_held(self, place: Any) -> bool:
        start = _moment(place.starts_at)
        if start is None:
            return (self.now + CHINA).date() > self.ends_on
        return start <= self.now

    # --- who signed up and who came

    def _doors(self) -> None:
        for scan in self._scans.values():
            at = scan.device_at or scan.received_at
            tale = self._at(scan.occurrence_id, at)
            name = "checked_in_people" if scan.counted_as == "registered" else "walk_ins"
            self._came(tale, scan.occurrence_id, name, scan.people, at)
            if scan.counted_as != "registered":
                continue
            tale.numbers["checkins"] += 1
            ticket = self.tickets[scan.registration_id]
            self._used.add(ticket.id)
            if ticket.children:
                self._at(scan.occurrence_id).numbers["children"] += min(ticket.children, scan.people)
            if not self._is_meeting(self.occurrences[scan.occurrence_id].event_id):
                tale.persons.add(self._who(ticket))
        for row in self._walk_ins.values():
            tale = self._at(row.occurrence_id, row.noted_at)
            self._came(tale, row.occurrence_id, "walk_ins", row.people, row.noted_at)
            if row.audience in ("child", "senior"):
                name = "children" if row.audience == "child" else "seniors"
                self._at(row.occurrence_id).numbers[name] += row.people

    def _came(self, tale: Tale, occurrence: int, name: str, people: int, at: Any) -> None:
        self.arrivals[_here(at).replace(minute=0, second=0, microsecond=0)] += people
        self._counted_at[occurrence] += people
        self._add_people(tale, self.occurrences[occurrence].event_id, occurrence, name, people)

    def _add_people(self, tale: Tale, event: int | None, occurrence: int | None, name: str, people: int) -> None:
        """Online ones are never added to those on-site; meetings of the staff are not counted."""
        mode = self.occurrences[occurrence].mode if occurrence else "onsite"
        tale.numbers[name] += people
        if mode == "online":
            tale.numbers["online_people"] += people
            return
        if mode == "hybrid":
            tale.numbers["hybrid_people"] += people
        if self._is_meeting(event):
            tale.numbers["internal_people"] += people

    def _who(self, ticket: Any) -> object:
        """One person is one, also after erasure, and when they came back."""
        if ticket.person_hash is not None:
            return bytes(ticket.person_hash)
        if ticket.reader_id not in self._names:
            openid = self.readers[ticket.reader_id].openid
            self._names[ticket.reader_id] = self._person_of(openid) if openid else ticket.reader_id
        return self._names[ticket.reader_id]

    def _registrations(self) -> None:
        for ticket in self.tickets.values():
            place = self.occurrences[ticket.occurrence_id]
            found, party = self._at(place.id).numbers, ticket.adults + ticket.children
            stood_in_line = ticket.queued_at is not None or ticket.status in ("waitlisted", "offered")
            found["waited"] += stood_in_line
            found["promoted"] += stood_in_line and bool(ticket.confirmed_at or ticket.promoted_at)
            if ticket.status == "confirmed":
                found["registrations"] += 1
                found["registered_people"] += party
                if place.status != "cancelled":
                    self._settle(ticket, place, found, party)
            elif ticket.status in ("waitlisted", "offered"):
                found["waitlisted"] += 1
                found["waitlisted_people"] += party
            elif ticket.status == "cancelled" and (ticket.confirmed_at or ticket.queued_at):
                found["cancelled"] += 1
                found["cancelled_people"] += party

    def _settle(self, ticket: Any, place: Any, found: Counter[str], party: int) -> None:
        """What became of a place: rates are of occurrences that are over."""
        found["filled_people"] += party if place.capacity is not None else 0
        end = _moment(place.ends_at or place.starts_at)
        if end is None or end > self.now:
            return
        found["settled_people"] += party
        if ticket.id in self._used:
            found["used_people"] += party
        else:
            found["no_shows"] += 1
            found["no_show_people"] += party

    # --- what was noted

    def _noted(self) -> None:
        for row in self._ratings.values():
            found = self._at(row.occurrence_id).numbers
            found["ratings"] += 1
            found["rating_stars"] += row.stars
            found["satisfied"] += row.stars >= 4
        for row in self._tallies.values():
            tale = self.spots[self._tally_spot(row)]
            tale.tallies.append(row)
            if row.metric in ("online_live", "online_views") and _adds_up(row) and row.parent_id is None:
                tale.numbers[row.metric] += int(row.number)
        self._attendance()

    def _tally_spot(self, row: Any) -> Spot:
        if row.occurrence_id is not None:
            return self._spot(row.occurrence_id, row.noted_at)
        day: date | None = _here(row.noted_at).date()
        if day is not None and not self.starts_on <= day <= self.ends_on:
            day = None
        library = self.events[row.event_id].library_id if row.event_id else row.library_id
        return Spot(library, row.event_id, None, day)

    def _attendance(self) -> None:
        """One person at one session is one, checked in or tallied: a tally of who was there adds those beyond the
        counted ones. Of an event: beyond what all its occurrences count.
        """
        noted: dict[tuple[str, int], list[Any]] = defaultdict(list)
        for row in self._tallies.values():
            if row.metric != "attendance" or row.unit not in PERSONS or row.parent_id or not _adds_up(row):
                continue
            if row.occurrence_id is not None:
                noted["occurrence", row.occurrence_id].append(row)
            elif row.event_id is not None:
                noted["event", row.event_id].append(row)
            else:
                noted["library", row.id].append(row)
        in_event: Counter[int] = Counter()
        for key, people in self._counted_at.items():
            in_event[self.occurrences[key].event_id] += people
        for kind in ("occurrence", "event", "library"):
            for (of, key), rows in noted.items():
                if of != kind:
                    continue
                counted = {"occurrence": self._counted_at, "event": in_event}.get(kind, Counter[int]())[key]
                beyond = max(0, int(sum(row.number for row in rows)) - counted)
                last = rows[-1]
                tale = self.spots[self._tally_spot(last)]
                self._add_people(tale, last.event_id, last.occurrence_id, "tallied_people", beyond)
                if kind == "occurrence":
                    in_event[last.event_id] += beyond
