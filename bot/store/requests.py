"""What readers wrote when they asked for a person, as it is stored: sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from bot.store.tables import request_note


def insert_request(tx: Connection, reader_id: int, words_enc: bytes, now: datetime) -> None:
    """Store one request."""
    tx.execute(insert(request_note).values(reader_id=reader_id, words_enc=words_enc, noted_at=now))


def count_requests(tx: Connection, reader_id: int) -> int:
    """How many of a reader's requests are kept."""
    query = select(func.count()).select_from(request_note).where(request_note.c.reader_id == reader_id)
    return int(tx.execute(query).scalar_one())
