"""Settling: who is marked, who is suspended, who is spared, and that it all happens once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from bot.domain.kinds import Door, ScanResult
from bot.reports.summary_json import to_dict
from bot.services.erasure import erase_reader
from bot.services.standing import (
    Settled,
    find_standing,
    list_due,
    settle_occurrence,
    strip_standing,
    void_if_came,
)
from bot.services.summary import summarize
from bot.store.checkins import Scan, add_refused_scan, claim_check_in
from bot.store.database import Database
from bot.store.door_tables import checkin
from bot.store.history import find_suspension
from bot.store.pii import Keys
from bot.store.sign_up_tables import mark, suspension
from bot.store.tables import audit, event, library, notice, occurrence, registration
from tests.factories import NOW
from tests.services.standing_rows import HOURS, SETTLED, Season, check_in, open_season, walk_in

LATER = NOW + timedelta(days=100)


def marks(db: Database) -> list[tuple[str, int]]:
    """Kind and points of every mark that stands."""
    with db.reading() as tx:
        query = select(mark.c.kind, mark.c.points).where(mark.c.voided_at.is_(None)).order_by(mark.c.id)
        return [(row.kind, row.points) for row in tx.execute(query)]


def notices(db: Database) -> list[str]:
    """Kind of every notice that was not dropped."""
    with db.reading() as tx:
        query = select(notice.c.kind).where(notice.c.state != "dropped").order_by(notice.c.id)
        return list(tx.scalars(query))


def suspended_until(season: Season, name: str, now: Any) -> Any:
    """When a reader may sign up again; None when now."""
    with season.db.reading() as tx:
        found = find_suspension(tx, season.readers[name], now)
    return found.ends_at if found else None


# --- who is marked ---------------------------------------------------------------------------------------------------


def test_who_stayed_away_is_marked_half_a_day_after_the_end_and_not_before(db: Database, keys: Keys) -> None:
    season = open_season(db, keys)
    facts = season.hold(0, absent=["a"], present=["b"])
    assert facts.starts_at is not None
    assert season.settle(facts.starts_at + SETTLED - timedelta(seconds=1)) == []
    assert season.settle(facts.starts_at + SETTLED) == [Settled(2, 1, 0)]
    assert marks(db) == [("no_show", 0)]  # a ban needs no more: nothing is kept about who came
    assert notices(db) == ["no_show"]
    assert season.settle(facts.starts_at + SETTLED + HOURS) == []


def test_who_came_late_and_was_turned_away_since_the_seats_were_given_to_others_is_no_no_show(
    db: Database, keys: Keys
) -> None:
    """Seen to fail without `_TURNED_AWAY_AT`."""
    season = open_season(db, keys)
    facts = season.hold(0, absent=["a"])
    with db.writing() as tx:
        place = tx.execute(
            select(registration.c.id).where(registration.c.reader_id == season.readers["a"])
        ).scalar_one()
        add_refused_scan(tx, Scan(facts.id, place, 0, ScanResult.RELEASED, Door.CHAT_SCAN, None, NOW + HOURS))
    season.settle(NOW + SETTLED)
    assert marks(db) == []
    assert notices(db) == []


def test_the_clock_may_step_an_hour_either_way(db: Database, keys: Keys) -> None:
    season = open_season(db, keys)
    facts = season.hold(0, absent=["a"])
    end = NOW + 2 * HOURS
    assert season.settle(end + HOURS) == []  # a clock that is hours ahead settles nothing during the occurrence
    assert season.settle(NOW + SETTLED) == [Settled(2, 1, 0)]
    with db.writing() as tx:  # set back an hour: it is before the grace again
        assert settle_occurrence(tx, facts.id, NOW + SETTLED - HOURS) == Settled()
    season.settle(NOW + SETTLED - HOURS)
    season.settle(NOW + SETTLED + HOURS)
    assert (marks(db), notices(db)) == ([("no_show", 0)], ["no_show"])


def test_no_shows_agree_with_the_summary(db: Database, keys: Keys) -> None:
    season = open_season(db, keys)
    facts = season.hold(0, absent=["a", "b"], present=["c"])
    season.register(facts, "d", status="cancelled", cancelled_at=NOW)
    season.register(facts, "e", status="waitlisted", queued_at=NOW)
    season.register(facts, "f", released_at=NOW + HOURS)
    season.settle(LATER - timedelta(days=99))
    with db.reading() as tx:
        counted = summarize(tx, season.house.campaign_id, season.keys, LATER).total.counts
    assert counted.no_shows == len(marks(db)) == 3


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"starts_at": None, "ends_at": None}])
def test_what_the_library_called_off_or_has_no_date_counts_against_nobody(
    db: Database, keys: Keys, change: dict[str, Any]
) -> None:
    """Seen to fail with the status left out of the query and of `settle_occurrence`."""
    season = open_season(db, keys)
    facts = season.hold(0, absent=["a"])
    with db.writing() as tx:
        tx.execute(update(occurrence).where(occurrence.c.id == facts.id).values(**change))
        assert settle_occurrence(tx, facts.id, NOW + SETTLED) == Settled()
    assert (season.settle(NOW + SETTLED), marks(db)) == ([], [])


def test_readers_do_not_pay_for_a_door_that_was_not_staffed(db: Database, keys: Keys) -> None:
    """Seen to fail without the look at who was counted."""
    season = open_season(db, keys)
    season.hold(0, absent=["a", "b"], present=[])
    assert season.settle(NOW + SETTLED) == []  # waited for: phones may sync within days
    assert season.settle(NOW + timedelta(days=8)) == [Settled(2, 0, 0)]
    assert (marks(db), notices(db)) == ([], [])


def test_a_door_with_walk_ins_only_was_staffed(db: Database, keys: Keys) -> None:
    season = open_season(db, keys)
    facts = season.hold(0, absent=["a"], present=[])
    with db.writing() as tx:
        walk_in(tx, facts, 8)
    season.settle(NOW + SETTLED)
    assert marks(db) == [("no_show", 0)]


def test_a_door_whose_phones_sync_after_a_day_is_settled_then(db: Database, keys: Keys) -> None:
    season = open_season(db, keys)
    facts = season.hold(0, absent=["a", "b"], present=[])
    season.settle(NOW + SETTLED)
    with db.writing() as tx:
        check_in(tx, facts, season.place_of(facts, "b"), NOW)
    assert season.settle(NOW + timedelta(days=1)) == [Settled(2, 1, 0)]


def test_what_was_never_settled_for_a_month_is_let_go(db: Database, keys: Keys) -> None:
    season = open_season(db, keys)
    season.hold(0, absent=["a"])
    assert season.settle(NOW + timedelta(days=31)) == []
    assert marks(db) == []


def test_erased_readers_are_passed_over_and_their_standing_is_deleted(db: Database, keys: Keys) -> None:
    season = open_season(db, keys, ban_after=1)
    season.hold(0, absent=["a", "b"])
    with db.writing() as tx:
        erase_reader(tx, season.readers["b"], season.keys, NOW)
    assert season.settle(NOW + SETTLED) == [Settled(3, 1, 1)]
    with db.writing() as tx:
        erase_reader(tx, season.readers["a"], season.keys, NOW + SETTLED)
        assert tx.execute(select(func.count()).select_from(mark)).scalar_one() == 0
        assert tx.execute(select(func.count()).select_from(suspension)).scalar_one() == 0
        assert tx.scalars(select(notice.c.facts)).all() == [{}]


def test_rules_without_consequence_keep_nothing(db: Database, keys: Keys) -> None:
    season = open_season(db, keys, standing="none")
    season.hold(0, absent=["a"])
    assert season.settle(NOW + SETTLED) == [Settled(2, 0, 0)]
    assert (marks(db), notices(db)) == ([], [])


# --- ban -------------------------------------------------------------------------------------------------------------


def test_three_no_shows_within_the_window_suspend_from_the_third_and_two_do_not(db: Database, keys: Keys) -> None:
    season = open_season(db, keys)
    for day in (0, 5, 10):
        season.hold(day, absent=["a"])
        season.settle(NOW + timedelta(days=day) + SETTLED)
        assert (suspended_until(season, "a", NOW + timedelta(days=day, hours=20)) is not None) is (day == 10)
    straw_end = NOW + timedelta(days=10) + 2 * HOURS
    assert suspended_until(season, "a", NOW + timedelta(days=11)) == straw_end + timedelta(days=30)
    assert suspended_until(season, "a", straw_end + timedelta(days=30)) is None
    assert notices(db) == ["no_show", "no_show", "suspended"]
    with db.reading() as tx:
        told = tx.scalars(select(notice.c.facts).order_by(notice.c.id)).all()
        assert [row.get("times") for row in told] == ["1", "2", None]
        assert told[2]["counted"] == "活动21\n活动22\n活动23"
        assert "suspend" in tx.scalars(select(audit.c.action)).all()


def test_no_shows_that_are_too_far_apart_do_not_suspend(db: Database, keys: Keys) -> None:
    season = open_season(db, keys, ban_window_days=30)
    for day in (0, 5, 31):
        season.hold(day, absent=["a"])
        season.settle(NOW + timedelta(days=day) + SETTLED)
    assert suspended_until(season, "a", NOW + timedelta(days=32)) is None


def test_a_no_show_counted_in_one_suspension_does_not_count_for_the_next(db: Database, keys: Keys) -> None:
    """Seen to fail with used marks left among those that count: the fourth no-show suspended at once."""
    season = open_season(db, keys, ban_days=1)
    for day in (0, 5, 10, 15):
        season.hold(day, absent=["a"])
        season.settle(NOW + timedelta(days=day) + SETTLED)
    assert notices(db) == ["no_show", "no_show", "suspended", "no_show"]
    with db.reading() as tx:
        assert tx.scalars(select(notice.c.facts).order_by(notice.c.id)).all()[3]["times"] == "1"


def test_no_shows_at_all_libraries_count_together(db: Database, keys: Keys) -> None:
    season = open_season(db, keys, ban_after=2)
    first = season.hold(0, absent=["a"])
    with db.writing() as tx:
        branch = tx.execute(
            insert(library).values(code="b", name="分馆", aliases=[], level="branch", parent_id=season.house.library_id)
        ).inserted_primary_key[0]  # type: ignore[index]
        tx.execute(update(event).where(event.c.id == first.event_id).values(library_id=branch))
    season.hold(1, absent=["a"])
    season.settle(NOW + timedelta(days=2))
    assert suspended_until(season, "a", NOW + timedelta(days=2)) is not None


# --- points ----------------------------------------------------------------------------------------------------------

POINTS = {"standing": "points", "points_start": 20, "points_no_show": 10, "points_freeze_days": 20}


def test_points_are_taken_and_added_and_an_empty_account_freezes_and_starts_anew(db: Database, keys: Keys) -> None:
    season = open_season(db, keys, **POINTS)
    season.hold(0, absent=["a"])
    season.hold(1, present=["a"])
    season.settle(NOW + timedelta(days=2))
    with db.reading() as tx:
        held = find_standing(tx, season.readers["a"], NOW + timedelta(days=2))
    assert [tally.stands for tally in held.tallies] == [15]
    season.hold(3, absent=["a"])
    season.settle(NOW + timedelta(days=4))
    assert suspended_until(season, "a", NOW + timedelta(days=4)) is None
    season.hold(4, absent=["a"])
    season.settle(NOW + timedelta(days=5))
    frozen_until = NOW + timedelta(days=24) + 2 * HOURS
    assert suspended_until(season, "a", NOW + timedelta(days=5)) == frozen_until
    season.hold(25, absent=["a"])  # of a new account
    season.settle(NOW + timedelta(days=26))
    assert suspended_until(season, "a", NOW + timedelta(days=26)) is None
    assert notices(db) == ["no_show", "no_show", "suspended", "no_show"]


def test_late_and_late_cancelled_cost_points_and_a_place_taken_again_costs_nothing(db: Database, keys: Keys) -> None:
    season = open_season(db, keys, **POINTS, late_after_minutes=15)
    facts = season.hold(0, present=["somebody"])
    with db.writing() as tx:
        tx.execute(update(checkin).values(received_at=NOW + timedelta(minutes=16)))
    gave_back = {"status": "cancelled", "cancelled_at": NOW, "cancelled_late": True}
    season.register(facts, "b", **gave_back)
    for _ in range(2):
        season.register(facts, "c", **gave_back)
    season.register(facts, "d", **gave_back)
    with db.writing() as tx:
        check_in(tx, facts, season.register_here(tx, facts, "d"), NOW)
    season.settle(NOW + SETTLED)
    assert sorted(marks(db)) == [("attended", 5), ("late", -2), ("late_cancel", -2), ("late_cancel", -2)]
    assert notices(db) == []


def test_under_a_ban_late_cancelling_is_not_counted(db: Database, keys: Keys) -> None:
    season = open_season(db, keys)
    facts = season.hold(0)
    season.register(facts, "b", status="cancelled", cancelled_at=NOW, cancelled_late=True)
    season.settle(NOW + SETTLED)
    assert marks(db) == []


# --- repair ----------------------------------------------------------------------------------------------------------


def test_a_check_in_that_is_synced_late_takes_the_mark_back_and_ends_what_rested_on_it(
    db: Database, keys: Keys
) -> None:
    season = open_season(db, keys, ban_after=1)
    facts = season.hold(0, absent=["a"])
    season.settle(NOW + SETTLED)
    assert suspended_until(season, "a", NOW + SETTLED) is not None
    with db.writing() as tx:
        tx.execute(update(notice).values(state="sent"))
        place = season.place_of(facts, "a")
        assert claim_check_in(tx, Scan(facts.id, place, 1, ScanResult.OK, Door.WEB, None, NOW + timedelta(days=1)))
        tx.execute(update(checkin).where(checkin.c.registration_id == place).values(device_at=NOW))
    season.settle(NOW + timedelta(days=1, hours=1))
    assert marks(db) == []
    assert suspended_until(season, "a", NOW + timedelta(days=2)) is None
    assert notices(db) == ["suspended", "appeal_answered"]
    with db.reading() as tx:
        assert set(tx.scalars(select(audit.c.action))) >= {"void_mark", "lift_suspension"}


def test_a_notice_that_nobody_has_read_goes_with_the_mark_it_tells(db: Database, keys: Keys) -> None:
    season = open_season(db, keys, ban_after=2)
    for day in (0, 1):
        last = season.hold(day, absent=["a"])
    season.settle(NOW + timedelta(days=2))
    assert notices(db) == ["no_show", "suspended"]
    with db.writing() as tx:
        check_in(tx, last, season.place_of(last, "a"), NOW + timedelta(days=1))
    season.settle(NOW + timedelta(days=2, hours=1))
    assert notices(db) == ["no_show"]
    assert suspended_until(season, "a", NOW + timedelta(days=2)) is None
    season.hold(3, absent=["a"])  # the other mark of the lifted suspension counts again
    season.settle(NOW + timedelta(days=4))
    assert suspended_until(season, "a", NOW + timedelta(days=4)) is not None


def test_an_occurrence_that_is_called_off_afterwards_takes_its_marks_back(db: Database, keys: Keys) -> None:
    season = open_season(db, keys, **POINTS)
    facts = season.hold(0, absent=["a"])
    season.settle(NOW + SETTLED)
    with db.writing() as tx:
        tx.execute(update(occurrence).where(occurrence.c.id == facts.id).values(status="cancelled"))
    season.settle(NOW + SETTLED + HOURS)
    assert [kind for kind, _ in marks(db) if kind != "attended"] == []


def test_points_of_a_visit_are_given_when_its_check_in_comes_late(db: Database, keys: Keys) -> None:
    season = open_season(db, keys, **POINTS)
    facts = season.hold(0, absent=["a"])
    season.settle(NOW + SETTLED)
    with db.writing() as tx:
        check_in(tx, facts, season.place_of(facts, "a"), NOW)
        assert void_if_came(tx, season.place_of(facts, "a"), NOW + SETTLED)
        assert not void_if_came(tx, season.place_of(facts, "a"), NOW + SETTLED)
    assert sorted(marks(db)) == [("attended", 5), ("attended", 5)]


# --- once ------------------------------------------------------------------------------------------------------------


def test_two_workers_at_once_make_one_set_of_marks(db: Database, keys: Keys) -> None:
    """Seen to fail with `settled_at IS NULL` left out of the claim: both came away with all the places."""
    season = open_season(db, keys, ban_after=1)
    facts = season.hold(0, absent=["a", "b", "c"])
    outcomes: list[Settled] = []
    ready = threading.Barrier(2)

    def work() -> None:
        ready.wait()
        with db.writing() as tx:
            outcomes.append(settle_occurrence(tx, facts.id, NOW + SETTLED))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(outcome.places for outcome in outcomes) == [0, 4]
    assert marks(db) == [("no_show", 0)] * 3
    assert notices(db) == ["suspended"] * 3


def test_two_occurrences_settled_at_once_do_not_miss_the_last_straw(db: Database, keys: Keys) -> None:
    """Seen to fail on PostgreSQL without `lock_readers_of`: each saw only its own mark."""
    season = open_season(db, keys, ban_after=2)
    held = [season.hold(0, absent=["a"]), season.hold(1, absent=["a"])]
    first_is_in, second_waits = threading.Event(), threading.Event()
    now = NOW + timedelta(days=2)

    def second() -> None:
        first_is_in.wait(10)
        second_waits.set()
        with db.writing() as tx:
            settle_occurrence(tx, held[1].id, now)

    other = threading.Thread(target=second)
    other.start()
    with db.writing() as tx:
        settle_occurrence(tx, held[0].id, now)
        first_is_in.set()
        second_waits.wait(10)
        other.join(0.5)  # it stands at the lock; without one it would be through by now
    other.join(30)
    assert suspended_until(season, "a", now) is not None


def test_killed_in_between_leaves_nothing_and_the_next_run_does_it_all(db: Database, keys: Keys) -> None:
    season = open_season(db, keys, ban_after=1)
    facts = season.hold(0, absent=["a", "b"])

    class Killed(Exception):
        """As if the process had ended before the commit."""

    with pytest.raises(Killed), db.writing() as tx:
        settle_occurrence(tx, facts.id, NOW + SETTLED)
        raise Killed
    assert (marks(db), notices(db)) == ([], [])
    with db.reading() as tx:
        assert list_due(tx, NOW + SETTLED) == [facts.id]
    assert season.settle(NOW + SETTLED) == [Settled(3, 2, 2)]


# --- keeping no more than needed ---------------------------------------------------------------------------------------


def test_marks_are_deleted_when_no_rule_looks_back_to_them_and_no_figure_changes(db: Database, keys: Keys) -> None:
    season = open_season(db, keys, ban_after=2)
    season.hold(0, absent=["a", "b"])
    season.hold(1, absent=["a"])
    season.settle(NOW + timedelta(days=2))
    end = NOW + 2 * HOURS

    def figures() -> object:
        with db.reading() as tx:
            return to_dict(summarize(tx, season.house.campaign_id, season.keys, LATER))

    before = figures()
    with db.writing() as tx:
        assert strip_standing(tx, end + timedelta(days=90)) == (0, 0)
        assert strip_standing(tx, end + timedelta(days=90, seconds=1)) == (2, 0)
        assert strip_standing(tx, end + timedelta(days=92)) == (1, 1)
        assert strip_standing(tx, end + timedelta(days=92)) == (0, 0)
    assert figures() == before


def test_marks_on_which_a_long_suspension_rests_stay_until_it_is_over(db: Database, keys: Keys) -> None:
    season = open_season(db, keys, ban_after=1, ban_days=200)
    season.hold(0, absent=["a"])
    season.settle(NOW + SETTLED)
    with db.writing() as tx:
        assert strip_standing(tx, NOW + timedelta(days=199)) == (0, 0)
        assert strip_standing(tx, NOW + timedelta(days=201)) == (1, 1)


def test_the_longest_window_of_all_events_decides_how_long_marks_are_kept(db: Database, keys: Keys) -> None:
    season = open_season(db, keys)
    season.hold(0, absent=["a"])
    season.hold(1, rules={"ban_window_days": 120})
    season.settle(NOW + timedelta(days=2))
    with db.writing() as tx:
        assert strip_standing(tx, NOW + timedelta(days=119)) == (0, 0)
        assert strip_standing(tx, NOW + timedelta(days=121)) == (1, 0)


def test_every_place_is_settled_once_over(db: Database, keys: Keys) -> None:
    season = open_season(db, keys)
    season.hold(0, absent=["a"], present=["b"])
    season.settle(NOW + SETTLED)
    with db.reading() as tx:
        assert tx.scalars(select(registration.c.settled_at)).all() == [NOW + SETTLED] * 2
