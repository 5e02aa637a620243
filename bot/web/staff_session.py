"""Who is signed in on this browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import abort, request
from sqlalchemy import select

from bot.domain.kinds import Role, includes
from bot.store.readers import StaffMember
from bot.store.staff_tables import staff, staff_session
from bot.web.context import page_context

COOKIE = "shuqian_staff"
BRINGS_FOR = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A member of staff on one browser."""

    member: StaffMember
    session_id: int
    expires_at: datetime


def signed_in(least: Role = Role.VENUE, only_bring: bool = False) -> Visitor:
    """The visitor; 401 without a session, 403 when the role is too low."""
    context = page_context()
    now = context.clock()
    hashes = context.keys.search_hashes(f"staff session:{request.cookies.get(COOKIE, '')}")
    query = (
        select(
            staff_session.c.id, staff_session.c.expires_at, staff.c.id, staff.c.role, staff.c.library_id, staff.c.label
        )
        .select_from(staff_session.join(staff, staff.c.id == staff_session.c.staff_id))
        .where(staff_session.c.token_hash.in_(hashes), staff_session.c.ended_at.is_(None), staff.c.ended_at.is_(None))
    )
    with context.db.reading() as tx:
        row = tx.execute(query).first()
    if row is None or row[1] + (BRINGS_FOR if only_bring else timedelta()) <= now:
        abort(401)
    member = StaffMember(row[2], Role(row[3]), row[4], row[5])
    if member.role is not least and not includes(member.role, least):
        abort(403)
    return Visitor(member, row[0], row[1])
