"""Readers' leave for single messages: one row is leave for one message, told as often as the platform likes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.wechat_tables import subscription


def grant(tx: Connection, reader_id: int, channel: str, template_id: str, scene: int, granted_at: datetime) -> bool:
    """Write down a leave; False when it stands there already, also where it was used up or withdrawn since."""
    dialect: Any = {"sqlite": sqlite, "postgresql": postgresql}[tx.dialect.name]
    row = {"reader_id": reader_id, "channel": channel, "template_id": template_id, "scene": scene}
    added = dialect.insert(subscription).values(granted_at=granted_at, **row).on_conflict_do_nothing()
    return tx.execute(added.returning(subscription.c.id)).first() is not None


def withdraw(tx: Connection, reader_id: int, channel: str, template_id: str, withdrawn_at: datetime) -> int:
    """End the unused leaves that were given until then; how many. Rows stay: a repeat must not grant them again."""
    unused = subscription.c.used_at.is_(None) & (subscription.c.granted_at <= withdrawn_at)
    of_reader = (subscription.c.reader_id == reader_id) & (subscription.c.channel == channel)
    query = update(subscription).where(of_reader, subscription.c.template_id == template_id, unused)
    return tx.execute(query.values(used_at=withdrawn_at)).rowcount
