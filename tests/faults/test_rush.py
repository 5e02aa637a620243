"""Promises I1 and I2 in a rush: many readers, few seats, cancellations in between, over HTTP and on both databases."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from dataclasses import dataclass, field

import pytest

from bot.domain.clock import utc_now
from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import Registered
from bot.services.registrations import sign_up
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.readers import find_person
from bot.store.registrations import NewRegistration, add_to_waitlist
from tests.factories import add_house, add_occurrence, add_reader
from tests.faults.line import code_of
from tests.faults.town import ACTIVE, Town, Watcher, all_at_once, count_notices, count_seats, rows_of

READERS = 200
ONE = Party(1, 0)
SEATS = 50


@dataclass
class Visit:
    """What one reader went through: `end` is the last definite answer, `place` the place in line told, from 1."""

    openid: str
    seats: int
    end: str = ""
    code: str = ""
    place: int = 0
    cancelled: bool = False
    heard: list[str] = field(default_factory=list)


def sign_up_by_chat(town: Town, number: int, visit: Visit, known: bool) -> None:
    """Sign up, agree when asked, wait in line when it is full (two of three do)."""
    words = f"报名 {number} {visit.seats}人" if known else f"报名 {number} 李四 13800138001 {visit.seats}人"
    visit.heard.append(town.line.say(visit.openid, words))
    for _ in range(4):
        last = visit.heard[-1]
        if "「同意」" in last:
            visit.heard.append(town.line.say(visit.openid, "同意"))
        elif "名额已满" in last and int(visit.openid[-4:], 16) % 3 and len(visit.heard) < 5:
            visit.heard.append(town.line.say(visit.openid, f"候补 {number}"))
        else:
            break
    visit.end = visit.heard[-1]
    if "报名成功" in visit.end:
        visit.code = code_of(visit.end)
    if "候补第" in visit.end:
        visit.place = int(visit.end.split("候补第")[1].split("位")[0])


def cancel_by_chat(town: Town, number: int, visit: Visit) -> None:
    """Give the place back."""
    visit.heard.append(town.line.say(visit.openid, f"取消 {number}"))
    visit.heard.append(town.line.say(visit.openid, "确认"))
    visit.cancelled = "已取消" in visit.heard[-1]


def test_two_hundred_readers_for_fifty_seats_while_others_cancel(town: Town) -> None:
    """Seen to fail with `_SEATS_SUFFICE` taken out of `_CLAIM` (399 seats of 50 taken) and with `promote_waitlist` not
    called by `cancel_registration` (nine free seats, and one person at the head of the line).
    """
    facts = town.add_occurrence(capacity=SEATS)
    known = town.add_readers(READERS // 2)
    strangers = [f"{openid}{index:04x}" for index, openid in enumerate(known)]
    visits = [Visit(openid, index % 3 + 1) for index, openid in enumerate(itertools.chain(known, strangers))]

    def visit_as(index: int) -> None:
        visit = visits[index]
        sign_up_by_chat(town, facts.number, visit, known=index < READERS // 2)
        if index % 4 == 0 and (visit.code or visit.place):
            cancel_by_chat(town, facts.number, visit)

    with Watcher(town.db, facts.id) as watcher:
        all_at_once(READERS, visit_as)

    assert watcher.most <= SEATS
    assert len(watcher.seen) > 20
    for visit in visits:
        assert any(phrase in visit.end for phrase in ("报名成功", "候补第", "名额已满")), visit.heard
        assert visit.cancelled or index_does_not_cancel(visits, visit), visit.heard
    assert sum(visit.cancelled for visit in visits) >= 10
    check_books(town, facts, visits)


def index_does_not_cancel(visits: list[Visit], visit: Visit) -> bool:
    """Whether this reader was not among those who give their place back."""
    return visits.index(visit) % 4 != 0 or not (visit.code or visit.place)


def check_books(town: Town, facts: OccurrenceFacts, visits: list[Visit]) -> None:
    """Afterwards: rows, answers, line and notices agree."""
    with town.db.reading() as tx:
        active = rows_of(tx, facts.id)
        promoted_ever = [row for row in rows_of(tx, facts.id, *ACTIVE, "cancelled") if row.promoted_at]
        notices = count_notices(tx, "promoted", facts.id)
        taken = count_seats(tx, facts.id)
    assert max(Counter(row.openid for row in active).values()) == 1
    by_reader = {row.openid: row for row in active}
    for visit in visits:
        row = by_reader.get(visit.openid)
        if visit.cancelled or not (visit.code or visit.place):
            assert row is None, visit.heard
        elif visit.code:
            assert (row.status, row.short_code, row.seats) == ("confirmed", visit.code, visit.seats)
        else:
            assert row.status in ("confirmed", "waitlisted")
    waiting = [row for row in active if row.status == "waitlisted"]
    assert waiting, "the line is empty: nothing was tried"
    free = SEATS - taken
    assert waiting == sorted(waiting, key=lambda row: (row.queued_at, row.id))
    assert waiting[0].seats > free
    assert promoted_ever, "nobody was promoted: nothing was tried"
    assert max(row.id for row in promoted_ever) < waiting[0].id  # ids are given under the lock: nobody was overtaken
    assert notices == {row.id: 1 for row in promoted_ever}


def test_places_in_line_are_told_once_each(town: Town) -> None:
    """Nobody leaves the line here, so each place is told to exactly one reader.

    Seen to fail as long as `add_to_waitlist` wrote the moment that was read before the lock: 1, 1, 2, 3, 5, 6 …
    """
    facts = town.add_occurrence(capacity=1)
    openids = town.add_readers(61)
    assert "报名成功" in town.line.say(openids[0], f"报名 {facts.number} 1人")
    told = all_at_once(60, lambda index: town.line.say(openids[index + 1], f"候补 {facts.number} 1人"))
    places = [int(words.split("候补第")[1].split("位")[0]) for words in told]
    assert sorted(places) == list(range(1, 61))
    with town.db.reading() as tx:
        waiting = [row for row in rows_of(tx, facts.id) if row.status == "waitlisted"]
    in_line = sorted(waiting, key=lambda row: (row.queued_at, row.id))
    assert [row.openid for row in in_line] == [
        openids[index + 1] for _, index in sorted((place, index) for index, place in enumerate(places))
    ]


# --- the harness is not blind ---------------------------------------------------------------------------------------


@pytest.fixture
def hall(db: Database, keys: Keys) -> OccurrenceFacts:
    """Five seats and thirty readers o0 … o29."""
    with db.writing() as tx:
        for index in range(30):
            add_reader(tx, f"o{index}", keys)
        return add_occurrence(tx, add_house(tx), 12, capacity=5, starts_at=utc_now().replace(year=2099))


def test_guarded_sign_up_does_not_oversell(db: Database, keys: Keys, hall: OccurrenceFacts) -> None:
    """Seen to fail on PostgreSQL with `lock_occurrence` doing nothing: twelve of five."""

    def act(index: int) -> bool:
        with db.writing() as tx:
            person = find_person(tx, f"o{index}", utc_now())
            assert person is not None
            return isinstance(sign_up(tx, person.id, hall, Party(1, 0), None, keys, utc_now()), Registered)

    with Watcher(db, hall.id) as watcher:
        assert sum(all_at_once(30, act)) == 5
    assert watcher.most == 5


def test_the_watcher_sees_an_oversale_when_the_guard_is_gone(db: Database, keys: Keys, hall: OccurrenceFacts) -> None:
    """Negative control: look in one transaction, write in the next, as a careless service would. It must oversell."""
    looked = threading.Barrier(30)

    def act(index: int) -> bool:
        with db.reading() as tx:
            person = find_person(tx, f"o{index}", utc_now())
            free = 5 - count_seats(tx, hall.id)
        looked.wait(30)
        if person is None or free < 1:
            return False
        new = NewRegistration(hall.id, person.id, RegistrationStatus.CONFIRMED, ONE, 1, None, utc_now())
        with db.writing() as tx:
            return add_to_waitlist(tx, new, keys) is not None

    with Watcher(db, hall.id) as watcher:
        assert sum(all_at_once(30, act)) > 5
    assert watcher.most > 5
