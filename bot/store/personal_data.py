"""Reading everything that is held of one reader."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot.domain.kinds import ConsentKind, MarkKind, RegistrationStatus
from bot.domain.party import Party
from bot.domain.personal_data import (
    NOTHING_HELD,
    HeldChild,
    HeldConsent,
    HeldMark,
    HeldPlace,
    HeldRating,
    HeldRequest,
    HeldSuspension,
    PersonalData,
)
from bot.domain.registration import Contact
from bot.store.companions import list_answers, list_dependants
from bot.store.occurrences import FACT_COLUMNS, FACT_SOURCE, facts_of
from bot.store.pii import Keys
from bot.store.report_tables import rating
from bot.store.sign_up_tables import mark, registration_member, suspension
from bot.store.tables import consent, event, occurrence, reader, registration, request_note


def load_personal_data(tx: Connection, reader_id: int, keys: Keys) -> PersonalData:
    """Everything, opened; NOTHING_HELD when there is no such reader or they are erased."""
    row = tx.execute(select(reader).where(reader.c.id == reader_id, reader.c.openid.is_not(None))).first()
    if row is None:
        return NOTHING_HELD
    contact = None
    if row.name_enc is not None and row.phone_enc is not None:
        contact = Contact(
            keys.unseal(row.name_enc, f"reader.name:{row.id}"), keys.unseal(row.phone_enc, f"reader.phone:{row.id}")
        )
    return PersonalData(
        known_since=row.created_at,
        contact=contact,
        card=keys.unseal(row.card_enc, f"reader.card:{row.id}") if row.card_enc is not None else None,
        reminders=row.reminders,
        agreed=row.privacy_version is not None,
        children=tuple(HeldChild(child.nickname, child.birth_year) for child in list_dependants(tx, reader_id, keys)),
        places=_places(tx, reader_id, keys),
        consents=_consents(tx, reader_id),
        marks=_marks(tx, reader_id),
        suspensions=_suspensions(tx, reader_id),
        requests=_requests(tx, reader_id, keys),
        ratings=_ratings(tx, reader_id, keys),
    )


def _places(tx: Connection, reader_id: int, keys: Keys) -> tuple[HeldPlace, ...]:
    own = (
        registration.c.id,
        registration.c.status,
        registration.c.adults,
        registration.c.children,
        registration.c.created_at,
        registration.c.short_code,
        registration.c.name_enc,
        registration.c.phone_enc,
    )
    query = (
        select(*FACT_COLUMNS, *own)
        .select_from(registration.join(FACT_SOURCE, occurrence.c.id == registration.c.occurrence_id))
        .where(registration.c.reader_id == reader_id)
        .order_by(registration.c.id)
    )
    places = []
    for row in tx.execute(query):
        facts = facts_of(row)
        number, status, adults, children, made_at, code, name_enc, phone_enc = row[len(FACT_COLUMNS) :]
        asked = {question.key: question.text for question in facts.questions}
        ages = select(registration_member.c.age).where(registration_member.c.registration_id == number)
        places.append(
            HeldPlace(
                facts=facts,
                status=RegistrationStatus(status),
                party=Party(adults, children),
                made_at=made_at,
                name=keys.unseal(name_enc, f"registration.name:{code}") if name_enc is not None else None,
                phone=keys.unseal(phone_enc, f"registration.phone:{code}") if phone_enc is not None else None,
                ages=tuple(tx.scalars(ages.order_by(registration_member.c.id))),
                answers=tuple((asked.get(key, key), said) for key, said in list_answers(tx, number, keys).items()),
            )
        )
    return tuple(places)


def _consents(tx: Connection, reader_id: int) -> tuple[HeldConsent, ...]:
    query = select(consent).where(consent.c.reader_id == reader_id).order_by(consent.c.id)
    return tuple(
        HeldConsent(ConsentKind(row.kind), row.version, row.given_at, row.withdrawn_at) for row in tx.execute(query)
    )


def _marks(tx: Connection, reader_id: int) -> tuple[HeldMark, ...]:
    query = select(mark).where(mark.c.reader_id == reader_id).order_by(mark.c.at, mark.c.id)
    return tuple(
        HeldMark(MarkKind(row.kind), row.points, row.at, row.voided_at is not None) for row in tx.execute(query)
    )


def _suspensions(tx: Connection, reader_id: int) -> tuple[HeldSuspension, ...]:
    query = select(suspension).where(suspension.c.reader_id == reader_id).order_by(suspension.c.starts_at)
    return tuple(
        HeldSuspension(row.code, row.starts_at, row.ends_at, row.lifted_at is not None) for row in tx.execute(query)
    )


def _requests(tx: Connection, reader_id: int, keys: Keys) -> tuple[HeldRequest, ...]:
    query = select(request_note).where(request_note.c.reader_id == reader_id).order_by(request_note.c.id)
    return tuple(
        HeldRequest(keys.unseal(row.words_enc, f"request.words:{reader_id}"), row.noted_at) for row in tx.execute(query)
    )


def _ratings(tx: Connection, reader_id: int, keys: Keys) -> tuple[HeldRating, ...]:
    query = (
        select(rating, occurrence.c.number, event.c.title)
        .join(occurrence, occurrence.c.id == rating.c.occurrence_id)
        .join(event, event.c.id == occurrence.c.event_id)
        .where(rating.c.reader_id == reader_id)
        .order_by(rating.c.id)
    )
    return tuple(
        HeldRating(
            row.number,
            row.title,
            row.stars,
            keys.unseal(row.words_enc, f"rating.words:{reader_id}:{row.occurrence_id}") if row.words_enc else "",
            row.rated_at,
        )
        for row in tx.execute(query)
    )
