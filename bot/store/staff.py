"""Staff and their invitations as they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.kinds import Role
from bot.store.staff_tables import invitation, staff, staff_occurrence
from bot.store.tables import library


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a used invitation gives."""

    id: int
    role: Role
    library_id: int | None
    occurrence_ids: tuple[int, ...]
    ends_at: datetime | None


def insert_invitation(tx: Connection, values: Mapping[str, object]) -> None:
    """Store an invitation."""
    tx.execute(insert(invitation).values(**values))


def end_invitations(tx: Connection, role: Role, origin: str, now: datetime) -> None:
    """Let the unused invitations of one origin to a role end now."""
    tx.execute(
        update(invitation)
        .where(invitation.c.origin == origin, invitation.c.role == role.value)
        .where(invitation.c.used_at.is_(None), invitation.c.expires_at > now)
        .values(expires_at=now)
    )


def find_invitation(tx: Connection, hashes: Sequence[bytes], now: datetime) -> Invitation | None:
    """What a valid invitation gives; `hashes` are its code's under each key in use."""
    row = tx.execute(select(*_INVITED).where(_is_valid(hashes, now))).first()
    return None if row is None else _invitation_of(row)


def claim_invitation(tx: Connection, hashes: Sequence[bytes], now: datetime) -> Invitation | None:
    """Use a valid invitation; None when there is none, or somebody was faster."""
    used = tx.execute(update(invitation).where(_is_valid(hashes, now)).values(used_at=now).returning(*_INVITED)).first()
    return None if used is None else _invitation_of(used)


_INVITED = (
    *(invitation.c.id, invitation.c.role, invitation.c.library_id),
    *(invitation.c.occurrence_ids, invitation.c.ends_at),
)


def _invitation_of(row: Sequence[Any]) -> Invitation:
    return Invitation(row[0], Role(row[1]), row[2], tuple(row[3]), row[4])


def _is_valid(hashes: Sequence[bytes], now: datetime) -> ColumnElement[bool]:
    return invitation.c.code_hash.in_(hashes) & invitation.c.used_at.is_(None) & (invitation.c.expires_at > now)


def note_user(tx: Connection, invitation_id: int, staff_id: int) -> None:
    """Write down who used an invitation."""
    tx.execute(update(invitation).where(invitation.c.id == invitation_id).values(staff_id=staff_id))


def save_role(
    tx: Connection,
    reader_id: int,
    role: Role,
    library_id: int | None,
    now: datetime,
    ends_at: datetime | None = None,
) -> int:
    """Give an account a role in place of the one it had, until `ends_at` if that is said; the key of the staff row."""
    values = {"role": role.value, "library_id": library_id, "ended_at": None, "ends_at": ends_at}
    new = {"reader_id": reader_id, "created_at": now, "label": "", **values}
    dialect: Any = {"sqlite": sqlite, "postgresql": postgresql}[tx.dialect.name]
    upsert = dialect.insert(staff).values(**new).on_conflict_do_update(index_elements=["reader_id"], set_=values)
    staff_id = int(tx.execute(upsert.returning(staff.c.id)).scalar_one())
    tx.execute(update(staff).where(staff.c.id == staff_id).values(label=f"{role.value}-{staff_id}"))
    return staff_id


def extend_role(tx: Connection, staff_id: int, ends_at: datetime) -> None:
    """Let a role end at another moment."""
    tx.execute(update(staff).where(staff.c.id == staff_id).values(ends_at=ends_at))


def save_served(tx: Connection, staff_id: int, occurrence_ids: Sequence[int]) -> None:
    """Set the occurrences that a staff member serves; none means all of the library."""
    tx.execute(delete(staff_occurrence).where(staff_occurrence.c.staff_id == staff_id))
    if occurrence_ids:
        served = [{"staff_id": staff_id, "occurrence_id": each} for each in occurrence_ids]
        tx.execute(insert(staff_occurrence), served)


def end_role(tx: Connection, reader_id: int, now: datetime) -> int | None:
    """End the role of an account and cut its tie to the person; the key of the staff row, if there was one."""
    ended = update(staff).where(staff.c.reader_id == reader_id).values(reader_id=None, ended_at=now)
    return tx.execute(ended.returning(staff.c.id)).scalar()


def find_library_named(tx: Connection, name: str) -> int | None:
    """The library of exactly this code or name."""
    named = (library.c.code == name) | (library.c.name == name)
    return tx.execute(select(library.c.id).where(named)).scalar()
