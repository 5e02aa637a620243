"""Links from the chat by which a reader's own pages know them, and what a session on those pages is checked against."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.tables import reader
from bot.store.wechat_tables import page_link


def find_openid(tx: Connection, reader_id: int) -> str | None:
    """The openid of a reader; None for one who is unknown or was forgotten (注销, unfollow)."""
    return tx.execute(select(reader.c.openid).where(reader.c.id == reader_id)).scalar()


def save_link(tx: Connection, reader_id: int, token_hash: bytes, expires_at: datetime) -> None:
    """Write down a reader's link; it takes the place of the one before."""
    dialect: Any = {"sqlite": sqlite, "postgresql": postgresql}[tx.dialect.name]
    fresh = {"token_hash": token_hash, "expires_at": expires_at}
    upsert = dialect.insert(page_link).values(reader_id=reader_id, **fresh)
    tx.execute(upsert.on_conflict_do_update(index_elements=["reader_id"], set_=fresh))


def find_link(tx: Connection, hashes: Sequence[bytes], now: datetime) -> int | None:
    """Whose link this is, if it is good now."""
    is_good = page_link.c.token_hash.in_(hashes) & (page_link.c.expires_at > now)
    return tx.execute(select(page_link.c.reader_id).where(is_good)).scalar()


def use_link(tx: Connection, hashes: Sequence[bytes], now: datetime) -> int | None:
    """Whose link this was; of two who use it at the same moment one is told."""
    is_good = page_link.c.token_hash.in_(hashes) & (page_link.c.expires_at > now)
    return tx.execute(delete(page_link).where(is_good).returning(page_link.c.reader_id)).scalar()
