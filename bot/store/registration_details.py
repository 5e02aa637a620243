"""Registrations with all that a door or a list shows of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select

from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import Registration
from bot.store.door_tables import checkin
from bot.store.occurrences import FACT_COLUMNS, FACT_SOURCE, HAS_COME, facts_of
from bot.store.pii import Keys
from bot.store.prepared import Prepared
from bot.store.registrations import IS_ACTIVE, REGISTRATION_COLUMNS, registration_of
from bot.store.staff_tables import staff
from bot.store.tables import occurrence, reader, registration


@dataclass(frozen=True, slots=True)
class RegistrationDetail:
    """A registration with its occurrence, sealed names and its check-in, as a door or a list needs it."""

    registration: Registration
    facts: OccurrenceFacts
    name_enc: bytes | None
    reader_name_enc: bytes | None
    phone_enc: bytes | None
    reader_phone_enc: bytes | None
    checked_in_at: datetime | None
    checked_in_people: int
    checked_in_by: str
    released_at: datetime | None
    erased: bool  # the reader is nobody any more

    def own_name(self, keys: Keys) -> str:
        """The name given for this registration alone; empty when none was."""
        if self.name_enc is None:
            return ""
        return keys.unseal(self.name_enc, f"registration.name:{self.registration.short_code}")

    def name(self, keys: Keys) -> str | None:
        """The name given for this registration, else the one on the reader's record."""
        if self.name_enc is not None:
            return self.own_name(keys)
        if self.reader_name_enc is not None:
            return keys.unseal(self.reader_name_enc, f"reader.name:{self.registration.reader_id}")
        return None

    def phone(self, keys: Keys) -> str:
        """The phone given for this registration, else the reader's; empty when there is none."""
        if self.phone_enc is not None:
            return keys.unseal(self.phone_enc, f"registration.phone:{self.registration.short_code}")
        if self.reader_phone_enc is not None:
            return keys.unseal(self.reader_phone_enc, f"reader.phone:{self.registration.reader_id}")
        return ""

    def last_digits(self, keys: Keys) -> str:
        """The last four digits of the phone, by which a door tells two of one name apart; empty when there is none."""
        return self.phone(keys)[-4:]


_DETAIL = select(
    *FACT_COLUMNS,
    *REGISTRATION_COLUMNS,
    registration.c.name_enc,
    reader.c.name_enc,
    registration.c.phone_enc,
    reader.c.phone_enc,
    func.coalesce(checkin.c.device_at, checkin.c.received_at),
    checkin.c.people,
    staff.c.label,
    registration.c.released_at,
    reader.c.erased_at.is_not(None),
).select_from(
    registration.join(FACT_SOURCE, occurrence.c.id == registration.c.occurrence_id)
    .join(reader, reader.c.id == registration.c.reader_id)
    .outerjoin(
        checkin,
        (checkin.c.registration_id == registration.c.id) & HAS_COME,
    )
    .outerjoin(staff, staff.c.id == checkin.c.staff_id)
)
_DETAIL_BY_ID = Prepared(_DETAIL.where(registration.c.id == bindparam("id")))
_DETAIL_BY_CODE = Prepared(_DETAIL.where(registration.c.short_code == bindparam("short_code")))


def _detail_of(row: Sequence[Any]) -> RegistrationDetail:
    start = len(FACT_COLUMNS)
    name, reader_name, phone, reader_phone, at, people, label, released_at, erased = row[
        start + len(REGISTRATION_COLUMNS) :
    ]
    place, facts = registration_of(row[start:]), facts_of(row)
    came = (at, people or 0, label or "")
    return RegistrationDetail(place, facts, name, reader_name, phone, reader_phone, *came, released_at, bool(erased))


def find_detail(tx: Connection, registration_id: int) -> RegistrationDetail | None:
    """A registration by its id (from a ticket)."""
    row = _DETAIL_BY_ID.first(tx, {"id": registration_id})
    return _detail_of(row) if row else None


def find_detail_by_code(tx: Connection, short_code: str) -> RegistrationDetail | None:
    """A registration by its typed short code."""
    row = _DETAIL_BY_CODE.first(tx, {"short_code": short_code})
    return _detail_of(row) if row else None


def list_details_of_reader(tx: Connection, reader_id: int, ended_after: datetime) -> list[RegistrationDetail]:
    """A reader's active registrations of what is not over since `ended_after`, by start."""
    end = func.coalesce(occurrence.c.ends_at, occurrence.c.starts_at)
    is_not_over = or_(end.is_(None), end > ended_after)
    own = registration.c.reader_id == reader_id
    return list_details_where(tx, own, IS_ACTIVE, is_not_over, order=(occurrence.c.starts_at, occurrence.c.number))


def list_details_by_ids(tx: Connection, registration_ids: Sequence[int]) -> list[RegistrationDetail]:
    """The registrations with these ids, active or not."""
    return list_details_where(tx, registration.c.id.in_(registration_ids), order=(registration.c.id,))


def list_details_where(
    tx: Connection, *conditions: ColumnElement[bool], order: Sequence[ColumnElement[Any]]
) -> list[RegistrationDetail]:
    """The registrations that meet all conditions, in this order."""
    return [_detail_of(row) for row in tx.execute(_DETAIL.where(*conditions).order_by(*order))]
