"""Queries about occurrences and their seats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, func, or_, select

from bot.domain.checkin import Attendance
from bot.domain.kinds import SEATED, Mode, OccurrenceStatus, RegistrationStatus, ScanResult, SignUp
from bot.domain.occurrence import CHECK_IN_BEFORE, OccurrenceFacts
from bot.store.tables import UtcDateTime, checkin, constant, event, library, occurrence, registration, venue, walk_in

FACT_COLUMNS = (
    occurrence.c.id,
    occurrence.c.number,
    occurrence.c.campaign_id,
    occurrence.c.event_id,
    event.c.library_id,
    event.c.title,
    occurrence.c.label,
    event.c.summary,
    event.c.category,
    event.c.audience,
    event.c.speaker,
    library.c.name.label("library_name"),
    library.c.contact.label("library_contact"),
    occurrence.c.starts_at,
    occurrence.c.ends_at,
    occurrence.c.all_day,
    occurrence.c.date_text,
    venue.c.name.label("venue"),
    venue.c.address,
    occurrence.c.capacity,
    occurrence.c.overbooking,
    occurrence.c.mode,
    occurrence.c.status,
    event.c.sign_up,
    event.c.party_limit,
    occurrence.c.opens_at,
    occurrence.c.closes_at,
)

FACT_SOURCE = (
    occurrence.join(event, event.c.id == occurrence.c.event_id)
    .join(library, library.c.id == event.c.library_id)
    .outerjoin(venue, venue.c.id == occurrence.c.venue_id)
)

_FACTS = select(*FACT_COLUMNS).select_from(FACT_SOURCE)
_ENDS = func.coalesce(occurrence.c.ends_at, occurrence.c.starts_at)
_BY_ID = _FACTS.where(occurrence.c.id == bindparam("id"))
_BY_NUMBER = (  # numbers are unique over everything not yet ended; else the newest that bore it
    _FACTS.where(occurrence.c.number == bindparam("number"))
    .order_by(
        case((or_(_ENDS.is_(None), _ENDS > bindparam("now", type_=UtcDateTime)), 0), else_=1),
        occurrence.c.id.desc(),
    )
    .limit(1)
)
_LOCK = (
    select(occurrence.c.id).where(occurrence.c.id == bindparam("id")).with_for_update(key_share=True)
)  # SQLite needs none: its writers stand in line


def facts_of(row: Sequence[Any]) -> OccurrenceFacts:
    """Turn a row that begins with FACT_COLUMNS into facts."""
    values = list(row[: len(FACT_COLUMNS)])
    values[9] = tuple(values[9])
    values[17] = values[17] or ""
    values[18] = values[18] or ""
    values[21] = Mode(values[21])
    values[22] = OccurrenceStatus(values[22])
    values[23] = SignUp(values[23])
    return OccurrenceFacts(*values)


def find_by_number(tx: Connection, number: int, now: datetime) -> OccurrenceFacts | None:
    """The occurrence with this public number."""
    row = tx.execute(_BY_NUMBER, {"number": number, "now": now}).first()
    return facts_of(row) if row else None


def get_occurrence(tx: Connection, occurrence_id: int) -> OccurrenceFacts:
    """The occurrence; raise NoResultFound when there is none."""
    return facts_of(tx.execute(_BY_ID, {"id": occurrence_id}).one())


def find_occurrence(tx: Connection, occurrence_id: int) -> OccurrenceFacts | None:
    """The occurrence or None."""
    row = tx.execute(_BY_ID, {"id": occurrence_id}).first()
    return facts_of(row) if row else None


def lock_occurrence(tx: Connection, occurrence_id: int) -> None:
    """Queue up for the seats of an occurrence until the end of the transaction.

    PostgreSQL's READ COMMITTED gives the next statement a view that includes whatever the one before us committed.
    """
    tx.execute(_LOCK, {"id": occurrence_id})


def list_upcoming(tx: Connection, now: datetime, *, starts_before: datetime | None = None) -> list[OccurrenceFacts]:
    """Scheduled occurrences with a date that are not over: those with sign-up first, then by start."""
    query: Select[Any] = (
        _FACTS.where(occurrence.c.status == constant("scheduled"), _ENDS > now)
        .where(event.c.category != constant("internal"))
        .order_by(
            case((event.c.sign_up == constant("required"), 0), else_=1), occurrence.c.starts_at, occurrence.c.number
        )
    )
    if starts_before is not None:
        query = query.where(occurrence.c.starts_at < starts_before)
    return [facts_of(row) for row in tx.execute(query)]


def list_open_for_check_in(
    tx: Connection, now: datetime, occurrence_ids: Sequence[int] | None = None
) -> list[OccurrenceFacts]:
    """Occurrences whose check-in window is open now, optionally only among the given ones."""
    query = _FACTS.where(
        occurrence.c.status == constant("scheduled"),
        occurrence.c.starts_at <= now + CHECK_IN_BEFORE,
        _ENDS >= now,
    ).order_by(occurrence.c.starts_at, occurrence.c.number)
    if occurrence_ids is not None:
        query = query.where(occurrence.c.id.in_(occurrence_ids))
    return [facts_of(row) for row in tx.execute(query)]


def list_starting_between(tx: Connection, start: datetime, end: datetime) -> list[OccurrenceFacts]:
    """Scheduled occurrences that start in this span, or span it, by start."""
    query = _FACTS.where(
        occurrence.c.status == constant("scheduled"), occurrence.c.starts_at <= end, _ENDS >= start
    ).order_by(occurrence.c.starts_at, occurrence.c.number)
    return [facts_of(row) for row in tx.execute(query)]


IS_SEATED = registration.c.status.in_([constant(status.value) for status in SEATED])
IS_WAITING = registration.c.status == constant(RegistrationStatus.WAITLISTED.value)
_NOT_LAPSED = or_(
    registration.c.status != constant(RegistrationStatus.HELD.value),
    registration.c.held_until > bindparam("now", type_=UtcDateTime),
)

SEATS_TAKEN = (  # promise I1: counted from the rows, never kept by hand
    select(func.coalesce(func.sum(registration.c.seats), 0))
    .where(registration.c.occurrence_id == bindparam("at_occurrence"))
    .where(IS_SEATED, _NOT_LAPSED)
)


def count_seats_taken(tx: Connection, occurrence_id: int, now: datetime) -> int:
    """Seats of held, confirmed and offered registrations."""
    return int(tx.execute(SEATS_TAKEN, {"at_occurrence": occurrence_id, "now": now}).scalar_one())


def count_seats_taken_each(tx: Connection, occurrence_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """The same for several occurrences."""
    rows = tx.execute(
        select(registration.c.occurrence_id, func.sum(registration.c.seats))
        .where(registration.c.occurrence_id.in_(occurrence_ids))
        .where(IS_SEATED, _NOT_LAPSED)
        .group_by(registration.c.occurrence_id),
        {"now": now},
    )
    return {occurrence_id: int(seats) for occurrence_id, seats in rows}


HAS_COME = and_(checkin.c.result == constant(ScanResult.OK.value), checkin.c.undone_at.is_(None))
_CAME = (
    select(func.coalesce(func.sum(checkin.c.people), 0))
    .where(checkin.c.occurrence_id == bindparam("occurrence_id"))
    .where(HAS_COME)
    .scalar_subquery()
)
_EXPECTED = (
    select(func.coalesce(func.sum(registration.c.seats), 0))
    .where(registration.c.occurrence_id == bindparam("occurrence_id"), registration.c.status == constant("confirmed"))
    .scalar_subquery()
)
_WALK_INS = (
    select(func.coalesce(func.sum(walk_in.c.people), 0))
    .where(walk_in.c.occurrence_id == bindparam("occurrence_id"), walk_in.c.undone_at.is_(None))
    .scalar_subquery()
)
_ATTENDANCE = select(_CAME, _EXPECTED, _WALK_INS)


def count_attendance(tx: Connection, occurrence_id: int) -> Attendance:
    """People in, people expected, walk-ins."""
    row = tx.execute(_ATTENDANCE, {"occurrence_id": occurrence_id}).one()
    return Attendance(*(int(number) for number in row))
