"""Scans of the web scanner and of paper lists, as they come from devices: at once, or late and doubled.

One transaction for each act. An act, its repeats and its undo are put in line first (store.door.lock_act), then, where
more than one row of a party may be concerned, whoever is at the occurrence (services.presence).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.domain.checkin import Attendance
from bot.domain.door import MAY_STILL_COME_IN, Before, ScanAct, Way
from bot.domain.kinds import Door, RegistrationStatus, ScanResult, may_organise
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.ticket import find_token, read_short_code, read_token
from bot.services.admission import stands_against, why_not_in
from bot.services.presence import claim_free_seats, recount, take_back_if_undone
from bot.services.staff import serves
from bot.store import door as store
from bot.store.checkins import Scan, add_admission, add_refused_scan, claim_check_in
from bot.store.occurrences import count_door, lock_occurrence
from bot.store.pii import Keys
from bot.store.readers import StaffMember
from bot.store.registration_details import RegistrationDetail, find_detail, find_detail_by_code


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """What a scan came to. `door`: where it was scanned; `detail`: whose ticket, if it is one of ours.

    `right`: the occurrence that the ticket is for, when it is another one. `may_admit`: staff may let them in all the
    same; `may_add`: more of the party can still come in; `was_let_in`: the act said that they are in already; `left`:
    seats still to be given away, None without a limit.
    """

    result: ScanResult
    door: OccurrenceFacts
    detail: RegistrationDetail | None
    people: int
    attendance: Attendance
    left: int | None = None
    before: Before | None = None
    right: OccurrenceFacts | None = None
    opens_at: datetime | None = None
    may_admit: bool = False
    may_add: bool = False
    from_line: bool = False
    was_let_in: bool = False


@dataclass(frozen=True, slots=True)
class OtherAct:
    """The id stands for another act already; nothing of that one is told."""


@dataclass(frozen=True, slots=True)
class NotAtThisDoor:
    """The staff member does not work at this occurrence."""

    door: OccurrenceFacts


def record_scan(
    tx: Connection, member: StaffMember, door: OccurrenceFacts, act: ScanAct, keys: Keys, now: datetime
) -> ScanAnswer | OtherAct | NotAtThisDoor:
    """Let a party in, or say why not. The same act again gets the same answer and changes nothing."""
    if not works_here(tx, member, door):
        return NotAtThisDoor(door)
    store.lock_act(tx, act.stamp.id)
    detail = _find_detail(tx, act, keys)
    seen = store.find_seen(tx, act.stamp.id)
    if seen.kind is not None:
        earlier = store.find_scan(tx, act.stamp.id)
        if earlier is None or not _is_same(earlier, door, detail, act):
            return OtherAct()
        return _answer_again(tx, member, door, detail, act, earlier, now)
    if act.refused is not None:  # decided then and there: by now it may come out differently, and they went away
        return _refuse(tx, member, door, detail, act, act.refused, now)
    key = _key_of(door, detail, act, keys)
    decide = _admit if act.admitted else _check_in
    answer = decide(tx, member, door, detail, act, key, now)
    if not seen.has_undo or not (answer.was_let_in or answer.result is ScanResult.OK):
        return answer
    take_back_if_undone(tx, member.id, act.stamp)
    attendance, left = count_door(tx, door, now)
    return replace(answer, attendance=attendance, left=left)


def _is_same(earlier: Row[Any], door: OccurrenceFacts, detail: RegistrationDetail | None, act: ScanAct) -> bool:
    """Whether a stored scan is this act, sent again, and not another one under its id."""
    same_ticket = earlier.registration_id == (detail.registration.id if detail else None)
    return same_ticket and earlier.occurrence_id == door.id and (bool(earlier.people) or not act.admitted)


def works_here(tx: Connection, member: StaffMember, door: OccurrenceFacts) -> bool:
    """Whether what this member brings from this door is taken: they serve it, or did when they took its list."""
    return serves(tx, member, door) or store.was_handed_list(tx, member.id, door.id)


def _find_detail(tx: Connection, act: ScanAct, keys: Keys) -> RegistrationDetail | None:
    if act.registration_id is not None:
        return find_detail(tx, act.registration_id)
    token = find_token(act.code)
    registration_id = read_token(token, keys.tickets) if token else None
    if registration_id is not None:
        return find_detail(tx, registration_id)
    code = read_short_code(act.code)
    return find_detail_by_code(tx, code) if code else None


# --- online: decided here --------------------------------------------------------------------------------------------


def _check_in(
    tx: Connection,
    member: StaffMember,
    door: OccurrenceFacts,
    detail: RegistrationDetail | None,
    act: ScanAct,
    key: store.PartyKey,
    now: datetime,
) -> ScanAnswer:
    came = detail is not None and detail.facts.id == door.id and detail.checked_in_at is not None
    refusal = None if came else _refusal(tx, door, detail, now)
    if detail is None or refusal is not None:
        before = store.find_counted(tx, key)  # perhaps staff let them in all the same
        if before is None:
            return _refuse(tx, member, door, detail, act, refusal or ScanResult.UNKNOWN, now)
        return _refuse(tx, member, door, detail, act, ScanResult.ALREADY, now, before)
    waiting = detail.registration.status is RegistrationStatus.WAITLISTED
    people = _people_of(detail, act.people)
    if not came:
        if waiting or detail.released_at is not None:
            claim_free_seats(tx, detail.registration, now)
        if claim_check_in(tx, _scan_of(member, door, detail, act, people, ScanResult.OK, now)):
            return _in(tx, door, detail, people, now, from_line=waiting)
        recount(tx, key)  # somebody was faster, or let them in before they had a place
    return _come_again(tx, member, door, detail, act, key, people, now)


def _come_again(
    tx: Connection,
    member: StaffMember,
    door: OccurrenceFacts,
    detail: RegistrationDetail,
    act: ScanAct,
    key: store.PartyKey,
    people: int,
    now: datetime,
) -> ScanAnswer:
    """A ticket that was used: the rest of the party when staff say a larger number, else already there."""
    before = store.find_counted(tx, key)
    if before is not None and act.people and people > before.people:
        lock_occurrence(tx, door.id)
        add_admission(tx, _scan_of(member, door, detail, act, people, ScanResult.OK, now), None, forced=False)
        recount(tx, key)
        return _in(tx, door, detail, people, now)
    if before is None:
        return _refuse(tx, member, door, detail, act, why_not_in(find_detail(tx, detail.registration.id)), now)
    return _refuse(tx, member, door, detail, act, ScanResult.ALREADY, now, before)


def _refusal(
    tx: Connection, door: OccurrenceFacts, detail: RegistrationDetail | None, now: datetime, *, whenever: bool = False
) -> ScanResult | None:
    """What stands against letting in this ticket at this door. `whenever`: they are in, only their place counts."""
    if detail is None:
        return ScanResult.UNKNOWN
    is_here = detail.facts.id == door.id
    refused = stands_against(tx, detail, now, at_this_door=is_here, whenever=whenever)
    if refused is None or is_here or refused.result in (ScanResult.CANCELLED, ScanResult.REVOKED):
        return None if refused is None else refused.result
    return ScanResult.WRONG_OCCURRENCE  # whatever their place is there


def _in(
    tx: Connection,
    door: OccurrenceFacts,
    detail: RegistrationDetail,
    people: int,
    now: datetime,
    *,
    from_line: bool = False,
) -> ScanAnswer:
    more = people < detail.registration.party.people
    return ScanAnswer(
        ScanResult.OK, door, detail, people, *count_door(tx, door, now), may_add=more, from_line=from_line
    )


def _refuse(
    tx: Connection,
    member: StaffMember,
    door: OccurrenceFacts,
    detail: RegistrationDetail | None,
    act: ScanAct,
    result: ScanResult,
    now: datetime,
    before: Before | None = None,
) -> ScanAnswer:
    """Refused scans are rows too, with what they were told."""
    scan = _scan_of(member, door, detail, act, 0, result, now)
    told = None
    if before is not None:  # a member's label is looked up when it is told again: it may be a name
        told = {"at": before.at.isoformat(), "people": before.people, "staff_id": before.staff_id, "way": before.way}
    add_refused_scan(tx, scan, told)
    return _refused_answer(tx, member, door, detail, result, before, now)


def _refused_answer(
    tx: Connection,
    member: StaffMember,
    door: OccurrenceFacts,
    detail: RegistrationDetail | None,
    result: ScanResult,
    before: Before | None,
    now: datetime,
) -> ScanAnswer:
    more = before is not None and detail is not None and before.people < detail.registration.party.people
    return ScanAnswer(
        result,
        door,
        detail,
        before.people if before else 0,
        *count_door(tx, door, now),
        before,
        detail.facts if detail and result is ScanResult.WRONG_OCCURRENCE else None,
        door.check_in_opens_at if result is ScanResult.TOO_EARLY else None,
        may_admit=result in MAY_STILL_COME_IN and takes_walk_ins(member, door),
        may_add=more,
    )


def takes_walk_ins(member: StaffMember, door: OccurrenceFacts) -> bool:
    """Whether this member may let in people without a place there: the rules allow it, or they organise."""
    return door.rules.walk_ins or may_organise(member.role)


# --- let in already: written down whatever stands against it ---------------------------------------------------------


def _admit(
    tx: Connection,
    member: StaffMember,
    door: OccurrenceFacts,
    detail: RegistrationDetail | None,
    act: ScanAct,
    key: store.PartyKey,
    now: datetime,
) -> ScanAnswer:
    lock_occurrence(tx, door.id)
    if detail is not None:
        detail = find_detail(tx, detail.registration.id)  # as it is under the lock
    against = _refusal(tx, door, detail, now, whenever=True)
    people = act.people or 1 if detail is None else _people_of(detail, act.people)
    before = store.find_counted(tx, key)
    result = against or (ScanResult.OK if before is None or before.people < people else ScanResult.DUPLICATE)
    scan = _scan_of(member, door, detail, act, people, result, now)
    plainly = against is None and door.is_check_in_open(act.stamp.at)
    add_admission(tx, scan, key.code_hash, forced=not plainly)
    recount(tx, key)
    return _admitted_answer(tx, door, detail, result, people, before, now)


def _admitted_answer(
    tx: Connection,
    door: OccurrenceFacts,
    detail: RegistrationDetail | None,
    result: ScanResult,
    people: int,
    before: Before | None,
    now: datetime,
    *,
    was_let_in: bool = True,
) -> ScanAnswer:
    right = detail.facts if detail and result is ScanResult.WRONG_OCCURRENCE else None
    doubled = before if result is ScanResult.DUPLICATE else None
    more = result is ScanResult.OK and detail is not None and people < detail.registration.party.people
    seen = count_door(tx, door, now)
    return ScanAnswer(result, door, detail, people, *seen, doubled, right, may_add=more, was_let_in=was_let_in)


# --- the same act again ----------------------------------------------------------------------------------------------


def _answer_again(
    tx: Connection,
    member: StaffMember,
    door: OccurrenceFacts,
    detail: RegistrationDetail | None,
    act: ScanAct,
    row: Row[Any],
    now: datetime,
) -> ScanAnswer:
    """The answer of the row, whatever became of it: the device must not show another colour for the same scan."""
    result, before = ScanResult(row.result), _told(tx, row.answer)
    if not row.people:
        return _refused_answer(tx, member, door, detail, result, before, now)
    if result is ScanResult.DUPLICATE:
        before = store.find_counted(tx, store.PartyKey(door.id, row.registration_id, row.code_hash))
    return _admitted_answer(tx, door, detail, result, row.people, before, now, was_let_in=act.admitted)


def _told(tx: Connection, told: dict[str, Any] | None) -> Before | None:
    if not told:
        return None
    staff_id = told["staff_id"]
    label = store.find_label(tx, staff_id) if staff_id is not None else ""
    return Before(datetime.fromisoformat(told["at"]), told["people"], staff_id, label, told["way"])


def _key_of(door: OccurrenceFacts, detail: RegistrationDetail | None, act: ScanAct, keys: Keys) -> store.PartyKey:
    if detail is not None:
        return store.PartyKey(door.id, detail.registration.id, None)
    known = find_token(act.code) or read_short_code(act.code) or act.code.strip()
    return store.PartyKey(door.id, None, keys.search_hash(f"code:{known}"))


def _people_of(detail: RegistrationDetail, people: int | None) -> int:
    """How many of the party came: all unless said otherwise. More than the party are walk-ins, not this ticket's."""
    everybody = detail.registration.party.people
    return min(people, everybody) if people else everybody


def _scan_of(
    member: StaffMember,
    door: OccurrenceFacts,
    detail: RegistrationDetail | None,
    act: ScanAct,
    people: int,
    result: ScanResult,
    now: datetime,
) -> Scan:
    registration_id = detail.registration.id if detail else None
    by = Door.PAPER if act.way is Way.PAPER else Door.WEB
    return Scan(door.id, registration_id, people, result, by, member.id, now, act.stamp, act.way.value)
