"""Check-ins and walk-ins: append-only rows; presence and counts are derived from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Boolean, Connection, Integer, String, bindparam, insert, literal, null, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.door import Stamp
from bot.domain.kinds import Door, RegistrationStatus, ScanResult
from bot.store.columns import UtcDateTime, constant
from bot.store.door_tables import checkin, walk_in
from bot.store.occurrences import HAS_COME
from bot.store.prepared import Prepared
from bot.store.report_tables import media_item, note, photo
from bot.store.tables import registration, tally


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan as it is written down. `people` is 0 for a refused one; `stamp` is what a device put to it."""

    occurrence_id: int | None
    registration_id: int | None
    people: int
    result: ScanResult
    door: Door
    staff_id: int | None
    now: datetime
    stamp: Stamp | None = None
    way: str = ""


_SCANNED = (
    *("occurrence_id", "registration_id", "people", "counted_as", "result", "door", "way", "staff_id", "device"),
    *("client_id", "device_at", "received_at", "forced"),
)
_TYPES: dict[str, Any] = {
    **dict.fromkeys(("counted_as", "result", "door", "way", "device", "client_id"), String()),
    **dict.fromkeys(("device_at", "received_at"), UtcDateTime()),
    "forced": Boolean(),
}


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
    return _VALID.first(tx, {**_row(scan), "counted_as": "registered"}) is not None


def has_come(tx: Connection, registration_id: int) -> bool:
    """Whether the registration was used: a valid check-in."""
    query = select(checkin.c.id).where(checkin.c.registration_id == registration_id, HAS_COME)
    return tx.execute(query).first() is not None


def add_refused_scan(tx: Connection, scan: Scan, answer: Mapping[str, object] | None = None) -> None:
    """Write down a scan that let nobody in; `answer`: what it was told that later scans would change."""
    tx.execute(insert(checkin), {**_row(scan), "answer": None if answer is None else dict(answer)})


def add_admission(tx: Connection, scan: Scan, code_hash: bytes | None, *, forced: bool) -> int:
    """Write down people who are in already, whatever stands against it; the row's key. It does not count yet."""
    values = {**_row(scan), "code_hash": code_hash, "forced": forced}
    return int(tx.execute(insert(checkin).returning(checkin.c.id), values).scalar_one())


def _row(scan: Scan) -> dict[str, object]:
    stamp = scan.stamp
    return {
        "occurrence_id": scan.occurrence_id,
        "registration_id": scan.registration_id,
        "people": scan.people,
        "result": scan.result.value,
        "door": scan.door.value,
        "way": scan.way,
        "staff_id": scan.staff_id,
        "device": stamp.device if stamp else None,
        "client_id": stamp.id if stamp else None,
        "device_at": stamp.at if stamp else None,
        "received_at": scan.now,
        "forced": False,
    }


def add_walk_ins(tx: Connection, occurrence_id: int, people: int, staff_id: int, now: datetime) -> None:
    """Write down people who came without registration."""
    tx.execute(insert(walk_in).values(occurrence_id=occurrence_id, people=people, staff_id=staff_id, noted_at=now))


ActKind = Literal["checkin", "walk_in", "tally", "media_item", "note", "photo"]


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
    ).where(checkin.c.staff_id == bindparam("staff_id"), checkin.c.people > 0, checkin.c.undone_at.is_(None)),
    select(literal("walk_in", String), walk_in.c.id, walk_in.c.noted_at, walk_in.c.occurrence_id).where(
        walk_in.c.staff_id == bindparam("staff_id"), walk_in.c.undone_at.is_(None)
    ),
    *(
        select(
            literal(table.name, String),
            table.c.id,
            table.c.noted_at,
            table.c.occurrence_id if "occurrence_id" in table.c else null(),
        ).where(table.c.staff_id == bindparam("staff_id"), table.c.undone_at.is_(None), table.c.key.is_(None))
        for table in (media_item, note, photo)
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
    .values(undone_at=bindparam("undone"), **({"counted_as": None} if table is checkin else {}))
    for table in (checkin, walk_in, tally, media_item, note, photo)
}


def claim_undo(tx: Connection, act: StaffAct, now: datetime) -> bool:
    """Take the act back; whether this call did it. After a check-in the party is to be counted again."""
    return tx.execute(_UNDO[act.kind], {"act_id": act.id, "undone": now}).rowcount == 1
