"""A small occurrence with a line, for tests about what moves it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import Registered, Registration, Waitlisted
from bot.services.registrations import cancel_registration, join_waitlist, sign_up
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import notice, registration
from tests.factories import NOW, House, add_event, add_house, add_occurrence, add_reader

STARTS = NOW + timedelta(days=2)
DOORS = STARTS - timedelta(minutes=30)


@dataclass
class Hall:
    """An occurrence in two days; readers are made by name when they first act."""

    db: Database
    keys: Keys
    facts: OccurrenceFacts
    house: House
    ids: dict[str, int] = field(default_factory=dict)

    def seat(self, tx: Connection, who: str, people: int = 1, now: datetime = NOW) -> Registration:
        """Sign up, and get a place."""
        outcome = sign_up(tx, self.reader(tx, who), self.facts, Party(people, 0), None, self.keys, now)
        assert isinstance(outcome, Registered), outcome
        return outcome.registration

    def queue(self, tx: Connection, who: str, people: int = 1, now: datetime = NOW) -> Registration:
        """Join the line."""
        outcome = join_waitlist(tx, self.reader(tx, who), self.facts, Party(people, 0), None, self.keys, now)
        assert isinstance(outcome, Waitlisted), outcome
        return outcome.registration

    def leave(self, tx: Connection, who: str, now: datetime = NOW) -> None:
        """Give the place back."""
        cancel_registration(tx, self.facts, self.reader(tx, who), now)

    def reader(self, tx: Connection, who: str) -> int:
        """The reader of this name."""
        if who not in self.ids:
            self.ids[who] = add_reader(tx, who, self.keys)
        return self.ids[who]

    def states(self, tx: Connection) -> list[str]:
        """The state of every registration, in order of arrival."""
        query = select(registration.c.status).where(registration.c.occurrence_id == self.facts.id)
        return list(tx.scalars(query.order_by(registration.c.id)))


def open_hall(db: Database, keys: Keys, capacity: int | None = 3, **rules: Any) -> Hall:
    """A hall with these rules."""
    with db.writing() as tx:
        house = add_house(tx)
        event_id = add_event(tx, house, "绘本故事会", rules=rules)
        facts = add_occurrence(tx, house, 12, event_id=event_id, capacity=capacity, starts_at=STARTS)
    return Hall(db, keys, facts, house)


def notices(tx: Connection) -> list[tuple[str, int]]:
    """Kind and registration of every notice, in the order of their making."""
    rows = tx.execute(select(notice.c.kind, notice.c.registration_id).order_by(notice.c.id))
    return [(row[0], row[1]) for row in rows]


def seats_taken(tx: Connection, occurrence_id: int, now: datetime) -> int:
    """Seats given away, counted without the product's own query."""
    query = select(registration).where(registration.c.occurrence_id == occurrence_id)
    taken = 0
    for row in tx.execute(query):
        ends = {"held": row.held_until, "offered": row.offer_until}.get(row.status)
        stands = row.status in ("pending", "confirmed") or (ends is not None and ends > now)
        taken += row.seats if stands and row.released_at is None else 0
    return taken


CONFIRMED, WAITLISTED, OFFERED = (
    RegistrationStatus.CONFIRMED.value,
    RegistrationStatus.WAITLISTED.value,
    RegistrationStatus.OFFERED.value,
)
