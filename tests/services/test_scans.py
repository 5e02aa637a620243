"""The web scanner's acts: one effect for one act, one attendance for one party, whatever comes twice or late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from bot.domain.door import ScanAct
from bot.domain.kinds import ScanResult
from bot.services.door import record_undo
from bot.services.scans import ScanAnswer, record_scan
from bot.store.database import Database
from bot.store.door_tables import checkin
from bot.store.occurrences import count_attendance
from bot.store.pii import Keys
from bot.store.readers import StaffMember
from tests.services.door_acts import at_the_door, scan, undo
from tests.services.lines import STARTS, Hall, open_hall

OPEN = STARTS - timedelta(minutes=5)


def sent(hall: Hall, member: StaffMember, act: ScanAct) -> ScanAnswer:
    """The act comes in."""
    with hall.db.writing() as tx:
        answer = record_scan(tx, member, hall.facts, act, hall.keys, OPEN)
    assert isinstance(answer, ScanAnswer), answer
    return answer


def counts(hall: Hall) -> tuple[int, int]:
    """People in with a place, and without one."""
    with hall.db.reading() as tx:
        seen = count_attendance(tx, hall.facts.id)
    return seen.came, seen.walk_ins


def test_eight_scanners_with_a_hundred_codes_let_each_party_in_once(db: Database, keys: Keys) -> None:
    """Seen to fail without the unique index `uq_checkin_counted` (then more than a hundred are let in on PostgreSQL)."""
    hall = open_hall(db, keys, capacity=None)
    staff = [at_the_door(db, keys, f"door-{serial}") for serial in range(8)]
    with db.writing() as tx:
        codes = [hall.seat(tx, f"reader-{serial}", 2).short_code for serial in range(100)]

    def work(serial: int) -> list[ScanResult]:
        return [
            sent(hall, staff[serial], scan(f"{serial}-{code}", code, OPEN, device=f"phone-{serial}")).result
            for code in codes
        ]

    with ThreadPoolExecutor(8) as pool:
        results = [result for part in pool.map(work, range(8)) for result in part]
    assert results.count(ScanResult.OK) == 100
    assert results.count(ScanResult.ALREADY) == 700
    assert counts(hall) == (200, 0)
    with db.reading() as tx:
        assert tx.execute(select(func.count()).select_from(checkin)).scalar_one() == 800


def test_the_same_act_again_gets_the_same_answer_also_after_it_was_taken_back(db: Database, keys: Keys) -> None:
    hall, member = open_hall(db, keys), at_the_door(db, keys)
    with db.writing() as tx:
        code = hall.seat(tx, "a", 2).short_code
    act = scan("one", code, OPEN)
    assert sent(hall, member, act).result is sent(hall, member, act).result is ScanResult.OK
    assert counts(hall) == (2, 0)
    with db.writing() as tx:
        assert record_undo(tx, member, undo("two", "one", OPEN + timedelta(minutes=1)), OPEN).held
    assert counts(hall) == (0, 0)
    assert sent(hall, member, act).result is ScanResult.OK
    assert counts(hall) == (0, 0), "a late resend must not let anybody in again"
    assert sent(hall, member, scan("three", code, OPEN)).result is ScanResult.OK
    assert counts(hall) == (2, 0)


def test_two_phones_without_network_admit_the_same_family_and_it_counts_once(db: Database, keys: Keys) -> None:
    hall, member = open_hall(db, keys), at_the_door(db, keys)
    for reader, order in (("a", (("phone-1", 2), ("phone-2", 1))), ("b", (("phone-2", 1), ("phone-1", 2)))):
        before = counts(hall)[0]
        with db.writing() as tx:
            place = hall.seat(tx, reader, 2 if reader == "a" else 1)
        for device, people in order:
            act = scan(f"{reader}-{device}", place.short_code, OPEN, people=people, admitted=True, device=device)
            sent(hall, member, act)
        assert counts(hall)[0] - before == place.party.people
        with db.reading() as tx:
            rows = tx.execute(
                select(checkin.c.people, checkin.c.counted_as).where(checkin.c.registration_id == place.id)
            ).all()
        assert len(rows) == 2
        assert sum(row.counted_as is not None for row in rows) == 1, "the other one is kept and marked"
