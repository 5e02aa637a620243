"""Changing what a registration says: its party, its contact, the consents it rests on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select, update

from bot.domain.kinds import ConsentKind
from bot.domain.party import Party
from bot.domain.registration import Contact, Registration
from bot.store.columns import constant
from bot.store.pii import Keys
from bot.store.registrations import IS_ACTIVE, PARTY_FITS, whether_it_fits
from bot.store.sign_up_tables import registration_member
from bot.store.tables import consent, reader, registration


def claim_party(tx: Connection, place: Registration, party: Party, seats: int, now: datetime) -> bool:
    """Change the party of an active registration if the seats suffice; in line or in a lottery none are needed."""
    needs_none = registration.c.status.in_([constant("waitlisted"), constant("entered")])
    result = tx.execute(
        update(registration)
        .where(registration.c.id == bindparam("registration_id"), IS_ACTIVE)
        .where(or_(needs_none, PARTY_FITS))
        .values(adults=party.adults, children=party.children, seats=seats),
        whether_it_fits(place, seats, now),
    )
    return result.rowcount == 1


def set_contact(tx: Connection, place: Registration, contact: Contact, keys: Keys) -> None:
    """Name and phone for this registration alone."""
    tx.execute(
        update(registration)
        .where(registration.c.id == place.id)
        .values(
            name_enc=keys.seal(contact.name, f"registration.name:{place.short_code}"),
            phone_enc=keys.seal(contact.phone, f"registration.phone:{place.short_code}"),
            phone_hash=keys.search_hash(contact.phone),
        )
    )


def find_own_contact(tx: Connection, place: Registration, keys: Keys) -> Contact | None:
    """Name and phone that were given for this registration alone."""
    row = tx.execute(
        select(registration.c.name_enc, registration.c.phone_enc).where(registration.c.id == place.id)
    ).one()
    if row.name_enc is None or row.phone_enc is None:
        return None
    return Contact(
        keys.unseal(row.name_enc, f"registration.name:{place.short_code}"),
        keys.unseal(row.phone_enc, f"registration.phone:{place.short_code}"),
    )


def move_members(tx: Connection, source: Registration, target: Registration) -> None:
    """The children come along to another occurrence of the event."""
    tx.execute(
        update(registration_member)
        .where(registration_member.c.registration_id == source.id)
        .values(registration_id=target.id)
    )


def list_ages(tx: Connection, place: Registration) -> tuple[int, ...]:
    """The ages that are kept with a registration."""
    query = select(registration_member.c.age).where(registration_member.c.registration_id == place.id)
    return tuple(tx.scalars(query.order_by(registration_member.c.id)))


def find_consent(tx: Connection, reader_id: int, kind: ConsentKind, version: str) -> int | None:
    """The consent in force to this version of a text."""
    return tx.execute(
        select(consent.c.id)
        .where(
            consent.c.reader_id == reader_id,
            consent.c.kind == kind,
            consent.c.version == version,
            consent.c.withdrawn_at.is_(None),
        )
        .order_by(consent.c.id.desc())
        .limit(1)
    ).scalar()


def find_card(tx: Connection, reader_id: int, keys: Keys) -> str | None:
    """The reader card on record."""
    sealed = tx.execute(select(reader.c.card_enc).where(reader.c.id == reader_id)).scalar()
    return None if sealed is None else keys.unseal(sealed, f"reader.card:{reader_id}")


def save_card(tx: Connection, reader_id: int, card: str, keys: Keys) -> None:
    """Put a reader card on record, sealed."""
    tx.execute(
        update(reader)
        .where(reader.c.id == reader_id)
        .values(card_enc=keys.seal(card, f"reader.card:{reader_id}"), card_hash=keys.search_hash(card))
    )
