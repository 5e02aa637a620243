"""Sign-ins and the browsers that staff are signed in on. Secrets and codes are kept as keyed hashes only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.kinds import Role
from bot.store.prepared import Prepared
from bot.store.readers import StaffMember
from bot.store.staff_tables import sign_in, staff, staff_session

CODE, LINK = "code", "link"


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A session as it is stored, over or not, with the staff member as they are now."""

    id: int
    member: StaffMember
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    role_ends_at: datetime | None
    role_ended_at: datetime | None
    token_hash: bytes


_FIND = Prepared(
    select(
        staff_session.c.id,
        staff_session.c.seen_at,
        staff_session.c.expires_at,
        staff_session.c.ended_at,
        staff.c.ends_at,
        staff.c.ended_at,
        staff_session.c.token_hash,
        staff.c.id,
        staff.c.role,
        staff.c.library_id,
        staff.c.label,
    )
    .select_from(staff_session.join(staff, staff.c.id == staff_session.c.staff_id))
    .where(
        or_(
            staff_session.c.token_hash == bindparam("present"),
            staff_session.c.token_hash == bindparam("previous"),
        )
    )
)


def find_session(tx: Connection, hashes: Sequence[bytes]) -> FoundSession | None:
    """The session of a browser's secret; `hashes` are the secret's under each key in use."""
    row = _FIND.first(tx, {"present": hashes[0], "previous": hashes[-1]})
    if row is None:
        return None
    member = StaffMember(row[7], Role(row[8]), row[9], row[10])
    return FoundSession(row[0], member, row[1], row[2], row[3], row[4], row[5], row[6])


def touch_session(tx: Connection, session_id: int, token_hash: bytes, now: datetime) -> None:
    """Note that a browser was seen, and keep its secret's hash as the present key makes it."""
    later = staff_session.c.seen_at <= now  # two requests at once: the clock of this row does not go back
    tx.execute(
        update(staff_session).where(staff_session.c.id == session_id, later).values(seen_at=now, token_hash=token_hash)
    )


def insert_session(
    tx: Connection, staff_id: int, token_hash: bytes, device: str, expires_at: datetime, now: datetime
) -> int:
    """A new session; its key."""
    row = {"staff_id": staff_id, "token_hash": token_hash, "device": device}
    row |= {"created_at": now, "seen_at": now, "expires_at": expires_at}
    return int(tx.execute(insert(staff_session).values(**row).returning(staff_session.c.id)).scalar_one())


@dataclass(frozen=True, slots=True)
class StandingRole:
    """A role in force, and when it ends by itself."""

    member: StaffMember
    ends_at: datetime | None


def find_role(tx: Connection, staff_id: int, now: datetime, *, lock: bool = False) -> StandingRole | None:
    """The role of a staff row while it is in force; `lock`: nobody ends it before this transaction is over."""
    columns = staff.c.id, staff.c.role, staff.c.library_id, staff.c.label, staff.c.ends_at
    query = select(*columns).where(staff.c.id == staff_id, in_force(now))
    row = tx.execute(query.with_for_update(read=True) if lock else query).first()
    return None if row is None else StandingRole(StaffMember(row[0], Role(row[1]), row[2], row[3]), row[4])


def in_force(now: datetime) -> ColumnElement[bool]:
    """Whether a staff row gives a role at this moment."""
    return staff.c.ended_at.is_(None) & or_(staff.c.ends_at.is_(None), staff.c.ends_at > now)


def end_session(tx: Connection, session_id: int, ended_by: int | None, now: datetime) -> bool:
    """End one session; False when it had ended."""
    return _end(tx, staff_session.c.id == session_id, ended_by, now) > 0


def end_sessions_of(tx: Connection, staff_id: int, ended_by: int | None, now: datetime) -> int:
    """End all sessions of a staff member and void sign-ins under way; how many sessions had not ended."""
    open_ones = sign_in.c.staff_id == staff_id, sign_in.c.used_at.is_(None)
    tx.execute(update(sign_in).where(*open_ones).values(used_at=now))
    return _end(tx, staff_session.c.staff_id == staff_id, ended_by, now)


def _end(tx: Connection, which: ColumnElement[bool], ended_by: int | None, now: datetime) -> int:
    standing = staff_session.c.ended_at.is_(None)
    ended = update(staff_session).where(which, standing).values(ended_at=now, ended_by=ended_by)
    return tx.execute(ended).rowcount


