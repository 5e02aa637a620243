"""Media entries, notes and photos as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from bot.store.report_tables import media_item, note, photo
from bot.store.tables import tally

TABLES: Mapping[str, Table] = {"media_item": media_item, "note": note, "photo": photo}


def insert_entry(tx: Connection, table: Table, values: Mapping[str, object]) -> int:
    """Store a row and return its key."""
    key = tx.execute(insert(table).values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def update_entry(tx: Connection, table: Table, row_id: int, values: Mapping[str, object]) -> None:
    """Change columns of a row."""
    tx.execute(update(table).where(table.c.id == row_id).values(**values))


def find_campaign_of(tx: Connection, kind: str, row_id: int) -> int | None:
    """The campaign of a media entry, note or photo; None for other kinds."""
    table = TABLES.get(kind)
    return None if table is None else tx.execute(select(table.c.campaign_id).where(table.c.id == row_id)).scalar()


def entries_by_key(tx: Connection, table: Table, campaign_id: int) -> dict[str, Row[Any]]:
    """Imported rows of a campaign, by their stable names."""
    query = select(table).where(table.c.campaign_id == campaign_id, table.c.key.is_not(None))
    return {row.key: row for row in tx.execute(query)}


def list_uncaptioned(tx: Connection, staff_id: int, since: datetime) -> list[int]:
    """The photos that somebody sent since then and said nothing of yet."""
    query = select(photo.c.id).where(
        photo.c.staff_id == staff_id,
        photo.c.noted_at >= since,
        photo.c.undone_at.is_(None),
        photo.c.caption == "",
        photo.c.key.is_(None),
    )
    return list(tx.scalars(query.order_by(photo.c.id)))


def caption_photos(tx: Connection, ids: list[int], values: Mapping[str, object]) -> None:
    """Say of photos what they show and where they were taken."""
    tx.execute(update(photo).where(photo.c.id.in_(ids)).values(**values))


def list_unfetched(tx: Connection, limit: int) -> list[Row[Any]]:
    """Photos whose bytes are still with the platform: id, where, and since when."""
    query = select(photo.c.id, photo.c.source, photo.c.noted_at).where(
        photo.c.picture.is_(None), photo.c.source.is_not(None), photo.c.undone_at.is_(None)
    )
    return list(tx.execute(query.order_by(photo.c.id).limit(limit)))


def keep_picture(tx: Connection, photo_id: int, picture: bytes, width: int, height: int, digest: str) -> None:
    """Store the bytes; where they came from is of no use any more."""
    values = {"picture": picture, "width": width, "height": height, "digest": digest, "source": None}
    tx.execute(update(photo).where(photo.c.id == photo_id).values(**values))


def give_up_photo(tx: Connection, photo_id: int, now: datetime) -> None:
    """What cannot be fetched or read is no photo."""
    tx.execute(update(photo).where(photo.c.id == photo_id).values(source=None, undone_at=now))


def load_pictures(tx: Connection, ids: list[int]) -> dict[int, bytes]:
    """The bytes of photos, by id."""
    query = select(photo.c.id, photo.c.picture).where(photo.c.id.in_(ids), photo.c.picture.is_not(None))
    return {row.id: row.picture for row in tx.execute(query)}


_SAID = {"tally": "written", "media_item": "outlet", "note": "words", "photo": "caption"}
"""The column that tells an entry apart for who reads the record of corrections."""


def claim_take_back(
    tx: Connection, kind: str, campaign_id: int, entry_id: int, library_id: int | None, now: datetime
) -> str | None:
    """Take back an entry that stands; what it said, or None when this call did not do it.

    `library_id`: only one of this library; None: whichever.
    """
    table = tally if kind == "tally" else TABLES.get(kind)
    if table is None:
        return None
    stands = (table.c.id == entry_id) & (table.c.campaign_id == campaign_id) & table.c.undone_at.is_(None)
    if library_id is not None:
        stands &= table.c.library_id == library_id
    said = table.c[_SAID[kind]]
    taken = tx.execute(update(table).where(stands).values(undone_at=now).returning(said)).first()
    return None if taken is None else str(taken[0] or "")
