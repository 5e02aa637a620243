"""Ways to a reader that are closed: refused by the reader there, or by the platform."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.wechat_tables import reader_channel

EVERY_WAY = "every_way"
"""The channel of somebody who does not follow the account, or never did."""


def close_channel(tx: Connection, reader_id: int, channel: str, code: int, now: datetime) -> None:
    """Nothing more over this channel until it is opened again; `code` is what the platform said."""
    dialect: Any = {"sqlite": sqlite, "postgresql": postgresql}[tx.dialect.name]
    told = {"code": code, "closed_at": now}
    row = {"reader_id": reader_id, "channel": channel, **told}
    upsert = dialect.insert(reader_channel).values(row)
    tx.execute(upsert.on_conflict_do_update(index_elements=["reader_id", "channel"], set_=told))


def open_channel(tx: Connection, reader_id: int, channel: str) -> None:
    """The reader has shown that this way is open."""
    mine = (reader_channel.c.reader_id == reader_id) & (reader_channel.c.channel == channel)
    tx.execute(delete(reader_channel).where(mine))


def list_closed(tx: Connection, reader_id: int) -> frozenset[str]:
    """The channels that are closed to this reader."""
    query = select(reader_channel.c.channel).where(reader_channel.c.reader_id == reader_id)
    return frozenset(tx.scalars(query))
