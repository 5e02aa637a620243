"""What the public pages read: one ticket, one venue screen, the library that runs the account. Never a name or a phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from bot.domain.kinds import OccurrenceStatus, RegistrationStatus
from bot.store.tables import campaign, checkin, event, library, occurrence, reader, registration, venue, walk_in


@dataclass(frozen=True, slots=True)
class OccurrenceFacts:
    """What anybody may know about an occurrence."""

    id: int
    number: int
    title: str
    label: str
    starts_at: datetime | None
    ends_at: datetime | None
    all_day: bool
    date_text: str
    library: str
    venue: str
    address: str
    capacity: int | None
    overbooking: int
    cancelled: bool


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """A registration as its holder may see it. `waiting_before` counts those ahead in the waitlist."""

    occurrence: OccurrenceFacts
    status: RegistrationStatus
    adults: int
    children: int
    short_code: str
    held_until: datetime | None
    waiting_before: int
    came_at: datetime | None
    came_people: int
    erased: bool


@dataclass(frozen=True, slots=True)
class Attendance:
    """Persons at an occurrence. `left` is None when there is no limit."""

    registered: int
    came: int
    walk_ins: int
    left: int | None


_OCCURRENCE_COLUMNS = (
    occurrence.c.id.label("occurrence_id"),
    occurrence.c.number,
    occurrence.c.label,
    occurrence.c.starts_at,
    occurrence.c.ends_at,
    occurrence.c.all_day,
    occurrence.c.date_text,
    occurrence.c.capacity,
    occurrence.c.overbooking,
    occurrence.c.status.label("occurrence_status"),
    event.c.title,
    library.c.name.label("library_name"),
    venue.c.name.label("venue_name"),
    venue.c.address,
)

_OCCURRENCE_TABLES = (
    occurrence.join(event, occurrence.c.event_id == event.c.id)
    .join(library, event.c.library_id == library.c.id)
    .outerjoin(venue, occurrence.c.venue_id == venue.c.id)
)


def find_ticket(connection: Connection, registration_id: int) -> TicketFacts | None:
    """The ticket of a registration, or None when there is no such row."""
    came = and_(checkin.c.registration_id == registration.c.id, checkin.c.result == "ok", checkin.c.undone_at.is_(None))
    tables = (
        registration.join(reader, registration.c.reader_id == reader.c.id)
        .join(_OCCURRENCE_TABLES, registration.c.occurrence_id == occurrence.c.id)
        .outerjoin(checkin, came)
    )
    row = connection.execute(
        select(
            *_OCCURRENCE_COLUMNS,
            registration.c.status,
            registration.c.adults,
            registration.c.children,
            registration.c.short_code,
            registration.c.held_until,
            registration.c.queued_at,
            reader.c.erased_at,
            checkin.c.received_at,
            checkin.c.people,
        )
        .select_from(tables)
        .where(registration.c.id == registration_id)
    ).one_or_none()
    if row is None:
        return None
    status = RegistrationStatus(row.status)
    waits = status is RegistrationStatus.WAITLISTED
    return TicketFacts(
        occurrence=_occurrence_facts(row),
        status=status,
        adults=row.adults,
        children=row.children,
        short_code=row.short_code,
        held_until=row.held_until,
        waiting_before=_count_waiting_before(connection, row, registration_id) if waits else 0,
        came_at=row.received_at,
        came_people=row.people or 0,
        erased=row.erased_at is not None,
    )


def find_occurrence(connection: Connection, occurrence_id: int) -> OccurrenceFacts | None:
    """What a venue screen says about its occurrence, or None."""
    row = connection.execute(
        select(*_OCCURRENCE_COLUMNS).select_from(_OCCURRENCE_TABLES).where(occurrence.c.id == occurrence_id)
    ).one_or_none()
    return None if row is None else _occurrence_facts(row)


def count_attendance(connection: Connection, facts: OccurrenceFacts, now: datetime) -> Attendance:
    """Persons registered, come and walked in, and the seats that are free now (a lapsed hold is free)."""
    confirmed = registration.c.status == RegistrationStatus.CONFIRMED
    live_hold = and_(registration.c.status == RegistrationStatus.HELD, registration.c.held_until > now)
    seated = or_(confirmed, live_hold, registration.c.status == RegistrationStatus.OFFERED)
    party = registration.c.adults + registration.c.children
    row = connection.execute(
        select(
            func.coalesce(func.sum(party).filter(confirmed), 0).label("registered"),
            func.coalesce(func.sum(registration.c.seats).filter(seated), 0).label("seats"),
        ).where(registration.c.occurrence_id == facts.id)
    ).one()
    left = None if facts.capacity is None else max(0, facts.capacity + facts.overbooking - int(row.seats))
    return Attendance(
        int(row.registered), _count_came(connection, facts.id), _count_walk_ins(connection, facts.id), left
    )


def find_account_library(connection: Connection) -> str | None:
    """The name of the library that runs the account: the issuer of the newest campaign, else the head of the tree."""
    issuer = (
        select(library.c.name)
        .join(campaign, campaign.c.library_id == library.c.id)
        .order_by(campaign.c.starts_on.desc(), campaign.c.id.desc())
        .limit(1)
    )
    head = (
        select(library.c.name).where(library.c.parent_id.is_(None)).order_by(library.c.position, library.c.id).limit(1)
    )
    return connection.execute(issuer).scalar() or connection.execute(head).scalar()


def _count_waiting_before(connection: Connection, row: Any, registration_id: int) -> int:
    earlier = or_(
        registration.c.queued_at < row.queued_at,
        and_(registration.c.queued_at == row.queued_at, registration.c.id < registration_id),
    )
    return int(
        connection.execute(
            select(func.count())
            .select_from(registration)
            .where(
                registration.c.occurrence_id == row.occurrence_id,
                registration.c.status == RegistrationStatus.WAITLISTED,
                earlier,
            )
        ).scalar_one()
    )


def _count_came(connection: Connection, occurrence_id: int) -> int:
    valid = (checkin.c.occurrence_id == occurrence_id, checkin.c.result == "ok", checkin.c.undone_at.is_(None))
    return int(connection.execute(select(func.coalesce(func.sum(checkin.c.people), 0)).where(*valid)).scalar_one())


def _count_walk_ins(connection: Connection, occurrence_id: int) -> int:
    valid = (walk_in.c.occurrence_id == occurrence_id, walk_in.c.undone_at.is_(None))
    return int(connection.execute(select(func.coalesce(func.sum(walk_in.c.people), 0)).where(*valid)).scalar_one())


def _occurrence_facts(row: Any) -> OccurrenceFacts:
    return OccurrenceFacts(
        id=row.occurrence_id,
        number=row.number,
        title=row.title,
        label=row.label,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        all_day=row.all_day,
        date_text=row.date_text,
        library=row.library_name,
        venue=row.venue_name or "",
        address=row.address or "",
        capacity=row.capacity,
        overbooking=row.overbooking,
        cancelled=row.occurrence_status == OccurrenceStatus.CANCELLED,
    )
