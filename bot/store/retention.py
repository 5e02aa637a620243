"""Statements that delete personal data whose time is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, update

from bot.domain.kinds import ConsentKind
from bot.store.sign_up_tables import answer, minor_access, registration_member
from bot.store.tables import audit, consent, dependant, occurrence, reader, registration, request_note

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
    """Forget name, phone and card of readers who have signed up for nothing since; how many."""
    return tx.execute(
        update(reader)
        .where(or_(reader.c.name_enc.is_not(None), reader.c.card_enc.is_not(None)))
        .where(~_still_comes(reader.c.id, ended_before), ~_agreed_since(reader.c.id, ConsentKind.PRIVACY, ended_before))
        .values(name_enc=None, phone_enc=None, phone_hash=None, card_enc=None, card_hash=None)
    ).rowcount


def delete_answers(tx: Connection, ended_before: datetime) -> int:
    """Delete the answers to the questions of occurrences that ended before; how many."""
    return tx.execute(delete(answer).where(answer.c.registration_id.in_(_registrations_over(ended_before)))).rowcount


def delete_members(tx: Connection, ended_before: datetime) -> int:
    """Delete the ages of the children at occurrences that ended before; how many."""
    over = _registrations_over(ended_before)
    return tx.execute(delete(registration_member).where(registration_member.c.registration_id.in_(over))).rowcount


def delete_dependants(tx: Connection, ended_before: datetime) -> int:
    """Delete the children of readers who have signed up for nothing since and not agreed lately; how many."""
    agreed = _agreed_since(dependant.c.reader_id, ConsentKind.GUARDIAN, ended_before)
    still_named = exists(select(registration_member.c.id).where(registration_member.c.dependant_id == dependant.c.id))
    still_comes = _still_comes(dependant.c.reader_id, ended_before)
    return tx.execute(delete(dependant).where(~still_comes, ~agreed, ~still_named)).rowcount


def _registrations_over(ended_before: datetime) -> ColumnElement[int]:
    return (
        select(registration.c.id)
        .join(occurrence, occurrence.c.id == registration.c.occurrence_id)
        .where(ended_before > _END)
        .scalar_subquery()
    )


def _still_comes(reader_id: ColumnElement[int], since: datetime) -> ColumnElement[bool]:
    """Whether the reader signed up for anything that ended since or is still to come."""
    return exists(
        select(registration.c.id)
        .join(occurrence, occurrence.c.id == registration.c.occurrence_id)
        .where(registration.c.reader_id == reader_id, since <= _END)
    )


def _agreed_since(reader_id: ColumnElement[int], kind: ConsentKind, since: datetime) -> ColumnElement[bool]:
    return exists(
        select(consent.c.id).where(
            consent.c.reader_id == reader_id, consent.c.kind == kind.value, consent.c.given_at >= since
        )
    )


def delete_requests(tx: Connection, noted_before: datetime, appeals_before: datetime) -> int:
    """Delete what readers wrote to a person before; an appeal that nobody has decided stays until its own moment."""
    waits = and_(request_note.c.kind == "appeal", request_note.c.done_at.is_(None))
    over = or_(
        and_(request_note.c.noted_at < noted_before, ~waits), and_(request_note.c.noted_at < appeals_before, waits)
    )
    return tx.execute(delete(request_note).where(over)).rowcount


def delete_consents(tx: Connection, ended_before: datetime) -> int:
    """Delete the proof of consents that ended before and on which nothing rests any more; how many."""
    rests = or_(
        exists(select(dependant.c.id).where(dependant.c.consent_id == consent.c.id)),
        exists(select(registration_member.c.id).where(registration_member.c.consent_id == consent.c.id)),
    )
    return tx.execute(delete(consent).where(consent.c.withdrawn_at < ended_before, ~rests)).rowcount


def delete_access_logs(tx: Connection, before: datetime, actions: Sequence[str]) -> int:
    """Delete approvals to look at minors' data, and audit rows of these actions, that are older; how many."""
    approvals = tx.execute(delete(minor_access).where(minor_access.c.asked_at < before)).rowcount
    logs = tx.execute(delete(audit).where(audit.c.at < before, audit.c.action.in_(actions))).rowcount
    return approvals + logs


def find_last(tx: Connection, actions: Sequence[str]) -> datetime | None:
    """When one of these things was last done, by the audit trail."""
    newest = select(audit.c.at).where(audit.c.action.in_(actions)).order_by(audit.c.at.desc()).limit(1)
    return tx.execute(newest).scalar()
