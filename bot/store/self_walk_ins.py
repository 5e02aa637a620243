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


def take_back_self_walk_in(tx: Connection, occurrence_id: int, reader_id: int, now: datetime) -> None:
    """Take back what this reader counted in before, if anything. The caller holds the occurrence's lock."""
    standing = (walk_in.c.occurrence_id == occurrence_id) & (walk_in.c.reader_id == reader_id)
    tx.execute(update(walk_in).where(standing, walk_in.c.undone_at.is_(None)).values(undone_at=now))


def claim_self_walk_in(tx: Connection, occurrence_id: int, reader_id: int, people: int, now: datetime) -> None:
    """Count a reader in. The caller holds the occurrence's lock; a unique index holds a second one off."""
    row = {"occurrence_id": occurrence_id, "reader_id": reader_id, "people": people, "noted_at": now}
    tx.execute(insert(walk_in).values(**row))
