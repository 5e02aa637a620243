"""Ways to single readers that the platform has closed. A row counts until the reader is heard of again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.wechat_tables import reader_channel

ALL = "all"
"""Stands for every way: not a follower of this account."""


def close_channel(tx: Connection, reader_id: int, channel: str, code: int, now: datetime) -> None:
    """Nothing goes to this reader this way any more; `code` is the platform's reason."""
    dialect: Any = {"sqlite": sqlite, "postgresql": postgresql}[tx.dialect.name]
    fresh = {"code": code, "closed_at": now}
    row = dialect.insert(reader_channel).values(reader_id=reader_id, channel=channel, **fresh)
    tx.execute(row.on_conflict_do_update(index_elements=["reader_id", "channel"], set_=fresh))


def list_closed(tx: Connection, reader_id: int) -> dict[str, datetime]:
    """The closed ways of a reader, and since when."""
    query = select(reader_channel.c.channel, reader_channel.c.closed_at).where(reader_channel.c.reader_id == reader_id)
    return {row.channel: row.closed_at for row in tx.execute(query)}


def open_channels(tx: Connection, reader_id: int, channels: Collection[str]) -> None:
    """These ways may be tried again."""
    mine = reader_channel.c.reader_id == reader_id
    tx.execute(delete(reader_channel).where(mine, reader_channel.c.channel.in_(channels)))
