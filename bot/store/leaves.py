"""Whether a reader's leave for one message stands open, and whose registration a page's link is about."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, exists, select

from bot.domain.kinds import RegistrationStatus
from bot.store.tables import occurrence, reader, registration
from bot.store.wechat_tables import subscription

ONCE = "once"


@dataclass(frozen=True, slots=True)
class Asker:
    """A registration whose reader may be asked. `number`: of its occurrence."""

    reader_id: int
    openid: str | None
    number: int
    status: RegistrationStatus


def find_asker(tx: Connection, registration_id: int) -> Asker | None:
    """The reader of a registration; None when there is no such row."""
    row = tx.execute(
        select(registration.c.reader_id, reader.c.openid, occurrence.c.number, registration.c.status)
        .join(reader, reader.c.id == registration.c.reader_id)
        .join(occurrence, occurrence.c.id == registration.c.occurrence_id)
        .where(registration.c.id == registration_id)
    ).first()
    return None if row is None else Asker(row[0], row[1], row[2], RegistrationStatus(row[3]))


def has_leave(tx: Connection, reader_id: int, template_id: str, scene: int) -> bool:
    """Whether a one-time message of this slot may be sent still."""
    mine = (subscription.c.reader_id == reader_id) & (subscription.c.template_id == template_id)
    unused = (subscription.c.channel == ONCE) & (subscription.c.scene == scene) & subscription.c.used_at.is_(None)
    return bool(tx.execute(select(exists().where(mine, unused))).scalar())
