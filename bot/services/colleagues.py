"""Organisers look after their staff: who there is, on which devices, and the end of a role or of one device.

An organiser sees the staff of the own library, a manager everybody; an organiser or manager of no named library
everybody as well. Nobody ends a higher role, nor the own one: somebody must be left to let the next one in.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.colleagues import Colleague, DeviceStopped, IsAbove, NotOrganising, NotYours, PersonStopped
from bot.domain.kinds import includes, may_correct, may_organise
from bot.services.audit import note_audit
from bot.services.sessions import BRINGS_FOR
from bot.store import colleagues as store
from bot.store.readers import StaffMember
from bot.store.sessions import end_session, end_sessions_of

STAFF_LIST = "staff_list"
"""What the audit calls a look at the staff of a library."""


def list_colleagues(tx: Connection, member: StaffMember, now: datetime) -> list[Colleague] | NotOrganising:
    """The staff whom this member looks after, in order of their numbers."""
    if not may_organise(member.role):
        return NotOrganising()
    return store.list_colleagues(tx, _library_of(member), now - BRINGS_FOR, now)


def stop_person(
    tx: Connection, member: StaffMember, staff_id: int, now: datetime
) -> PersonStopped | NotYours | IsAbove | NotOrganising:
    """End a role and all its sessions; the phone that shows a scanner is refused at its next request."""
    found = _find(tx, member, staff_id, now)
    if not isinstance(found, StaffMember):
        return found
    if found.id == member.id:
        return IsAbove()
    if not store.end_role_of(tx, found.id, now):
        return NotYours()
    devices = end_sessions_of(tx, found.id, member.id, now)
    note_audit(tx, f"staff:{member.id}", "stop_person", f"staff:{found.id}", {"sessions": devices}, now)
    return PersonStopped(found.label, devices)


def stop_device(
    tx: Connection, member: StaffMember, session_id: int, now: datetime
) -> DeviceStopped | NotYours | IsAbove | NotOrganising:
    """End one session, such as that of a lost phone; one's own as well."""
    owner = store.find_session_owner(tx, session_id)
    found = _find(tx, member, owner or 0, now)
    if not isinstance(found, StaffMember):
        return found
    if not end_session(tx, session_id, member.id, now):
        return NotYours()
    note_audit(tx, f"staff:{member.id}", "stop_device", f"session:{session_id}", {"staff": found.id}, now)
    return DeviceStopped(found.label)


def _find(
    tx: Connection, member: StaffMember, staff_id: int, now: datetime
) -> StaffMember | NotYours | IsAbove | NotOrganising:
    if not may_organise(member.role):
        return NotOrganising()
    found = store.find_colleague(tx, staff_id, _library_of(member), now - BRINGS_FOR, now)
    if found is None:
        return NotYours()
    return IsAbove() if includes(found.role, member.role) else found


def _library_of(member: StaffMember) -> int | None:
    return None if may_correct(member.role) else member.library_id
