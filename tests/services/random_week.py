"""A week in which anything may have happened, the same for the same seed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.domain.kinds import Category
from bot.store.door_tables import checkin, walk_in
from bot.store.report_tables import media_item, rating
from bot.store.tables import event, event_library, library, occurrence, reader, registration, tally
from tests.factories import NOW, House, add_event, add_house, add_occurrence


def insert_row(tx: Connection, table: Any, **values: Any) -> int:
    """Insert a row and return its id."""
    return int(tx.execute(insert(table).values(**values)).inserted_primary_key[0])


class Crowd:
    """Readers with registrations, check-ins and walk-ins."""

    def __init__(self, tx: Connection) -> None:
        self.tx = tx
        self.codes = 0

    def reader(self) -> int:
        return insert_row(self.tx, reader, created_at=NOW)

    def sign_up(self, place: int, who: int, adults: int = 1, children: int = 0, status: str = "confirmed") -> int:
        self.codes += 1
        return insert_row(
            self.tx,
            registration,
            occurrence_id=place,
            reader_id=who,
            status=status,
            adults=adults,
            children=children,
            seats=adults + children,
            short_code=f"{self.codes:06d}",
            created_at=NOW,
            held_until=NOW if status == "held" else None,
            offer_until=NOW if status == "offered" else None,
            confirmed_at=NOW if status in ("confirmed", "cancelled") else None,
            queued_at=NOW if status == "waitlisted" else None,
        )

    def check_in(self, place: int, ticket: int, people: int, at: datetime = NOW, **values: Any) -> None:
        row = {"result": "ok", "door": "chat_scan", "received_at": at}
        if values.get("result", "ok") == "ok" and not values.get("undone_at"):
            row["counted_as"] = "registered"
        insert_row(self.tx, checkin, occurrence_id=place, registration_id=ticket, people=people, **(row | values))

    def walk_in(self, place: int, people: int, at: datetime = NOW, **values: Any) -> None:
        insert_row(self.tx, walk_in, occurrence_id=place, people=people, noted_at=at, **values)


def add_branch(tx: Connection, house: House, code: str) -> int:
    """A library below the house's."""
    return insert_row(
        tx, library, code=code, name=f"{code}馆", aliases=[], level="county", parent_id=house.library_id, position=1
    )


def build_random_week(tx: Connection, seed: int) -> House:
    """24 occurrences of nine events of three libraries, with all that can happen to them."""
    dice = random.Random(seed)
    house = add_house(tx)
    libraries = [house.library_id, add_branch(tx, house, "cx"), add_branch(tx, house, "wc")]
    crowd = Crowd(tx)
    readers = [crowd.reader() for _ in range(25)]
    events = [
        add_event(tx, house, f"活动{n}", category=dice.choice(list(Category)).value, library_id=dice.choice(libraries))
        for n in range(8)
    ]
    events.append(add_event(tx, house, "分项", parent_id=events[0], library_id=libraries[1]))
    tx.execute(insert(event_library).values(event_id=events[0], library_id=libraries[2]))
    for number in range(1, 25):
        starts_at = NOW + timedelta(hours=dice.randrange(-300, 240)) if dice.random() < 0.85 else None
        length = timedelta(hours=dice.choice([1, 2, 30, 100]))
        facts = add_occurrence(
            tx,
            house,
            number,
            event_id=dice.choice(events),
            starts_at=starts_at,
            ends_at=starts_at + length if starts_at else None,
            capacity=dice.choice([None, 5, 40]),
            mode=dice.choice(["onsite", "onsite", "online", "hybrid"]),
            status=dice.choice(["scheduled", "scheduled", "scheduled", "cancelled"]),
            extra_venues=dice.choice([[], ["广场"], ["广场", "小学"]]),
        )
        for who in dice.sample(readers, dice.randrange(0, 12)):
            _random_visit(dice, crowd, facts.id, who, starts_at or NOW)
        for _ in range(dice.randrange(3)):
            at = (starts_at or NOW) + timedelta(hours=dice.randrange(-5, 120))
            crowd.walk_in(facts.id, dice.randrange(1, 90), at, undone_at=at if dice.random() < 0.2 else None)
    return house


