"""Readers' leave for single messages: one row is leave for one message, told as often as the platform likes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update
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


def has_leave(tx: Connection, reader_id: int, channel: str, template_id: str, after: datetime | None) -> bool:
    """Whether an unused leave stands there, given after that moment if one is named."""
    unused = _unused(reader_id, channel, template_id, after)
    return tx.execute(select(subscription.c.id).where(unused).limit(1)).first() is not None


def use(
    tx: Connection,
    reader_id: int,
    channel: str,
    template_id: str,
    notice_id: int,
    now: datetime,
    after: datetime | None = None,
) -> int | None:
    """Use up the oldest leave; its scene, or None when there is none. Commit before the call: a crash loses one leave
    and never sends twice.
    """
    unused = _unused(reader_id, channel, template_id, after)
    oldest = select(subscription.c.id).where(unused).order_by(subscription.c.granted_at, subscription.c.id).limit(1)
    while (leave := tx.execute(oldest).scalar()) is not None:
        still = (subscription.c.id == leave) & subscription.c.used_at.is_(None)
        taken = update(subscription).where(still).values(used_at=now, notice_id=notice_id)
        scene = tx.execute(taken.returning(subscription.c.scene)).scalar()
        if scene is not None:  # else another letter to this reader has just taken it
            return int(scene)
    return None


def give_back(tx: Connection, reader_id: int, channel: str, notice_id: int) -> None:
    """The leave that a notice used last, for a call that had no effect, is leave again; those of its earlier calls
    stay used up. Raises IntegrityError when the reader has given the same leave anew meanwhile.
    """
    mine = (subscription.c.reader_id == reader_id) & (subscription.c.channel == channel)
    used = select(subscription.c.id).where(mine, subscription.c.notice_id == notice_id)
    last = used.order_by(subscription.c.used_at.desc(), subscription.c.id.desc()).limit(1).scalar_subquery()
    tx.execute(update(subscription).where(subscription.c.id == last).values(used_at=None, notice_id=None))


def _unused(reader_id: int, channel: str, template_id: str, after: datetime | None) -> ColumnElement[bool]:
    mine = (subscription.c.reader_id == reader_id) & (subscription.c.channel == channel)
    unused = mine & (subscription.c.template_id == template_id) & subscription.c.used_at.is_(None)
    return unused if after is None else unused & (subscription.c.granted_at > after)
