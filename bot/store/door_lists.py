"""What a door's device asks for: the occurrences that its staff serve, and who is expected there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, or_, select

from bot.domain.checkin import Attendance
from bot.domain.kinds import ACTIVE, RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.store.door_tables import checkin, walk_in
from bot.store.occurrences import FACT_COLUMNS, FACT_SOURCE, facts_of
from bot.store.registration_details import RegistrationDetail, list_details_where
from bot.store.tables import audit, event, occurrence, registration

BEHIND, AHEAD = timedelta(days=8), timedelta(days=7)
"""From which on and until when occurrences are offered to a device: it may bring what it held for eight days."""
MOST_OCCURRENCES = 120
_LATELY = timedelta(days=3)
_EACH = 400  # ids in one statement: SQLite takes so many values and no more


def list_doors(
    tx: Connection, now: datetime, occurrence_ids: Sequence[int], library_id: int | None
) -> list[OccurrenceFacts]:
    """The occurrences around now, of those named, else of a library, else of all; by start."""
    ends = func.coalesce(occurrence.c.ends_at, occurrence.c.starts_at)
    near = and_(occurrence.c.starts_at <= now + AHEAD, ends >= now - BEHIND)
    query = select(*FACT_COLUMNS).select_from(FACT_SOURCE)
    if occurrence_ids:
        query = query.where(
            occurrence.c.id.in_(occurrence_ids), or_(occurrence.c.starts_at.is_(None), ends >= now - BEHIND)
        )
    else:
        query = query.where(near)
        if library_id is not None:
            query = query.where(event.c.library_id == library_id)
    is_over = ends < now
    rows = tx.execute(query.order_by(is_over, occurrence.c.starts_at, occurrence.c.number).limit(MOST_OCCURRENCES))
    return [facts_of(row) for row in rows]


def count_attendance_each(tx: Connection, occurrence_ids: Sequence[int]) -> dict[int, Attendance]:
    """The attendance of several occurrences."""
    came: dict[tuple[int, str], int] = {}
    expected: dict[int, int] = {}
    noted: dict[int, int] = {}
    for start in range(0, len(occurrence_ids), _EACH):
        asked = occurrence_ids[start : start + _EACH]
        rows = tx.execute(
            select(checkin.c.occurrence_id, checkin.c.counted_as, func.sum(checkin.c.people))
            .where(checkin.c.occurrence_id.in_(asked), checkin.c.counted_as.is_not(None))
            .group_by(checkin.c.occurrence_id, checkin.c.counted_as)
        )
        came |= {(row[0], row[1]): int(row[2]) for row in rows}
        rows = tx.execute(
            select(registration.c.occurrence_id, func.sum(registration.c.adults + registration.c.children))
            .where(registration.c.occurrence_id.in_(asked))
            .where(registration.c.status == RegistrationStatus.CONFIRMED.value)
            .group_by(registration.c.occurrence_id)
        )
        expected |= {row[0]: int(row[1]) for row in rows}
        rows = tx.execute(
            select(walk_in.c.occurrence_id, func.sum(walk_in.c.people))
            .where(walk_in.c.occurrence_id.in_(asked), walk_in.c.undone_at.is_(None))
            .group_by(walk_in.c.occurrence_id)
        )
        noted |= {row[0]: int(row[1]) for row in rows}
    return {
        each: Attendance(
            came.get((each, "registered"), 0),
            expected.get(each, 0),
            noted.get(each, 0) + came.get((each, "walk_in"), 0),
        )
        for each in occurrence_ids
    }


def list_expected(tx: Connection, occurrence_id: int, now: datetime) -> list[RegistrationDetail]:
    """The registrations that may stand at this door: those in force, and those cancelled lately."""
    lately = and_(
        registration.c.status == RegistrationStatus.CANCELLED.value, registration.c.cancelled_at >= now - _LATELY
    )
    active = registration.c.status.in_([status.value for status in ACTIVE])
    there = registration.c.occurrence_id == occurrence_id
    return list_details_where(tx, there, or_(active, lately), order=(registration.c.id,))


def count_let_in(tx: Connection, occurrence_id: int) -> dict[int, int]:
    """How many of each registration are in at a door, with a place or without."""
    rows = tx.execute(
        select(checkin.c.registration_id, checkin.c.people).where(
            checkin.c.occurrence_id == occurrence_id,
            checkin.c.counted_as.is_not(None),
            checkin.c.registration_id.is_not(None),
        )
    )
    return {row[0]: row[1] for row in rows}


def was_noted_since(tx: Connection, actor: str, action: str, subject: str, since: datetime) -> bool:
    """Whether the audit has this entry already."""
    query = select(audit.c.id).where(
        audit.c.actor == actor, audit.c.action == action, audit.c.subject == subject, audit.c.at >= since
    )
    return tx.execute(query.limit(1)).first() is not None
