"""Readers who ask for a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from bot.store.pii import Keys
from bot.store.tables import request_note

LONGEST = 500


def note_request(tx: Connection, reader_id: int, text: str, keys: Keys, now: datetime) -> None:
    """Keep what the reader wrote, sealed, until somebody has seen to it."""
    sealed = keys.seal(text[:LONGEST], f"request.words:{reader_id}")
    tx.execute(insert(request_note).values(reader_id=reader_id, words_enc=sealed, noted_at=now))


def count_requests(tx: Connection, reader_id: int) -> int:
    """How many of a reader's requests are kept."""
    query = select(func.count()).select_from(request_note).where(request_note.c.reader_id == reader_id)
    return int(tx.execute(query).scalar_one())
