"""A server's clock is set by an hour, either way, between two steps of one thing: no promise breaks by it.

Nothing is given twice, nothing comes before its moment, and nothing has both lapsed and been confirmed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from bot.domain.eligibility import SignUpClosed
from bot.domain.kinds import Door, RegistrationStatus, ScanResult
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import Entered, NoPlaceLeft, PlaceHeld, Registered, SignUpOutcome
from bot.domain.standing import SETTLE_AFTER
from bot.domain.waitlist import OfferLapsed, OfferTaken
from bot.services.lotteries import Drawn, DrawnBefore, NotDrawn, draw_lottery, open_lottery
from bot.services.notices import LEASE, claim_letters, list_missing_reminders, queue_reminders
from bot.services.registrations import expire_holds, hold_place, sign_up
from bot.services.standing import Settled, list_due, settle_occurrence
from bot.services.waitlists import accept_offer, expire_offers
from bot.store.checkins import Scan, claim_check_in
from bot.store.database import Database
from bot.store.outbox import claim_due
from bot.store.pii import Keys
from bot.store.sign_up_tables import mark
from bot.store.tables import notice, registration
from tests.factories import NOW, add_event, add_house, add_occurrence, add_reader
from tests.services.lines import CONFIRMED, STARTS, Hall, notices, open_hall, seats_taken

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ONE = Party(1, 0)
either_way = pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["forward", "back"])


def hold(hall: Hall, tx: Connection, who: str, now: datetime) -> SignUpOutcome:
    """Begin a dialogue."""
    return hold_place(tx, hall.reader(tx, who), hall.facts, ONE, hall.keys, now)


def finish(hall: Hall, tx: Connection, who: str, now: datetime) -> SignUpOutcome:
    """确认."""
    return sign_up(tx, hall.reader(tx, who), hall.facts, ONE, None, hall.keys, now)


# --- hold → finish ---------------------------------------------------------------------------------------------------


@either_way
def test_a_dialogue_over_which_the_clock_is_set_ends_with_its_place(db: Database, keys: Keys, step: timedelta) -> None:
    hall = open_hall(db, keys, 1)
    with db.writing() as tx:
        assert isinstance(hold(hall, tx, "a", NOW), PlaceHeld)
        assert isinstance(finish(hall, tx, "a", NOW + step), Registered)
        expire_holds(tx, NOW + step + HOUR)
        assert seats_taken(tx, hall.facts.id, NOW) == 1
        assert [state for state in hall.states(tx) if state == CONFIRMED] == [CONFIRMED]


@pytest.mark.parametrize("task_ran", [True, False])
def test_a_hold_that_lapsed_is_not_finished_when_the_clock_goes_back(db: Database, keys: Keys, task_ran: bool) -> None:
    """The seat went to somebody else meanwhile. Seen to fail with `PARTY_FITS` taken out of `claim_held`: two in one seat,
    where the task had not run.
    """
    hall = open_hall(db, keys, 1, waitlist=False)
    with db.writing() as tx:
        hold(hall, tx, "slow", NOW)
        later = NOW + HOUR
        if task_ran:
            expire_holds(tx, later)
        assert isinstance(finish(hall, tx, "quick", later), Registered)
        assert isinstance(finish(hall, tx, "slow", NOW + MINUTE), NoPlaceLeft)
        assert seats_taken(tx, hall.facts.id, later) == 1
        assert hall.states(tx).count(CONFIRMED) == 1


# --- offer → confirm, or lapse ---------------------------------------------------------------------------------------


def offer_to_first(hall: Hall, tx: Connection) -> None:
    """One seat, two in line; the seat is freed and offered for half an hour to the first of them."""
    hall.seat(tx, "had")
    hall.queue(tx, "first")
    hall.queue(tx, "second", now=NOW + MINUTE)
    hall.leave(tx, "had", now=NOW + 2 * MINUTE)


def offering_hall(db: Database, keys: Keys) -> Hall:
    """A hall where freed places are offered for half an hour."""
    return open_hall(db, keys, 1, offer_within_hours=100, offer_minutes=30)


@either_way
def test_an_offer_is_confirmed_or_lapses_and_never_both(db: Database, keys: Keys, step: timedelta) -> None:
    """Seen to fail with the look at `offer_until` taken out of `claim_offer`: forward, it was taken half an hour late."""
    hall = offering_hall(db, keys)
    with db.writing() as tx:
        offer_to_first(hall, tx)
        answer = accept_offer(tx, hall.facts.id, hall.reader(tx, "first"), NOW + 3 * MINUTE + step)
        assert isinstance(answer, OfferTaken if step < timedelta(0) else OfferLapsed)
        expire_offers(tx, NOW + 2 * HOUR)
        taken = isinstance(answer, OfferTaken)
        assert hall.states(tx)[1] == (CONFIRMED if taken else "expired")
        lapsed = [kind for kind, _ in notices(tx) if kind == "offer_lapsed"]
        assert len(lapsed) == (0 if taken else 1)  # the second one's, whose time was over at the end
        assert hall.states(tx)[2] == ("waitlisted" if taken else "expired")


def test_an_offer_that_went_to_the_next_does_not_come_back_with_the_clock(db: Database, keys: Keys) -> None:
    hall = offering_hall(db, keys)
    with db.writing() as tx:
        offer_to_first(hall, tx)
        expire_offers(tx, NOW + HOUR)
        assert isinstance(accept_offer(tx, hall.facts.id, hall.reader(tx, "first"), NOW + 3 * MINUTE), OfferLapsed)
        assert isinstance(accept_offer(tx, hall.facts.id, hall.reader(tx, "second"), NOW + 3 * MINUTE), OfferTaken)
        assert hall.states(tx) == ["cancelled", "expired", CONFIRMED]
        kinds = [kind for kind, _ in notices(tx)]
        assert (kinds.count("offered"), kinds.count("offer_lapsed")) == (2, 1)


@either_way
def test_a_confirmed_offer_stays_so_whatever_the_clock_says(db: Database, keys: Keys, step: timedelta) -> None:
    hall = offering_hall(db, keys)
    with db.writing() as tx:
        offer_to_first(hall, tx)
        accept_offer(tx, hall.facts.id, hall.reader(tx, "first"), NOW + 3 * MINUTE)
        assert expire_offers(tx, NOW + 3 * MINUTE + step) == 0
        assert hall.states(tx) == ["cancelled", CONFIRMED, "waitlisted"]
        assert "offer_lapsed" not in [kind for kind, _ in notices(tx)]


# --- draw ------------------------------------------------------------------------------------------------------------

CLOSES = NOW + timedelta(days=1)


def by_lot(tx: Connection) -> OccurrenceFacts:
    """Two seats, drawn in a day."""
    house = add_house(tx)
    event_id = add_event(tx, house, rules={"allocation": "lottery"})
    return add_occurrence(tx, house, 12, event_id=event_id, capacity=2, closes_at=CLOSES, starts_at=STARTS)


def readers(tx: Connection, keys: Keys, count: int) -> list[int]:
    """Families with a phone each."""
    return [add_reader(tx, f"o{at}", keys, phone=f"+8613800138{at:03}") for at in range(count)]


def test_lots_are_drawn_once_and_not_before_the_entry_window_ends(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        facts = by_lot(tx)
        open_lottery(tx, facts.id, keys, NOW)
        for reader_id in readers(tx, keys, 4):
            assert isinstance(sign_up(tx, reader_id, facts, ONE, None, keys, NOW), Entered)
        for early in (CLOSES - HOUR, CLOSES - MINUTE):
            assert draw_lottery(tx, facts.id, keys, early) == NotDrawn(CLOSES)
        assert isinstance(draw_lottery(tx, facts.id, keys, CLOSES), Drawn)
        before = tx.execute(select(registration.c.status).order_by(registration.c.id)).all()
        for again in (CLOSES - HOUR, CLOSES, CLOSES + HOUR):
            assert isinstance(draw_lottery(tx, facts.id, keys, again), DrawnBefore)
        assert tx.execute(select(registration.c.status).order_by(registration.c.id)).all() == before
        assert sorted(row[0] for row in before) == ["offered", "offered", "waitlisted", "waitlisted"]
        assert sorted(kind for kind, _ in notices(tx)) == ["lottery_lost"] * 2 + ["lottery_won"] * 2


def test_an_entry_is_taken_again_only_while_lots_were_not_drawn(db: Database, keys: Keys) -> None:
    """The window had ended, the clock goes back into it: who enters takes part; after the draw nobody enters any more."""
    with db.writing() as tx:
        facts = by_lot(tx)
        one, two, three = readers(tx, keys, 3)
        open_lottery(tx, facts.id, keys, NOW)
        assert isinstance(sign_up(tx, one, facts, ONE, None, keys, CLOSES + MINUTE), SignUpClosed)
        back = CLOSES + MINUTE - HOUR
        assert isinstance(sign_up(tx, one, facts, ONE, None, keys, back), Entered)
        assert isinstance(sign_up(tx, two, facts, ONE, None, keys, back), Entered)
        assert isinstance(draw_lottery(tx, facts.id, keys, CLOSES), Drawn)
        assert isinstance(sign_up(tx, three, facts, ONE, None, keys, back), NoPlaceLeft)
        entered = select(func.count()).where(registration.c.status == RegistrationStatus.ENTERED.value)
        assert tx.execute(entered).scalar_one() == 0
        assert seats_taken(tx, facts.id, back) == 2


# --- settle ----------------------------------------------------------------------------------------------------------


@either_way
def test_an_occurrence_is_settled_once_and_not_early(db: Database, keys: Keys, step: timedelta) -> None:
    hall = open_hall(db, keys, 3, ban_after=1)
    with db.writing() as tx:
        came = hall.seat(tx, "came")
        hall.seat(tx, "absent")
        scan = Scan(hall.facts.id, came.id, 1, ScanResult.OK, Door.CHAT_SCAN, None, STARTS)
        assert claim_check_in(tx, scan)
        assert hall.facts.ends_at is not None
        due = hall.facts.ends_at + SETTLE_AFTER
        assert list_due(tx, due - HOUR) == []
        assert settle_occurrence(tx, hall.facts.id, due - HOUR) == Settled()
        assert settle_occurrence(tx, hall.facts.id, due) == Settled(places=2, against=1, suspended=1)
        assert list_due(tx, due + step) == []
        assert settle_occurrence(tx, hall.facts.id, due + step).against == 0
        assert tx.execute(select(func.count()).select_from(mark)).scalar_one() == 1
        told = [kind for kind, _ in notices(tx) if kind in ("no_show", "suspended")]
        assert len(told) == len(set(told))


# --- remind ----------------------------------------------------------------------------------------------------------

OFFSETS = (24.0, 2.0)


def remind(tx: Connection, now: datetime) -> int:
    """What the task does: look, and queue."""
    return sum(
        queue_reminders(tx, occurrence_id, starts_at, OFFSETS, now, all_day=all_day)
        for occurrence_id, starts_at, all_day in list_missing_reminders(tx, OFFSETS, now)
    )


@either_way
@pytest.mark.parametrize("hours", OFFSETS)
def test_a_reminder_comes_once_and_not_before_its_moment(
    db: Database, keys: Keys, step: timedelta, hours: float
) -> None:
    hall = open_hall(db, keys, 3)
    due = STARTS - timedelta(hours=hours)
    with db.writing() as tx:
        hall.seat(tx, "a")
        remind(tx, due - HOUR - MINUTE)
        early = tx.execute(select(func.max(notice.c.due_at))).scalar()
        assert early is None or early < due - HOUR  # that of the day before
        assert remind(tx, due - HOUR) == 1
        assert remind(tx, due) == 0
        assert remind(tx, due + step) == 0
        assert remind(tx, due + MINUTE) == 0
        (row,) = tx.execute(select(notice).where(notice.c.due_at == due))
        assert row.moment.startswith(f"{hours:g}h@")


def test_a_reminder_that_was_queued_is_not_sent_while_the_clock_is_back(db: Database, keys: Keys) -> None:
    hall = open_hall(db, keys, 3)
    due = STARTS - timedelta(hours=2)
    with db.writing() as tx:
        hall.seat(tx, "a")
        assert remind(tx, due) == 1
        assert claim_due(tx, due - HOUR, 10, LEASE) == []
        (number,) = claim_due(tx, due, 10, LEASE)
        assert claim_letters(tx, number, due + LEASE, due)
        assert claim_due(tx, due + HOUR, 10, LEASE) == []  # it is being sent: nobody sends it again
