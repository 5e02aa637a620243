"""What a diagnosis reads beside rights and alarms: the menus that stand, and how notices are getting on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.domain.diagnosis import NoticeFacts, PublishedMenu
from bot.domain.kinds import NoticeState
from bot.store.outbox import count_by_state
from bot.store.tables import notice
from bot.store.wechat_tables import published_menu


def list_published_menus(tx: Connection) -> list[PublishedMenu]:
    """The menus that stand on the platform, as far as we published them."""
    rows = tx.execute(select(published_menu.c.name, published_menu.c.published_at).order_by(published_menu.c.name))
    return [PublishedMenu(*row) for row in rows]


def read_notice_facts(tx: Connection, now: datetime) -> NoticeFacts:
    """How notices are getting on."""
    waiting = (notice.c.state == NoticeState.PENDING) & (notice.c.due_at <= now)
    oldest = tx.execute(select(func.min(notice.c.due_at)).where(waiting)).scalar_one()
    return NoticeFacts(count_by_state(tx), oldest)
