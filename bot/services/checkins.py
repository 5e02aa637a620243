"""Checking people in, by every door of the chat; counting walk-ins; taking back one's last act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.checkin import (
    UNDO_WITHIN,
    Attendance,
    CheckedIn,
    CheckedInBefore,
    CheckInOutcome,
    ScanRefused,
    mask_name,
)
from bot.domain.closing import FiguresFrozen
from bot.domain.kinds import Door, RegistrationStatus, ScanResult, may_correct, may_organise
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.ticket import find_token, read_short_code, read_token
from bot.services.admission import stands_against, why_not_in
from bot.services.audit import note_audit
from bot.services.closing import ensure_open, ensure_open_for
from bot.services.presence import claim_free_seats, take_back
from bot.services.staff import serves
from bot.store.checkins import (
    ActKind,
    Scan,
    add_refused_scan,
    add_walk_ins,
    claim_check_in,
    find_last_act,
)
from bot.store.door import find_counted, find_last_counted, known_act, undo_party
from bot.store.occurrences import (
    count_attendance,
    find_occurrence,
    list_open_for_check_in,
    lock_occurrence,
)
from bot.store.pii import Keys
from bot.store.readers import StaffMember, list_served_occurrences
from bot.store.registration_details import RegistrationDetail, find_detail, find_detail_by_code
from bot.store.releases import claim_release, list_to_release


def check_in_scanned(tx: Connection, member: StaffMember, scanned: str, keys: Keys, now: datetime) -> CheckInOutcome:
    """Check in what staff scanned: the ticket's address, the bare token or the short code in a QR."""
    token = find_token(scanned)
    registration_id = read_token(token, keys.tickets) if token else None
    if registration_id is None:
        return check_in_short_code(tx, member, scanned, keys, now, door=Door.CHAT_SCAN)
    return _check_in_at_door(tx, member, find_detail(tx, registration_id), Door.CHAT_SCAN, keys, now)


def check_in_short_code(
    tx: Connection,
    member: StaffMember,
    typed: str,
    keys: Keys,
    now: datetime,
    door: Door = Door.SHORT_CODE,
    people: int | None = None,
) -> CheckInOutcome:
    """Check in by the six characters under the QR: the whole party, or as many of it as came."""
    code = read_short_code(typed)
    detail = find_detail_by_code(tx, code) if code else None
    return _check_in_at_door(tx, member, detail, door, keys, now, people)


def _check_in_at_door(
    tx: Connection,
    member: StaffMember,
    detail: RegistrationDetail | None,
    door: Door,
    keys: Keys,
    now: datetime,
    people: int | None = None,
) -> CheckInOutcome:
    if detail is None:
        return refuse(tx, ScanRefused(ScanResult.UNKNOWN, None), None, door, member.id, now)
    at_this_door = serves(tx, member, detail.facts)
    door_is_busy = not detail.facts.is_check_in_open(now) and bool(list_served_now(tx, member, now))
    refusal = stands_against(tx, detail, now, at_this_door=at_this_door, door_is_busy=door_is_busy)
    if refusal is not None and detail.checked_in_at is None:
        return refuse(tx, refusal, detail, door, member.id, now)
    return let_in(tx, detail, people_who_came(detail, people), door, member.id, keys, now)


def people_who_came(detail: RegistrationDetail, people: int | None) -> int:
    """How many of the party came: all unless said otherwise. More than the party are walk-ins, not this ticket's."""
    everybody = detail.registration.party.people
    return min(people, everybody) if people else everybody


def let_in(
    tx: Connection,
    detail: RegistrationDetail,
    people: int,
    door: Door,
    staff_id: int | None,
    keys: Keys,
    now: datetime,
) -> CheckInOutcome:
    """Write the check-in of somebody against whom nothing stands, or say that they were faster themselves."""
    facts, registration = detail.facts, detail.registration
    name = detail.name(keys)
    masked = mask_name(name) if name else None
    if detail.checked_in_at is None:
        scan = Scan(facts.id, registration.id, people, ScanResult.OK, door, staff_id, now)
        waiting = registration.status is RegistrationStatus.WAITLISTED
        if waiting or detail.released_at is not None:
            claim_free_seats(tx, registration, now)
        if claim_check_in(tx, scan):
            return CheckedIn(facts, people, registration.party, masked, count_attendance(tx, facts.id), waiting)
    before = detail if detail.checked_in_at else find_detail(tx, registration.id)
    if before is None or before.checked_in_at is None:
        refusal = ScanRefused(why_not_in(before), facts)
        return refuse(tx, refusal, detail, door, staff_id, now)
    add_refused_scan(tx, Scan(facts.id, registration.id, 0, ScanResult.ALREADY, door, staff_id, now))
    return CheckedInBefore(facts, before.checked_in_at, before.checked_in_by, masked, count_attendance(tx, facts.id))


def release_unused(tx: Connection, now: datetime) -> int:
    """Free the seats of those who have not come in the time that the rules give them; how many registrations."""
    released = 0
    for facts in list_to_release(tx, now):
        assert facts.released_from is not None  # it is released
        lock_occurrence(tx, facts.id)
        released += claim_release(tx, facts.id, facts.released_from, now)
    return released


