"""Who may look at minors' data, and that every look is written down (library-domain P15; MNR Art. 36; promise I10)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.kinds import Role, includes
from bot.domain.minors import (
    APPROVED_FOR,
    ASKED_FOR,
    AccessApproved,
    AccessAsked,
    AccessNeeded,
    AccessNotServed,
    ApproveOutcome,
    AskOutcome,
    ListOutcome,
    MembersListed,
    MinorAccess,
    NotAManager,
    NothingToApprove,
    OwnRequest,
)
from bot.domain.occurrence import OccurrenceFacts
from bot.services.audit import note_audit
from bot.services.staff import serves
from bot.store import minors as rows
from bot.store.occurrences import find_occurrence
from bot.store.pii import Keys
from bot.store.readers import StaffMember

LONGEST_REASON = 200
MOST_WAITING = 20


def ask_minor_access(
    tx: Connection, member: StaffMember, facts: OccurrenceFacts, reason: str, now: datetime
) -> AskOutcome:
    """Ask to see the children of an occurrence; a request that waits already is not doubled."""
    if not serves(tx, member, facts):
        return AccessNotServed()
    waiting = rows.find_waiting_access(tx, member.id, facts.id, now - ASKED_FOR)
    if waiting is not None:
        return AccessAsked(waiting.id)
    number = rows.add_access(tx, member.id, facts.id, reason[:LONGEST_REASON], now)
    note_audit(tx, f"staff:{member.id}", "ask_minors", f"occurrence:{facts.id}", {"access": number}, now)
    return AccessAsked(number)


def approve_minor_access(tx: Connection, member: StaffMember, number: int, now: datetime) -> ApproveOutcome:
    """Approve somebody else's request for a day; only a manager of that library, or of all, can."""
    if not _approves(member):
        return NotAManager()
    access = rows.get_waiting_access(tx, number, now - ASKED_FOR)
    facts = find_occurrence(tx, access.occurrence_id) if access else None
    if access is None or facts is None or not serves(tx, member, facts):
        return NothingToApprove()
    if access.staff_id == member.id:
        return OwnRequest()
    until = now + APPROVED_FOR
    if not rows.claim_approval(tx, access.id, member.id, until, now):
        return NothingToApprove()
    note_audit(tx, f"staff:{member.id}", "approve_minors", f"occurrence:{facts.id}", {"access": access.id}, now)
    return AccessApproved(access, facts, until)


def list_members_for(
    tx: Connection, member: StaffMember, facts: OccurrenceFacts, keys: Keys, now: datetime
) -> ListOutcome:
    """Nicknames and ages, with an approval in force; every look leaves an audit row."""
    if not serves(tx, member, facts):
        return AccessNotServed()
    access = rows.find_live_access(tx, member.id, facts.id, now)
    if access is None or access.ends_at is None:
        waiting = rows.find_waiting_access(tx, member.id, facts.id, now - ASKED_FOR)
        return AccessNeeded(waiting.id if waiting else None)
    members = rows.list_members(tx, facts.id, keys)
    detail = {"access": access.id, "members": len(members)}
    note_audit(tx, f"staff:{member.id}", "look_minors", f"occurrence:{facts.id}", detail, now)
    return MembersListed(members, access.ends_at)


def list_requests(
    tx: Connection, member: StaffMember, now: datetime
) -> list[tuple[MinorAccess, OccurrenceFacts]] | None:
    """The requests of others that this manager can approve; None for anybody else."""
    if not _approves(member):
        return None
    waiting = rows.list_waiting_access(tx, now - ASKED_FOR, MOST_WAITING)
    found = [(access, find_occurrence(tx, access.occurrence_id)) for access in waiting if access.staff_id != member.id]
    return [(access, facts) for access, facts in found if facts is not None and serves(tx, member, facts)]


def _approves(member: StaffMember) -> bool:
    return member.role is Role.MANAGER or includes(member.role, Role.MANAGER)
