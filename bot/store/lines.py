"""Lines in front of full occurrences: who is next, and the offers made to them. Every change carries its condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Integer, and_, bindparam, case, func, or_, select, update

from bot.domain.eligibility import Scope
from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import Registration
from bot.domain.waitlist import Waiting
from bot.store.columns import UtcDateTime, constant
from bot.store.occurrences import IS_SEATED, IS_WAITING, NOT_LAPSED
from bot.store.registrations import PARTY_FITS, REGISTRATION_COLUMNS, registration_of, whether_it_fits
from bot.store.tables import occurrence, reader, registration

_IS_OFFERED = registration.c.status == constant(RegistrationStatus.OFFERED.value)
_IN_ORDER = (registration.c.queued_at, registration.c.id)
_HEAD_OF_LINE = (
    select(*REGISTRATION_COLUMNS)
    .where(registration.c.occurrence_id == bindparam("occurrence_id"), IS_WAITING)
    .order_by(*_IN_ORDER)
    .limit(1)
)
_NEXT_THAT_FITS = _HEAD_OF_LINE.where(registration.c.seats <= bindparam("left", type_=Integer))


def find_head_of_line(tx: Connection, occurrence_id: int) -> Registration | None:
    """Who is next in the waitlist."""
    row = tx.execute(_HEAD_OF_LINE, {"occurrence_id": occurrence_id}).first()
    return registration_of(row) if row else None


def find_next_that_fits(tx: Connection, occurrence_id: int, left: int) -> Registration | None:
    """The first in line for whom so many seats suffice."""
    row = tx.execute(_NEXT_THAT_FITS, {"occurrence_id": occurrence_id, "left": left}).first()
    return registration_of(row) if row else None


LINE_LOCK = 3
"""Class of PostgreSQL's advisory locks on events, for promotions at several of their occurrences."""


def lock_promotions(tx: Connection, event_id: int) -> None:
    """Let promotions at an event's occurrences follow one another: two in line may be one family.

    Always after the occurrences' own locks; SQLite has one writer.
    """
    if tx.dialect.name != "sqlite":
        tx.execute(select(func.pg_advisory_xact_lock(LINE_LOCK, event_id)))


_other = registration.alias("other")
_other_reader = reader.alias("other_reader")
_HAS_PLACE = or_(
    _other.c.status.in_(
        [constant(RegistrationStatus.PENDING.value), constant(RegistrationStatus.CONFIRMED.value)],
    ),
    and_(
        _other.c.status == constant(RegistrationStatus.OFFERED.value),
        _other.c.offer_until > bindparam("now", type_=UtcDateTime),
    ),
)
_PLACES_AT_EVENT = (
    select(func.count())
    .select_from(_other.join(occurrence, occurrence.c.id == _other.c.occurrence_id))
    .where(occurrence.c.event_id == bindparam("event_id"), occurrence.c.status == constant("scheduled"), _HAS_PLACE)
)
_OWN_PLACES = _PLACES_AT_EVENT.where(_other.c.reader_id == bindparam("reader_id"))
_PHONE = (
    select(func.coalesce(registration.c.phone_hash, reader.c.phone_hash))
    .select_from(registration.join(reader, reader.c.id == registration.c.reader_id))
    .where(registration.c.id == bindparam("registration_id"))
    .scalar_subquery()
)
_FAMILY_PLACES = (
    _PLACES_AT_EVENT.join(_other_reader, _other_reader.c.id == _other.c.reader_id)
    .where(_other.c.reader_id != bindparam("reader_id"))
    .where(func.coalesce(_other.c.phone_hash, _other_reader.c.phone_hash) == _PHONE)
)


def find_limit_broken(tx: Connection, facts: OccurrenceFacts, head: Registration, now: datetime) -> Scope | None:
    """The limit that a place from the line would break: of the reader at the event, or of the family there."""
    rules = facts.rules
    asked = {"event_id": facts.event_id, "reader_id": head.reader_id, "now": now}
    if rules.per_event is not None and tx.execute(_OWN_PLACES, asked).scalar_one() >= max(1, rules.per_event):
        return Scope.EVENT
    if rules.one_per_family and tx.execute(_FAMILY_PLACES, {**asked, "registration_id": head.id}).scalar_one() > 0:
        return Scope.FAMILY
    return None


