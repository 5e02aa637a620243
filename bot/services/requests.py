"""Readers who ask for a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.store.pii import Keys
from bot.store.requests import insert_request

LONGEST = 500


def note_request(tx: Connection, reader_id: int, text: str, keys: Keys, now: datetime) -> None:
    """Keep what the reader wrote, sealed, until somebody has seen to it."""
    insert_request(tx, reader_id, keys.seal(text[:LONGEST], f"request.words:{reader_id}"), now)
