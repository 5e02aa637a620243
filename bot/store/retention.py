"""Statements that delete personal data whose time is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, func, or_, select, update

from bot.store.tables import consent, occurrence, reader, registration, request_note

_END = func.coalesce(occurrence.c.ends_at, occurrence.c.starts_at)


def strip_registrations(tx: Connection, ended_before: datetime) -> int:
    """Forget who was named on registrations of occurrences that ended before; how many."""
    over = select(occurrence.c.id).where(ended_before > _END)
    return tx.execute(
        update(registration)
        .where(registration.c.name_enc.is_not(None), registration.c.occurrence_id.in_(over))
        .values(name_enc=None, phone_enc=None, phone_hash=None)
    ).rowcount


def strip_readers(tx: Connection, ended_before: datetime) -> int:
    """Forget name and phone of readers who have signed up for nothing since; how many."""
    still_needed = exists(
        select(registration.c.id)
        .join(occurrence, occurrence.c.id == registration.c.occurrence_id)
        .where(registration.c.reader_id == reader.c.id, ended_before <= _END)
    )
    agreed_lately = exists(
        select(consent.c.id).where(consent.c.reader_id == reader.c.id, consent.c.given_at >= ended_before)
    )
    return tx.execute(
        update(reader)
        .where(reader.c.name_enc.is_not(None), ~still_needed, ~agreed_lately)
        .values(name_enc=None, phone_enc=None, phone_hash=None)
    ).rowcount


def delete_requests(tx: Connection, noted_before: datetime, appeals_before: datetime) -> int:
    """Delete what readers wrote to a person before; an appeal that nobody has decided stays until its own moment."""
    waits = and_(request_note.c.kind == "appeal", request_note.c.done_at.is_(None))
    over = or_(
        and_(request_note.c.noted_at < noted_before, ~waits), and_(request_note.c.noted_at < appeals_before, waits)
    )
    return tx.execute(delete(request_note).where(over)).rowcount
