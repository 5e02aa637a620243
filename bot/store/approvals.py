"""Registrations that wait for a person's decision. Every change carries its condition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, literal, select, update

from bot.domain.kinds import RegistrationStatus
from bot.domain.registration import Registration
from bot.store.columns import UtcDateTime, constant
from bot.store.registration_details import RegistrationDetail, list_details_where
from bot.store.registrations import REGISTRATION_COLUMNS, registration_of
from bot.store.tables import event, occurrence, registration

_IS_PENDING = registration.c.status == constant(RegistrationStatus.PENDING.value)
_STILL_TO_COME = exists(
    select(literal(1))
    .select_from(occurrence)
    .where(occurrence.c.id == registration.c.occurrence_id, occurrence.c.status == constant("scheduled"))
    .where(occurrence.c.starts_at > bindparam("now", type_=UtcDateTime))
)


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A registration that waits, and since when."""

    detail: RegistrationDetail
    since: datetime


def list_pending(
    tx: Connection, now: datetime, *, library_id: int | None = None, occurrence_ids: list[int] | None = None
) -> list[PendingRow]:
    """What waits for a decision, what starts first at the top, then in order of arrival; of one library or of all."""
    conditions = [_IS_PENDING, occurrence.c.status == constant("scheduled"), occurrence.c.starts_at > now]
    if library_id is not None:
        conditions.append(event.c.library_id == library_id)
    if occurrence_ids is not None:
        conditions.append(occurrence.c.id.in_(occurrence_ids))
    order = (occurrence.c.starts_at, occurrence.c.number, registration.c.created_at, registration.c.id)
    details = list_details_where(tx, *conditions, order=order)
    ids = [detail.registration.id for detail in details]
    since = {
        row[0]: row[1]
        for row in tx.execute(select(registration.c.id, registration.c.created_at).where(registration.c.id.in_(ids)))
    }
    return [PendingRow(detail, since[detail.registration.id]) for detail in details]


def claim_approval(tx: Connection, registration_id: int, now: datetime) -> bool:
    """Confirm a registration that waits for it, before the start; whether this call did it."""
    result = tx.execute(
        update(registration)
        .where(registration.c.id == registration_id, _IS_PENDING, _STILL_TO_COME)
        .values(status="confirmed", confirmed_at=now),
        {"now": now},
    )
    return result.rowcount == 1


def claim_rejection(tx: Connection, registration_id: int, now: datetime) -> bool:
    """Decline a registration that waits, before the start; whether this call did it."""
    result = tx.execute(
        update(registration)
        .where(registration.c.id == registration_id, _IS_PENDING, _STILL_TO_COME)
        .values(status="declined"),
        {"now": now},
    )
    return result.rowcount == 1


def expire_pending(tx: Connection, now: datetime) -> list[Registration]:
    """End what nobody decided about before the start."""
    begun = exists(
        select(literal(1))
        .select_from(occurrence)
        .where(occurrence.c.id == registration.c.occurrence_id, occurrence.c.starts_at <= now)
    )
    rows = tx.execute(
        update(registration).where(_IS_PENDING, begun).values(status="expired").returning(*REGISTRATION_COLUMNS)
    ).all()
    return [registration_of(row) for row in rows]
