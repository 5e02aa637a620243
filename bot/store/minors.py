"""Approvals to look at minors' data, and the look itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select, update

from bot.domain.minors import ListedMember, MinorAccess
from bot.store.pii import Keys
from bot.store.registrations import IS_ACTIVE
from bot.store.sign_up_tables import minor_access, registration_member
from bot.store.staff_tables import staff
from bot.store.tables import dependant, registration


def add_access(tx: Connection, staff_id: int, occurrence_id: int, reason: str, now: datetime) -> int:
    """Write a request; its number."""
    row = {"staff_id": staff_id, "occurrence_id": occurrence_id, "reason": reason, "asked_at": now}
    return int(tx.execute(insert(minor_access).values(row).returning(minor_access.c.id)).scalar_one())


def _waits(asked_after: datetime) -> ColumnElement[bool]:
    return minor_access.c.approved_by.is_(None) & (minor_access.c.asked_at > asked_after)


_ACCESS = select(
    minor_access.c.id,
    minor_access.c.staff_id,
    staff.c.label,
    minor_access.c.occurrence_id,
    minor_access.c.reason,
    minor_access.c.ends_at,
).select_from(minor_access.join(staff, staff.c.id == minor_access.c.staff_id))


def find_live_access(tx: Connection, staff_id: int, occurrence_id: int, now: datetime) -> MinorAccess | None:
    """The approval in force, the one that ends last."""
    own = (minor_access.c.staff_id == staff_id) & (minor_access.c.occurrence_id == occurrence_id)
    live = _ACCESS.where(own, minor_access.c.ends_at > now).order_by(minor_access.c.ends_at.desc()).limit(1)
    row = tx.execute(live).first()
    return None if row is None else MinorAccess(*row)


def find_waiting_access(tx: Connection, staff_id: int, occurrence_id: int, asked_after: datetime) -> MinorAccess | None:
    """The own request that nobody has approved yet, the newest."""
    own = (minor_access.c.staff_id == staff_id) & (minor_access.c.occurrence_id == occurrence_id)
    row = tx.execute(_ACCESS.where(own, _waits(asked_after)).order_by(minor_access.c.id.desc()).limit(1)).first()
    return None if row is None else MinorAccess(*row)


def get_waiting_access(tx: Connection, access_id: int, asked_after: datetime) -> MinorAccess | None:
    """A request that waits, by its number."""
    row = tx.execute(_ACCESS.where(minor_access.c.id == access_id, _waits(asked_after))).first()
    return None if row is None else MinorAccess(*row)


def list_waiting_access(tx: Connection, asked_after: datetime, limit: int) -> list[MinorAccess]:
    """All requests that wait, oldest first."""
    rows = tx.execute(_ACCESS.where(_waits(asked_after)).order_by(minor_access.c.id).limit(limit))
    return [MinorAccess(*row) for row in rows]


def claim_approval(tx: Connection, access_id: int, approver_id: int, ends_at: datetime, now: datetime) -> bool:
    """Approve a request of somebody else that nobody has approved; whether this call did it."""
    approved = tx.execute(
        update(minor_access)
        .where(minor_access.c.id == access_id, minor_access.c.approved_by.is_(None))
        .where(minor_access.c.staff_id != approver_id)
        .values(approved_by=approver_id, approved_at=now, ends_at=ends_at)
    )
    return approved.rowcount == 1


def list_members(tx: Connection, occurrence_id: int, keys: Keys) -> tuple[ListedMember, ...]:
    """The children on active registrations of an occurrence, in the order in which they were signed up."""
    query = (
        select(registration_member.c.age, dependant.c.id, dependant.c.nickname_enc)
        .select_from(
            registration_member.join(
                registration, registration.c.id == registration_member.c.registration_id
            ).outerjoin(dependant, dependant.c.id == registration_member.c.dependant_id)
        )
        .where(registration.c.occurrence_id == occurrence_id, IS_ACTIVE)
        .order_by(registration_member.c.id)
    )
    return tuple(
        ListedMember(None if sealed is None else keys.unseal(sealed, f"dependant.nickname:{number}"), age)
        for age, number, sealed in tx.execute(query)
    )
