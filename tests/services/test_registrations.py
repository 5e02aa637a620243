"""Signing up, the waitlist and cancelling, on real databases."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.domain.eligibility import NoSignUpNeeded, NotOpenYet, OccurrenceCancelled, PartyTooLarge, SignUpClosed
from bot.domain.kinds import Door, NoticeKind, OccurrenceStatus, RegistrationStatus, ScanResult, SignUp
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import (
    AlreadyRegistered,
    AttendedAlready,
    Cancelled,
    Contact,
    NoPlaceLeft,
    NothingToCancel,
    PlaceHeld,
    Registered,
    Waitlisted,
)
from bot.reports.summary_json import to_dict
from bot.services.erasure import erase_reader
from bot.services.registrations import (
    cancel_registration,
    expire_holds,
    hold_place,
    join_waitlist,
    release_holds,
    sign_up,
)
from bot.services.summary import summarize
from bot.store import registrations as rows
from bot.store.checkins import Scan, claim_check_in
from bot.store.database import Database
from bot.store.door_tables import checkin
from bot.store.occurrences import count_seats_taken
from bot.store.pii import Keys
from bot.store.registration_details import find_detail
from bot.store.registrations import find_active
from bot.store.tables import notice, registration
from tests.factories import NOW, add_house, add_occurrence, add_reader

ONE = Party(1, 0)


@pytest.fixture
def small(db: Database, keys: Keys):
    """An occurrence with three seats and five readers."""
    with db.writing() as tx:
        facts = add_occurrence(tx, add_house(tx), 12, capacity=3)
        readers = [add_reader(tx, f"reader-{index}", keys) for index in range(5)]
    return facts, readers


def test_a_seat_is_confirmed_with_a_ticket_code(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        outcome = sign_up(tx, readers[0], facts, Party(1, 1), None, keys, NOW)
        assert isinstance(outcome, Registered)
        assert outcome.registration.party == Party(1, 1)
        assert len(outcome.registration.short_code) == 6
        assert count_seats_taken(tx, facts.id, NOW) == 2


def test_a_second_sign_up_gives_the_same_place(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        first = sign_up(tx, readers[0], facts, ONE, None, keys, NOW)
        again = sign_up(tx, readers[0], facts, Party(2, 0), None, keys, NOW)
        assert isinstance(first, Registered)
        assert again == AlreadyRegistered(first.registration, None)
        assert count_seats_taken(tx, facts.id, NOW) == 1


def test_seats_run_out_by_heads_not_by_registrations(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        assert isinstance(sign_up(tx, readers[0], facts, Party(1, 1), None, keys, NOW), Registered)
        assert sign_up(tx, readers[1], facts, Party(1, 1), None, keys, NOW) == NoPlaceLeft(1, 0)
        assert isinstance(sign_up(tx, readers[1], facts, ONE, None, keys, NOW), Registered)
        assert sign_up(tx, readers[2], facts, ONE, None, keys, NOW) == NoPlaceLeft(0, 0)


def test_overbooking_adds_seats(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        facts = add_occurrence(tx, add_house(tx), 12, capacity=1, overbooking=1)
        readers = [add_reader(tx, f"r{index}", keys) for index in range(3)]
        outcomes = [sign_up(tx, reader, facts, ONE, None, keys, NOW) for reader in readers]
    assert [type(outcome) for outcome in outcomes] == [Registered, Registered, NoPlaceLeft]


def test_without_capacity_there_is_always_room(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        facts = add_occurrence(tx, add_house(tx), 12, capacity=None)
        reader = add_reader(tx, "r", keys)
        assert isinstance(sign_up(tx, reader, facts, ONE, None, keys, NOW), Registered)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"status": "cancelled"}, OccurrenceCancelled),
        ({"opens_at": NOW + timedelta(seconds=1)}, NotOpenYet),
        ({"closes_at": NOW}, SignUpClosed),
        ({"starts_at": NOW}, SignUpClosed),
        ({"starts_at": None}, SignUpClosed),
        ({"capacity": 2}, PartyTooLarge),
    ],
)
def test_the_rule_is_named_when_it_refuses(db: Database, keys: Keys, values: dict, refusal: type) -> None:
    with db.writing() as tx:
        facts = add_occurrence(tx, add_house(tx), 12, **values)
        reader = add_reader(tx, "r", keys)
        assert isinstance(sign_up(tx, reader, facts, Party(3, 0), None, keys, NOW), refusal)
        assert count_seats_taken(tx, facts.id, NOW) == 0


def test_sign_up_opens_at_the_exact_second(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        facts = add_occurrence(tx, add_house(tx), 12, opens_at=NOW)
        reader = add_reader(tx, "r", keys)
        assert sign_up(tx, reader, facts, ONE, None, keys, NOW - timedelta(microseconds=1)) == NotOpenYet(NOW)
        assert isinstance(sign_up(tx, reader, facts, ONE, None, keys, NOW), Registered)


def test_a_held_place_counts_until_its_ten_minutes_are_over(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        assert isinstance(hold_place(tx, readers[0], facts, Party(3, 0), keys, NOW), PlaceHeld)
        assert sign_up(tx, readers[1], facts, ONE, None, keys, NOW) == NoPlaceLeft(0, 0)
        later = NOW + timedelta(minutes=10)
        assert isinstance(sign_up(tx, readers[1], facts, ONE, None, keys, later), Registered)


def test_a_held_place_becomes_confirmed_with_the_party_named_last(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        held = hold_place(tx, readers[0], facts, ONE, keys, NOW)
        assert isinstance(held, PlaceHeld)
        done = sign_up(tx, readers[0], facts, Party(1, 2), None, keys, NOW)
        assert isinstance(done, Registered)
        assert done.registration.id == held.registration.id
        assert count_seats_taken(tx, facts.id, NOW) == 3


def test_a_lapsed_hold_does_not_stand_in_its_owners_way(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        hold_place(tx, readers[0], facts, ONE, keys, NOW)
        later = NOW + timedelta(minutes=11)
        assert isinstance(sign_up(tx, readers[0], facts, ONE, None, keys, later), Registered)
        assert count_seats_taken(tx, facts.id, later) == 1


def test_a_reader_holds_one_place_at_a_time(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        first, second = (add_occurrence(tx, house, number, capacity=1) for number in (1, 2))
        reader = add_reader(tx, "r", keys)
        hold_place(tx, reader, first, ONE, keys, NOW)
        hold_place(tx, reader, second, ONE, keys, NOW)
        assert count_seats_taken(tx, first.id, NOW) == 0
        assert count_seats_taken(tx, second.id, NOW) == 1


def test_waitlist_places_count_up_and_are_told_again(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        sign_up(tx, readers[0], facts, Party(3, 0), None, keys, NOW)
        waiting = [join_waitlist(tx, reader, facts, ONE, None, keys, NOW) for reader in readers[1:4]]
        assert [outcome.place for outcome in waiting if isinstance(outcome, Waitlisted)] == [1, 2, 3]
        again = sign_up(tx, readers[2], facts, ONE, None, keys, NOW)
        assert isinstance(again, AlreadyRegistered)
        assert again.place == 2


def test_a_freed_place_goes_to_the_first_in_line_with_one_notice(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        sign_up(tx, readers[0], facts, Party(3, 0), None, keys, NOW)
        for reader in readers[1:4]:
            join_waitlist(tx, reader, facts, Party(2, 0), None, keys, NOW)
        assert isinstance(cancel_registration(tx, facts, readers[0], NOW), Cancelled)
        states = [find_active(tx, facts.id, reader) for reader in readers[1:4]]
        assert [state.status for state in states if state] == [
            RegistrationStatus.CONFIRMED,
            RegistrationStatus.WAITLISTED,
            RegistrationStatus.WAITLISTED,
        ]
        notices = tx.execute(select(notice.c.kind, notice.c.reader_id)).all()
        assert [tuple(row) for row in notices] == [(NoticeKind.PROMOTED, readers[1])]


def test_nobody_overtakes_a_party_that_does_not_fit_yet(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        sign_up(tx, readers[0], facts, ONE, None, keys, NOW)
        sign_up(tx, readers[1], facts, Party(2, 0), None, keys, NOW)
        join_waitlist(tx, readers[2], facts, Party(2, 0), None, keys, NOW)
        cancel_registration(tx, facts, readers[0], NOW)  # one seat is free, two are wanted
        assert sign_up(tx, readers[3], facts, ONE, None, keys, NOW) == NoPlaceLeft(0, 1)
        cancel_registration(tx, facts, readers[1], NOW)
        promoted = find_active(tx, facts.id, readers[2])
        assert promoted is not None
        assert promoted.status is RegistrationStatus.CONFIRMED


def test_nobody_is_promoted_once_it_has_begun(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        sign_up(tx, readers[0], facts, Party(3, 0), None, keys, NOW)
        join_waitlist(tx, readers[1], facts, ONE, None, keys, NOW)
        assert facts.starts_at is not None
        cancel_registration(tx, facts, readers[0], facts.starts_at)
        waiting = find_active(tx, facts.id, readers[1])
        assert waiting is not None
        assert waiting.status is RegistrationStatus.WAITLISTED


def test_expired_holds_let_the_waitlist_move(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        hold_place(tx, readers[0], facts, Party(3, 0), keys, NOW)
        join_waitlist(tx, readers[1], facts, ONE, None, keys, NOW)
        assert expire_holds(tx, NOW) == 0
        assert expire_holds(tx, NOW + timedelta(minutes=10)) == 1
        promoted = find_active(tx, facts.id, readers[1])
        assert promoted is not None
        assert promoted.status is RegistrationStatus.CONFIRMED


def test_giving_up_returns_the_held_place_to_the_line(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        hold_place(tx, readers[0], facts, Party(3, 0), keys, NOW)
        join_waitlist(tx, readers[1], facts, ONE, None, keys, NOW)
        assert release_holds(tx, readers[0], NOW)
        assert not release_holds(tx, readers[0], NOW)
        promoted = find_active(tx, facts.id, readers[1])
        assert promoted is not None
        assert promoted.status is RegistrationStatus.CONFIRMED


def test_cancelled_readers_may_sign_up_again(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        sign_up(tx, readers[0], facts, ONE, None, keys, NOW)
        cancel_registration(tx, facts, readers[0], NOW)
        assert isinstance(sign_up(tx, readers[0], facts, ONE, None, keys, NOW), Registered)
        rows = tx.execute(select(func.count()).select_from(registration)).scalar_one()
        assert rows == 2


def test_cancelling_twice_finds_nothing_the_second_time(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        sign_up(tx, readers[0], facts, ONE, None, keys, NOW)
        assert isinstance(cancel_registration(tx, facts, readers[0], NOW), Cancelled)
        assert isinstance(cancel_registration(tx, facts, readers[0], NOW), NothingToCancel)


def test_who_was_checked_in_cannot_cancel(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        outcome = sign_up(tx, readers[0], facts, ONE, None, keys, NOW)
        assert isinstance(outcome, Registered)
        scan = Scan(facts.id, outcome.registration.id, 1, ScanResult.OK, Door.CHAT_SCAN, None, NOW)
        assert claim_check_in(tx, scan)
        assert isinstance(cancel_registration(tx, facts, readers[0], NOW), AttendedAlready)


def test_another_persons_name_is_sealed_on_the_registration_only(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    grandmother = Contact("李奶奶", "+8613800138001")
    with db.writing() as tx:
        outcome = sign_up(tx, readers[0], facts, ONE, grandmother, keys, NOW)
        assert isinstance(outcome, Registered)
        detail = find_detail(tx, outcome.registration.id)
        assert detail is not None
        assert detail.name(keys) == "李奶奶"
        assert detail.name_enc is not None
        assert "李奶奶".encode() not in detail.name_enc


def test_events_without_sign_up_say_so(db: Database, keys: Keys) -> None:
    from tests.factories import add_event

    with db.writing() as tx:
        house = add_house(tx)
        event_id = add_event(tx, house, sign_up=SignUp.NONE.value)
        facts = add_occurrence(tx, house, 3, event_id=event_id)
        reader = add_reader(tx, "r", keys)
        assert facts.status is OccurrenceStatus.SCHEDULED
        assert sign_up(tx, reader, facts, ONE, None, keys, NOW) == NoSignUpNeeded()


def test_once_it_has_begun_a_free_place_goes_to_whoever_asks_also_from_the_line(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        begun = NOW - timedelta(minutes=5)
        facts = add_occurrence(tx, add_house(tx), 12, capacity=1, starts_at=begun, closes_at=begun + timedelta(hours=2))
        readers = [add_reader(tx, f"r{index}", keys) for index in range(3)]
        before = begun - timedelta(hours=1)
        sign_up(tx, readers[0], facts, ONE, None, keys, before)
        join_waitlist(tx, readers[1], facts, ONE, None, keys, before)
        cancel_registration(tx, facts, readers[0], NOW)
        waiting = find_active(tx, facts.id, readers[1])
        assert waiting is not None
        assert waiting.status is RegistrationStatus.WAITLISTED, "nobody could tell them in time"
        assert isinstance(sign_up(tx, readers[1], facts, ONE, None, keys, NOW), Registered)
        assert join_waitlist(tx, readers[2], facts, ONE, None, keys, NOW) == NoPlaceLeft(0, 0)
        cancel_registration(tx, facts, readers[1], NOW)
        assert isinstance(sign_up(tx, readers[2], facts, ONE, None, keys, NOW), Registered)


def test_a_held_place_outlives_the_closing_time(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        facts = add_occurrence(tx, add_house(tx), 12, closes_at=NOW + timedelta(minutes=1))
        slow, late = add_reader(tx, "slow", keys), add_reader(tx, "late", keys)
        hold_place(tx, slow, facts, ONE, keys, NOW)
        after = NOW + timedelta(minutes=2)
        assert isinstance(sign_up(tx, late, facts, ONE, None, keys, after), SignUpClosed)
        assert isinstance(sign_up(tx, slow, facts, Party(9, 0), None, keys, after), PartyTooLarge)
        assert isinstance(sign_up(tx, slow, facts, ONE, None, keys, after), Registered)


def test_erased_readers_are_passed_over_in_the_line_and_counted_as_before(db: Database, keys: Keys, small) -> None:
    facts, readers = small
    with db.writing() as tx:
        sign_up(tx, readers[0], facts, Party(3, 0), None, keys, NOW)
        for reader in readers[1:3]:
            join_waitlist(tx, reader, facts, ONE, None, keys, NOW)
        before = to_dict(summarize(tx, facts.campaign_id, keys, NOW))
        erase_reader(tx, readers[1], keys, NOW)
        assert to_dict(summarize(tx, facts.campaign_id, keys, NOW)) == before
        waiting = sign_up(tx, readers[2], facts, ONE, None, keys, NOW)
        assert isinstance(waiting, AlreadyRegistered)
        assert waiting.place == 1
        cancel_registration(tx, facts, readers[0], NOW)
        promoted = find_active(tx, facts.id, readers[2])
        assert promoted is not None
        assert promoted.status is RegistrationStatus.CONFIRMED


def test_two_readers_who_swap_their_held_places_do_not_block_each_other(
    db: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail with DeadlockDetected on PostgreSQL when `_lock_with_holds` locks the new place only.

    Both readers meet after their first lock, if the order of locks lets both get that far.
    """
    with db.writing() as tx:
        house = add_house(tx)
        places = [add_occurrence(tx, house, number, capacity=9) for number in (1, 2)]
        readers = [add_reader(tx, f"r{index}", keys) for index in range(2)]
        for reader, facts in zip(readers, places, strict=True):
            hold_place(tx, reader, facts, ONE, keys, NOW)
    meeting = threading.Barrier(2)
    release = rows.release_holds_of_reader

    def release_after_meeting(*args: Any, **values: Any) -> list[int]:
        with contextlib.suppress(threading.BrokenBarrierError):
            meeting.wait(0.5)
        return release(*args, **values)

    def swap(reader: int, facts: OccurrenceFacts) -> None:
        with db.writing() as tx:
            hold_place(tx, reader, facts, ONE, keys, NOW)

    monkeypatch.setattr(rows, "release_holds_of_reader", release_after_meeting)
    with ThreadPoolExecutor(2) as pool:
        swaps = [pool.submit(swap, *pair) for pair in zip(readers, reversed(places), strict=True)]
        for done in swaps:
            done.result(20)
    with db.reading() as tx:
        held = [find_active(tx, facts.id, reader) for reader, facts in zip(readers, reversed(places), strict=True)]
    assert all(each is not None and each.status is RegistrationStatus.HELD for each in held)