def refuse(
    tx: Connection,
    refusal: ScanRefused,
    detail: RegistrationDetail | None,
    door: Door,
    staff_id: int | None,
    now: datetime,
) -> ScanRefused:
    """Refused scans are rows too: they show where a door has trouble."""
    occurrence_id = detail.facts.id if detail else None
    registration_id = detail.registration.id if detail else None
    add_refused_scan(tx, Scan(occurrence_id, registration_id, 0, refusal.result, door, staff_id, now))
    return refusal


def list_served_now(tx: Connection, member: StaffMember, now: datetime) -> list[OccurrenceFacts]:
    """The occurrences of a staff member whose check-in is open now."""
    named = list_served_occurrences(tx, member.id)
    open_now = list_open_for_check_in(tx, now, named or None)
    if named or member.library_id is None:
        return open_now
    return [facts for facts in open_now if facts.library_id == member.library_id]


@dataclass(frozen=True, slots=True)
class WalkInsCounted:
    """Walk-ins were written down."""

    facts: OccurrenceFacts
    people: int
    attendance: Attendance


@dataclass(frozen=True, slots=True)
class NoWalkIns:
    """The rules admit registered readers only; organisers may make an exception."""

    facts: OccurrenceFacts


@dataclass(frozen=True, slots=True)
class NotServed:
    """The staff member does not work at this occurrence."""

    facts: OccurrenceFacts


def count_walk_ins(
    tx: Connection, member: StaffMember, facts: OccurrenceFacts, people: int, now: datetime
) -> WalkInsCounted | NotServed | NoWalkIns | FiguresFrozen:
    """Note people who came without registration, where the rules or an organiser let them in."""
    if not serves(tx, member, facts):
        return NotServed(facts)
    if not facts.rules.walk_ins and not may_organise(member.role):
        return NoWalkIns(facts)
    frozen = ensure_open(tx, facts.campaign_id, member)
    if frozen is not None:
        return frozen
    add_walk_ins(tx, facts.id, people, member.id, now)
    return WalkInsCounted(facts, people, count_attendance(tx, facts.id))


@dataclass(frozen=True, slots=True)
class Undone:
    """The last act was taken back."""

    kind: ActKind
    at: datetime
    facts: OccurrenceFacts | None


@dataclass(frozen=True, slots=True)
class NothingToUndo:
    """No own act within the last ten minutes."""


def undo_last_act(tx: Connection, member: StaffMember, now: datetime) -> Undone | NothingToUndo | FiguresFrozen:
    """Take back the sender's last check-in, walk-in or tally within ten minutes."""
    act = find_last_act(tx, member.id)
    if act is None or act.at < now - UNDO_WITHIN:
        return NothingToUndo()
    frozen = ensure_open_for(tx, act, member)
    if frozen is not None:
        return frozen
    if not take_back(tx, known_act(tx, act), now):
        return NothingToUndo()
    note_audit(tx, f"staff:{member.id}", "undo", f"{act.kind}:{act.id}", {}, now)
    facts = find_occurrence(tx, act.occurrence_id) if act.occurrence_id else None
    return Undone(act.kind, act.at, facts)


@dataclass(frozen=True, slots=True)
class CheckInTakenBack:
    """All that let in this party at this occurrence is taken back."""

    facts: OccurrenceFacts
    people: int
    at: datetime


@dataclass(frozen=True, slots=True)
class NoCheckIn:
    """No such code, or nobody was let in with it."""


@dataclass(frozen=True, slots=True)
class ReasonMissing:
    """Nobody takes back what was hours ago without saying why."""


@dataclass(frozen=True, slots=True)
class NotCorrecting:
    """The role takes back its own last act only."""


def take_back_check_in(
    tx: Connection, member: StaffMember, code: str, reason: str, now: datetime
) -> CheckInTakenBack | NoCheckIn | ReasonMissing | NotCorrecting:
    """Take back the check-in of a party at any time, by its short code, for a reason that is kept (promise I10).

    Doubles of it go too: what else counted as their coming would take its place.
    """
    if not may_correct(member.role):
        return NotCorrecting()
    typed = read_short_code(code)
    detail = find_detail_by_code(tx, typed) if typed else None
    if detail is None:
        return NoCheckIn()
    party = find_last_counted(tx, detail.registration.id)
    if party is None:
        return NoCheckIn()
    if not reason:
        return ReasonMissing()
    ensure_open(tx, detail.facts.campaign_id, member)  # managers only come here: for its lock
    lock_occurrence(tx, party.occurrence_id)
    before = find_counted(tx, party)
    if before is None:
        return NoCheckIn()
    undo_party(tx, party, now)
    detail_of_audit = {"reason": reason, "people": before.people, "occurrence": party.occurrence_id}
    note_audit(tx, f"staff:{member.id}", "undo", f"registration:{detail.registration.id}", detail_of_audit, now)
    facts = find_occurrence(tx, party.occurrence_id)
    assert facts is not None  # rows name it
    return CheckInTakenBack(facts, before.people, before.at)
