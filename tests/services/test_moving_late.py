"""改 12 到 15 gives a place up as cancelling does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from bot.domain.kinds import Door, ScanResult
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import AttendedAlready, TooLateToCancel
from bot.domain.rules import LateCancel
from bot.services.amendments import Moved, move_registration
from bot.store.checkins import Scan, claim_check_in
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import registration
from tests.factories import NOW, add_occurrence
from tests.services.lines import CONFIRMED, STARTS, Hall, open_hall

LATE = STARTS - timedelta(minutes=119)


def open_two(db: Database, keys: Keys, **rules: Any) -> tuple[Hall, OccurrenceFacts]:
    """A hall, and an occurrence of the same event a day later."""
    hall = open_hall(db, keys, 3, **rules)
    with db.writing() as tx:
        later = {"starts_at": STARTS + timedelta(days=1), "event_id": hall.facts.event_id}
        return hall, add_occurrence(tx, hall.house, 13, **later)


def move(hall: Hall, tx: Connection, there: OccurrenceFacts, now: Any = LATE) -> Any:
    """The reader "a" goes elsewhere."""
    return move_registration(tx, hall.reader(tx, "a"), hall.facts, there, hall.keys, now)


def test_a_place_that_is_taken_back_no_more_is_not_moved_either(db: Database, keys: Keys) -> None:
    hall, there = open_two(db, keys, late_cancel="refused")
    with db.writing() as tx:
        hall.seat(tx, "a")
        assert move(hall, tx, there) == TooLateToCancel(STARTS - timedelta(hours=2))
        assert hall.states(tx) == [CONFIRMED]
        assert isinstance(move(hall, tx, there, NOW), Moved)


def test_moving_late_is_counted_as_cancelling_late(db: Database, keys: Keys) -> None:
    hall, there = open_two(db, keys)
    assert hall.facts.rules.late_cancel is LateCancel.COUNTED
    with db.writing() as tx:
        place = hall.seat(tx, "a")
        assert isinstance(move(hall, tx, there), Moved)
        late = select(registration.c.cancelled_late).where(registration.c.id == place.id)
        assert tx.execute(late).scalar_one() is True


def test_who_has_come_gets_no_second_place_by_moving(db: Database, keys: Keys) -> None:
    """Of one for each event. The used place could not be given up, and the new one was given all the same."""
    hall, there = open_two(db, keys)
    with db.writing() as tx:
        place = hall.seat(tx, "a")
        scan = Scan(hall.facts.id, place.id, 1, ScanResult.OK, Door.CHAT_SCAN, None, STARTS)
        assert claim_check_in(tx, scan)
        assert move(hall, tx, there, STARTS) == AttendedAlready()
        assert tx.scalars(select(registration.c.occurrence_id)).all() == [hall.facts.id]
