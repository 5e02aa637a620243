"""Registrations: claiming, changing and finding them. Every change carries its own condition."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    LargeBinary,
    String,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.kinds import ACTIVE, RegistrationStatus
from bot.domain.party import Party
from bot.domain.registration import Contact, Registration
from bot.domain.ticket import SHORT_ALPHABET, SHORT_LENGTH
from bot.store.columns import UtcDateTime, constant
from bot.store.door_tables import checkin
from bot.store.occurrences import HAS_COME, IS_WAITING, SEATS_TAKEN
from bot.store.pii import Keys
from bot.store.prepared import Prepared
from bot.store.tables import occurrence, programme_edition, registration

REGISTRATION_COLUMNS = (
    registration.c.id,
    registration.c.occurrence_id,
    registration.c.reader_id,
    registration.c.status,
    registration.c.adults,
    registration.c.children,
    registration.c.short_code,
    registration.c.seats,
)


IS_ACTIVE = registration.c.status.in_([constant(status.value) for status in ACTIVE])
IS_HELD = registration.c.status == constant(RegistrationStatus.HELD.value)


def registration_of(row: Sequence[Any]) -> Registration:
    """Turn a row that begins with REGISTRATION_COLUMNS into a registration."""
    return Registration(row[0], row[1], row[2], RegistrationStatus(row[3]), Party(row[4], row[5]), row[6], row[7])


def new_short_code() -> str:
    """A random short code; the unique index settles the rare collision."""
    number = secrets.randbelow(len(SHORT_ALPHABET) ** SHORT_LENGTH)  # one question to the system, not six
    letters = []
    for _ in range(SHORT_LENGTH):
        number, place = divmod(number, len(SHORT_ALPHABET))
        letters.append(SHORT_ALPHABET[place])
    return "".join(letters)


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """A row about to be written."""

    occurrence_id: int
    reader_id: int
    status: RegistrationStatus
    party: Party
    seats: int  # units of the occurrence's quota
    contact: Contact | None  # only when another person than on the reader's record
    now: datetime
    held_until: datetime | None = None
    bundle: str | None = None
    entry_number: int | None = None
    check_in_before: timedelta = timedelta(0)  # so long before the start the line ends and a seat is whose who asks
    passes: bool = False  # who does not fit is passed over, so only those who would fit stand in the way
    edition: str = ""  # of the programme by which it was decided; empty: whatever it is by now


_INSERTED = (
    "occurrence_id",
    "reader_id",
    "status",
    "adults",
    "children",
    "seats",
    "short_code",
    "created_at",
    "held_until",
    "confirmed_at",
    "queued_at",
    "name_enc",
    "phone_enc",
    "phone_hash",
    "bundle",
    "entry_number",
)
_TYPES: dict[str, Any] = {
    "status": String(),
    "short_code": String(),
    "created_at": UtcDateTime(),
    "held_until": UtcDateTime(),
    "confirmed_at": UtcDateTime(),
    "queued_at": UtcDateTime(),
    "name_enc": LargeBinary(),
    "phone_enc": LargeBinary(),
    "phone_hash": LargeBinary(),
    "bundle": String(),
}
_VALUES = select(*(bindparam(name, type_=_TYPES.get(name, Integer())).label(name) for name in _INSERTED))
_THIS = occurrence.c.id == bindparam("at_occurrence")
_SEATS_SUFFICE = exists(
    select(literal(1))
    .select_from(occurrence)
    .where(_THIS, occurrence.c.status == constant("scheduled"))
    .where(
        or_(
            occurrence.c.capacity.is_(None),
            SEATS_TAKEN.scalar_subquery() + bindparam("seats") <= occurrence.c.capacity + occurrence.c.overbooking,
        )
    )
)
_LINE_HAS_ENDED = exists(
    select(literal(1)).where(_THIS, occurrence.c.starts_at <= bindparam("ends_line", type_=UtcDateTime))
)
_AS_DECIDED = or_(  # an organiser may have changed the programme since the rules were applied
    bindparam("edition", type_=String) == "",
    select(programme_edition.c.edition).scalar_subquery() == bindparam("edition", type_=String),
)
_waiting = registration.alias("waiting")
_WOULD_FIT = exists(
    select(literal(1))
    .select_from(occurrence)
    .where(_THIS)
    .where(SEATS_TAKEN.scalar_subquery() + _waiting.c.seats <= occurrence.c.capacity + occurrence.c.overbooking)
)
_NOBODY_WAITS = ~exists(
    select(literal(1))
    .select_from(_waiting)
    .where(_waiting.c.occurrence_id == bindparam("at_occurrence"))
    .where(_waiting.c.status == constant(RegistrationStatus.WAITLISTED.value), _waiting.c.queued_at.is_not(None))
    .where(or_(bindparam("passes", type_=Integer) == 0, _WOULD_FIT))
)


def _insert(dialect: str, condition: Any) -> Any:
    table: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect](registration)
    return (
        table.from_select(list(_INSERTED), _VALUES.where(condition))
        .on_conflict_do_nothing()
        .returning(registration.c.id)
    )


_DIALECTS = ("sqlite", "postgresql")
_CLAIM = Prepared(
    {
        dialect: _insert(dialect, and_(_AS_DECIDED, _SEATS_SUFFICE, or_(_NOBODY_WAITS, _LINE_HAS_ENDED)))
        for dialect in _DIALECTS
    }
)
_JOIN_LINE = Prepared({dialect: _insert(dialect, literal(True)) for dialect in _DIALECTS})


def claim_seats(tx: Connection, new: NewRegistration, keys: Keys) -> Registration | None:
    """Take seats if they suffice, nobody waits and the programme is still as it was when the rules were applied; None
    when one of these does not hold, or the reader has an active registration.

    The caller holds the occurrence's lock on PostgreSQL (`lock_occurrence`).
    """
    return _write(tx, _CLAIM, new, keys)


_END_OF_LINE = select(func.max(registration.c.queued_at)).where(
    registration.c.occurrence_id == bindparam("occurrence_id"), IS_WAITING
)


def add_to_waitlist(tx: Connection, new: NewRegistration, keys: Keys) -> Registration | None:
    """Stand at the end of the line; None when the reader has an active registration there already.

    The caller holds the occurrence's lock. Its clock was read before the lock was got, so others may have joined since
    with a later moment: nobody may stand before them, or two readers would be told the same place.
    """
    last = tx.execute(_END_OF_LINE, {"occurrence_id": new.occurrence_id}).scalar()
    if last is not None and last > new.now:
        new = replace(new, now=last)
    return _write(tx, _JOIN_LINE, new, keys)


def add_entry(tx: Connection, new: NewRegistration, keys: Keys) -> Registration | None:
    """Enter a lottery, which takes no seats; None when number or code are taken, or the reader has an active one."""
    return _write(tx, _JOIN_LINE, new, keys)


def _write(tx: Connection, statement: Prepared, new: NewRegistration, keys: Keys) -> Registration | None:
    code = new_short_code()
    contact = new.contact
    row = statement.first(
        tx,
        {
            "occurrence_id": new.occurrence_id,
            "at_occurrence": new.occurrence_id,
            "reader_id": new.reader_id,
            "status": new.status.value,
            "adults": new.party.adults,
            "children": new.party.children,
            "seats": new.seats,
            "short_code": code,
            "now": new.now,
            "ends_line": new.now + new.check_in_before,
            "passes": int(new.passes),
            "edition": new.edition,
            "created_at": new.now,
            "held_until": new.held_until,
            "confirmed_at": new.now if new.status is RegistrationStatus.CONFIRMED else None,
            "queued_at": new.now if new.status is RegistrationStatus.WAITLISTED else None,
            "name_enc": keys.seal(contact.name, f"registration.name:{code}") if contact else None,
            "phone_enc": keys.seal(contact.phone, f"registration.phone:{code}") if contact else None,
            "phone_hash": keys.search_hash(contact.phone) if contact else None,
            "bundle": new.bundle,
            "entry_number": new.entry_number,
        },
    )
    if row is None:
        return None
    return Registration(row[0], new.occurrence_id, new.reader_id, new.status, new.party, code, new.seats)


_ACTIVE_OF_READER = Prepared(
    select(*REGISTRATION_COLUMNS).where(
        registration.c.occurrence_id == bindparam("occurrence_id"),
        registration.c.reader_id == bindparam("reader_id"),
        IS_ACTIVE,
    )
)


def find_active(tx: Connection, occurrence_id: int, reader_id: int) -> Registration | None:
    """The reader's one active registration at an occurrence."""
    row = _ACTIVE_OF_READER.first(tx, {"occurrence_id": occurrence_id, "reader_id": reader_id})
    return registration_of(row) if row else None


