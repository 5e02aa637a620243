"""What a library changes about an occurrence after people have signed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, case, func, or_, select, text, update

from bot.domain.kinds import OccurrenceStatus, RegistrationStatus
from bot.domain.registration import Registration
from bot.store.columns import constant
from bot.store.registrations import IS_ACTIVE, REGISTRATION_COLUMNS, registration_of
from bot.store.tables import occurrence, registration, venue


def claim_status(tx: Connection, occurrence_id: int, status: OccurrenceStatus) -> bool:
    """Call an occurrence off, or hold it after all; whether this call changed it."""
    result = tx.execute(
        update(occurrence)
        .where(occurrence.c.id == occurrence_id, occurrence.c.status != status.value)
        .values(status=status.value)
    )
    return result.rowcount == 1


def save_occurrence(tx: Connection, occurrence_id: int, values: Mapping[str, object]) -> None:
    """Change columns of an occurrence; the caller holds its lock."""
    tx.execute(update(occurrence).where(occurrence.c.id == occurrence_id).values(**values))


def find_venues(tx: Connection, name: str) -> list[tuple[int, int]]:
    """Venues of this name: id and library."""
    query = select(venue.c.id, venue.c.library_id).where(venue.c.name == name)
    return [(row[0], row[1]) for row in tx.execute(query)]


def list_venue_names(tx: Connection, library_id: int) -> list[str]:
    """The venues of a library."""
    return list(tx.scalars(select(venue.c.name).where(venue.c.library_id == library_id).order_by(venue.c.id)))


def list_concerned(tx: Connection, occurrence_id: int, now: datetime) -> list[Registration]:
    """Everybody whom a change concerns: in the room, in line, in the lottery; not who let a held place lapse."""
    stands = or_(registration.c.status != constant(RegistrationStatus.HELD.value), registration.c.held_until > now)
    rows = tx.execute(
        select(*REGISTRATION_COLUMNS)
        .where(registration.c.occurrence_id == occurrence_id, IS_ACTIVE, stands)
        .order_by(registration.c.id)
    )
    return [registration_of(row) for row in rows]


def wait_for_writers(tx: Connection) -> None:
    """Let every sign-up that is under way end first: where there was no limit, none took the occurrence's lock.

    SQLite has one writer anyway.
    """
    if tx.dialect.name != "sqlite":
        tx.execute(text("LOCK TABLE registration IN SHARE ROW EXCLUSIVE MODE"))


def save_seats(tx: Connection, seats: Mapping[int, int]) -> None:
    """Write how many seats registrations take, all in one statement."""
    units = case(dict(seats), value=registration.c.id)
    tx.execute(update(registration).where(registration.c.id.in_(list(seats))).values(seats=units))


def list_occurrences_to_come(tx: Connection, event_ids: Sequence[int] | None, now: datetime) -> list[int]:
    """Occurrences with active registrations that are not over, in the order of locks; of some events or of all."""
    end = func.coalesce(occurrence.c.ends_at, occurrence.c.starts_at)
    query = (
        select(occurrence.c.id)
        .join(registration, registration.c.occurrence_id == occurrence.c.id)
        .where(IS_ACTIVE, end > now)
        .distinct()
    )
    if event_ids is not None:
        query = query.where(occurrence.c.event_id.in_(event_ids))
    return sorted(tx.scalars(query))