def end_waiting(tx: Connection, registration_id: int) -> None:
    """Take a registration out of the line for good."""
    tx.execute(update(registration).where(registration.c.id == registration_id, IS_WAITING).values(status="expired"))


def claim_promotion(
    tx: Connection,
    head: Registration,
    now: datetime,
    *,
    to: RegistrationStatus = RegistrationStatus.CONFIRMED,
    offer_until: datetime | None = None,
) -> bool:
    """Confirm a waiting registration if its seats fit, or offer them, or keep them for a person to decide.

    The caller holds the occurrence's lock.
    """
    confirmed_at = now if to is RegistrationStatus.CONFIRMED else None
    result = tx.execute(
        update(registration)
        .where(registration.c.id == bindparam("registration_id"), IS_WAITING)
        .where(PARTY_FITS)
        .values(status=to.value, confirmed_at=confirmed_at, promoted_at=now, offer_until=offer_until),
        whether_it_fits(head, head.seats, now),
    )
    return result.rowcount == 1


def list_line(tx: Connection, occurrence_id: int) -> list[Waiting]:
    """Everybody in line, in order."""
    query = (
        select(registration.c.id, registration.c.queued_at)
        .where(registration.c.occurrence_id == occurrence_id, IS_WAITING)
        .order_by(*_IN_ORDER)
    )
    return [Waiting(row[0], row[1]) for row in tx.execute(query)]


def save_order(tx: Connection, changed: Sequence[Waiting]) -> int:
    """Give those in line their new moments, all in one statement; how many still stood there.

    The caller holds the occurrence's lock.
    """
    moments = case({entry.id: entry.queued_at for entry in changed}, value=registration.c.id)
    result = tx.execute(
        update(registration)
        .where(registration.c.id.in_([entry.id for entry in changed]), IS_WAITING)
        .values(queued_at=moments)
    )
    return result.rowcount


def list_occurrences_with_line(tx: Connection, now: datetime) -> list[int]:
    """Where somebody waits for something that is still to come, in the order in which occurrences are locked."""
    query = (
        select(registration.c.occurrence_id)
        .join(occurrence, occurrence.c.id == registration.c.occurrence_id)
        .where(IS_WAITING, occurrence.c.status == constant("scheduled"), occurrence.c.starts_at > now)
        .distinct()
    )
    return sorted(tx.scalars(query))


def list_lines_with_free_seats(tx: Connection, now: datetime) -> list[int]:
    """Where seats are free for the smallest party that waits for something still to come, in the order of locks."""
    waiting = (
        select(registration.c.occurrence_id, func.min(registration.c.seats).label("smallest"))
        .where(IS_WAITING)
        .group_by(registration.c.occurrence_id)
        .subquery()
    )
    taken = (
        select(registration.c.occurrence_id, func.sum(registration.c.seats).label("seats"))
        .where(registration.c.occurrence_id.in_(select(waiting.c.occurrence_id)), IS_SEATED, NOT_LAPSED)
        .group_by(registration.c.occurrence_id)
        .subquery()
    )
    free = occurrence.c.capacity + occurrence.c.overbooking - func.coalesce(taken.c.seats, 0)
    query = (
        select(occurrence.c.id)
        .join(waiting, waiting.c.occurrence_id == occurrence.c.id)
        .outerjoin(taken, taken.c.occurrence_id == occurrence.c.id)
        .where(occurrence.c.status == constant("scheduled"), occurrence.c.starts_at > now)
        .where(or_(occurrence.c.capacity.is_(None), free >= waiting.c.smallest))
    )
    return sorted(tx.scalars(query, {"now": now}))


# --- offers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offer:
    """A freed place that waits for its reader's yes until `until`."""

    registration: Registration
    until: datetime


def get_offer_until(tx: Connection, registration_id: int) -> datetime:
    """Until when an offered place can be confirmed."""
    until: datetime = tx.execute(
        select(registration.c.offer_until).where(registration.c.id == registration_id)
    ).scalar_one()
    return until


