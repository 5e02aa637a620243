"""What public pages read besides occurrences: one ticket, and whose account it is. Never a name or a phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import Party
from bot.store.occurrences import FACT_COLUMNS, FACT_SOURCE, facts_of
from bot.store.tables import campaign, checkin, library, occurrence, reader, registration


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """A registration as its holder may see it. `waiting_before` counts those ahead in the waitlist."""

    occurrence: OccurrenceFacts
    status: RegistrationStatus
    party: Party
    short_code: str
    held_until: datetime | None
    waiting_before: int
    came_at: datetime | None
    came_people: int
    erased: bool


_CAME = and_(checkin.c.registration_id == registration.c.id, checkin.c.result == "ok", checkin.c.undone_at.is_(None))
_TICKET = select(
    *FACT_COLUMNS,
    registration.c.status.label("registration_status"),
    registration.c.adults,
    registration.c.children,
    registration.c.short_code,
    registration.c.held_until,
    registration.c.queued_at,
    reader.c.erased_at,
    checkin.c.received_at,
    checkin.c.people,
).select_from(
    FACT_SOURCE.join(registration, registration.c.occurrence_id == occurrence.c.id)
    .join(reader, reader.c.id == registration.c.reader_id)
    .outerjoin(checkin, _CAME)
)


def find_ticket(tx: Connection, registration_id: int) -> TicketFacts | None:
    """The ticket of a registration, or None when there is no such row."""
    row = tx.execute(_TICKET.where(registration.c.id == registration_id)).first()
    if row is None:
        return None
    facts, status = facts_of(row), RegistrationStatus(row.registration_status)
    waits = status is RegistrationStatus.WAITLISTED and row.queued_at is not None
    return TicketFacts(
        occurrence=facts,
        status=status,
        party=Party(row.adults, row.children),
        short_code=row.short_code,
        held_until=row.held_until,
        waiting_before=_count_waiting_before(tx, facts.id, row.queued_at, registration_id) if waits else 0,
        came_at=row.received_at,
        came_people=row.people or 0,
        erased=row.erased_at is not None,
    )


def find_account_library(tx: Connection) -> str | None:
    """The name of the library that runs the account: issuer of the newest campaign, else the head of the tree."""
    issuer = (
        select(library.c.name)
        .join(campaign, campaign.c.library_id == library.c.id)
        .order_by(campaign.c.starts_on.desc(), campaign.c.id.desc())
        .limit(1)
    )
    head = (
        select(library.c.name).where(library.c.parent_id.is_(None)).order_by(library.c.position, library.c.id).limit(1)
    )
    return tx.execute(issuer).scalar() or tx.execute(head).scalar()


def _count_waiting_before(tx: Connection, occurrence_id: int, queued_at: datetime, registration_id: int) -> int:
    earlier = or_(
        registration.c.queued_at < queued_at,
        and_(registration.c.queued_at == queued_at, registration.c.id < registration_id),
    )
    waiting = and_(registration.c.occurrence_id == occurrence_id, registration.c.status == "waitlisted", earlier)
    return int(tx.execute(select(func.count()).select_from(registration).where(waiting)).scalar_one())
