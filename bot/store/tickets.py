"""One ticket as its page shows it: never a name or a phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.store.door_tables import checkin
from bot.store.occurrences import FACT_COLUMNS, FACT_SOURCE, HAS_COME, facts_of
from bot.store.registrations import count_ahead
from bot.store.tables import occurrence, reader, registration


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """A registration as its holder may see it. `waiting_before` counts those ahead in the waitlist; `released`: nobody
    came in time, the seats are free for others; `entry_number` is that of a lottery.
    """

    occurrence: OccurrenceFacts
    status: RegistrationStatus
    party: Party
    short_code: str
    held_until: datetime | None
    offer_until: datetime | None
    released: bool
    entry_number: int | None
    waiting_before: int
    came_at: datetime | None
    came_people: int
    erased: bool


_CAME = and_(checkin.c.registration_id == registration.c.id, HAS_COME)
_TICKET = select(
    *FACT_COLUMNS,
    registration.c.status.label("registration_status"),
    registration.c.adults,
    registration.c.children,
    registration.c.short_code,
    registration.c.held_until,
    registration.c.offer_until,
    registration.c.released_at,
    registration.c.entry_number,
    reader.c.erased_at,
    func.coalesce(checkin.c.device_at, checkin.c.received_at).label("came_at"),
    checkin.c.people,
).select_from(
    FACT_SOURCE.join(registration, registration.c.occurrence_id == occurrence.c.id)
    .join(reader, reader.c.id == registration.c.reader_id)
    .outerjoin(checkin, _CAME)
)


def find_holder(tx: Connection, registration_id: int) -> str | None:
    """The openid of who holds a ticket; None when they are nobody any more or never wrote."""
    source = registration.join(reader, reader.c.id == registration.c.reader_id)
    return tx.execute(select(reader.c.openid).select_from(source).where(registration.c.id == registration_id)).scalar()


def find_ticket(tx: Connection, registration_id: int) -> TicketFacts | None:
    """The ticket of a registration, or None when there is no such row."""
    row = tx.execute(_TICKET.where(registration.c.id == registration_id)).first()
    if row is None:
        return None
    facts, status = facts_of(row), RegistrationStatus(row.registration_status)
    waits = status is RegistrationStatus.WAITLISTED
    return TicketFacts(
        occurrence=facts,
        status=status,
        party=Party(row.adults, row.children),
        short_code=row.short_code,
        held_until=row.held_until,
        offer_until=row.offer_until,
        released=row.released_at is not None,
        entry_number=row.entry_number,
        waiting_before=count_ahead(tx, facts.id, registration_id) if waits else 0,
        came_at=row.came_at,
        came_people=row.people or 0,
        erased=row.erased_at is not None,
    )
