"""Changing a registration keeps every rule that signing up and cancelling keep, whatever the way there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from bot.domain.eligibility import SignUpClosed
from bot.domain.kinds import Door, ScanResult
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import (
    AttendedAlready,
    NoPlaceLeft,
    Registered,
    TooLateToCancel,
)
from bot.services.amendments import MoreToSay, Moved, MoveOutcome, PartyChanged, change_party, move_registration
from bot.services.registrations import Details, cancel_registration, join_waitlist, sign_up
from bot.store.checkins import Scan, claim_check_in
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.sign_up_tables import answer
from bot.store.tables import registration
from tests.factories import NOW, add_event, add_house, add_occurrence, add_reader
from tests.services.lines import DOORS, STARTS, open_hall

ONE = Party(1, 0)


def two_nights(
    tx: Connection, here_rules: dict[str, Any], there_rules: dict[str, Any] | None = None
) -> tuple[OccurrenceFacts, OccurrenceFacts]:
    """12 in two days and 15 in three: of one event, or of two when the second has rules of its own."""
    house = add_house(tx)
    event_id = add_event(tx, house, "读书沙龙", rules=here_rules)
    other_id = event_id if there_rules is None else add_event(tx, house, "古籍修复", rules=there_rules)
    here = add_occurrence(tx, house, 12, event_id=event_id, starts_at=STARTS)
    return here, add_occurrence(tx, house, 15, event_id=other_id, starts_at=STARTS + timedelta(days=1))


def states(tx: Connection) -> list[tuple[int, str, bool]]:
    query = select(registration.c.occurrence_id, registration.c.status, registration.c.cancelled_late)
    return [(row[0], row[1], row[2]) for row in tx.execute(query.order_by(registration.c.id))]


def move_at(
    db: Database, keys: Keys, now: datetime, *, come: bool = False, **rules: Any
) -> tuple[MoveOutcome, list[str], bool]:
    """Sign up for 12 and ask for 15 instead at that moment: what came of it, the states, and whether late."""
    with db.writing() as tx:
        here, there = two_nights(tx, rules)
        reader_id = add_reader(tx, "a", keys)
        taken = sign_up(tx, reader_id, here, ONE, None, keys, NOW)
        assert isinstance(taken, Registered)
        if come:
            scan = Scan(here.id, taken.registration.id, 1, ScanResult.OK, Door.CHAT_SCAN, None, now)
            assert claim_check_in(tx, scan)
    with db.writing() as tx:
        outcome = move_registration(tx, reader_id, here, there, keys, now)
    with db.reading() as tx:
        found = states(tx)
    return outcome, [status for _, status, _ in found], found[0][2]


def test_who_goes_elsewhere_after_the_free_time_gave_the_place_back_late(db: Database, keys: Keys) -> None:
    outcome, found, late = move_at(db, keys, STARTS - timedelta(minutes=30), cancel_until_minutes=60)
    assert isinstance(outcome, Moved)
    assert found == ["cancelled", "confirmed"]
    assert late


def test_no_place_is_given_back_by_moving_where_cancelling_is_refused(db: Database, keys: Keys) -> None:
    outcome, found, _ = move_at(
        db, keys, STARTS - timedelta(minutes=30), cancel_until_minutes=60, late_cancel="refused"
    )
    assert isinstance(outcome, TooLateToCancel)
    assert found == ["confirmed"]


def test_who_was_checked_in_keeps_that_place_and_gets_no_second_by_moving(db: Database, keys: Keys) -> None:
    outcome, found, _ = move_at(db, keys, STARTS + timedelta(minutes=5), come=True)
    assert isinstance(outcome, AttendedAlready)
    assert found == ["confirmed"]


def test_moving_to_an_event_that_asks_for_a_card_asks_for_it(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        here, there = two_nights(tx, {}, {"card": True})
        reader_id = add_reader(tx, "a", keys)
        sign_up(tx, reader_id, here, ONE, None, keys, NOW)
        assert isinstance(move_registration(tx, reader_id, here, there, keys, NOW), MoreToSay)


def test_moving_to_an_event_that_asks_for_real_names_asks_for_one(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        here, there = two_nights(tx, {}, {"real_name": True})
        reader_id = add_reader(tx, "a", keys, name="小明妈妈")
        sign_up(tx, reader_id, here, ONE, None, keys, NOW)
        assert isinstance(move_registration(tx, reader_id, here, there, keys, NOW), MoreToSay)


def test_what_is_over_cannot_be_cancelled_any_more(db: Database, keys: Keys) -> None:
    """A no-show would become a late cancelling, which the ban style does not count."""
    hall = open_hall(db, keys)
    with db.writing() as tx:
        hall.seat(tx, "a")
        over = STARTS + timedelta(hours=2, minutes=1)
        assert isinstance(cancel_registration(tx, hall.facts, hall.ids["a"], over), TooLateToCancel)
        assert hall.states(tx) == ["confirmed"]


def test_the_party_of_who_was_checked_in_stays_as_it_came(db: Database, keys: Keys) -> None:
    hall = open_hall(db, keys)
    with db.writing() as tx:
        place = hall.seat(tx, "a", 3)
        now = STARTS + timedelta(minutes=5)
        claim_check_in(tx, Scan(hall.facts.id, place.id, 3, ScanResult.OK, Door.CHAT_SCAN, None, now))
        outcome = change_party(tx, hall.ids["a"], hall.facts, ONE, (), keys, now)
        assert isinstance(outcome, AttendedAlready)


def test_a_party_does_not_grow_past_those_who_wait(db: Database, keys: Keys) -> None:
    """One seat is free, two are waited for: it is theirs who stand in line, as for anybody who signs up."""
    hall = open_hall(db, keys, 3)
    with db.writing() as tx:
        hall.seat(tx, "a", 2)
        hall.queue(tx, "b", 2)
        outcome = change_party(tx, hall.ids["a"], hall.facts, Party(3, 0), (), keys, NOW)
        assert isinstance(outcome, NoPlaceLeft)
        smaller = change_party(tx, hall.ids["a"], hall.facts, ONE, (), keys, NOW)
        assert isinstance(smaller, PartyChanged)
        assert hall.states(tx) == ["confirmed", "confirmed"]


def test_where_smaller_parties_pass_a_party_grows_when_nobody_in_line_would_fit(db: Database, keys: Keys) -> None:
    hall = open_hall(db, keys, 3, waitlist_fit="pass")
    with db.writing() as tx:
        hall.seat(tx, "a", 2)
        hall.queue(tx, "b", 2)
        assert isinstance(change_party(tx, hall.ids["a"], hall.facts, Party(3, 0), (), keys, NOW), PartyChanged)


def test_a_place_from_the_line_at_the_open_door_keeps_what_was_said_when_joining(db: Database, keys: Keys) -> None:
    """报名 again, once the line has ended and a seat is free: answers and children are there already."""
    hall = open_hall(db, keys, 1)
    said = Details(answers={"q": "有"}, members=())
    with db.writing() as tx:
        hall.seat(tx, "a")
        reader_id = hall.reader(tx, "b")
        join_waitlist(tx, reader_id, hall.facts, ONE, None, keys, NOW, said)
        now = DOORS + timedelta(minutes=1)
        hall.leave(tx, "a", now)
        outcome = sign_up(tx, reader_id, hall.facts, ONE, None, keys, now, said)
        assert isinstance(outcome, Registered)
        assert len(tx.execute(select(answer)).all()) == 1


def test_the_party_of_what_is_over_stays_as_it_was_counted(db: Database, keys: Keys) -> None:
    hall = open_hall(db, keys)
    with db.writing() as tx:
        hall.seat(tx, "a", 3)
        over = STARTS + timedelta(hours=2, minutes=1)
        assert isinstance(change_party(tx, hall.ids["a"], hall.facts, ONE, (), keys, over), SignUpClosed)