def list_active(tx: Connection, occurrence_id: int) -> list[Registration]:
    """Everybody with an active registration at an occurrence, in order of arrival."""
    rows = tx.execute(
        select(*REGISTRATION_COLUMNS)
        .where(registration.c.occurrence_id == occurrence_id)
        .where(IS_ACTIVE)
        .order_by(registration.c.id)
    )
    return [registration_of(row) for row in rows]


def find_held_of_reader(tx: Connection, reader_id: int, now: datetime) -> Registration | None:
    """The place that is being held for the reader, if any."""
    row = tx.execute(
        select(*REGISTRATION_COLUMNS)
        .where(registration.c.reader_id == reader_id, IS_HELD, registration.c.held_until > now)
        .order_by(registration.c.id.desc())
    ).first()
    return registration_of(row) if row else None


def release_holds_of_reader(tx: Connection, reader_id: int, *, but: int | None = None) -> list[int]:
    """Give back the places held for the reader except at one occurrence; return the occurrences."""
    rows = tx.execute(
        update(registration)
        .where(registration.c.reader_id == reader_id, IS_HELD)
        .where(registration.c.occurrence_id != (-1 if but is None else but))
        .values(status="expired")
        .returning(registration.c.occurrence_id)
    )
    return [row[0] for row in rows]