def add_code(
    tx: Connection, code_hash: bytes, browser_hash: bytes, device: str, expires_at: datetime, now: datetime
) -> bool:
    """Give a browser a code; False when another browser's living sign-in has it."""
    values: dict[str, Any] = {"kind": CODE, "browser_hash": browser_hash, "staff_id": None, "device": device}
    values |= {"created_at": now, "expires_at": expires_at, "claimed_at": None, "used_at": None}
    dialect: Any = {"sqlite": sqlite, "postgresql": postgresql}[tx.dialect.name]
    upsert = dialect.insert(sign_in).values(code_hash=code_hash, **values)
    upsert = upsert.on_conflict_do_update(index_elements=["code_hash"], set_=values, where=sign_in.c.expires_at <= now)
    return tx.execute(upsert.returning(sign_in.c.id)).first() is not None


def insert_link(tx: Connection, code_hash: bytes, staff_id: int, expires_at: datetime, now: datetime) -> None:
    """A link by which this staff member signs in once."""
    row = {"kind": LINK, "code_hash": code_hash, "staff_id": staff_id, "device": ""}
    tx.execute(insert(sign_in).values(created_at=now, expires_at=expires_at, **row))


@dataclass(frozen=True, slots=True)
class FoundSignIn:
    """A living sign-in of a browser."""

    id: int
    expires_at: datetime
    is_claimed: bool


def find_sign_in(
    tx: Connection, code_hashes: Sequence[bytes], browser_hashes: Sequence[bytes], now: datetime
) -> FoundSignIn | None:
    """The living sign-in with this code in this browser."""
    row = tx.execute(
        select(sign_in.c.id, sign_in.c.expires_at, sign_in.c.claimed_at)
        .where(sign_in.c.code_hash.in_(code_hashes), sign_in.c.browser_hash.in_(browser_hashes))
        .where(sign_in.c.used_at.is_(None), sign_in.c.expires_at > now)
    ).first()
    return None if row is None else FoundSignIn(row[0], row[1], row[2] is not None)


def claim_code(tx: Connection, code_hash: bytes, staff_id: int, until: datetime, now: datetime) -> str | None:
    """Let a staff member claim a living code; the browser that shows it, None when there is none.

    The browser may then take `until` to fetch what it was given.
    """
    claimed = (
        update(sign_in)
        .where(sign_in.c.kind == CODE, sign_in.c.code_hash == code_hash, sign_in.c.expires_at > now)
        .where(sign_in.c.claimed_at.is_(None), sign_in.c.used_at.is_(None))
        .values(staff_id=staff_id, claimed_at=now, expires_at=until)
        .returning(sign_in.c.device)
    )
    return tx.execute(claimed).scalar()


def find_claimer(tx: Connection, code_hashes: Sequence[bytes], browser_hashes: Sequence[bytes]) -> int | None:
    """The staff member who sent this browser's code, whatever became of it since."""
    mine = sign_in.c.code_hash.in_(code_hashes) & sign_in.c.browser_hash.in_(browser_hashes)
    return tx.execute(select(sign_in.c.staff_id).where(mine)).scalar()


def use_code(
    tx: Connection, code_hashes: Sequence[bytes], browser_hashes: Sequence[bytes], now: datetime
) -> str | None:
    """Use a claimed sign-in once; the browser's name."""
    mine = sign_in.c.code_hash.in_(code_hashes) & sign_in.c.browser_hash.in_(browser_hashes)
    return _use(tx, mine & sign_in.c.claimed_at.is_not(None), now)


def find_link(tx: Connection, code_hashes: Sequence[bytes], now: datetime) -> int | None:
    """The staff member whom a living link signs in. Looking does not use it up."""
    living = sign_in.c.used_at.is_(None) & (sign_in.c.expires_at > now)
    query = select(sign_in.c.staff_id).where(sign_in.c.kind == LINK, sign_in.c.code_hash.in_(code_hashes), living)
    return tx.execute(query).scalar()


def use_link(tx: Connection, code_hashes: Sequence[bytes], now: datetime) -> bool:
    """Use a link once."""
    return _use(tx, (sign_in.c.kind == LINK) & sign_in.c.code_hash.in_(code_hashes), now) is not None


def _use(tx: Connection, which: ColumnElement[bool], now: datetime) -> str | None:
    used = (
        update(sign_in)
        .where(which, sign_in.c.used_at.is_(None), sign_in.c.expires_at > now)
        .values(used_at=now)
        .returning(sign_in.c.device)
    )
    return tx.execute(used).scalar()


def sweep(tx: Connection, sign_ins_before: datetime, sessions_before: datetime) -> tuple[int, int]:
    """Delete sign-ins and sessions that ended before these moments; how many of each."""
    signs = tx.execute(delete(sign_in).where(sign_in.c.expires_at < sign_ins_before)).rowcount
    sessions = tx.execute(delete(staff_session).where(staff_session.c.expires_at < sessions_before)).rowcount
    return signs, sessions
