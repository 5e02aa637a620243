"""Ratings: by those who came, once, and nothing of the person left in them after they go."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.kinds import Door, ScanResult
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.rating import RATED_WITHIN, NotAttended, Rated, RatedBefore, RatingOutcome
from bot.services.erasure import erase_reader
from bot.services.personal_data import collect_personal_data
from bot.services.ratings import list_to_rate, rate
from bot.services.registrations import sign_up
from bot.store.checkins import Scan, claim_check_in
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.registrations import find_active
from bot.store.report_tables import rating
from bot.store.self_walk_ins import claim_self_walk_in
from tests.factories import NOW, add_house, add_occurrence, add_reader


@dataclass(frozen=True)
class Visit:
    """A reader, and an occurrence that they came to."""

    db: Database
    keys: Keys
    reader_id: int
    facts: OccurrenceFacts

    @property
    def after(self) -> timedelta:
        assert self.facts.starts_at is not None
        return self.facts.starts_at - NOW + timedelta(hours=2)

    def rate(self, stars: int, words: str = "") -> RatingOutcome:
        with self.db.writing() as tx:
            return rate(tx, self.reader_id, self.facts.number, stars, words, self.keys, NOW + self.after)


@pytest.fixture
def visit(db: Database, keys: Keys) -> Visit:
    with db.writing() as tx:
        house = add_house(tx)
        facts = add_occurrence(tx, house, 12)
        reader_id = add_reader(tx, "a", keys)
        sign_up(tx, reader_id, facts, Party(1, 0), None, keys, NOW)
        place = find_active(tx, facts.id, reader_id)
        assert place is not None
        claim_check_in(tx, Scan(facts.id, place.id, 1, ScanResult.OK, Door.CHAT_SCAN, None, NOW))
    return Visit(db, keys, reader_id, facts)


def test_two_ratings_at_once_leave_one(visit: Visit) -> None:
    """Seen to fail with the rating looked for before it was inserted and no unique index."""
    gate, ends = threading.Barrier(2), list[RatingOutcome]()

    def send(stars: int) -> None:
        gate.wait()
        ends.append(visit.rate(stars))

    senders = [threading.Thread(target=send, args=(stars,)) for stars in (5, 1)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert sorted(type(end).__name__ for end in ends) == ["Rated", "RatedBefore"]
    kept = next(end.stars for end in ends if isinstance(end, Rated))
    with visit.db.reading() as tx:
        assert list(tx.scalars(select(rating.c.stars))) == [kept]


def test_only_who_came_may_rate(visit: Visit) -> None:
    with visit.db.writing() as tx:
        stranger = add_reader(tx, "b", visit.keys)
        outcome = rate(tx, stranger, 12, 5, "", visit.keys, NOW + visit.after)
        assert isinstance(outcome, NotAttended)
        claim_self_walk_in(tx, visit.facts.id, stranger, 2, NOW)
        assert isinstance(rate(tx, stranger, 12, 5, "", visit.keys, NOW + visit.after), Rated)


def test_what_was_rated_is_not_asked_for_again(visit: Visit) -> None:
    def open_to_rate() -> list[int]:
        with visit.db.reading() as tx:
            return [facts.number for facts in list_to_rate(tx, visit.reader_id, NOW + visit.after)]

    assert open_to_rate() == [12]
    visit.rate(4)
    assert open_to_rate() == []


def test_number_of_long_ago_is_not_rated(visit: Visit) -> None:
    """Public numbers are used again by later campaigns."""
    with visit.db.writing() as tx:
        outcome = rate(tx, visit.reader_id, 12, 5, "", visit.keys, NOW + visit.after + RATED_WITHIN)
    assert isinstance(outcome, NotAttended)


def test_words_are_sealed_shown_to_their_reader_and_gone_with_them(visit: Visit) -> None:
    """Seen to fail with `rating` taken off the list of holdings."""
    visit.rate(5, "老师讲得好")
    with visit.db.writing() as tx:
        sealed = tx.execute(select(rating.c.words_enc)).scalar_one()
        assert "老师".encode() not in sealed
        held = collect_personal_data(tx, visit.reader_id, visit.keys)
        assert [(each.number, each.stars, each.words) for each in held.ratings] == [(12, 5, "老师讲得好")]
        erase_reader(tx, visit.reader_id, visit.keys, NOW + visit.after)
        assert tx.execute(select(rating.c.stars, rating.c.words_enc)).one() == (5, None)


def test_first_rating_stands(visit: Visit) -> None:
    visit.rate(5)
    assert visit.rate(1) == RatedBefore(visit.facts, 5)
