"""The door's rows: finding what a device sent before, which row of a party counts, and what was taken back."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    String,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    union_all,
    update,
)

from bot.domain.door import Admission, Before, Stamp, UndoAct
from bot.store.checkins import ActKind, StaffAct
from bot.store.door_tables import checkin, undo, walk_in
from bot.store.prepared import Prepared
from bot.store.staff_tables import staff
from bot.store.tables import audit, tally

ACT_LOCK = 5
"""Class of PostgreSQL's advisory locks on acts of devices."""

CountedAs = Literal["registered", "walk_in"]


_LOCK_ACT = Prepared(select(func.pg_advisory_xact_lock(literal_column(str(ACT_LOCK)), bindparam("act", type_=Integer))))


def lock_act(tx: Connection, act_id: str) -> None:
    """Let an act, its repeats and its undo be decided one after another. Taken before all other locks."""
    if tx.dialect.name != "sqlite":
        _LOCK_ACT.first(tx, {"act": zlib.crc32(act_id.encode()) - 2**31})


@dataclass(frozen=True, slots=True)
class PartyKey:
    """Who counts once at a door: a registration, else whoever showed a code that is none of ours."""

    occurrence_id: int
    registration_id: int | None
    code_hash: bytes | None

    @property
    def rows(self) -> ColumnElement[bool]:
        """The condition for the party's rows at that door."""
        there = checkin.c.occurrence_id == self.occurrence_id
        if self.registration_id is not None:
            return and_(there, checkin.c.registration_id == self.registration_id)
        return and_(there, checkin.c.registration_id.is_(None), checkin.c.code_hash == self.code_hash)


def list_standing(tx: Connection, key: PartyKey) -> list[Admission]:
    """The party's admissions that were not taken back."""
    standing = and_(key.rows, checkin.c.people > 0, checkin.c.undone_at.is_(None))
    # Two questions, because each of them has a small index; one would read all scans of the door.
    columns = (checkin.c.id, checkin.c.client_id, checkin.c.people)
    rows = [
        row
        for counts in (checkin.c.counted_as.is_not(None), checkin.c.counted_as.is_(None))
        for row in tx.execute(select(*columns).where(standing, counts))
    ]
    return [Admission(row.id, row.client_id or "", row.people) for row in rows]


def save_counted(tx: Connection, key: PartyKey, counted: Admission | None, counted_as: CountedAs) -> None:
    """Let one row of the party count and no other. The caller holds the occurrence's lock."""
    others = checkin.c.id != (counted.id if counted else 0)
    tx.execute(update(checkin).where(key.rows, checkin.c.counted_as.is_not(None), others).values(counted_as=None))
    if counted is not None:
        tx.execute(update(checkin).where(checkin.c.id == counted.id).values(counted_as=counted_as))


