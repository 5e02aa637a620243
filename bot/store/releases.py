"""Seats of those who have not come: given free, and taken back by those who come late. Every change is conditional."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, exists, literal, select, update

from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import Registration
from bot.store.columns import constant
from bot.store.door_tables import checkin
from bot.store.occurrences import HAS_COME, list_running
from bot.store.registrations import PARTY_FITS, whether_it_fits
from bot.store.tables import registration

_IS_CONFIRMED = registration.c.status == constant(RegistrationStatus.CONFIRMED.value)
_IS_UNUSED = ~exists(
    select(literal(1)).select_from(checkin).where(checkin.c.registration_id == registration.c.id, HAS_COME)
)


def list_to_release(tx: Connection, now: datetime) -> list[OccurrenceFacts]:
    """What is going on and has come to the moment from which unused seats are free, in the order of locks."""
    return sorted((facts for facts in list_running(tx, now) if facts.is_released(now)), key=lambda facts: facts.id)


def claim_release(tx: Connection, occurrence_id: int, confirmed_before: datetime, now: datetime) -> int:
    """Free the seats of confirmed registrations without a check-in; how many. The caller holds the occurrence's lock.

    `confirmed_before`: who took a place later did so at the door. The rows are locked first: a check-in at the same
    moment is waited for, so that the statement behind it sees it.
    """
    unused = and_(
        registration.c.occurrence_id == occurrence_id,
        _IS_CONFIRMED,
        registration.c.released_at.is_(None),
        registration.c.confirmed_at < confirmed_before,
        _IS_UNUSED,
    )
    locked = select(registration.c.id).where(unused).order_by(registration.c.id).with_for_update()
    ids = list(tx.scalars(locked))
    if not ids:
        return 0
    return tx.execute(update(registration).where(registration.c.id.in_(ids), unused).values(released_at=now)).rowcount


def claim_return(tx: Connection, late: Registration, now: datetime) -> bool:
    """Give a family that comes late its seats back, if they are still free; the caller holds the occurrence's lock."""
    result = tx.execute(
        update(registration)
        .where(registration.c.id == bindparam("registration_id"), _IS_CONFIRMED)
        .where(registration.c.released_at.is_not(None), PARTY_FITS)
        .values(released_at=None),
        whether_it_fits(late, late.seats, now),
    )
    return result.rowcount == 1
