"""Readers and the staff role that one of them may bear."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.kinds import ConsentKind, Role
from bot.domain.registration import Contact
from bot.store.columns import UtcDateTime
from bot.store.pii import Keys
from bot.store.prepared import Prepared
from bot.store.staff_tables import staff, staff_occurrence
from bot.store.tables import consent, reader


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A WeChat account with a role. No occurrences named: all of the library; no library: all."""

    id: int
    role: Role
    library_id: int | None
    label: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who is writing: a reader, perhaps also staff. Name and phone stay sealed until someone needs them."""

    id: int
    name_enc: bytes | None
    phone_enc: bytes | None
    privacy_version: str | None
    reminders: bool
    staff: StaffMember | None

    def contact(self, keys: Keys) -> Contact | None:
        """Name and phone on record, if both are there."""
        if self.name_enc is None or self.phone_enc is None:
            return None
        return Contact(
            keys.unseal(self.name_enc, f"reader.name:{self.id}"), keys.unseal(self.phone_enc, f"reader.phone:{self.id}")
        )


_PERSON = Prepared(
    select(
        reader.c.id,
        reader.c.name_enc,
        reader.c.phone_enc,
        reader.c.privacy_version,
        reader.c.reminders,
        staff.c.id,
        staff.c.role,
        staff.c.library_id,
        staff.c.label,
        staff.c.ends_at,
    )
    .select_from(reader.outerjoin(staff, (staff.c.reader_id == reader.c.id) & staff.c.ended_at.is_(None)))
    .where(reader.c.openid == bindparam("openid"))
)
_NEW = {
    "sqlite": sqlite.insert(reader).on_conflict_do_nothing(index_elements=["openid"]),
    "postgresql": postgresql.insert(reader).on_conflict_do_nothing(index_elements=["openid"]),
}


def find_person(tx: Connection, openid: str, now: datetime) -> Person | None:
    """The reader with this openid; a staff role that ended by itself is none."""
    row = _PERSON.first(tx, {"openid": openid})
    if row is None:
        return None
    is_staff = row[5] is not None and (row[9] is None or row[9] > now)
    member = StaffMember(row[5], Role(row[6]), row[7], row[8]) if is_staff else None
    return Person(row[0], row[1], row[2], row[3], row[4], member)


def get_or_add_person(tx: Connection, openid: str, now: datetime) -> Person:
    """The reader with this openid, added on first contact."""
    person = find_person(tx, openid, now)
    if person is not None:
        return person
    tx.execute(_NEW[tx.dialect.name].values(openid=openid, created_at=now))
    person = find_person(tx, openid, now)
    assert person is not None
    return person


def find_privacy_version(tx: Connection, reader_id: int) -> str | None:
    """The version of the privacy notice that the reader has agreed to, if to any."""
    return tx.execute(select(reader.c.privacy_version).where(reader.c.id == reader_id)).scalar()


def find_phone_hashes(tx: Connection, reader_id: int, keys: Keys) -> tuple[bytes, ...]:
    """The keyed hashes of the phone on record, one for each key in use; none when there is no phone."""
    row = tx.execute(select(reader.c.phone_enc, reader.c.phone_hash).where(reader.c.id == reader_id)).first()
    if row is None or row.phone_hash is None:
        return ()
    if not keys.is_rotating:
        return (row.phone_hash,)
    return keys.search_hashes(keys.unseal(row.phone_enc, f"reader.phone:{reader_id}"))


def save_contact(tx: Connection, reader_id: int, contact: Contact, keys: Keys) -> None:
    """Write name and phone on the reader's record, sealed."""
    tx.execute(
        update(reader)
        .where(reader.c.id == reader_id)
        .values(
            name_enc=keys.seal(contact.name, f"reader.name:{reader_id}"),
            phone_enc=keys.seal(contact.phone, f"reader.phone:{reader_id}"),
            phone_hash=keys.search_hash(contact.phone),
        )
    )


def add_consent(tx: Connection, reader_id: int, kind: ConsentKind, version: str, now: datetime) -> None:
    """Record that the reader agreed; the version in force is kept on the reader's row as well."""
    tx.execute(insert(consent).values(reader_id=reader_id, kind=kind, version=version, given_at=now))
    if kind is ConsentKind.PRIVACY:
        tx.execute(update(reader).where(reader.c.id == reader_id).values(privacy_version=version))


def withdraw_consents(tx: Connection, reader_id: int, now: datetime, *kinds: ConsentKind) -> int:
    """End the reader's consents of these kinds; how many were in force."""
    return tx.execute(
        update(consent)
        .where(consent.c.reader_id == reader_id, consent.c.kind.in_(kinds), consent.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    ).rowcount


_ERASE = (
    update(reader)
    .where(reader.c.id == bindparam("reader_id"))
    .values(openid=None, erased_at=bindparam("now", type_=UtcDateTime))
)


def detach_openid(tx: Connection, reader_id: int, now: datetime) -> None:
    """Cut the last tie to a person; what is left is a pseudonym that nobody can resolve."""
    tx.execute(_ERASE, {"reader_id": reader_id, "now": now})


def set_reminders(tx: Connection, reader_id: int, on: bool) -> None:
    """Reminders on or off for a reader."""
    tx.execute(update(reader).where(reader.c.id == reader_id).values(reminders=on))


_SERVED = Prepared(
    select(staff_occurrence.c.occurrence_id).where(staff_occurrence.c.staff_id == bindparam("staff_id")),
    shape=lambda row: row[0],
)


def list_served_occurrences(tx: Connection, staff_id: int) -> list[int]:
    """The occurrences that a staff member is limited to; empty means no limit."""
    return _SERVED.all(tx, {"staff_id": staff_id})