def claim_offer(tx: Connection, offered: Registration, now: datetime) -> bool:
    """Confirm an offered place while its time lasts and the seats are there; the caller holds the occurrence's lock.

    The seats are looked at again: after a step of the clock others may have been given what had lapsed.
    """
    result = tx.execute(
        update(registration)
        .where(registration.c.id == bindparam("registration_id"), _IS_OFFERED)
        .where(registration.c.offer_until > bindparam("now", type_=UtcDateTime))
        .where(PARTY_FITS)
        .values(status="confirmed", confirmed_at=now, promoted_at=now),
        whether_it_fits(offered, offered.seats, now),
    )
    return result.rowcount == 1


def claim_decline(tx: Connection, registration_id: int, now: datetime) -> bool:
    """End an offer that its reader does not want."""
    result = tx.execute(
        update(registration)
        .where(registration.c.id == registration_id, _IS_OFFERED)
        .values(status="declined", cancelled_at=now)
    )
    return result.rowcount == 1


def end_offer(tx: Connection, registration_id: int) -> None:
    """End an offer that cannot be taken any more."""
    tx.execute(update(registration).where(registration.c.id == registration_id, _IS_OFFERED).values(status="expired"))


def list_occurrences_with_lapsed_offers(tx: Connection, now: datetime) -> list[int]:
    """Where offers are over their time, in the order in which occurrences are locked; none of what was called off."""
    query = (
        select(registration.c.occurrence_id)
        .join(occurrence, occurrence.c.id == registration.c.occurrence_id)
        .where(_IS_OFFERED, registration.c.offer_until <= now, occurrence.c.status == constant("scheduled"))
        .distinct()
    )
    return sorted(tx.scalars(query))


def expire_offers(tx: Connection, occurrence_id: int, now: datetime) -> list[Offer]:
    """End the offers at an occurrence whose time is over; which they were. The caller holds the occurrence's lock."""
    rows = tx.execute(
        update(registration)
        .where(registration.c.occurrence_id == occurrence_id, _IS_OFFERED, registration.c.offer_until <= now)
        .values(status="expired")
        .returning(*REGISTRATION_COLUMNS, registration.c.offer_until)
    ).all()
    return sorted((Offer(registration_of(row), row[-1]) for row in rows), key=lambda offer: offer.registration.id)


def take_back_offers(tx: Connection, occurrence_id: int) -> None:
    """Let those who have an offer stand in line again, where they stood: an occurrence was called off."""
    tx.execute(
        update(registration)
        .where(registration.c.occurrence_id == occurrence_id, _IS_OFFERED, registration.c.queued_at.is_not(None))
        .values(status="waitlisted", offer_until=None, promoted_at=None)
    )


def shorten_offers(tx: Connection, occurrence_id: int, until: datetime) -> None:
    """No offer at this occurrence lasts longer: it was moved, and its doors open earlier."""
    tx.execute(
        update(registration)
        .where(registration.c.occurrence_id == occurrence_id, _IS_OFFERED, registration.c.offer_until > until)
        .values(offer_until=until)
    )


def prolong_offers(tx: Connection, occurrence_id: int, until: datetime) -> None:
    """Every offer at this occurrence lasts at least so long: nobody could take it while it was called off."""
    tx.execute(
        update(registration)
        .where(registration.c.occurrence_id == occurrence_id, _IS_OFFERED, registration.c.offer_until < until)
        .values(offer_until=until)
    )


def find_lapsed_offer(tx: Connection, reader_id: int, now: datetime, number: int | None = None) -> int | None:
    """The occurrence, still to come, whose offer this reader let lapse last; of one number or of all."""
    query = (
        select(registration.c.occurrence_id)
        .join(occurrence, occurrence.c.id == registration.c.occurrence_id)
        .where(registration.c.reader_id == reader_id, registration.c.offer_until.is_not(None))
        .where(registration.c.status == constant(RegistrationStatus.EXPIRED.value))
        .where(occurrence.c.status == constant("scheduled"), occurrence.c.starts_at > now)
        .order_by(registration.c.offer_until.desc())
        .limit(1)
    )
    if number is not None:
        query = query.where(occurrence.c.number == number)
    found: int | None = tx.execute(query).scalar()
    return found