_UNDO_OF = "undo of it"
_SEEN = Prepared(
    union_all(
        select(literal_column("'checkin'", String).label("kind")).where(checkin.c.client_id == bindparam("id")),
        select(literal_column("'walk_in'", String)).where(walk_in.c.client_id == bindparam("id")),
        select(literal_column("'tally'", String)).where(tally.c.client_id == bindparam("id")),
        select(literal_column("'undo'", String)).where(undo.c.client_id == bindparam("id")),
        select(literal_column(f"'{_UNDO_OF}'", String)).where(undo.c.of_client_id == bindparam("id")),
    ),
    shape=lambda row: row[0],
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came in under an id before: the `kind` of its act, None when there is none, and whether an undo did."""

    kind: str | None
    has_undo: bool


def find_seen(tx: Connection, client_id: str) -> Seen:
    """What devices sent before about an act, asked for at once."""
    found = _SEEN.all(tx, {"id": client_id})
    return Seen(next((kind for kind in found if kind != _UNDO_OF), None), _UNDO_OF in found)


def find_kind(tx: Connection, client_id: str) -> str | None:
    """What kind of act a device sent under this id before; None when the id is new."""
    return find_seen(tx, client_id).kind


def find_scan(tx: Connection, client_id: str) -> Row[Any] | None:
    """The scan that a device sent under this id."""
    return tx.execute(select(checkin).where(checkin.c.client_id == client_id)).first()


def counts_as_walk_in(tx: Connection, key: PartyKey) -> bool:
    """Whether a party is counted as people without a place."""
    counted = select(checkin.c.id).where(key.rows, checkin.c.counted_as == "walk_in")
    return tx.execute(counted).first() is not None


def find_counted(tx: Connection, key: PartyKey) -> Before | None:
    """The admission of a party that counts, as a later scan is told of it."""
    at = func.coalesce(checkin.c.device_at, checkin.c.received_at)
    columns = (
        at,
        checkin.c.people,
        checkin.c.staff_id,
        func.coalesce(staff.c.label, ""),
        checkin.c.way,
        checkin.c.door,
    )
    query = select(*columns).select_from(checkin.outerjoin(staff, staff.c.id == checkin.c.staff_id))
    row = tx.execute(query.where(key.rows, checkin.c.counted_as.is_not(None))).first()
    return None if row is None else Before(row[0], row[1], row[2], row[3], row[4] or row[5])


def find_last_counted(tx: Connection, registration_id: int) -> PartyKey | None:
    """Where a registration was let in last, at its own door or at another."""
    query = select(checkin.c.occurrence_id).where(
        checkin.c.registration_id == registration_id, checkin.c.counted_as.is_not(None)
    )
    row = tx.execute(query.order_by(checkin.c.id.desc()).limit(1)).first()
    return None if row is None else PartyKey(row[0], registration_id, None)


def undo_party(tx: Connection, key: PartyKey, now: datetime) -> None:
    """Take back all that let in a party at a door. Under the occurrence's lock."""
    standing = and_(key.rows, checkin.c.people > 0, checkin.c.undone_at.is_(None))
    tx.execute(update(checkin).where(standing).values(undone_at=now, counted_as=None))


def undo_larger(tx: Connection, key: PartyKey, people: int, now: datetime) -> None:
    """Take back what let in more of a party than that, under the occurrence's lock: the most would count."""
    larger = and_(key.rows, checkin.c.people > people, checkin.c.undone_at.is_(None))
    tx.execute(update(checkin).where(larger).values(undone_at=now, counted_as=None))


def find_label(tx: Connection, staff_id: int) -> str:
    """How colleagues call this member of staff."""
    return tx.execute(select(staff.c.label).where(staff.c.id == staff_id)).scalar() or ""


def find_walk_ins(tx: Connection, client_id: str) -> Row[Any] | None:
    """The walk-ins that a device counted under this id."""
    return tx.execute(select(walk_in).where(walk_in.c.client_id == client_id)).first()


def insert_walk_ins(tx: Connection, values: Mapping[str, object]) -> None:
    """Write down people who came without registration."""
    tx.execute(insert(walk_in).values(**values))


def find_tally(tx: Connection, client_id: str) -> Row[Any] | None:
    """The tally that a device noted under this id."""
    return tx.execute(select(tally).where(tally.c.client_id == client_id)).first()


@dataclass(frozen=True, slots=True)
class DeviceAct:
    """An act that a device sent, as far as an undo asks."""

    kind: ActKind
    id: int
    at: datetime
    staff_id: int | None
    occurrence_id: int | None
    undone: bool
    party: PartyKey | None  # of a scan


def find_act(tx: Connection, client_id: str) -> DeviceAct | None:
    """What a device did under this id: a scan, walk-ins or a tally."""
    scan = find_scan(tx, client_id)
    if scan is not None:
        at = scan.device_at or scan.received_at
        party = PartyKey(scan.occurrence_id or 0, scan.registration_id, scan.code_hash)
        undone = scan.undone_at is not None or not scan.people
        return DeviceAct("checkin", scan.id, at, scan.staff_id, scan.occurrence_id, undone, party)
    for kind, row in (("walk_in", find_walk_ins(tx, client_id)), ("tally", find_tally(tx, client_id))):
        if row is not None:
            undone = row.undone_at is not None
            return DeviceAct(kind, row.id, row.noted_at, row.staff_id, row.occurrence_id, undone, None)  # type: ignore[arg-type]
    return None


def known_act(tx: Connection, act: StaffAct) -> DeviceAct:
    """An act that was found by its staff member, with the party that it is about."""
    party = None
    if act.kind == "checkin":
        row = tx.execute(select(checkin).where(checkin.c.id == act.id)).one()
        party = PartyKey(row.occurrence_id, row.registration_id, row.code_hash)
    return DeviceAct(act.kind, act.id, act.at, None, act.occurrence_id, False, party)


@dataclass(frozen=True, slots=True)
class StoredUndo:
    """An undo as it came in."""

    of: str
    at: datetime
    staff_id: int | None
    by_manager: bool


def find_undo(tx: Connection, client_id: str) -> StoredUndo | None:
    """The undo that a device sent under this id."""
    row = tx.execute(select(undo).where(undo.c.client_id == client_id)).first()
    return None if row is None else StoredUndo(row.of_client_id, row.device_at, row.staff_id, row.by_manager)


_UNDOS_OF = Prepared(
    select(undo.c.of_client_id, undo.c.device_at, undo.c.staff_id, undo.c.by_manager)
    .where(undo.c.of_client_id == bindparam("id"))
    .order_by(undo.c.device_at, undo.c.client_id),
    shape=lambda row: StoredUndo(*row),
)


def list_undos_of(tx: Connection, act_id: str) -> list[StoredUndo]:
    """The undos of an act that came before it."""
    return _UNDOS_OF.all(tx, {"id": act_id})


def insert_undo(
    tx: Connection, act: UndoAct, staff_id: int, now: datetime, *, by_manager: bool = False, reason: str = ""
) -> None:
    """Keep an undo, whether or not its act is there yet."""
    stamp: Stamp = act.stamp
    tx.execute(
        insert(undo).values(
            client_id=stamp.id,
            of_client_id=act.of,
            staff_id=staff_id,
            by_manager=by_manager,
            reason=reason,
            device=stamp.device,
            device_at=stamp.at,
            received_at=now,
        )
    )


def was_handed_list(tx: Connection, staff_id: int, occurrence_id: int) -> bool:
    """Whether this staff member's device ever took the list of this door: what it brings late was done there."""
    query = select(audit.c.id).where(
        audit.c.actor == f"staff:{staff_id}",
        audit.c.action == DOOR_LIST,
        audit.c.subject == f"occurrence:{occurrence_id}",
    )
    return tx.execute(query.limit(1)).first() is not None


DOOR_LIST = "door_list"
"""The audit's word for a list that was handed to a device."""
