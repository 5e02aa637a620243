"""Seasons of occurrences with readers who come or stay away, for tests about standing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.domain.kinds import Door, ScanResult
from bot.domain.occurrence import OccurrenceFacts
from bot.services.standing import Settled, list_due, list_mistaken, settle_occurrence, void_if_came
from bot.store.checkins import Scan, add_walk_ins, claim_check_in
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.registrations import new_short_code
from bot.store.staff_tables import staff as staff_table
from bot.store.tables import registration
from tests.factories import NOW, House, add_event, add_house, add_occurrence, add_reader

HOURS = timedelta(hours=1)
SETTLED = timedelta(hours=14)
"""After the start: two hours of the occurrence and twelve of grace."""


@dataclass
class Season:
    """A library whose occurrences are held on given days from NOW, with readers known by a word."""

    db: Database
    keys: Keys
    rules: dict[str, Any]
    house: House
    readers: dict[str, int] = field(default_factory=dict)
    numbers: int = 20

    def hold(
        self, day: float, *, absent: Collection[str] = (), present: Collection[str] = ("somebody",), **values: Any
    ) -> OccurrenceFacts:
        """An occurrence so many days after NOW, with places of readers who came or not."""
        self.numbers += 1
        rules = values.pop("rules", self.rules)
        with self.db.writing() as tx:
            event = add_event(tx, self.house, f"活动{self.numbers}", rules=rules)
            values = {"starts_at": NOW + timedelta(days=day), "event_id": event, **values}
            facts = add_occurrence(tx, self.house, self.numbers, **values)
            for name in (*absent, *present):
                place = self.register_here(tx, facts, name)
                if name in present:
                    check_in(tx, facts, place, facts.starts_at or NOW)
        return facts

    def register_here(self, tx: Connection, facts: OccurrenceFacts, name: str, **values: Any) -> int:
        """One place more inside the caller's transaction."""
        if name not in self.readers:
            self.readers[name] = add_reader(tx, name, self.keys)
        row = {
            "occurrence_id": facts.id,
            "reader_id": self.readers[name],
            "status": "confirmed",
            "adults": 1,
            "children": 0,
            "seats": 1,
            "short_code": new_short_code(),
            "created_at": NOW,
            "confirmed_at": NOW,
        }
        return int(tx.execute(insert(registration).values(**{**row, **values})).inserted_primary_key[0])  # type: ignore[index]

    def register(self, facts: OccurrenceFacts, name: str, **values: Any) -> int:
        """One place more, with values of its own."""
        with self.db.writing() as tx:
            return self.register_here(tx, facts, name, **values)

    def settle(self, now: datetime) -> list[Settled]:
        """What the task does at that moment, in transactions of its own."""
        with self.db.reading() as tx:
            due, mistaken = list_due(tx, now), list_mistaken(tx, now)
        settled = []
        for occurrence_id in due:
            with self.db.writing() as tx:
                settled.append(settle_occurrence(tx, occurrence_id, now))
        for registration_id in mistaken:
            with self.db.writing() as tx:
                assert void_if_came(tx, registration_id, now)
        return settled

    def place_of(self, facts: OccurrenceFacts, name: str) -> int:
        """The registration of a reader there."""
        here = (registration.c.occurrence_id == facts.id) & (registration.c.reader_id == self.readers[name])
        with self.db.reading() as tx:
            return int(tx.execute(select(registration.c.id).where(here)).scalar_one())

    def code_of_place(self, place: int) -> str:
        """The short code on the ticket of a registration."""
        with self.db.reading() as tx:
            return str(tx.execute(select(registration.c.short_code).where(registration.c.id == place)).scalar_one())


def open_season(db: Database, keys: Keys, **rules: Any) -> Season:
    """A library without occurrences yet; the rules hold for its events."""
    with db.writing() as tx:
        return Season(db, keys, rules, add_house(tx))


def check_in(tx: Connection, facts: OccurrenceFacts, place: int, at: datetime) -> None:
    """A valid check-in of a whole party."""
    assert claim_check_in(tx, Scan(facts.id, place, 1, ScanResult.OK, Door.SHORT_CODE, None, at))


def walk_in(tx: Connection, facts: OccurrenceFacts, people: int) -> None:
    """People counted at the door by a staff member."""
    row = {"role": "venue", "created_at": NOW, "label": "venue-1"}
    member = int(tx.execute(insert(staff_table).values(**row)).inserted_primary_key[0])  # type: ignore[index]
    add_walk_ins(tx, facts.id, people, member, facts.starts_at or NOW)