def list_held_occurrences(tx: Connection, reader_id: int) -> list[int]:
    """Where places are held for a reader, lapsed ones too."""
    query = select(registration.c.occurrence_id).where(registration.c.reader_id == reader_id, IS_HELD)
    return list(tx.scalars(query))


def list_lapsed_occurrences(tx: Connection, now: datetime) -> list[int]:
    """Where held places are over their time, each once, in the order in which occurrences are locked."""
    query = select(registration.c.occurrence_id).where(IS_HELD, registration.c.held_until <= now).distinct()
    return sorted(tx.scalars(query))


def expire_held(tx: Connection, occurrence_id: int, now: datetime) -> None:
    """Give back the held places of an occurrence whose time is over."""
    tx.execute(
        update(registration)
        .where(registration.c.occurrence_id == occurrence_id, IS_HELD, registration.c.held_until <= now)
        .values(status="expired")
    )


def lapse_holds(tx: Connection, reader_id: int, now: datetime) -> None:
    """Let the places held for a reader count no longer; the task that gives back lapsed ones moves the waitlists."""
    held = and_(registration.c.reader_id == reader_id, IS_HELD, registration.c.held_until > now)
    tx.execute(update(registration).where(held).values(held_until=now))


def leave_lines(tx: Connection, reader_id: int) -> None:
    """Let a reader whom nobody can tell anything stand in no line, nor come back to it from an offer; the rows are
    counted as before.
    """
    lines = (RegistrationStatus.WAITLISTED.value, RegistrationStatus.OFFERED.value)
    tx.execute(
        update(registration)
        .where(registration.c.reader_id == reader_id, registration.c.status.in_(lines))
        .values(queued_at=None)
    )


_LOCK = Prepared(select(registration.c.id).where(registration.c.id == bindparam("id")).with_for_update())


def lock_registration(tx: Connection, registration_id: int) -> None:
    """Let no check-in and no cancelling of this registration happen meanwhile. SQLite has one writer anyway."""
    if tx.dialect.name != "sqlite":
        _LOCK.first(tx, {"id": registration_id})


def expire_lapsed_hold(tx: Connection, occurrence_id: int, reader_id: int, now: datetime) -> bool:
    """Give back one reader's held place if its time is over; whether there was one."""
    result = tx.execute(
        update(registration)
        .where(
            registration.c.occurrence_id == occurrence_id,
            registration.c.reader_id == reader_id,
            IS_HELD,
            registration.c.held_until <= now,
        )
        .values(status="expired")
    )
    return result.rowcount > 0


