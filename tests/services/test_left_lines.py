"""What becomes of a line that an erased reader has left."""

from __future__ import annotations

from bot.services.changes import cancel_occurrence, restore_occurrence
from bot.services.erasure import erase_reader
from bot.services.waitlists import serve_free_seats
from bot.store.database import Database
from bot.store.pii import Keys
from tests.factories import NOW
from tests.services.lines import CONFIRMED, DOORS, OFFERED, WAITLISTED, notices, open_hall


def test_who_stood_behind_an_erased_reader_gets_the_seat_that_was_free_all_along(db: Database, keys: Keys) -> None:
    """Three waited for two seats of which one was free; behind them waited one person.

    Seen to fail before `serve_free_seats` was there: erasure promotes nobody, and no task looked.
    """
    hall = open_hall(db, keys, 2)
    with db.writing() as tx:
        hall.seat(tx, "seated")
        hall.queue(tx, "pair", 2)
        hall.queue(tx, "single")
        assert serve_free_seats(tx, NOW) == 0
        erase_reader(tx, hall.reader(tx, "pair"), keys, NOW)
        assert hall.states(tx) == [CONFIRMED, WAITLISTED, WAITLISTED]  # no figure changes by the erasure
        assert serve_free_seats(tx, NOW) == 1
        assert hall.states(tx) == [CONFIRMED, WAITLISTED, CONFIRMED]
        assert serve_free_seats(tx, NOW) == 0
        assert [kind for kind, _ in notices(tx)] == ["promoted"]


def test_no_seat_is_given_from_the_line_once_the_doors_are_open(db: Database, keys: Keys) -> None:
    hall = open_hall(db, keys, 2)
    with db.writing() as tx:
        hall.seat(tx, "seated")
        hall.queue(tx, "pair", 2)
        hall.queue(tx, "single")
        erase_reader(tx, hall.reader(tx, "pair"), keys, NOW)
        assert serve_free_seats(tx, DOORS) == 0


def test_an_erased_reader_with_an_offer_does_not_come_back_to_the_line(db: Database, keys: Keys) -> None:
    """The occurrence is called off, which takes offers back, and held after all. Seen to fail as long as `leave_lines`
    looked at those alone who waited: the seat was offered to nobody again, and the next in line stood behind.
    """
    hall = open_hall(db, keys, 1, offer_within_hours=100)
    with db.writing() as tx:
        hall.seat(tx, "had")
        hall.queue(tx, "gone")
        hall.leave(tx, "had")
        assert hall.states(tx)[1] == OFFERED
        erase_reader(tx, hall.reader(tx, "gone"), keys, NOW)
        cancel_occurrence(tx, hall.facts.id, "", "command", NOW)
        assert hall.states(tx)[1] == OFFERED
        restore_occurrence(tx, hall.facts.id, "", "command", NOW)
        assert [kind for kind, _ in notices(tx)].count("offered") == 1
