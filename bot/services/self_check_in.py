"""Readers who check themselves in by the code of the screen: with a place or, where the rules allow, without one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.checkin import CheckInOutcome, CountedIn, NoRoom, ScanRefused, SelfCheckInOutcome
from bot.domain.kinds import Door, RegistrationStatus, ScanResult
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.venue import is_accepted
from bot.services.admission import stands_against
from bot.services.checkins import let_in, people_who_came, refuse
from bot.store.checkins import Scan, add_refused_scan
from bot.store.history import find_suspension
from bot.store.occurrences import (
    count_attendance,
    count_seats_taken,
    list_starting_between,
    lock_occurrence,
)
from bot.store.pii import Keys
from bot.store.registration_details import RegistrationDetail, find_detail
from bot.store.registrations import find_active
from bot.store.self_walk_ins import claim_self_walk_in, find_self_walk_in, take_back_self_walk_in

AROUND = timedelta(days=1)


def check_in_by_venue_code(
    tx: Connection, reader_id: int, code: str, people: int | None, keys: Keys, now: datetime
) -> SelfCheckInOutcome:
    """Check in a reader who sent the six digits of the screen at the door, typed or inside its QR.

    The code is good for everything whose doors are open at that place: of two in a row, the screen shows the later.
    """
    nearby = list_starting_between(tx, now - AROUND, now + AROUND)
    shown = [facts for facts in nearby if is_accepted(code, facts.id, now, keys.venues)]
    if not shown:
        add_refused_scan(tx, Scan(None, None, 0, ScanResult.UNKNOWN, Door.VENUE_CODE, None, now))
        return ScanRefused(ScanResult.UNKNOWN, None)
    beside = [facts for facts in nearby if facts not in shown and _is_open_there(facts, shown, now)]
    for facts in (*shown, *beside):
        present = find_active(tx, facts.id, reader_id)
        if present is not None:
            detail = find_detail(tx, present.id)
            assert detail is not None
            return _check_in(tx, detail, people, keys, now)
    return _receive_stranger(tx, reader_id, shown[0], nearby, people, now)


def _is_open_there(facts: OccurrenceFacts, shown: Sequence[OccurrenceFacts], now: datetime) -> bool:
    same_place = facts.venue_id is not None and any(facts.venue_id == each.venue_id for each in shown)
    return same_place and facts.is_check_in_open(now)


def _check_in(
    tx: Connection, detail: RegistrationDetail, people: int | None, keys: Keys, now: datetime
) -> CheckInOutcome:
    refusal = stands_against(tx, detail, now, at_this_door=True)
    if refusal is not None and detail.checked_in_at is None:
        return refuse(tx, refusal, detail, Door.VENUE_CODE, None, now)
    return let_in(tx, detail, people_who_came(detail, people), Door.VENUE_CODE, None, keys, now)


def _receive_stranger(
    tx: Connection,
    reader_id: int,
    shown: OccurrenceFacts,
    nearby: list[OccurrenceFacts],
    people: int | None,
    now: datetime,
) -> SelfCheckInOutcome:
    """The code is good, but this reader has no place there: perhaps at another occurrence around now."""
    own = [facts for facts in nearby if _has_place(tx, facts, reader_id)]
    if not own and shown.rules.self_walk_ins and shown.is_check_in_open(now):
        return _count_in(tx, reader_id, shown, people, now)
    result = ScanResult.WRONG_OCCURRENCE if own else ScanResult.NOT_REGISTERED
    return _refused(tx, shown, ScanRefused(result, own[0] if own else shown), now)


def _has_place(tx: Connection, facts: OccurrenceFacts, reader_id: int) -> bool:
    present = find_active(tx, facts.id, reader_id)
    return present is not None and present.status is RegistrationStatus.CONFIRMED


def _count_in(
    tx: Connection, reader_id: int, facts: OccurrenceFacts, said: int | None, now: datetime
) -> CountedIn | NoRoom | ScanRefused:
    """Count in, or put another number in place of the one before."""
    if find_suspension(tx, reader_id, now) is not None:
        return _refused(tx, facts, ScanRefused(ScanResult.SUSPENDED, facts), now)
    lock_occurrence(tx, facts.id)
    before = find_self_walk_in(tx, facts.id, reader_id)
    people = said or before or 1
    if people == before:
        return CountedIn(facts, people, again=True)
    left = _room(tx, facts, before or 0, now)
    if (left is not None and facts.rules.seats_of(people, 0) > left) or people > facts.rules.party_limit:
        most = facts.rules.party_limit if left is None else min(left, facts.rules.party_limit)
        return NoRoom(facts, people, most)
    take_back_self_walk_in(tx, facts.id, reader_id, now)
    claim_self_walk_in(tx, facts.id, reader_id, people, now)
    return CountedIn(facts, people)


def _room(tx: Connection, facts: OccurrenceFacts, own: int, now: datetime) -> int | None:
    """Seats that neither a registration nor another at the door has taken; None without a limit. Under the lock."""
    left = facts.seats_left(count_seats_taken(tx, facts.id, now))
    return None if left is None else max(0, left - count_attendance(tx, facts.id).walk_ins + own)


def _refused(tx: Connection, facts: OccurrenceFacts, refusal: ScanRefused, now: datetime) -> ScanRefused:
    add_refused_scan(tx, Scan(facts.id, None, 0, refusal.result, Door.VENUE_CODE, None, now))
    return refusal


def list_open_places(tx: Connection, reader_id: int, now: datetime) -> list[OccurrenceFacts]:
    """Where this reader is expected now: at whose doors a wrong code of theirs may be a guess."""
    nearby = list_starting_between(tx, now - AROUND, now + AROUND)
    return [facts for facts in nearby if facts.is_check_in_open(now) and find_active(tx, facts.id, reader_id)]
