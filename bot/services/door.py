"""What devices do at a door besides scanning: walk-ins, tallies, and taking back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.checkin import Attendance
from bot.domain.closing import FiguresFrozen
from bot.domain.door import Stamp, UndoAct, WalkInAct, undo_happened_at, undo_holds
from bot.domain.kinds import may_correct
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.tally import TallyRecorded
from bot.domain.tally_words import TallyEntry
from bot.services.audit import note_audit
from bot.services.closing import ensure_open_at
from bot.services.presence import take_back, undone_before
from bot.services.scans import NotAtThisDoor, OtherAct, takes_walk_ins, works_here
from bot.services.tallies import record_tally, recorded_tally
from bot.store import door as store
from bot.store.occurrences import count_attendance, find_occurrence
from bot.store.readers import StaffMember


@dataclass(frozen=True, slots=True)
class WalkInsAnswer:
    """Walk-ins were written down."""

    door: OccurrenceFacts
    people: int
    attendance: Attendance


@dataclass(frozen=True, slots=True)
class RegisteredOnly:
    """The rules admit registered readers only; organisers may make an exception."""

    door: OccurrenceFacts


def record_walk_ins(
    tx: Connection, member: StaffMember, door: OccurrenceFacts, act: WalkInAct, now: datetime
) -> WalkInsAnswer | RegisteredOnly | OtherAct | NotAtThisDoor | FiguresFrozen:
    """Note people who came without registration; the same act again changes nothing."""
    if not works_here(tx, member, door):
        return NotAtThisDoor(door)
    store.lock_act(tx, act.stamp.id)
    if store.find_kind(tx, act.stamp.id) is not None:
        earlier = store.find_walk_ins(tx, act.stamp.id)
        told = (door.id, act.people, act.audience.value)
        if earlier is None or (earlier.occurrence_id, earlier.people, earlier.audience) != told:
            return OtherAct()
        return WalkInsAnswer(door, earlier.people, count_attendance(tx, door.id))
    if not act.admitted and not takes_walk_ins(member, door):
        return RegisteredOnly(door)
    frozen = ensure_open_at(tx, door.campaign_id, member, act.stamp.at)
    if frozen is not None:
        return frozen
    undone_at = undone_before(tx, member.id, act.stamp, door, now)
    store.insert_walk_ins(
        tx,
        {
            "occurrence_id": door.id,
            "people": act.people,
            "audience": act.audience.value,
            "staff_id": member.id,
            "device": act.stamp.device,
            "client_id": act.stamp.id,
            "noted_at": act.stamp.at,
            "received_at": now,
            "undone_at": undone_at,
        },
    )
    return WalkInsAnswer(door, act.people, count_attendance(tx, door.id))


def record_tally_act(
    tx: Connection, member: StaffMember, door: OccurrenceFacts, stamp: Stamp, entry: TallyEntry
) -> TallyRecorded | OtherAct | NotAtThisDoor | FiguresFrozen:
    """Note a quantity, such as leaflets handed out; the same act again changes nothing."""
    if not works_here(tx, member, door):
        return NotAtThisDoor(door)
    store.lock_act(tx, stamp.id)
    if store.find_kind(tx, stamp.id) is not None:
        earlier = store.find_tally(tx, stamp.id)
        if earlier is None or (earlier.occurrence_id, earlier.wording) != (door.id, entry.wording):
            return OtherAct()
        return recorded_tally(tx, earlier.id)
    frozen = ensure_open_at(tx, door.campaign_id, member, stamp.at)
    if frozen is not None:
        return frozen
    undone_at = undone_before(tx, member.id, stamp, door, stamp.at)
    return record_tally(
        tx, entry, occurrence_id=door.id, staff_id=member.id, now=stamp.at, stamp=stamp, undone_at=undone_at
    )


@dataclass(frozen=True, slots=True)
class UndoAnswer:
    """Whether the act is taken back. `held` False: it is another's, or too long ago."""

    held: bool
    door: OccurrenceFacts | None
    attendance: Attendance | None


def record_undo(
    tx: Connection, member: StaffMember, act: UndoAct, now: datetime, *, reason: str = ""
) -> UndoAnswer | OtherAct | FiguresFrozen:
    """Take back an act of a device: its own staff within ten minutes, a manager later with a reason.

    An undo that comes before its act is kept and holds when the act arrives.
    """
    store.lock_act(tx, act.of)
    if store.find_kind(tx, act.stamp.id) is not None:
        earlier = store.find_undo(tx, act.stamp.id)
        if earlier is None or (earlier.of, earlier.staff_id) != (act.of, member.id):
            return OtherAct()
        return _undo_answer(tx, store.find_act(tx, act.of), held=True)
    by_manager = bool(reason) and may_correct(member.role)
    target = store.find_act(tx, act.of)
    at = act.stamp.at
    if target is not None:
        door = find_occurrence(tx, target.occurrence_id) if target.occurrence_id else None
        at = undo_happened_at(at, now, door) if door else at
        same = target.staff_id == member.id
        if not undo_holds(target.at, at, same_staff=same, by_manager=by_manager):
            return _undo_answer(tx, target, held=False)
        frozen = ensure_open_at(tx, door.campaign_id, member, act.stamp.at) if door else None
        if frozen is not None:
            return frozen
    store.insert_undo(tx, act, member.id, now, by_manager=by_manager, reason=reason)
    if target is not None:
        take_back(tx, target, at)
    note_audit(tx, f"staff:{member.id}", "undo", f"act:{act.of}", {"reason": reason} if reason else {}, now)
    return _undo_answer(tx, target, held=True)


def _undo_answer(tx: Connection, target: store.DeviceAct | None, *, held: bool) -> UndoAnswer:
    door = find_occurrence(tx, target.occurrence_id) if target and target.occurrence_id else None
    return UndoAnswer(held, door, count_attendance(tx, door.id) if door else None)
