"""How full the rooms are, for pages that are told of every change: many occurrences in few statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from bot.store.door_tables import checkin, walk_in
from bot.store.occurrences import attendance_at, count_seats_taken_each
from bot.store.tables import occurrence


@dataclass(frozen=True, slots=True)
class Presence:
    """An occurrence at this moment, in people; `left` in seats, None without a limit.

    `last_at` is when somebody last came, of those who count; None when nobody has.
    """

    number: int
    came: int
    expected: int
    walk_ins: int
    left: int | None
    last_at: datetime | None


_LAST_CHECK_IN = (
    select(func.max(checkin.c.received_at))
    .where(checkin.c.occurrence_id == occurrence.c.id, checkin.c.counted_as.is_not(None))
    .scalar_subquery()
)
_LAST_WALK_IN = (
    select(func.max(walk_in.c.noted_at))
    .where(walk_in.c.occurrence_id == occurrence.c.id, walk_in.c.undone_at.is_(None))
    .scalar_subquery()
)
_PRESENCE = select(
    occurrence.c.id,
    occurrence.c.number,
    occurrence.c.capacity + occurrence.c.overbooking,
    *attendance_at(occurrence.c.id),
    _LAST_CHECK_IN,
    _LAST_WALK_IN,
).where(occurrence.c.id.in_(bindparam("ids", expanding=True)))


def read_presence(tx: Connection, occurrence_ids: Iterable[int], now: datetime) -> dict[int, Presence]:
    """The occurrences by id; what does not exist is left out."""
    rows = tx.execute(_PRESENCE, {"ids": sorted(set(occurrence_ids))}).all()
    taken = count_seats_taken_each(tx, [row[0] for row in rows if row[2] is not None], now)
    return {
        id_: Presence(
            number=number,
            came=int(came),
            expected=int(expected),
            walk_ins=int(walk_ins),
            left=None if seats is None else max(0, seats - taken.get(id_, 0)),
            last_at=max((moment for moment in last if moment is not None), default=None),
        )
        for id_, number, seats, came, expected, walk_ins, *last in rows
    }
