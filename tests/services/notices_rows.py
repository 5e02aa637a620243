"""Registrations with notices, for tests about what leaves the system on its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.domain.kinds import NoticeKind
from bot.services.notices import queue_notice
from bot.store.pii import Keys
from bot.store.tables import notice, occurrence, registration
from tests.factories import NOW, add_house, add_occurrence, add_reader

EARLIER = NOW - timedelta(days=10)


def add_registrations(
    tx: Connection, keys: Keys, count: int, *, starts_at: datetime | None = None, **values: Any
) -> tuple[int, list[int]]:
    """One occurrence with that many confirmed registrations, made ten days ago; its id and theirs."""
    house = add_house(tx)
    held = add_occurrence(tx, house, 12, **({"starts_at": starts_at} if starts_at else {}))
    return held.id, [add_registration(tx, keys, held.id, number, **values) for number in range(count)]


def add_registration(tx: Connection, keys: Keys, occurrence_id: int, number: int, **values: Any) -> int:
    """A confirmed registration of a reader of its own."""
    row = {
        "occurrence_id": occurrence_id,
        "reader_id": add_reader(tx, f"o-reader-{number}", keys),
        "status": "confirmed",
        "adults": 1,
        "children": 1,
        "seats": 2,
        "short_code": f"K7P{number:03d}".replace("0", "A").replace("1", "B"),
        "created_at": EARLIER,
        "confirmed_at": EARLIER,
    }
    return int(tx.execute(insert(registration).values(**{**row, **values})).inserted_primary_key[0])  # type: ignore[index]


def queue(tx: Connection, registration_id: int, kind: NoticeKind = NoticeKind.PROMOTED, **values: Any) -> bool:
    """Queue a notice that is due now."""
    reader_id = tx.execute(select(registration.c.reader_id).where(registration.c.id == registration_id)).scalar_one()
    row: dict[str, Any] = {"moment": "m", "facts": {}, "due_at": NOW, "not_after": None, "now": NOW}
    return queue_notice(tx, kind=kind, registration_id=registration_id, reader_id=reader_id, **{**row, **values})


def states(tx: Connection) -> list[str]:
    """The state of every notice, in the order of their making."""
    return list(tx.execute(select(notice.c.state).order_by(notice.c.id)).scalars())


def move_occurrence(tx: Connection, occurrence_id: int, starts_at: datetime) -> None:
    """Hold it at another time."""
    tx.execute(
        update(occurrence)
        .where(occurrence.c.id == occurrence_id)
        .values(starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
    )
