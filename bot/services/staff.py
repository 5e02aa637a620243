"""Inviting and binding staff."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.kinds import Role, includes
from bot.domain.ticket import SHORT_ALPHABET
from bot.services.audit import note_audit
from bot.store.occurrences import find_by_number
from bot.store.pii import Keys
from bot.store.readers import Person
from bot.store.tables import invitation, library, staff, staff_occurrence

INVITATION_LENGTH = 8
VALID_FOR = timedelta(days=14)
_START = "start"


def invite_staff(
    tx: Connection,
    role: Role,
    keys: Keys,
    now: datetime,
    *,
    library_id: int | None = None,
    occurrence_ids: Sequence[int] = (),
    origin: str = "command",
) -> str:
    """Write an invitation and return its code; only a keyed hash of it is kept."""
    code = "".join(secrets.choice(SHORT_ALPHABET) for _ in range(INVITATION_LENGTH))
    tx.execute(
        insert(invitation).values(
            code_hash=keys.search_hash(f"invitation:{code}"),
            role=role.value,
            library_id=library_id,
            occurrence_ids=list(occurrence_ids),
            origin=origin,
            created_at=now,
            expires_at=now + VALID_FOR,
        )
    )
    note_audit(tx, "command", "invite", f"role:{role.value}", {"occurrences": list(occurrence_ids)}, now)
    return code


class UnknownScope(LookupError):
    """The invitation names a library or an occurrence that there is not."""


def invite_at_start(tx: Connection, role: Role, keys: Keys, now: datetime, occurrence_ids: Sequence[int]) -> str:
    """The invitation that a start prints; unused ones of earlier starts end with it."""
    tx.execute(
        update(invitation)
        .where(invitation.c.origin == _START, invitation.c.role == role.value)
        .where(invitation.c.used_at.is_(None), invitation.c.expires_at > now)
        .values(expires_at=now)
    )
    return invite_staff(tx, role, keys, now, occurrence_ids=occurrence_ids, origin=_START)


def invite_staff_for(
    tx: Connection, role: Role, keys: Keys, now: datetime, library_name: str | None, numbers: Sequence[int]
) -> str:
    """Invite by what people type: code or name of a library, public numbers. Raises UnknownScope."""
    library_id = None
    if library_name is not None:
        named = (library.c.code == library_name) | (library.c.name == library_name)
        library_id = tx.execute(select(library.c.id).where(named)).scalar()
        if library_id is None:
            raise UnknownScope(f"There is no library {library_name}.")
    occurrence_ids = []
    for number in numbers:
        facts = find_by_number(tx, number, now)
        if facts is None:
            raise UnknownScope(f"There is no occurrence {number}.")
        occurrence_ids.append(facts.id)
    return invite_staff(tx, role, keys, now, library_id=library_id, occurrence_ids=occurrence_ids)


@dataclass(frozen=True, slots=True)
class Bound:
    """The WeChat account has the role now."""

    role: Role
    occurrence_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RoleIncluded:
    """The account's present role includes the invited one; the invitation was not used."""

    role: Role


@dataclass(frozen=True, slots=True)
class InvitationInvalid:
    """Unknown, used or too old."""


def bind_staff(
    tx: Connection, person: Person, code: str, keys: Keys, now: datetime
) -> Bound | RoleIncluded | InvitationInvalid:
    """Use an invitation once: bind a WeChat account to its role."""
    valid = (
        (invitation.c.code_hash == keys.search_hash(f"invitation:{code.upper()}"))
        & invitation.c.used_at.is_(None)
        & (invitation.c.expires_at > now)
    )
    invited = tx.execute(select(invitation.c.role).where(valid)).scalar()
    if invited is not None and person.staff is not None and includes(person.staff.role, Role(invited)):
        return RoleIncluded(person.staff.role)
    used = tx.execute(
        update(invitation)
        .where(valid)
        .values(used_at=now)
        .returning(invitation.c.id, invitation.c.role, invitation.c.library_id, invitation.c.occurrence_ids)
    ).first()
    if used is None:
        return InvitationInvalid()
    role = Role(used.role)
    staff_id = _give_role(tx, person.id, role, used.library_id, now)
    tx.execute(delete(staff_occurrence).where(staff_occurrence.c.staff_id == staff_id))
    if used.occurrence_ids:
        served = [{"staff_id": staff_id, "occurrence_id": each} for each in used.occurrence_ids]
        tx.execute(insert(staff_occurrence), served)
    tx.execute(update(invitation).where(invitation.c.id == used.id).values(staff_id=staff_id))
    before = person.staff.role.value if person.staff else ""
    note_audit(tx, f"staff:{staff_id}", "bind", f"role:{role.value}", {"invitation": used.id, "before": before}, now)
    return Bound(role, tuple(used.occurrence_ids))


def _give_role(tx: Connection, reader_id: int, role: Role, library_id: int | None, now: datetime) -> int:
    values = {"role": role.value, "library_id": library_id, "ended_at": None}
    new = {"reader_id": reader_id, "created_at": now, "label": "", **values}
    dialect: Any = {"sqlite": sqlite, "postgresql": postgresql}[tx.dialect.name]
    upsert = dialect.insert(staff).values(**new).on_conflict_do_update(index_elements=["reader_id"], set_=values)
    staff_id = int(tx.execute(upsert.returning(staff.c.id)).scalar_one())
    tx.execute(update(staff).where(staff.c.id == staff_id).values(label=f"{role.value}-{staff_id}"))
    return staff_id


def end_staff(tx: Connection, reader_id: int, now: datetime) -> None:
    """End the role of an account that left, and cut its tie to the person."""
    ended = tx.execute(
        update(staff).where(staff.c.reader_id == reader_id).values(reader_id=None, ended_at=now).returning(staff.c.id)
    ).scalar()
    if ended is not None:
        note_audit(tx, f"staff:{ended}", "end_role", f"staff:{ended}", {}, now)
