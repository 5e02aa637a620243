"""Freezing a campaign: once, at its hour, with figures that no later change touches."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from sqlalchemy import select, update

from bot.domain.closing import FiguresFrozen
from bot.services.closing import ensure_open
from bot.services.reports import (
    Frozen,
    FrozenBefore,
    NotDueYet,
    NotFrozen,
    SameFigures,
    VersionLeft,
    freeze,
    leave_version,
    load_differences,
    load_material,
)
from bot.store import reports as store
from bot.store.checkins import add_walk_ins
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import campaign
from bot.texts.differences import difference_words, is_told
from tests.factories import NOW
from tests.services.report_rows import AFTER, HOUR, Moving, Week, add_week, note, press_of


def frozen_week(db: Database, keys: Keys) -> Week:
    """A week that was frozen at its hour, drawn."""
    week = add_week(db)
    with db.writing() as tx:
        assert isinstance(freeze(tx, week.house.campaign_id, keys, HOUR, actor="task"), Frozen)
    press_of(db, keys, Moving(HOUR)).draw_versions()
    return week


def read(db: Database, week: Week, number: int, name: str = "report.txt") -> bytes | None:
    """A file of a version."""
    with db.reading() as tx:
        version = store.find_version(tx, week.house.campaign_id, None, number)
        return store.read_document(tx, version.id, name) if version else None


def test_nothing_is_frozen_before_the_usual_hour_of_the_day_after(db: Database, keys: Keys) -> None:
    week = add_week(db)
    with db.writing() as tx:
        assert freeze(tx, week.house.campaign_id, keys, AFTER, actor="task") == NotDueYet(HOUR)
        assert store.get_closing(tx, week.house.campaign_id).frozen_at is None


def test_an_hour_of_its_own_comes_before_the_usual_one(db: Database, keys: Keys) -> None:
    week = add_week(db)
    with db.writing() as tx:
        tx.execute(update(campaign).values(freezes_at=AFTER))
        assert isinstance(freeze(tx, week.house.campaign_id, keys, AFTER, actor="task"), Frozen)


def test_two_schedulers_that_freeze_at_once_make_one_version(db: Database, keys: Keys) -> None:
    week = add_week(db)
    together = Barrier(2)

    def beat(_: int) -> object:
        together.wait()
        with db.writing() as tx:
            return freeze(tx, week.house.campaign_id, keys, HOUR, actor="task")

    with ThreadPoolExecutor(2) as pool:
        outcomes = {type(each) for each in pool.map(beat, range(2))}
    assert outcomes == {Frozen, FrozenBefore}
    with db.reading() as tx:
        assert [each.number for each in store.list_versions(tx, week.house.campaign_id, None)] == [1]


def test_a_tally_that_was_begun_before_the_freeze_is_in_it_and_one_after_it_is_refused(
    db: Database, keys: Keys
) -> None:
    """Seen to fail: without the lock in `ensure_open` the freeze came in between, and the tally was lost to version 1
    on PostgreSQL though nobody had refused it.
    """
    week = add_week(db)
    asked, frozen = Event(), Event()

    def tally() -> FiguresFrozen | None:
        with db.writing() as tx:
            refused = ensure_open(tx, week.house.campaign_id, week.venue)
            asked.set()
            frozen.wait(0.3)  # as long as it may take: with the lock it cannot come
            if refused is None:
                note(tx, "宣传单 500份", week.branch, week.venue)
            return refused

    def beat() -> None:
        asked.wait(5)
        with db.writing() as tx:
            freeze(tx, week.house.campaign_id, keys, HOUR, actor="task")
        frozen.set()

    with ThreadPoolExecutor(2) as pool:
        noting, freezing = pool.submit(tally), pool.submit(beat)
        assert noting.result() is None
        freezing.result()
    press_of(db, keys, Moving(HOUR)).draw_versions()
    assert read(db, week, 1) == b"1 80 3500 []"
    with db.writing() as tx:
        refused = ensure_open(tx, week.house.campaign_id, week.venue)
        assert isinstance(refused, FiguresFrozen)
        assert refused.frozen_at == HOUR
        assert ensure_open(tx, week.house.campaign_id, week.organiser) is not None
        assert ensure_open(tx, week.house.campaign_id, week.manager) is None


def test_a_managers_change_after_the_freeze_leaves_version_two_and_version_one_byte_for_byte(
    db: Database, keys: Keys
) -> None:
    week = frozen_week(db, keys)
    first = read(db, week, 1)
    with db.writing() as tx:
        assert ensure_open(tx, week.house.campaign_id, week.manager) is None
        note(tx, "宣传单 200份", week.branch, week.manager)
        left = leave_version(tx, week.house.campaign_id, week.manager.id, "补记", keys, HOUR)
    assert isinstance(left, VersionLeft)
    assert left.number == 2
    told = [difference_words(each) for each in left.differences if is_told(each)]
    assert told == [
        "合计 宣传单：3000份 → 3200份",
        "苍溪县图书馆 宣传单：3000份 → 3200份",
        "广场咨询 宣传单：3000份 → 3200份",
    ]
    press_of(db, keys, Moving(HOUR)).draw_versions()
    assert read(db, week, 1) == first == b"1 80 3000 []"
    assert read(db, week, 2) == b"2 80 3200 []"
    with db.reading() as tx:
        second = store.find_latest(tx, week.house.campaign_id, None)
        assert second is not None
        assert (second.reason, second.staff_id) == ("补记", week.manager.id)
        assert load_differences(tx, second.id) == left.differences


def test_a_change_that_is_rolled_back_leaves_no_version(db: Database, keys: Keys) -> None:
    week = frozen_week(db, keys)

    class Stumbled(Exception):
        pass

    try:
        with db.writing() as tx:
            note(tx, "宣传单 200份", week.branch, week.manager)
            leave_version(tx, week.house.campaign_id, week.manager.id, "补记", keys, HOUR)
            raise Stumbled
    except Stumbled:
        pass
    with db.reading() as tx:
        assert [each.number for each in store.list_versions(tx, week.house.campaign_id, None)] == [1]


def test_no_version_is_left_where_nothing_differs_or_nothing_is_frozen(db: Database, keys: Keys) -> None:
    week = add_week(db)
    with db.writing() as tx:
        assert leave_version(tx, week.house.campaign_id, None, "x", keys, AFTER) == NotFrozen()
        freeze(tx, week.house.campaign_id, keys, HOUR, actor="task")
        assert leave_version(tx, week.house.campaign_id, None, "x", keys, HOUR) == SameFigures(1)


def test_a_worker_killed_between_freezing_and_drawing_leaves_figures_that_the_next_round_draws_as_they_were(
    db: Database, keys: Keys
) -> None:
    week = add_week(db)
    with db.writing() as tx:
        freeze(tx, week.house.campaign_id, keys, HOUR, actor="task")
    with db.writing() as tx:  # and before anybody comes to draw, a device brings what it counted in time
        add_walk_ins(tx, week.city.id, 5, week.venue.id, NOW)
    assert press_of(db, keys, Moving(HOUR)).draw_versions() == 1
    assert read(db, week, 1) == b"1 80 3000 []"
    assert press_of(db, keys, Moving(HOUR)).draw_versions() == 0


def test_what_is_kept_of_a_version_is_all_that_it_was_made_from(db: Database, keys: Keys) -> None:
    week = frozen_week(db, keys)
    with db.reading() as tx:
        version = store.find_latest(tx, week.house.campaign_id, None)
        assert version is not None
        kept = load_material(tx, version.id)
    assert kept.digest == version.digest
    assert kept.summary.campaign.frozen_at == HOUR
    assert [each.library.code for each in kept.summary.confirmations] == ["gy", "cx"]


def test_the_tables_of_other_campaigns_are_left_alone(db: Database, keys: Keys) -> None:
    week = frozen_week(db, keys)
    with db.reading() as tx:
        assert tx.execute(select(campaign.c.id).where(campaign.c.frozen_at.is_not(None))).scalars().all() == [
            week.house.campaign_id
        ]