_SEATS_OF_OTHERS = SEATS_TAKEN.where(registration.c.id != bindparam("registration_id")).scalar_subquery()
PARTY_FITS = exists(  # whether seats suffice for a registration beside those of all others (promise I1)
    select(literal(1))
    .select_from(occurrence)
    .where(_THIS, occurrence.c.status == constant("scheduled"))
    .where(
        or_(
            occurrence.c.capacity.is_(None),
            _SEATS_OF_OTHERS + bindparam("new_seats", type_=Integer)
            <= occurrence.c.capacity + occurrence.c.overbooking,
        )
    )
)


def whether_it_fits(place: Registration, seats: int, now: datetime) -> dict[str, Any]:
    """What PARTY_FITS must be told: whose seats are asked for, and how many."""
    ids = {"registration_id": place.id, "at_occurrence": place.occurrence_id}
    return {**ids, "new_seats": seats, "now": now}


def claim_held(tx: Connection, held: Registration, new: NewRegistration, keys: Keys) -> bool:
    """Turn a held place into what `new` says (confirmed or pending), if it is still held and the seats suffice."""
    contact, now = new.contact, new.now
    result = tx.execute(
        update(registration)
        .where(registration.c.id == bindparam("registration_id"))
        .where(IS_HELD, registration.c.held_until > bindparam("now", type_=UtcDateTime))
        .where(PARTY_FITS)
        .values(
            status=new.status,
            adults=new.party.adults,
            children=new.party.children,
            seats=new.seats,
            confirmed_at=now if new.status is RegistrationStatus.CONFIRMED else None,
            bundle=new.bundle,
            name_enc=keys.seal(contact.name, f"registration.name:{held.short_code}") if contact else None,
            phone_enc=keys.seal(contact.phone, f"registration.phone:{held.short_code}") if contact else None,
            phone_hash=keys.search_hash(contact.phone) if contact else None,
        ),
        whether_it_fits(held, new.seats, now),
    )
    return result.rowcount == 1


def claim_held_party(tx: Connection, held: Registration, party: Party, seats: int, now: datetime) -> bool:
    """Change the party of a held place, if the seats suffice."""
    result = tx.execute(
        update(registration)
        .where(registration.c.id == bindparam("registration_id"))
        .where(IS_HELD, registration.c.held_until > bindparam("now", type_=UtcDateTime))
        .where(PARTY_FITS)
        .values(adults=party.adults, children=party.children, seats=seats),
        whether_it_fits(held, seats, now),
    )
    return result.rowcount == 1


def claim_cancel(tx: Connection, registration_id: int, now: datetime, *, late: bool = False) -> bool:
    """Cancel an active registration that has not been used; whether this call did it. `late`: past the free time."""
    used = exists(select(literal(1)).select_from(checkin).where(checkin.c.registration_id == registration_id, HAS_COME))
    result = tx.execute(
        update(registration)
        .where(registration.c.id == registration_id)
        .where(IS_ACTIVE, ~used)
        .values(status="cancelled", cancelled_at=now, cancelled_late=late)
    )
    return result.rowcount == 1


def count_waiting(tx: Connection, occurrence_id: int) -> int:
    """How many registrations stand in line."""
    return int(
        tx.execute(
            select(func.count())
            .select_from(registration)
            .where(registration.c.occurrence_id == occurrence_id, IS_WAITING)
        ).scalar_one()
    )


def place_in_line(tx: Connection, waiting: Registration) -> int:
    """Place in the waitlist, from 1."""
    return count_ahead(tx, waiting.occurrence_id, waiting.id) + 1


def count_ahead(tx: Connection, occurrence_id: int, registration_id: int) -> int:
    """How many registrations of the occurrence stand in line before this one."""
    own = select(registration.c.queued_at).where(registration.c.id == registration_id).scalar_subquery()
    earlier_id = registration.c.id < registration_id
    ahead = or_(registration.c.queued_at < own, and_(registration.c.queued_at == own, earlier_id))
    count = tx.execute(
        select(func.count())
        .select_from(registration)
        .where(registration.c.occurrence_id == occurrence_id, IS_WAITING, ahead)
    ).scalar_one()
    return int(count)
