"""Check-ins and walk-ins: append-only rows; presence and counts are derived from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Boolean, Connection, Integer, String, bindparam, insert, literal, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.kinds import Door, RegistrationStatus, ScanResult
from bot.store.columns import UtcDateTime, constant
from bot.store.prepared import Prepared
from bot.store.tables import checkin, registration, tally, walk_in


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan as it is written down. `people` is 0 for a refused one."""

    occurrence_id: int | None
    registration_id: int | None
    people: int
    result: ScanResult
    door: Door
    staff_id: int | None
    now: datetime


_SCANNED = ("occurrence_id", "registration_id", "people", "result", "door", "staff_id", "received_at", "forced")
_TYPES: dict[str, Any] = {"result": String(), "door": String(), "received_at": UtcDateTime(), "forced": Boolean()}


def _valid(dialect: str) -> Any:
    table: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect](checkin)
    still_confirmed = (
        select(*(bindparam(name, type_=_TYPES.get(name, Integer())).label(name) for name in _SCANNED))
        .select_from(registration)
        .where(registration.c.id == bindparam("registration_id"))
        .where(registration.c.status == constant(RegistrationStatus.CONFIRMED.value))
        .where(registration.c.released_at.is_(None))
        .with_for_update(read=True)  # a cancelling at the same moment waits, or is seen
    )
    return table.from_select(list(_SCANNED), still_confirmed).on_conflict_do_nothing().returning(checkin.c.id)


_VALID = Prepared({dialect: _valid(dialect) for dialect in ("sqlite", "postgresql")})


def claim_check_in(tx: Connection, scan: Scan) -> bool:
    """Write the valid check-in of a confirmed registration.

    False when there is one (unique index), the registration is no more, or its seats were given free.
    """
    return _VALID.first(tx, _row(scan)) is not None


def add_refused_scan(tx: Connection, scan: Scan) -> None:
    """Write down a scan that let nobody in."""
    tx.execute(insert(checkin), _row(scan))


def _row(scan: Scan) -> dict[str, object]:
    return {
        "occurrence_id": scan.occurrence_id,
        "registration_id": scan.registration_id,
        "people": scan.people,
        "result": scan.result.value,
        "door": scan.door.value,
        "staff_id": scan.staff_id,
        "received_at": scan.now,
        "forced": False,
    }


def add_walk_ins(tx: Connection, occurrence_id: int, people: int, staff_id: int, now: datetime) -> None:
    """Write down people who came without registration."""
    tx.execute(insert(walk_in).values(occurrence_id=occurrence_id, people=people, staff_id=staff_id, noted_at=now))


ActKind = Literal["checkin", "walk_in", "tally"]


@dataclass(frozen=True, slots=True)
class StaffAct:
    """Something that a staff member did and may take back."""

    kind: ActKind
    id: int
    at: datetime
    occurrence_id: int | None


_ACTS = union_all(
    select(
        literal("checkin", String).label("kind"),
        checkin.c.id,
        checkin.c.received_at.label("at"),
        checkin.c.occurrence_id,
    ).where(checkin.c.staff_id == bindparam("staff_id"), checkin.c.result == "ok", checkin.c.undone_at.is_(None)),
    select(literal("walk_in", String), walk_in.c.id, walk_in.c.noted_at, walk_in.c.occurrence_id).where(
        walk_in.c.staff_id == bindparam("staff_id"), walk_in.c.undone_at.is_(None)
    ),
    select(literal("tally", String), tally.c.id, tally.c.noted_at, tally.c.occurrence_id).where(
        tally.c.staff_id == bindparam("staff_id"), tally.c.undone_at.is_(None), tally.c.key.is_(None)
    ),
).subquery()
_LAST_ACT = select(_ACTS).order_by(_ACTS.c.at.desc(), _ACTS.c.id.desc()).limit(1)


def find_last_act(tx: Connection, staff_id: int) -> StaffAct | None:
    """The newest act of a staff member that still stands."""
    row = tx.execute(_LAST_ACT, {"staff_id": staff_id}).first()
    return StaffAct(row[0], row[1], row[2], row[3]) if row else None


_UNDO: dict[str, Any] = {
    table.name: update(table)
    .where(table.c.id == bindparam("act_id"), table.c.undone_at.is_(None))
    .values(undone_at=bindparam("undone"))
    for table in (checkin, walk_in, tally)
}


def claim_undo(tx: Connection, act: StaffAct, now: datetime) -> bool:
    """Take the act back; whether this call did it."""
    return tx.execute(_UNDO[act.kind], {"act_id": act.id, "undone": now}).rowcount == 1
