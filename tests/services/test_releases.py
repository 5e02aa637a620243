"""At the open door: who may come in late, from the line, without registration, and with a part of the party."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.domain.checkin import CheckedIn, CheckedInBefore, ScanRefused
from bot.domain.eligibility import Suspended
from bot.domain.kinds import Role, ScanResult
from bot.domain.party import Party
from bot.domain.registration import NoPlaceLeft, Registered
from bot.domain.venue import current_code
from bot.services.checkins import (
    NoWalkIns,
    WalkInsCounted,
    check_in_short_code,
    count_walk_ins,
    release_unused,
    undo_last_act,
)
from bot.services.registrations import sign_up
from bot.services.self_check_in import check_in_by_venue_code
from bot.store.database import Database
from bot.store.door_tables import checkin
from bot.store.occurrences import get_occurrence
from bot.store.pii import Keys
from bot.store.readers import StaffMember
from bot.store.sign_up_tables import suspension
from bot.store.staff import save_role
from bot.store.tables import occurrence, registration
from tests.faults.town import all_at_once
from tests.services.lines import NOW, STARTS, Hall, open_hall, seats_taken

RELEASED = STARTS + timedelta(minutes=15)


def at_door(hall: Hall, role: Role = Role.VENUE) -> StaffMember:
    """Somebody who scans."""
    with hall.db.writing() as tx:
        staff_id = save_role(tx, hall.reader(tx, role.value), role, hall.facts.library_id, NOW)
    return StaffMember(staff_id, role, hall.facts.library_id, "")


def releasing(db: Database, keys: Keys, capacity: int = 2, **rules: Any) -> Hall:
    """A quarter of an hour after the start, unused seats are free; sign-up stays open until the end."""
    hall = open_hall(db, keys, capacity, release_after_minutes=15, **rules)
    with db.writing() as tx:
        tx.execute(update(occurrence).values(closes_at=occurrence.c.ends_at))
        hall.facts = get_occurrence(tx, hall.facts.id)
    return hall


@pytest.mark.parametrize(("before", "opens"), [(30, -30), (60, -60), (0, 0)])
def test_the_doors_open_as_early_as_the_event_says(db: Database, keys: Keys, before: int, opens: int) -> None:
    hall = open_hall(db, keys, check_in_before_minutes=before)
    staff = at_door(hall)
    moment = STARTS + timedelta(minutes=opens)
    with db.writing() as tx:
        code = hall.seat(tx, "a").short_code
        early = check_in_short_code(tx, staff, code, keys, moment - timedelta(seconds=1))
        assert early == ScanRefused(ScanResult.TOO_EARLY, hall.facts, moment)
        assert isinstance(check_in_short_code(tx, staff, code, keys, moment), CheckedIn)


def test_the_doors_close_as_long_after_the_start_as_the_event_says(db: Database, keys: Keys) -> None:
    hall = open_hall(db, keys, check_in_after_minutes=15)
    staff = at_door(hall)
    closes = STARTS + timedelta(minutes=15)
    with db.writing() as tx:
        code, late = hall.seat(tx, "a").short_code, hall.seat(tx, "b").short_code
        assert isinstance(check_in_short_code(tx, staff, code, keys, closes), CheckedIn)
        refused = check_in_short_code(tx, staff, late, keys, closes + timedelta(seconds=1))
        assert refused == ScanRefused(ScanResult.CLOSED, hall.facts)


def test_where_only_the_registered_may_come_an_organiser_makes_the_exception(db: Database, keys: Keys) -> None:
    hall = open_hall(db, keys, walk_ins=False)
    venue, boss = at_door(hall), at_door(hall, Role.ORGANISER)
    with db.writing() as tx:
        assert count_walk_ins(tx, venue, hall.facts, 2, STARTS) == NoWalkIns(hall.facts)
        assert isinstance(count_walk_ins(tx, boss, hall.facts, 2, STARTS), WalkInsCounted)


def test_unused_seats_are_free_from_the_moment_that_the_rules_name(db: Database, keys: Keys) -> None:
    hall = releasing(db, keys, 3)
    staff = at_door(hall)
    with db.writing() as tx:
        came, _, _ = (hall.seat(tx, who) for who in "abc")
        check_in_short_code(tx, staff, came.short_code, keys, STARTS)
        assert release_unused(tx, RELEASED - timedelta(seconds=1)) == 0
        assert (release_unused(tx, RELEASED), release_unused(tx, RELEASED)) == (2, 0)
        assert seats_taken(tx, hall.facts.id, RELEASED) == 1
        fresh = sign_up(tx, hall.reader(tx, "d"), hall.facts, Party(2, 0), None, keys, RELEASED)
        assert isinstance(fresh, Registered)
        assert release_unused(tx, RELEASED + timedelta(minutes=1)) == 0, "who came to the door is not late"
        none = sign_up(tx, hall.reader(tx, "e"), hall.facts, Party(1, 0), None, keys, RELEASED)
        assert none == NoPlaceLeft(0, 0)


def test_without_the_rule_no_seat_is_ever_freed(db: Database, keys: Keys) -> None:
    hall = open_hall(db, keys)
    with db.writing() as tx:
        hall.seat(tx, "a")
        assert release_unused(tx, STARTS + timedelta(minutes=90)) == 0


def test_a_waiting_family_at_the_door_gets_free_seats_in_one_scan(db: Database, keys: Keys) -> None:
    hall = releasing(db, keys, 2)
    staff = at_door(hall)
    with db.writing() as tx:
        hall.seat(tx, "a", 2)
        pair, single = hall.queue(tx, "b", 2), hall.queue(tx, "c", 1)
        waits = check_in_short_code(tx, staff, single.short_code, keys, STARTS)
        assert waits == ScanRefused(ScanResult.WAITLISTED, hall.facts)
        release_unused(tx, RELEASED)
        done = check_in_short_code(tx, staff, single.short_code, keys, RELEASED)
        assert isinstance(done, CheckedIn) and done.from_line
        again = check_in_short_code(tx, staff, single.short_code, keys, RELEASED)
        assert isinstance(again, CheckedInBefore)
        too_many = check_in_short_code(tx, staff, pair.short_code, keys, RELEASED)
        assert too_many == ScanRefused(ScanResult.WAITLISTED, hall.facts)
        assert hall.states(tx) == ["confirmed", "waitlisted", "confirmed"]
        assert seats_taken(tx, hall.facts.id, RELEASED) == 1


def test_a_waiting_reader_may_take_a_free_seat_with_the_code_of_the_screen(db: Database, keys: Keys) -> None:
    hall = releasing(db, keys, 1)
    with db.writing() as tx:
        hall.seat(tx, "a")
        hall.queue(tx, "b")
        release_unused(tx, RELEASED)
        shown = current_code(hall.facts.id, RELEASED, keys.venue)
        done = check_in_by_venue_code(tx, hall.reader(tx, "b"), shown, None, keys, RELEASED)
        assert isinstance(done, CheckedIn) and done.from_line


def test_a_late_family_is_let_in_while_its_seats_are_free_and_else_hears_why(db: Database, keys: Keys) -> None:
    """Seen to fail with `PARTY_FITS` taken out of `claim_return`: three people on two seats."""
    hall = releasing(db, keys, 2)
    staff = at_door(hall)
    with db.writing() as tx:
        one, other = hall.seat(tx, "a"), hall.seat(tx, "b")
        release_unused(tx, RELEASED)
        assert isinstance(check_in_short_code(tx, staff, one.short_code, keys, RELEASED), CheckedIn)
        assert isinstance(sign_up(tx, hall.reader(tx, "c"), hall.facts, Party(1, 0), None, keys, RELEASED), Registered)
        late = check_in_short_code(tx, staff, other.short_code, keys, RELEASED)
        assert late == ScanRefused(ScanResult.RELEASED, hall.facts)
        assert seats_taken(tx, hall.facts.id, RELEASED) == 2
        results = list(tx.scalars(select(checkin.c.result).order_by(checkin.c.id)))
        assert results == ["ok", "released"]


def test_a_check_in_that_was_taken_back_frees_the_seat_like_any_other(db: Database, keys: Keys) -> None:
    hall = releasing(db, keys, 1)
    staff = at_door(hall)
    with db.writing() as tx:
        code = hall.seat(tx, "a").short_code
        check_in_short_code(tx, staff, code, keys, RELEASED - timedelta(minutes=1))
        assert release_unused(tx, RELEASED) == 0
        undo_last_act(tx, staff, RELEASED)
        assert release_unused(tx, RELEASED) == 1


@pytest.mark.parametrize(("said", "came"), [(2, 2), (None, 3), (9, 3)])
def test_a_part_of_the_party_may_come(db: Database, keys: Keys, said: int | None, came: int) -> None:
    hall = open_hall(db, keys)
    staff = at_door(hall)
    with db.writing() as tx:
        code = hall.seat(tx, "a", 3).short_code
        done = check_in_short_code(tx, staff, code, keys, STARTS, people=said)
    assert isinstance(done, CheckedIn) and (done.people, done.attendance.came) == (came, came)


def test_a_scan_and_the_release_at_once_leave_one_of_them(db: Database, keys: Keys) -> None:
    """Seen to fail on PostgreSQL with the row locks taken out of `claim_release`: checked in on a seat that was free."""
    hall = releasing(db, keys, 6)
    staff = at_door(hall)
    with db.writing() as tx:
        codes = [hall.seat(tx, f"r{index}").short_code for index in range(6)]

    def act(index: int) -> None:
        with db.writing() as tx:
            if index < 6:
                check_in_short_code(tx, staff, codes[index], keys, RELEASED)
            else:
                release_unused(tx, RELEASED)

    all_at_once(7, act)
    with db.reading() as tx:
        came = set(tx.scalars(select(checkin.c.registration_id).where(checkin.c.result == "ok")))
        freed = set(tx.scalars(select(registration.c.id).where(registration.c.released_at.is_not(None))))
    assert not came & freed


def test_many_at_the_door_for_few_free_seats_are_never_more_than_fit(db: Database, keys: Keys) -> None:
    """Seen to fail on PostgreSQL with `lock_occurrence` doing nothing: five people on three seats."""
    hall = releasing(db, keys, 3)
    staff = at_door(hall)
    with db.writing() as tx:
        late = [hall.seat(tx, f"late-{index}").short_code for index in range(3)]
        waiting = [hall.queue(tx, f"waiting-{index}").short_code for index in range(5)]
        release_unused(tx, RELEASED)
    codes = [*late, *waiting]

    def act(index: int) -> bool:
        with db.writing() as tx:
            return isinstance(check_in_short_code(tx, staff, codes[index], keys, RELEASED), CheckedIn)

    assert sum(all_at_once(8, act)) == 3
    with db.reading() as tx:
        assert seats_taken(tx, hall.facts.id, RELEASED) == 3


def test_a_suspended_reader_with_a_ticket_comes_in_like_anybody(db: Database, keys: Keys) -> None:
    hall = open_hall(db, keys)
    staff = at_door(hall)
    with db.writing() as tx:
        place = hall.seat(tx, "a")
        tx.execute(
            insert(suspension).values(
                reader_id=place.reader_id,
                code="K7P2QX",
                policy="ban",
                starts_at=NOW,
                ends_at=STARTS + timedelta(days=30),
                facts={"counted": [], "limit": 3, "window_days": 90},
            )
        )
        refused = sign_up(tx, place.reader_id, hall.facts, Party(1, 0), None, keys, NOW)
        assert isinstance(refused, Suspended)
        assert isinstance(check_in_short_code(tx, staff, place.short_code, keys, STARTS), CheckedIn)
