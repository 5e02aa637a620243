"""Readers who counted themselves in at the open door, without a place."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from bot.store.door_tables import walk_in


def find_self_walk_in(tx: Connection, occurrence_id: int, reader_id: int) -> int | None:
    """How many people this reader counted in there; None when not."""
    standing = select(walk_in.c.people).where(
        walk_in.c.occurrence_id == occurrence_id, walk_in.c.reader_id == reader_id, walk_in.c.undone_at.is_(None)
    )
    return tx.execute(standing).scalar()


def find_latest_self_walk_in(tx: Connection, reader_id: int, since: datetime) -> int | None:
    """The occurrence at which this reader counted themselves in last, not before `since`; None without one."""
    standing = select(walk_in.c.occurrence_id).where(
        walk_in.c.reader_id == reader_id, walk_in.c.undone_at.is_(None), walk_in.c.noted_at >= since
    )
    return tx.execute(standing.order_by(walk_in.c.noted_at.desc(), walk_in.c.id.desc()).limit(1)).scalar()


def take_back_self_walk_in(tx: Connection, occurrence_id: int, reader_id: int, now: datetime) -> int:
    """Take back what this reader counted in before; how many people. The caller holds the occurrence's lock."""
    standing = (walk_in.c.occurrence_id == occurrence_id) & (walk_in.c.reader_id == reader_id)
    taken_back = update(walk_in).where(standing, walk_in.c.undone_at.is_(None)).values(undone_at=now)
    return tx.execute(taken_back.returning(walk_in.c.people)).scalar() or 0


def claim_self_walk_in(tx: Connection, occurrence_id: int, reader_id: int, people: int, now: datetime) -> None:
    """Count a reader in. The caller holds the occurrence's lock; a unique index holds a second one off."""
    row = {"occurrence_id": occurrence_id, "reader_id": reader_id, "people": people, "noted_at": now}
    tx.execute(insert(walk_in).values(**row))