def test_a_scan_and_a_cancellation_at_once_leave_one_of_them(db: Database, keys: Keys, small) -> None:
    """Without the row's lock both won on PostgreSQL: a cancelled registration with a valid check-in."""
    facts, readers = small
    for _ in range(5):
        with db.writing() as tx:
            outcome = sign_up(tx, readers[0], facts, ONE, None, keys, NOW)
        assert isinstance(outcome, Registered)
        scan = Scan(facts.id, outcome.registration.id, 1, ScanResult.OK, Door.CHAT_SCAN, None, NOW)
        start = threading.Barrier(2)

        def check_in(scan: Scan = scan, start: threading.Barrier = start) -> bool:
            with db.writing() as tx:
                start.wait(10) if not db.is_sqlite else None
                return claim_check_in(tx, scan)

        def cancel(start: threading.Barrier = start) -> bool:
            with db.writing() as tx:
                start.wait(10) if not db.is_sqlite else None
                return isinstance(cancel_registration(tx, facts, readers[0], NOW), Cancelled)

        with ThreadPoolExecutor(2) as pool:
            came, gone = (future.result(20) for future in (pool.submit(check_in), pool.submit(cancel)))
        assert came != gone
        with db.writing() as tx:
            tx.execute(update(checkin).values(undone_at=NOW, counted_as=None))
            cancel_registration(tx, facts, readers[0], NOW)
