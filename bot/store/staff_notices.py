"""Notices to staff: rows of the outbox that belong to no registration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, or_, select
from sqlalchemy import exists as sql_exists

from bot.domain.kinds import NoticeKind, Role
from bot.store.outbox import add_notice
from bot.store.staff_tables import staff
from bot.store.tables import notice, reader


def list_untold(tx: Connection, kind: NoticeKind, moment: str, roles: tuple[Role, ...], now: datetime) -> list[int]:
    """Readers who bear one of these roles, can be reached, and have no notice of this kind and moment."""
    told = sql_exists().where(notice.c.kind == kind, notice.c.reader_id == reader.c.id, notice.c.moment == moment)
    wanted = (
        select(reader.c.id)
        .join(staff, staff.c.reader_id == reader.c.id)
        .where(staff.c.role.in_(roles), staff.c.ended_at.is_(None), reader.c.openid.is_not(None), ~told)
        .where(or_(staff.c.ends_at.is_(None), staff.c.ends_at > now))
        .order_by(reader.c.id)
    )
    return [row.id for row in tx.execute(wanted)]


def add_staff_notices(
    tx: Connection,
    kind: NoticeKind,
    moment: str,
    facts: Mapping[str, str],
    *,
    roles: tuple[Role, ...],
    not_after: datetime | None,
    now: datetime,
) -> int:
    """A notice for each member of these roles who can be reached and has none of this kind and moment; how many.

    No index holds rows without a registration to one each, so the caller must hold a lock that all who tell of the
    same thing take: that of the version which is told of.
    """
    found = list_untold(tx, kind, moment, roles, now)
    for reader_id in found:
        row = {
            "kind": kind,
            "registration_id": None,
            "reader_id": reader_id,
            "moment": moment,
            "facts": dict(facts),
            "due_at": now,
            "not_after": not_after,
            "created_at": now,
        }
        add_notice(tx, row)
    return len(found)
