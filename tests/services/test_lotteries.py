"""Lotteries on real databases: entering, the draw, one win per family over a set, and what follows."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, update

from bot.domain.eligibility import NotOpenYet, Overlaps, PartyTooLarge, PlacesUsedUp, Scope, SignUpClosed, Suspended
from bot.domain.kinds import NoticeKind, RegistrationStatus
from bot.domain.lottery import Lot, digest_of, find_flaws, read_published
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import (
    AlreadyEntered,
    AlreadyRegistered,
    Cancelled,
    Contact,
    Entered,
    PlaceHeld,
    Registered,
    Waitlisted,
)
from bot.services import lotteries
from bot.services.amendments import MoreToSay, Moved, PartyChanged, change_party, move_registration
from bot.services.erasure import erase_reader
from bot.services.lotteries import (
    Drawn,
    DrawnBefore,
    NotDrawn,
    draw_lottery,
    enter_lottery,
    list_due,
    list_to_open,
    open_lottery,
)
from bot.services.registrations import PLAIN, Details, cancel_registration, hold_place, join_waitlist, sign_up
from bot.services.waitlists import promote_waitlist
from bot.store.database import Database
from bot.store.lotteries import find_lottery, last_entry_number
from bot.store.occurrences import count_seats_taken, get_occurrence
from bot.store.pii import Keys
from bot.store.readers import get_or_add_person
from bot.store.registrations import find_active, place_in_line
from bot.store.sign_up_tables import suspension
from bot.store.tables import audit, campaign, event, notice, occurrence, reader, registration
from tests.conftest import TEST_SECRET
from tests.factories import NOW, House, add_event, add_house, add_occurrence, add_reader, counted_statements

ROOT = Path(__file__).parents[2]
ONE = Party(1, 0)
CLOSES = NOW + timedelta(days=1)
STARTS = NOW + timedelta(days=3)


def add_lottery_event(tx: Connection, house: House, number: int, *, rules: dict[str, Any] | None = None, **values: Any):
    """An occurrence drawn by lot a day from now and held two days later."""
    event_id = add_event(tx, house, f"活动{number}", rules={"allocation": "lottery", **(rules or {})})
    set_ = {"closes_at": CLOSES, "starts_at": STARTS, "capacity": 3} | values
    return add_occurrence(tx, house, number, event_id=event_id, **set_)


def add_readers(tx: Connection, keys: Keys, count: int, start: int = 0) -> list[int]:
    """Readers of as many families: everyone has a phone of their own."""
    return [add_reader(tx, f"r{n}", keys, phone=f"+86138001{n:05d}") for n in range(start, start + count)]


def enter_all(tx: Connection, facts: OccurrenceFacts, readers: Sequence[int], keys: Keys, party: Party = ONE):
    """Everybody enters, in this order."""
    for one in readers:
        assert isinstance(sign_up(tx, one, facts, party, None, keys, NOW), Entered)


def statuses(tx: Connection, facts: OccurrenceFacts) -> list[str]:
    query = select(registration.c.status).where(registration.c.occurrence_id == facts.id)
    return list(tx.scalars(query.order_by(registration.c.entry_number, registration.c.id)))


def notices(tx: Connection, kind: NoticeKind) -> list[tuple[int, dict[str, str]]]:
    rows = tx.execute(
        select(notice.c.registration_id, notice.c.facts).where(notice.c.kind == kind).order_by(notice.c.id)
    )
    return [(row[0], row[1]) for row in rows]


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Let as many threads begin at one moment."""
    barrier = threading.Barrier(count)

    def run(index: int) -> Any:
        barrier.wait()
        return work(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.fixture
def house(db: Database) -> House:
    with db.writing() as tx:
        return add_house(tx)


# --- entering --------------------------------------------------------------------------------------------------------


def test_entries_get_numbers_in_order_and_take_no_seats(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12, capacity=1), add_readers(tx, keys, 4)
        outcomes = [sign_up(tx, one, facts, ONE, None, keys, NOW) for one in readers]
        assert [(one.number, one.drawn_at) for one in outcomes] == [(n, CLOSES) for n in (1, 2, 3, 4)]
        assert count_seats_taken(tx, facts.id, NOW) == 0


def test_who_enters_again_keeps_the_number(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts, (first, second) = add_lottery_event(tx, house, 12), add_readers(tx, keys, 2)
        enter_all(tx, facts, [first, second], keys)
        for again in (sign_up, join_waitlist):
            outcome = again(tx, second, facts, Party(2, 0), None, keys, NOW)
            assert isinstance(outcome, AlreadyEntered)
            assert (outcome.number, outcome.registration.party) == (2, ONE)
        assert last_entry_number(tx, facts.id) == 2


def test_fifty_at_once_get_fifty_numbers_without_gap_or_double(db: Database, keys: Keys, house: House) -> None:
    """Seen to fail on PostgreSQL without `lock_occurrence` in `enter_lottery`: numbers collided and entries failed."""
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12, capacity=None), add_readers(tx, keys, 50)

    def enter(index: int) -> int:
        with db.writing() as tx:
            outcome = sign_up(tx, readers[index], facts, ONE, None, keys, NOW)
        assert isinstance(outcome, Entered)
        return outcome.number

    assert sorted(together(50, enter)) == list(range(1, 51))


def test_a_number_that_was_taken_back_is_not_given_again(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12), add_readers(tx, keys, 2)
        enter_all(tx, facts, readers, keys)
        given_up = cancel_registration(tx, facts, readers[1], NOW)
        assert isinstance(given_up, Cancelled)
        assert given_up.was is RegistrationStatus.ENTERED
        again = sign_up(tx, readers[1], facts, ONE, None, keys, NOW)
        assert isinstance(again, Entered)
        assert again.number == 3
        outcome = draw_lottery(tx, facts.id, keys, CLOSES)
        assert isinstance(outcome, Drawn)
        assert outcome.result.withdrawn == (2,)


def test_the_rules_are_asked_at_entry(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        opens = NOW + timedelta(minutes=1)
        facts = add_lottery_event(tx, house, 12, opens_at=opens, rules={"party_limit": 2})
        one, banned = add_readers(tx, keys, 2)
        row = {"code": "K7P2QX", "policy": "ban", "facts": {"counted": [], "limit": 3, "window_days": 90}}
        times = {"starts_at": NOW, "ends_at": NOW + timedelta(days=30)}
        tx.execute(insert(suspension).values(reader_id=banned, **row, **times))
        assert sign_up(tx, one, facts, ONE, None, keys, NOW) == NotOpenYet(opens)
        assert isinstance(sign_up(tx, one, facts, Party(3, 0), None, keys, opens), PartyTooLarge)
        assert isinstance(sign_up(tx, banned, facts, ONE, None, keys, opens), Suspended)
        assert isinstance(sign_up(tx, one, facts, ONE, None, keys, CLOSES), SignUpClosed)
        assert isinstance(sign_up(tx, one, facts, ONE, None, keys, opens), Entered)


def test_entries_count_as_places_of_the_event(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts = add_lottery_event(tx, house, 12)
        other = add_occurrence(tx, house, 13, event_id=facts.event_id, starts_at=STARTS + timedelta(days=1))
        (one,) = add_readers(tx, keys, 1)
        enter_all(tx, facts, [one], keys)
        refused = sign_up(tx, one, other, ONE, None, keys, NOW)
        assert isinstance(refused, PlacesUsedUp)
        assert refused.scope is Scope.EVENT


def test_entries_of_one_set_may_overlap_and_others_may_not(db: Database, keys: Keys, house: House) -> None:
    """Seen to fail without `lottery_set` in `_refuse_places`: the second entry of the set was refused."""
    with db.writing() as tx:
        summer = {"lottery_set": "暑期"}
        first, second = (add_lottery_event(tx, house, number, rules=summer) for number in (12, 13))
        apart = add_lottery_event(tx, house, 14, rules={"lottery_set": "其他"})
        plain = add_occurrence(tx, house, 15, starts_at=STARTS)
        (one,) = add_readers(tx, keys, 1)
        enter_all(tx, first, [one], keys)
        enter_all(tx, second, [one], keys)
        for other in (apart, plain):
            assert isinstance(sign_up(tx, one, other, ONE, None, keys, NOW), Overlaps)


def test_no_place_is_held_for_an_entry(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts, (one,) = add_lottery_event(tx, house, 12, capacity=1), add_readers(tx, keys, 1)
        assert hold_place(tx, one, facts, ONE, keys, NOW) == PlaceHeld(None)
        assert statuses(tx, facts) == []
        enter_all(tx, facts, [one], keys)
        assert isinstance(hold_place(tx, one, facts, ONE, keys, NOW), AlreadyEntered)


def test_a_hold_from_before_the_rules_changed_gives_way_to_the_entry(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        plain, (one,) = add_occurrence(tx, house, 12), add_readers(tx, keys, 1)
        hold_place(tx, one, plain, ONE, keys, NOW)
        tx.execute(update(event).where(event.c.id == plain.event_id).values(rules={"allocation": "lottery"}))
        enter_all(tx, get_occurrence(tx, plain.id), [one], keys)
        assert count_seats_taken(tx, plain.id, NOW) == 0


# --- the seed --------------------------------------------------------------------------------------------------------


def test_the_seed_is_sealed_and_its_digest_stands_before_the_draw(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12), add_readers(tx, keys, 2)
        opened = open_lottery(tx, facts.id, keys, NOW)
        enter_all(tx, facts, readers, keys)
        assert open_lottery(tx, facts.id, keys, NOW) == opened
        outcome = draw_lottery(tx, facts.id, keys, CLOSES)
        assert isinstance(outcome, Drawn)
        assert digest_of(outcome.result.seed) == opened.seed_digest == outcome.result.digest
        assert outcome.result.seed.encode() not in opened.seed_enc
        assert len(bytes.fromhex(outcome.result.seed)) == 16


def test_lotteries_are_opened_when_sign_up_opens(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        later = add_lottery_event(tx, house, 12, opens_at=NOW + timedelta(hours=1))
        at_once = add_lottery_event(tx, house, 13)
        add_occurrence(tx, house, 14)
        assert [facts.id for facts in list_to_open(tx, NOW)] == [at_once.id]
        open_lottery(tx, at_once.id, keys, NOW)
        assert list_to_open(tx, NOW) == []
        assert [facts.id for facts in list_to_open(tx, NOW + timedelta(hours=1))] == [later.id]


# --- the draw --------------------------------------------------------------------------------------------------------


def test_winners_are_offered_their_places_and_substitutes_stand_in_drawn_order(
    db: Database, keys: Keys, house: House
) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12), add_readers(tx, keys, 8)
        enter_all(tx, facts, readers, keys)
        assert draw_lottery(tx, facts.id, keys, CLOSES - timedelta(seconds=1)) == NotDrawn(CLOSES)
        outcome = draw_lottery(tx, facts.id, keys, CLOSES)
        assert isinstance(outcome, Drawn)
        until = CLOSES + timedelta(hours=24)
        for drawn in outcome.result.entries:
            place = find_active(tx, facts.id, readers[drawn.number - 1])
            assert place is not None
            if drawn.lot is Lot.WON:
                assert place.status is RegistrationStatus.OFFERED
                assert (place.id, {"until": until.isoformat()}) in notices(tx, NoticeKind.LOTTERY_WON)
            else:
                assert place.status is RegistrationStatus.WAITLISTED
                assert place_in_line(tx, place) == drawn.place
                assert (place.id, {"place": str(drawn.place)}) in notices(tx, NoticeKind.LOTTERY_LOST)
        assert set(tx.scalars(select(registration.c.offer_until))) == {until, None}
        assert count_seats_taken(tx, facts.id, CLOSES) == 3
        published = find_lottery(tx, facts.id)
        assert published is not None
        assert find_flaws(read_published(published.result)) == []
        assert tx.execute(select(audit.c.action, audit.c.detail)).one() == ("draw_lottery", {"entries": 8, "won": 3})


def test_without_a_time_to_confirm_winners_have_their_places_at_once(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12, rules={"confirm_hours": 0}), add_readers(tx, keys, 2)
        enter_all(tx, facts, readers, keys)
        draw_lottery(tx, facts.id, keys, CLOSES)
        assert statuses(tx, facts) == ["confirmed", "confirmed"]
        assert [facts for _, facts in notices(tx, NoticeKind.LOTTERY_WON)] == [{}, {}]
        assert set(tx.scalars(select(registration.c.confirmed_at))) == {CLOSES}


def test_nobody_is_asked_to_confirm_after_the_doors_open(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts = add_lottery_event(tx, house, 12, closes_at=STARTS - timedelta(hours=2))
        enter_all(tx, facts, add_readers(tx, keys, 1), keys)
        draw_lottery(tx, facts.id, keys, STARTS - timedelta(hours=2))
        assert tx.execute(select(registration.c.offer_until)).scalar_one() == STARTS - timedelta(minutes=30)


def test_without_a_line_the_others_have_lost(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12, rules={"waitlist": False}), add_readers(tx, keys, 5)
        enter_all(tx, facts, readers, keys)
        draw_lottery(tx, facts.id, keys, CLOSES)
        assert sorted(statuses(tx, facts)) == ["expired"] * 2 + ["offered"] * 3
        assert [facts for _, facts in notices(tx, NoticeKind.LOTTERY_LOST)] == [{}, {}]


def test_a_short_line_takes_as_many_substitutes_as_it_may(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12, rules={"waitlist_limit": 1}), add_readers(tx, keys, 6)
        enter_all(tx, facts, readers, keys)
        draw_lottery(tx, facts.id, keys, CLOSES)
        assert sorted(statuses(tx, facts)) == ["expired"] * 2 + ["offered"] * 3 + ["waitlisted"]


def test_parties_take_their_units_of_the_quota(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12, capacity=5), add_readers(tx, keys, 4)
        enter_all(tx, facts, readers, keys, Party(1, 1))
        draw_lottery(tx, facts.id, keys, CLOSES)
        assert sorted(statuses(tx, facts)) == ["offered"] * 2 + ["waitlisted"] * 2


def test_a_second_draw_changes_nothing(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12), add_readers(tx, keys, 6)
        enter_all(tx, facts, readers, keys)
        draw_lottery(tx, facts.id, keys, CLOSES)
        before = statuses(tx, facts)
        again = draw_lottery(tx, facts.id, keys, CLOSES + timedelta(minutes=1))
        assert isinstance(again, DrawnBefore)
        assert again.lottery.drawn_at == CLOSES
        assert statuses(tx, facts) == before
        assert list_due(tx, CLOSES) == []


def test_four_workers_that_draw_at_once_make_one_draw(db: Database, keys: Keys, house: House) -> None:
    """Seen to fail on PostgreSQL without `lock_occurrence` and with `claim_draw` that takes drawn ones: several draws."""
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12), add_readers(tx, keys, 20)
        enter_all(tx, facts, readers, keys)

    def draw(_: int) -> Any:
        with db.writing() as tx:
            return draw_lottery(tx, facts.id, keys, CLOSES)

    outcomes = together(4, draw)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Drawn"] + ["DrawnBefore"] * 3
    with db.reading() as tx:
        assert len(notices(tx, NoticeKind.LOTTERY_WON)) == 3
        assert len(notices(tx, NoticeKind.LOTTERY_LOST)) == 17
        assert sorted(statuses(tx, facts)) == ["offered"] * 3 + ["waitlisted"] * 17


@pytest.mark.parametrize("dies_at", ["list_entries", "write_result", "settle_entries"])
def test_a_draw_that_dies_leaves_nothing_and_the_next_one_is_whole(
    db: Database, keys: Keys, house: House, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12), add_readers(tx, keys, 6)
        enter_all(tx, facts, readers, keys)

    class Killed(BaseException):
        """As good as kill -9: the transaction does not end."""

    def die(*_: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(lotteries.rows, dies_at, die)
        with pytest.raises(Killed), db.writing() as tx:
            draw_lottery(tx, facts.id, keys, CLOSES)
    with db.writing() as tx:
        assert statuses(tx, facts) == ["entered"] * 6
        assert [each.id for each in list_due(tx, CLOSES)] == [facts.id]
        assert isinstance(draw_lottery(tx, facts.id, keys, CLOSES), Drawn)
        assert sorted(statuses(tx, facts)) == ["offered"] * 3 + ["waitlisted"] * 3


_HALF_A_DRAW = """
import sys, time
from datetime import datetime
from bot.services import lotteries
from bot.store.database import open_database
from bot.store.pii import Keys

def stop(*_, **__):
    print("half", flush=True)
    time.sleep(60)

lotteries.queue_notices = stop
with open_database(sys.argv[1]).writing() as tx:
    lotteries.draw_lottery(tx, int(sys.argv[2]), Keys(sys.argv[3]), datetime.fromisoformat(sys.argv[4]))
"""


def test_a_process_killed_in_the_middle_of_a_draw_leaves_nothing(
    db: Database, database_url: str, keys: Keys, house: House
) -> None:
    """Killed with SIGKILL when all entries are settled and nobody is told yet. Seen to fail with a commit in between."""
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12), add_readers(tx, keys, 6)
        enter_all(tx, facts, readers, keys)
    words = [sys.executable, "-c", _HALF_A_DRAW, database_url, str(facts.id), TEST_SECRET, CLOSES.isoformat()]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as half:
        assert half.stdout is not None
        assert half.stdout.readline() == "half\n"
        half.kill()
    with db.writing() as tx:
        assert statuses(tx, facts) == ["entered"] * 6
        opened = find_lottery(tx, facts.id)
        assert opened is not None
        assert (opened.drawn_at, opened.result) == (None, None)
        assert isinstance(draw_lottery(tx, facts.id, keys, CLOSES), Drawn)
        assert len(notices(tx, NoticeKind.LOTTERY_WON)) == 3


def test_entries_that_race_with_the_draw_are_drawn_or_refused_but_never_left(
    db: Database, keys: Keys, house: House
) -> None:
    """Sign-up stays open here (no closing), so late ones get a place like at any event.

    Seen to fail on PostgreSQL without `lock_occurrence` in `enter_lottery`: entries stayed behind.
    """
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12, closes_at=None, capacity=None), add_readers(tx, keys, 24)
        enter_all(tx, facts, readers[:6], keys)
    due = STARTS - timedelta(hours=24)

    def act(index: int) -> Any:
        with db.writing() as tx:
            if index == 0:
                return draw_lottery(tx, facts.id, keys, due)
            return sign_up(tx, readers[6 + index], facts, ONE, None, keys, due)

    outcomes = together(18, act)
    assert all(isinstance(outcome, Drawn | Entered | Registered) for outcome in outcomes)
    with db.reading() as tx:
        assert set(statuses(tx, facts)) <= {"offered", "confirmed"}
        assert count_seats_taken(tx, facts.id, due) == 23


def test_what_has_begun_or_was_cancelled_is_not_drawn(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        begun, cancelled = add_lottery_event(tx, house, 12), add_lottery_event(tx, house, 13)
        plain = add_occurrence(tx, house, 14)
        (one,) = add_readers(tx, keys, 1)
        enter_all(tx, begun, [one], keys)
        tx.execute(update(occurrence).where(occurrence.c.id == cancelled.id).values(status="cancelled"))
        open_lottery(tx, cancelled.id, keys, NOW)
        assert draw_lottery(tx, begun.id, keys, STARTS) == NotDrawn(None)
        assert draw_lottery(tx, cancelled.id, keys, CLOSES) == NotDrawn(None)
        assert draw_lottery(tx, plain.id, keys, CLOSES) == NotDrawn(None)
        assert [facts.id for facts in list_due(tx, CLOSES)] == [begun.id]
        assert list_due(tx, STARTS) == []


def test_entries_are_drawn_also_after_the_event_was_changed_to_first_come(
    db: Database, keys: Keys, house: House
) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12), add_readers(tx, keys, 2)
        enter_all(tx, facts, readers, keys)
        tx.execute(update(event).where(event.c.id == facts.event_id).values(rules={}))
        assert isinstance(draw_lottery(tx, facts.id, keys, CLOSES), Drawn)
        assert statuses(tx, facts) == ["offered", "offered"]


def test_an_erased_reader_does_not_take_part(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12), add_readers(tx, keys, 3)
        enter_all(tx, facts, readers, keys)
        erase_reader(tx, readers[0], keys, NOW)
        outcome = draw_lottery(tx, facts.id, keys, CLOSES)
        assert isinstance(outcome, Drawn)
        assert outcome.result.withdrawn == (1,)
        assert statuses(tx, facts) == ["expired", "offered", "offered"]
        assert len(notices(tx, NoticeKind.LOTTERY_WON)) == 2


# --- after the draw --------------------------------------------------------------------------------------------------


def test_a_freed_place_goes_to_the_first_substitute(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12), add_readers(tx, keys, 6)
        enter_all(tx, facts, readers, keys)
        outcome = draw_lottery(tx, facts.id, keys, CLOSES)
        assert isinstance(outcome, Drawn)
        winner, substitute = outcome.result.of(Lot.WON)[0], outcome.result.of(Lot.SUBSTITUTE)[0]
        cancel_registration(tx, facts, readers[winner.number - 1], CLOSES)
        promoted = find_active(tx, facts.id, readers[substitute.number - 1])
        assert promoted is not None
        assert promoted.status in (RegistrationStatus.CONFIRMED, RegistrationStatus.OFFERED)


def test_who_comes_after_the_draw_takes_a_free_place_or_stands_behind_the_substitutes(
    db: Database, keys: Keys, house: House
) -> None:
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12, closes_at=None, capacity=3), add_readers(tx, keys, 6)
        enter_all(tx, facts, readers[:2], keys)
        due = STARTS - timedelta(hours=24)
        draw_lottery(tx, facts.id, keys, due)
        assert isinstance(sign_up(tx, readers[2], facts, ONE, None, keys, due), Registered)
        waiting = [join_waitlist(tx, one, facts, ONE, None, keys, due) for one in readers[3:]]
        assert [outcome.place for outcome in waiting if isinstance(outcome, Waitlisted)] == [1, 2, 3]
        held = hold_place(tx, readers[3], facts, ONE, keys, due)
        assert isinstance(held, AlreadyRegistered)


def test_a_late_comer_stands_behind_all_substitutes(db: Database, keys: Keys, house: House) -> None:
    """Seen to fail with `queued_at` one second apart and the end of the line not looked at: the late one was second."""
    with db.writing() as tx:
        facts, readers = add_lottery_event(tx, house, 12, closes_at=None, capacity=1), add_readers(tx, keys, 6)
        enter_all(tx, facts, readers[:5], keys)
        due = STARTS - timedelta(hours=24)
        draw_lottery(tx, facts.id, keys, due)
        late = join_waitlist(tx, readers[5], facts, ONE, None, keys, due)
        assert isinstance(late, Waitlisted)
        assert late.place == 5


# --- families and sets -----------------------------------------------------------------------------------------------


@pytest.fixture
def summer(db: Database, house: House) -> list[OccurrenceFacts]:
    """Two occurrences of a set with places for everybody, one without the set, one of the next campaign's set."""
    with db.writing() as tx:
        rules = {"lottery_set": "暑期"}
        return [
            add_lottery_event(tx, house, 12, rules=rules, capacity=20),
            add_lottery_event(tx, house, 13, rules=rules, capacity=20),
            add_lottery_event(tx, house, 14, starts_at=STARTS + timedelta(days=1), capacity=20),
        ]


def test_a_family_with_two_accounts_is_one_entry(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts = add_lottery_event(tx, house, 12)
        mother, father = (add_reader(tx, openid, keys) for openid in ("mother", "father"))
        (grandmother,) = add_readers(tx, keys, 1)
        enter_all(tx, facts, [mother, father], keys)
        borrowed = Contact("李奶奶", "+8613800138000")
        assert isinstance(sign_up(tx, grandmother, facts, ONE, borrowed, keys, NOW), Entered)
        draw_lottery(tx, facts.id, keys, CLOSES)
        assert statuses(tx, facts) == ["offered", "expired", "expired"]
        assert [facts for _, facts in notices(tx, NoticeKind.LOTTERY_LOST)] == [{"same_as": "1"}] * 2


def test_a_family_that_has_won_in_the_set_is_set_aside_elsewhere(
    db: Database, keys: Keys, summer: list[OccurrenceFacts]
) -> None:
    """By account and by phone; the reason is published. Seen to fail with `served` always false in `_draw`."""
    first, second, apart = summer
    with db.writing() as tx:
        mother, father = (add_reader(tx, openid, keys) for openid in ("mother", "father"))
        (other,) = add_readers(tx, keys, 1)
        enter_all(tx, first, [mother], keys)
        enter_all(tx, second, [father, mother, other], keys)
        enter_all(tx, apart, [mother], keys)
        for facts in summer:
            draw_lottery(tx, facts.id, keys, CLOSES)
        assert statuses(tx, first) == ["offered"]
        assert statuses(tx, second) == ["expired", "expired", "offered"]
        assert statuses(tx, apart) == ["offered"]
        published = find_lottery(tx, second.id)
        assert published is not None
        result = read_published(published.result)
        assert {entry.number: (entry.served, entry.same_as) for entry in result.of(Lot.SET_ASIDE)} == {
            1: (True, None),
            2: (False, 1),
        }
        assert find_flaws(result) == []


def test_a_place_that_was_given_back_stands_in_nobodys_way(
    db: Database, keys: Keys, summer: list[OccurrenceFacts]
) -> None:
    first, second, _ = summer
    with db.writing() as tx:
        (one,) = add_readers(tx, keys, 1)
        enter_all(tx, first, [one], keys)
        enter_all(tx, second, [one], keys)
        draw_lottery(tx, first.id, keys, CLOSES)
        cancel_registration(tx, first, one, CLOSES)
        draw_lottery(tx, second.id, keys, CLOSES)
        assert statuses(tx, second) == ["offered"]


def test_the_same_name_in_another_campaign_is_another_set(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        values = {"key": "2027", "title": "下一周", "library_id": house.library_id}
        days = {"starts_on": NOW.date(), "ends_on": NOW.date()}
        other_id = int(tx.execute(insert(campaign).values(**values, **days)).inserted_primary_key[0])  # type: ignore[index]
        rules = {"lottery_set": "暑期"}
        first = add_lottery_event(tx, house, 12, rules=rules)
        next_house = House(house.library_id, other_id, house.venue_id)
        second = add_lottery_event(tx, next_house, 13, rules=rules, starts_at=STARTS + timedelta(days=1))
        (one,) = add_readers(tx, keys, 1)
        for facts in (first, second):
            enter_all(tx, facts, [one], keys)
            draw_lottery(tx, facts.id, keys, CLOSES)
            assert statuses(tx, facts) == ["offered"]


def test_two_draws_of_a_set_at_the_same_time_give_each_family_one_place(
    db: Database, keys: Keys, summer: list[OccurrenceFacts]
) -> None:
    """Seen to fail on PostgreSQL without `lock_set` in `draw_lottery`: families won in both."""
    first, second, _ = summer
    with db.writing() as tx:
        readers = add_readers(tx, keys, 20)
        enter_all(tx, first, readers, keys)
        enter_all(tx, second, readers, keys)

    def draw(index: int) -> Any:
        with db.writing() as tx:
            return draw_lottery(tx, summer[index].id, keys, CLOSES)

    assert all(isinstance(outcome, Drawn) for outcome in together(2, draw))
    with db.reading() as tx:
        won = list(tx.scalars(select(registration.c.reader_id).where(registration.c.status == "offered")))
    assert sorted(won) == sorted(readers)


def test_a_substitute_whose_family_has_won_meanwhile_is_not_promoted(db: Database, keys: Keys, house: House) -> None:
    """Seen to fail without `set_aside_served` in `promote_waitlist`: the family had two places."""
    with db.writing() as tx:
        rules = {"lottery_set": "暑期"}
        first = add_lottery_event(tx, house, 12, rules=rules, capacity=1)
        second = add_lottery_event(tx, house, 13, rules=rules, capacity=9)
        readers = add_readers(tx, keys, 3)
        enter_all(tx, first, readers, keys)
        outcome = draw_lottery(tx, first.id, keys, CLOSES)
        assert isinstance(outcome, Drawn)
        winner, substitute, last = (readers[entry.number - 1] for entry in outcome.result.entries)
        enter_all(tx, second, [substitute], keys)
        draw_lottery(tx, second.id, keys, CLOSES)
        cancel_registration(tx, first, winner, CLOSES)
        assert find_active(tx, first.id, substitute) is None
        assert find_active(tx, first.id, last) is not None
        served = [facts for _, facts in notices(tx, NoticeKind.LOTTERY_LOST) if "served" in facts]
        assert len(served) == 1
        taken = tx.execute(select(func.count()).where(registration.c.status.in_(["offered", "confirmed"]))).scalar_one()
        assert taken == 2


def test_a_family_that_has_won_does_not_sign_up_late_elsewhere_in_the_set(
    db: Database, keys: Keys, house: House
) -> None:
    with db.writing() as tx:
        rules = {"lottery_set": "暑期"}
        first = add_lottery_event(tx, house, 12, rules=rules)
        later = STARTS + timedelta(days=1)
        second = add_lottery_event(tx, house, 13, rules=rules, closes_at=None, starts_at=later)
        mother, father = (add_reader(tx, openid, keys) for openid in ("mother", "father"))
        enter_all(tx, first, [mother], keys)
        draw_lottery(tx, first.id, keys, CLOSES)
        due = later - timedelta(hours=24)
        assert isinstance(draw_lottery(tx, second.id, keys, due), Drawn)
        for _ in range(2):
            refused = sign_up(tx, father, second, ONE, None, keys, due)
            assert isinstance(refused, PlacesUsedUp)
            assert (refused.scope, [place.number for place in refused.places]) == (Scope.LOTTERY_SET, [12])
            hold_place(tx, father, second, ONE, keys, due)  # also not by way of a held place
        (stranger,) = add_readers(tx, keys, 1)
        known_by = Details(phone="+8613800138000")  # typed in the chat, on record only after the sign-up
        unknown = get_or_add_person(tx, "unknown", NOW)
        for one, details, end in ((stranger, PLAIN, Registered), (unknown.id, known_by, PlacesUsedUp)):
            assert isinstance(sign_up(tx, one, second, ONE, None, keys, due, details), end)


def test_an_entry_may_be_exchanged_for_a_place_but_no_place_for_an_entry(
    db: Database, keys: Keys, house: House
) -> None:
    with db.writing() as tx:
        drawn = add_lottery_event(tx, house, 12)
        plain = add_occurrence(tx, house, 13)
        (one,) = add_readers(tx, keys, 1)
        enter_all(tx, drawn, [one], keys)
        assert isinstance(move_registration(tx, one, drawn, plain, keys, NOW), Moved)
        assert statuses(tx, drawn) == ["cancelled"]
        assert move_registration(tx, one, plain, drawn, keys, NOW) == MoreToSay()
        assert statuses(tx, plain) == ["confirmed"]
        assert statuses(tx, drawn) == ["cancelled"]


def test_an_entry_may_change_its_party_until_the_draw(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        facts, (one,) = add_lottery_event(tx, house, 12), add_readers(tx, keys, 1)
        enter_all(tx, facts, [one], keys)
        assert isinstance(change_party(tx, one, facts, Party(3, 0), (), keys, NOW), PartyChanged)
        outcome = draw_lottery(tx, facts.id, keys, CLOSES)
        assert isinstance(outcome, Drawn)
        assert [(entry.number, entry.units) for entry in outcome.result.of(Lot.WON)] == [(1, 3)]


def test_promotions_in_two_lines_at_once_give_a_family_one_place(db: Database, keys: Keys, house: House) -> None:
    """Seen to fail on PostgreSQL without `lock_set` in `set_aside_served`: promoted in both."""
    with db.writing() as tx:
        rules = {"lottery_set": "暑期", "confirm_hours": 0}
        both = [add_lottery_event(tx, house, number, rules=rules, capacity=1) for number in (12, 13)]
        winners, (one,) = add_readers(tx, keys, 2), add_readers(tx, keys, 1, start=7)
        for facts, winner in zip(both, winners, strict=True):
            enter_all(tx, facts, [winner], keys)
            draw_lottery(tx, facts.id, keys, CLOSES)
            waiting = {"status": "waitlisted", "queued_at": CLOSES, "adults": 1, "children": 0, "seats": 1}
            row = {"occurrence_id": facts.id, "reader_id": one, "short_code": f"K7P2Q{facts.number - 10}"}
            tx.execute(insert(registration).values(**row, **waiting, created_at=NOW))
            tx.execute(update(registration).where(registration.c.reader_id == winner).values(status="cancelled"))

    def promote(index: int) -> Any:
        with db.writing() as tx:
            return promote_waitlist(tx, both[index].id, CLOSES)

    together(2, promote)
    with db.reading() as tx:
        mine = sorted(tx.scalars(select(registration.c.status).where(registration.c.reader_id == one)))
    assert mine in (["confirmed", "expired"], ["expired", "offered"])


@pytest.mark.parametrize("count", [8, 8_000])
def test_eight_thousand_entries_are_drawn_with_as_many_statements_as_eight(
    db: Database, keys: Keys, house: House, count: int
) -> None:
    """As many entries as a city had (library-domain 6.3): on SQLite all other writers wait for the draw, four seconds
    at most. One statement an entry would be thousands. In half a second on a quiet machine; a busy one is not timed.
    """
    with db.writing() as tx:
        facts = add_lottery_event(tx, house, 12, capacity=count // 4)
        tx.execute(insert(reader), [{"id": n, "openid": f"c{n}", "created_at": NOW} for n in range(1, count + 1)])
        same = {"occurrence_id": facts.id, "status": "entered", "adults": 1, "children": 0, "seats": 1}
        entries = [
            {"reader_id": n, "entry_number": n, "short_code": f"{n:06d}", "created_at": NOW, **same}
            for n in range(1, count + 1)
        ]
        tx.execute(insert(registration), entries)
    with db.writing() as tx, counted_statements(tx) as seen:
        outcome = draw_lottery(tx, facts.id, keys, CLOSES)
    assert isinstance(outcome, Drawn)
    assert len(outcome.result.of(Lot.WON)) == count // 4
    assert len(seen) <= 20


def test_enter_lottery_leaves_other_events_alone(db: Database, keys: Keys, house: House) -> None:
    with db.writing() as tx:
        plain, (one,) = add_occurrence(tx, house, 12), add_readers(tx, keys, 1)
        assert isinstance(sign_up(tx, one, plain, ONE, None, keys, NOW), Registered)
        assert find_lottery(tx, plain.id) is None
        assert enter_lottery(tx, plain, None, keys) is None  # type: ignore[arg-type]
