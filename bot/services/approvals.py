"""Registrations that a person decides about: what waits, approving, rejecting, and their end at the start."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.approval import Decided, DecisionNotAllowed, DecisionOutcome, NothingToDecide
from bot.domain.checkin import mask_name
from bot.domain.kinds import NoticeKind, RegistrationStatus, may_organise
from bot.services.audit import note_audit
from bot.services.notices import queue_notice
from bot.services.staff import serves
from bot.services.waitlists import LONGEST_REASON, promote_waitlist
from bot.store import approvals as store
from bot.store.occurrences import lock_occurrence
from bot.store.pii import Keys
from bot.store.readers import StaffMember, list_served_occurrences
from bot.store.registration_details import RegistrationDetail, find_detail_by_code


def list_pending(tx: Connection, member: StaffMember, now: datetime) -> list[store.PendingRow] | DecisionNotAllowed:
    """What waits for a decision of this staff member."""
    if not may_organise(member.role):
        return DecisionNotAllowed()
    named = list_served_occurrences(tx, member.id)
    if named:
        return store.list_pending(tx, now, occurrence_ids=named)
    return store.list_pending(tx, now, library_id=member.library_id)


def approve(tx: Connection, member: StaffMember, code: str, keys: Keys, now: datetime) -> DecisionOutcome:
    """Confirm a registration that waits for approval; its reader gets a notice, the decision an audit row."""
    return _decide(tx, member, code, "", keys, now, RegistrationStatus.CONFIRMED)


def reject(tx: Connection, member: StaffMember, code: str, reason: str, keys: Keys, now: datetime) -> DecisionOutcome:
    """Decline a registration that waits for approval, with a reason or none; its seats go to the line."""
    return _decide(tx, member, code, reason, keys, now, RegistrationStatus.DECLINED)


def _decide(
    tx: Connection,
    member: StaffMember,
    code: str,
    reason: str,
    keys: Keys,
    now: datetime,
    status: RegistrationStatus,
) -> DecisionOutcome:
    detail = find_detail_by_code(tx, code)
    if not may_organise(member.role) or (detail is not None and not serves(tx, member, detail.facts)):
        return DecisionNotAllowed()
    if detail is None:
        return NothingToDecide(None, None)
    registration, facts = detail.registration, detail.facts
    lock_occurrence(tx, facts.id)
    claim = store.claim_approval if status is RegistrationStatus.CONFIRMED else store.claim_rejection
    if not claim(tx, registration.id, now):
        there = find_detail_by_code(tx, code)
        return NothingToDecide(facts, there.registration.status if there else None)
    _note(tx, member, detail, reason.strip()[:LONGEST_REASON], status, now)
    if status is RegistrationStatus.DECLINED:
        promote_waitlist(tx, facts.id, now)
    name = detail.name(keys)
    return Decided(facts, status, registration.party, mask_name(name) if name else None)


def _note(
    tx: Connection,
    member: StaffMember,
    detail: RegistrationDetail,
    reason: str,
    status: RegistrationStatus,
    now: datetime,
) -> None:
    approved = status is RegistrationStatus.CONFIRMED
    registration = detail.registration
    why = {"reason": reason} if reason else {}
    action = "approve" if approved else "reject"
    note_audit(tx, f"staff:{member.id}", action, f"registration:{registration.id}", why, now)
    queue_notice(
        tx,
        kind=NoticeKind.APPROVED if approved else NoticeKind.REJECTED,
        registration_id=registration.id,
        reader_id=registration.reader_id,
        moment="decided",
        facts=why,
        due_at=now,
        not_after=detail.facts.starts_at,
        now=now,
    )


def expire_pending(tx: Connection, now: datetime) -> int:
    """End registrations that nobody decided about before the start; how many. The line does not move any more then."""
    return len(store.expire_pending(tx, now))