def note_at_random(tx: Connection, house: House, seed: int) -> None:
    """Tallies of all kinds at all kinds of places, ratings, coverage and audiences, over a random week."""
    dice = random.Random(seed)
    for key in list(tx.scalars(select(walk_in.c.id).order_by(walk_in.c.id))):
        tx.execute(update(walk_in).where(walk_in.c.id == key).values(audience=dice.choice(["", "child", "senior"])))
    for key in list(tx.scalars(select(event.c.id).order_by(event.c.id))):
        tx.execute(update(event).where(event.c.id == key).values(audience=dice.choice([[], ["少儿"], ["老年读者"]])))
    said = {"library_id": None, "metric": "attendance", "number": 9000, "unit": "人次", "exactness": "just_under"}
    insert_row(tx, tally, campaign_id=house.campaign_id, noted_at=NOW, **said)
    places = list(tx.execute(select(occurrence.c.id, occurrence.c.event_id, occurrence.c.starts_at)))
    owners = {row.id: row.library_id for row in tx.execute(select(event))}
    metrics = ["attendance", "leaflets_distributed", "online_live", "online_views", "cash_per_person"]
    for _ in range(60):
        place = dice.choice(places)
        at = (place.starts_at or NOW) + timedelta(hours=dice.randrange(-5, 100))
        level = dice.choice(["occurrence", "occurrence", "event", "library"])
        whole = insert_row(
            tx,
            tally,
            campaign_id=house.campaign_id,
            library_id=owners[place.event_id],
            event_id=place.event_id if level != "library" else None,
            occurrence_id=place.id if level == "occurrence" else None,
            metric=dice.choice(metrics),
            number=dice.randrange(1, 300),
            unit=dice.choice(["人次", "份"]),
            exactness=dice.choice(["exact", "exact", "more_than", "cumulative", "doubtful"]),
            noted_at=at,
            undone_at=at if dice.random() < 0.1 else None,
        )
        if dice.random() < 0.2:
            row = dict(tx.execute(select(tally).where(tally.c.id == whole)).one()._mapping)
            del row["id"]
            insert_row(tx, tally, **{**row, "parent_id": whole, "number": 1, "part": "分项"})
    for place in places:
        for who in dice.sample(range(1, 26), dice.randrange(0, 4)):
            insert_row(tx, rating, reader_id=who, occurrence_id=place.id, stars=dice.randrange(1, 6), rated_at=NOW)
    for _ in range(6):
        place = dice.choice(places)
        insert_row(
            tx,
            media_item,
            campaign_id=house.campaign_id,
            library_id=owners[place.event_id],
            event_id=dice.choice([None, place.event_id]),
            day=dice.choice([None, NOW.date()]),
            medium="newspaper",
            noted_at=NOW,
        )


def _random_visit(dice: random.Random, crowd: Crowd, place: int, who: int, at: datetime) -> None:
    states = ["confirmed"] * 5 + ["waitlisted", "cancelled", "held", "expired", "offered", "declined"]
    status = dice.choice(states)
    if status == "held" and crowd.tx.scalar(
        select(registration.c.id).where(registration.c.reader_id == who, registration.c.status == "held")
    ):
        status = "expired"  # one place at a time is held for a reader
    adults, children = dice.randrange(1, 3), dice.randrange(0, 3)
    ticket = crowd.sign_up(place, who, adults, children, status)
    if status != "confirmed" or dice.random() < 0.3:
        return
    came_at = at + timedelta(hours=dice.randrange(-2, 90))
    if dice.random() < 0.2:
        crowd.check_in(place, ticket, 1, came_at, undone_at=came_at)
        return
    crowd.check_in(place, ticket, dice.randrange(1, adults + children + 1), came_at)
    if dice.random() < 0.3:
        crowd.check_in(place, ticket, 0, came_at, result="already")
