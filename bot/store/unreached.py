"""Notices that did not reach their readers, as letters, for the people who then call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from bot.domain.unreached import UnsentLetter, Why
from bot.store.outbox import BANNER, LETTER, letter_of
from bot.store.tables import event, notice, occurrence, reader
from bot.store.wechat_tables import reader_channel


def list_unsent_letters(tx: Connection, library_id: int | None, now: datetime, limit: int) -> list[UnsentLetter]:
    """Failed and unknown notices of what has not begun, of one library or of all; the newest `limit`.

    Where no way was left to try, the platform's reason is the one for which it closed the last.
    """
    mine = reader_channel.c.reader_id == notice.c.reader_id
    closed = select(reader_channel.c.code).where(mine).order_by(reader_channel.c.closed_at.desc()).limit(1)
    code = func.coalesce(notice.c.error_code, closed.correlate(notice).scalar_subquery()).label("error_code")
    query = (
        LETTER.add_columns(notice.c.state, notice.c.channel.label("way"), code)
        .where(notice.c.state.in_(("failed", "unknown")), reader.c.openid.is_not(None))
        .where(notice.c.registration_id.is_not(None))  # not those to staff
        .where(or_(occurrence.c.starts_at.is_(None), occurrence.c.starts_at > now))
        .order_by(notice.c.id.desc())
        .limit(limit)
    )
    if library_id is not None:
        query = query.where(event.c.library_id == library_id)
    found = []
    for row in tx.execute(query).mappings():
        values = dict(row)
        state, way, code = values.pop("state"), values.pop("way"), values.pop("error_code")
        why = Why.WAITS if state == "failed" and way == BANNER else Why(state)
        found.append(UnsentLetter(letter_of(values), why, code))
    return found
