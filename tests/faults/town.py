"""A library system in the database of a stack: occurrences with numbers of their own, readers, staff, and a watcher."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, func, select

from bot.domain.clock import utc_now
from bot.domain.kinds import Role
from bot.domain.occurrence import OccurrenceFacts
from bot.services.staff import invite_staff
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import notice, reader, registration
from tests.factories import House, add_occurrence, add_reader
from tests.faults.line import Line
from tests.faults.stack import Stack

SEATED = ("held", "confirmed", "offered")
ACTIVE = (*SEATED, "waitlisted", "entered")


@dataclass
class Town:
    """One running stack, its database opened, and a line to its webhook. Tests share it and keep to their own rows."""

    stack: Stack
    db: Database
    house: House
    line: Line
    keys: Keys
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(11))

    def add_occurrence(self, **values: Any) -> OccurrenceFacts:
        """An occurrence two days ahead unless told otherwise, open for sign-up until it ends."""
        starts_at = values.pop("starts_at", utc_now() + timedelta(days=2))
        times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
        times["closes_at"] = times["ends_at"]
        with self.db.writing() as tx:
            return add_occurrence(tx, self.house, next(self._numbers), **{**times, **values})

    def add_readers(self, count: int) -> list[str]:
        """Readers who have agreed and whose name and phone are known."""
        openids = [f"o-{uuid4().hex[:20]}" for _ in range(count)]
        with self.db.writing() as tx:
            for openid in openids:
                add_reader(tx, openid, self.keys)
        return openids

    def add_staff(self, occurrence: OccurrenceFacts) -> str:
        """Somebody who was bound as venue staff of an occurrence."""
        (openid,) = self.add_readers(1)
        assert "绑定成功" in self.line.say(openid, f"绑定 {self.invite(occurrence)}")
        return openid

    def invite(self, occurrence: OccurrenceFacts) -> str:
        """The code of an invitation for venue staff."""
        with self.db.writing() as tx:
            return invite_staff(tx, Role.VENUE, self.keys, utc_now(), occurrence_ids=[occurrence.id])


def count_seats(tx: Connection, occurrence_id: int) -> int:
    """Seats of held, confirmed and offered registrations, counted without the product's own query."""
    seats = select(func.coalesce(func.sum(registration.c.seats), 0))
    return int(
        tx.execute(
            seats.where(registration.c.occurrence_id == occurrence_id, registration.c.status.in_(SEATED))
        ).scalar_one()
    )


def rows_of(tx: Connection, occurrence_id: int, *states: str) -> list[Any]:
    """The registrations of an occurrence in these states, in order of arrival, with openid."""
    return list(
        tx.execute(
            select(registration, reader.c.openid)
            .join(reader, reader.c.id == registration.c.reader_id)
            .where(registration.c.occurrence_id == occurrence_id)
            .where(registration.c.status.in_(states or ACTIVE))
            .order_by(registration.c.id)
        )
    )


def count_notices(tx: Connection, kind: str, occurrence_id: int) -> dict[int, int]:
    """How many notices of a kind each registration of an occurrence has."""
    rows = tx.execute(
        select(notice.c.registration_id, func.count())
        .join(registration, registration.c.id == notice.c.registration_id)
        .where(notice.c.kind == kind, registration.c.occurrence_id == occurrence_id)
        .group_by(notice.c.registration_id)
    )
    return {int(row[0]): int(row[1]) for row in rows}


class Watcher:
    """Looks at the seats of an occurrence all the time while the block runs."""

    def __init__(self, db: Database, occurrence_id: int) -> None:
        self._db = db
        self._occurrence_id = occurrence_id
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.seen: list[int] = []

    @property
    def most(self) -> int:
        """The most seats that were ever seen taken."""
        return max(self.seen)

    def _look(self) -> None:
        while True:
            last = self._over.is_set()
            with self._db.reading() as tx:
                self.seen.append(count_seats(tx, self._occurrence_id))
            if last:
                return
            self._over.wait(0.003)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def all_at_once(count: int, act: Any) -> list[Any]:
    """Call `act(0)` … `act(count - 1)` on as many threads, all released at the same moment; their results in order."""
    gate = threading.Barrier(count)

    def run(index: int) -> Any:
        gate.wait(30)
        return act(index)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))
