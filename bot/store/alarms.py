"""Alarms for the keeper: what is wrong with the account or its settings. One open row for each kind and subject."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.alarm import AlarmKind as AlarmKind
from bot.store.wechat_tables import alarm


def raise_alarm(tx: Connection, kind: AlarmKind, subject: str, code: int | None, detail: str, now: datetime) -> None:
    """Open an alarm, or count it once more; `detail` holds nothing secret and nobody's data."""
    dialect: Any = {"sqlite": sqlite, "postgresql": postgresql}[tx.dialect.name]
    fresh = {"code": code, "detail": detail[:200], "last_at": now}
    row = {"kind": kind.value, "subject": subject[:64], "first_at": now, "times": 1, **fresh}
    upsert = dialect.insert(alarm).values(row)
    counted = {**fresh, "times": alarm.c.times + 1}
    tx.execute(
        upsert.on_conflict_do_update(
            index_elements=["kind", "subject"], index_where=alarm.c.ended_at.is_(None), set_=counted
        )
    )


def end_alarm(tx: Connection, kind: AlarmKind, subject: str, now: datetime) -> bool:
    """What was wrong is right again; False when no such alarm was open."""
    open_one = (alarm.c.kind == kind.value) & (alarm.c.subject == subject[:64]) & alarm.c.ended_at.is_(None)
    return tx.execute(update(alarm).where(open_one).values(ended_at=now)).rowcount == 1


def list_alarms(tx: Connection) -> Sequence[RowMapping]:
    """All open alarms, the latest first."""
    query = select(alarm).where(alarm.c.ended_at.is_(None)).order_by(alarm.c.last_at.desc(), alarm.c.id)
    return tx.execute(query).mappings().all()
