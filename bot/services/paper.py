"""The paper list: who is on it, and what was marked on it, brought in afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.door import ScanAct, Stamp, WalkInAct, WalkInAudience, Way
from bot.domain.kinds import ScanResult, may_organise
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.paper import Marked, MarkResult, PaperLine
from bot.domain.ticket import read_short_code
from bot.services.audit import note_look
from bot.services.door import record_walk_ins
from bot.services.door_lists import door_state, masked_name
from bot.services.scans import ScanAnswer, record_scan
from bot.services.staff import serves
from bot.store.door_lists import count_let_in, list_expected
from bot.store.occurrences import find_occurrence
from bot.store.pii import Keys
from bot.store.readers import StaffMember
from bot.store.registration_details import RegistrationDetail, find_detail, find_detail_by_code

SHEET, MARKING = "sign_in_sheet", "paper_list"
"""The audit's words for a printed sheet and for a look at the list to be marked."""

MOST_MARKS = 300


def list_paper(
    tx: Connection, member: StaffMember, door: OccurrenceFacts, action: str, keys: Keys, now: datetime
) -> list[PaperLine]:
    """Who may come. Those who organise see full names, volunteers the first character. The look is noted."""
    note_look(tx, member, action, f"occurrence:{door.id}", now)
    came = count_let_in(tx, door.id)
    named = may_organise(member.role)
    lines = [_line(detail, came, keys, named=named) for detail in list_expected(tx, door.id, now)]
    return [line for line in lines if line.state != "cancelled" or line.came]


def _line(detail: RegistrationDetail, came: dict[int, int], keys: Keys, *, named: bool) -> PaperLine:
    registration = detail.registration
    return PaperLine(
        registration.id,
        (detail.name(keys) or "") if named else masked_name(detail, keys),
        detail.last_digits(keys),
        registration.party,
        registration.short_code,
        door_state(detail),
        came.get(registration.id, 0),
    )


def mark_code(
    tx: Connection, member: StaffMember, code: str, people: int | None, stamp: Stamp, keys: Keys, now: datetime
) -> Marked:
    """Mark by a short code off the paper, at the occurrence of its registration, also after the doors have closed."""
    short = read_short_code(code)
    detail = find_detail_by_code(tx, short) if short else None
    if detail is None:
        return Marked(MarkResult.UNKNOWN, code)
    return _mark(tx, member, detail, people, stamp, keys, now)


def mark_line(
    tx: Connection,
    member: StaffMember,
    registration_id: int,
    people: int | None,
    stamp: Stamp,
    keys: Keys,
    now: datetime,
) -> Marked:
    """Mark a registration that was picked from the list."""
    detail = find_detail(tx, registration_id)
    if detail is None:
        return Marked(MarkResult.UNKNOWN, "")
    return _mark(tx, member, detail, people, stamp, keys, now)


def _mark(
    tx: Connection,
    member: StaffMember,
    detail: RegistrationDetail,
    people: int | None,
    stamp: Stamp,
    keys: Keys,
    now: datetime,
) -> Marked:
    code, door = detail.registration.short_code, find_occurrence(tx, detail.facts.id)
    assert door is not None
    if not serves(tx, member, door):
        return Marked(MarkResult.NOT_SERVED, code, door=door)
    if door.check_in_opens_at is not None and now < door.check_in_opens_at:
        return Marked(MarkResult.NOT_OPEN, code, door=door)
    wanted = min(people or detail.registration.party.people, detail.registration.party.people)
    is_in = detail.checked_in_at is not None and detail.checked_in_people >= wanted
    act = ScanAct(stamp, "", detail.registration.id, people, admitted=not is_in, way=Way.PAPER)
    answer = record_scan(tx, member, door, act, keys, now)
    name = masked_name(detail, keys)
    if not isinstance(answer, ScanAnswer):
        return Marked(MarkResult.NOT_SERVED, code, door=door)
    if answer.result in (ScanResult.ALREADY, ScanResult.DUPLICATE):
        return Marked(MarkResult.ALREADY, code, name, detail.checked_in_people or answer.people, door)
    result = MarkResult.MARKED if answer.result is ScanResult.OK else MarkResult.WITHOUT_PLACE
    return Marked(result, code, name, answer.people, door)


def mark_walk_ins(
    tx: Connection,
    member: StaffMember,
    door: OccurrenceFacts,
    counts: Sequence[tuple[WalkInAudience, int, Stamp]],
    now: datetime,
) -> int:
    """Note the people at the end of the paper, by audience; how many. They came, whatever the rules say."""
    total = 0
    for audience, people, stamp in counts:
        record_walk_ins(tx, member, door, WalkInAct(stamp, people, audience, admitted=True), now)
        total += people
    return total
