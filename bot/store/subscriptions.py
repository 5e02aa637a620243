"""Readers' leave for single messages: one row is leave for one message, told as often as the platform likes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update
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


def use(tx: Connection, reader_id: int, channel: str, template_id: str, notice_id: int, now: datetime) -> int | None:
    """Use up the oldest leave for one notice, and give its scene; None when there is none left.

    Commit before the call: a crash then loses a leave, and never sends twice for one.
    """
    mine = (subscription.c.reader_id == reader_id) & (subscription.c.channel == channel)
    unused = mine & (subscription.c.template_id == template_id) & subscription.c.used_at.is_(None)
    oldest = select(subscription.c.id).where(unused).order_by(subscription.c.granted_at, subscription.c.id).limit(1)
    claim = update(subscription).where(subscription.c.id == oldest.scalar_subquery(), subscription.c.used_at.is_(None))
    used = tx.execute(claim.values(used_at=now, notice_id=notice_id).returning(subscription.c.scene)).first()
    return None if used is None else int(used.scene)


def give_back(tx: Connection, notice_id: int) -> None:
    """The notice never left: the leave that it had taken is good for another try."""
    tx.execute(update(subscription).where(subscription.c.notice_id == notice_id).values(used_at=None, notice_id=None))
