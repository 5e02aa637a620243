"""Staff as their organisers see them: role, what they serve, the browsers that they are signed in on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, or_, select, true, update

from bot.domain.colleagues import Colleague, Device
from bot.domain.kinds import Role
from bot.store.readers import StaffMember
from bot.store.sessions import in_force
from bot.store.staff_tables import staff, staff_occurrence, staff_session
from bot.store.tables import event, library, occurrence


def list_colleagues(tx: Connection, library_id: int | None, sessions_after: datetime, now: datetime) -> list[Colleague]:
    """Staff who may still do something and belong to a library or serve one of its occurrences, or all; with the
    sessions that began to be over after `sessions_after`."""
    query = (
        select(staff, library.c.name.label("library"))
        .select_from(staff.outerjoin(library, library.c.id == staff.c.library_id))
        .where(_may_still_act(sessions_after, now), _of_library(library_id))
        .order_by(staff.c.id)
    )
    rows = tx.execute(query).all()
    ids = [row.id for row in rows]
    serves, devices = _served(tx, ids), _devices(tx, ids, sessions_after)
    return [
        Colleague(
            row.id,
            Role(row.role),
            row.label,
            row.library or "",
            tuple(serves.get(row.id, ())),
            row.ends_at,
            tuple(devices.get(row.id, ())),
        )
        for row in rows
    ]


def find_colleague(
    tx: Connection, staff_id: int, library_id: int | None, sessions_after: datetime, now: datetime
) -> StaffMember | None:
    """A staff member who may still do something and belongs there."""
    columns = staff.c.id, staff.c.role, staff.c.library_id, staff.c.label
    wanted = staff.c.id == staff_id, _may_still_act(sessions_after, now), _of_library(library_id)
    row = tx.execute(select(*columns).where(*wanted)).first()
    return None if row is None else StaffMember(row[0], Role(row[1]), row[2], row[3])


def find_session_owner(tx: Connection, session_id: int) -> int | None:
    """The staff member of a session."""
    return tx.execute(select(staff_session.c.staff_id).where(staff_session.c.id == session_id)).scalar()


def end_role_of(tx: Connection, staff_id: int, now: datetime) -> bool:
    """End a role, one whose day is over as well; False when somebody had ended it. The tie to the account stays for
    the audit, until that is erased."""
    ended = update(staff).where(staff.c.id == staff_id, staff.c.ended_at.is_(None)).values(ended_at=now)
    return tx.execute(ended).rowcount > 0


def _may_still_act(sessions_after: datetime, now: datetime) -> ColumnElement[bool]:
    """In force, or invited for a day that is over and with a phone that may still bring what it noted: a lost one must
    be stopped then too."""
    brings = select(staff_session.c.id).where(staff_session.c.staff_id == staff.c.id, _standing(sessions_after))
    return in_force(now) | (staff.c.ended_at.is_(None) & exists(brings.correlate(staff)))


def _standing(sessions_after: datetime) -> ColumnElement[bool]:
    return staff_session.c.ended_at.is_(None) & (staff_session.c.expires_at > sessions_after)


def _of_library(library_id: int | None) -> ColumnElement[bool]:
    if library_id is None:
        return true()
    served = (
        select(staff_occurrence.c.staff_id)
        .join(occurrence, occurrence.c.id == staff_occurrence.c.occurrence_id)
        .join(event, event.c.id == occurrence.c.event_id)
        .where(staff_occurrence.c.staff_id == staff.c.id, event.c.library_id == library_id)
    )
    return or_(staff.c.library_id == library_id, exists(served.correlate(staff)))


def _served(tx: Connection, ids: list[int]) -> dict[int, list[int]]:
    query = (
        select(staff_occurrence.c.staff_id, occurrence.c.number)
        .join(occurrence, occurrence.c.id == staff_occurrence.c.occurrence_id)
        .where(staff_occurrence.c.staff_id.in_(ids))
        .order_by(occurrence.c.number)
    )
    found: dict[int, list[int]] = {}
    for staff_id, number in tx.execute(query):
        found.setdefault(staff_id, []).append(number)
    return found


def _devices(tx: Connection, ids: list[int], after: datetime) -> dict[int, list[Device]]:
    query = select(staff_session).where(staff_session.c.staff_id.in_(ids), _standing(after))
    found: dict[int, list[Device]] = {}
    for row in tx.execute(query.order_by(staff_session.c.seen_at.desc(), staff_session.c.id)):
        device = Device(row.id, row.device, row.seen_at, row.expires_at)
        found.setdefault(row.staff_id, []).append(device)
    return found
