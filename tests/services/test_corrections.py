"""Corrections: rows of devices stay as they were sent, two correctors do not both win, and every one is on record."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import func, select

from bot.domain.correction import (
    Change,
    CorrectionOutcome,
    CountedRow,
    MorePeopleThanParty,
    NoParty,
    NoSuchTally,
    OtherFigure,
    PartsStand,
    PeopleCorrected,
    SameAsBefore,
    SeveralTallies,
    TallyCorrected,
    plan_walk_ins,
)
from bot.domain.kinds import Exactness
from bot.domain.measure import Quantity
from bot.domain.party import Party
from bot.services.checkins import check_in_short_code
from bot.services.corrections import correct_check_in, correct_tally, correct_walk_ins
from bot.services.door import WalkInsAnswer, record_walk_ins
from bot.services.registrations import sign_up
from bot.store.corrections import list_corrections, list_walk_ins
from bot.store.database import Database
from bot.store.door_tables import walk_in
from bot.store.occurrences import count_attendance
from bot.store.pii import Keys
from bot.store.registration_details import find_detail_by_code
from bot.store.tables import audit, registration
from tests.factories import NOW, add_reader
from tests.services.door_acts import walk_in as walk_in_act
from tests.services.report_rows import AFTER, Week, add_week, note


def rows(*people: int) -> tuple[CountedRow, ...]:
    """Standing rows, oldest first."""
    return tuple(CountedRow(at, each) for at, each in enumerate(people, 1))


@pytest.mark.parametrize(
    ("present", "old", "new", "changes"),
    [
        ((80,), 80, 85, [(1, 85)]),
        ((80, 5), 80, 85, [(1, 85)]),
        ((10, 20, 30), 60, 65, [(3, 35)]),
        ((10, 20, 30), 60, 25, [(3, 0), (2, 15)]),
        ((10, 20), 30, 0, [(2, 0), (1, 0)]),
        ((5, 5), 5, 6, [(2, 6)]),
    ],
)
def test_one_row_is_changed_else_the_newest_of_a_sum(
    present: tuple[int, ...], old: int, new: int, changes: list[tuple[int, int]]
) -> None:
    found = plan_walk_ins(rows(*present), old, new)
    assert found is not None
    assert [(change.row.id, change.people) for change in found] == changes
    assert sum(present) + sum(change.people - change.row.people for change in found) == sum(present) - old + new


def test_a_number_that_nobody_noted_is_not_corrected() -> None:
    assert plan_walk_ins(rows(80, 5), 84, 90) is None
    assert plan_walk_ins((), 0, 90) is None
    assert Change(CountedRow(1, 2), 3).people == 3


def corrected(db: Database, week: Week, old: int, new: int) -> CorrectionOutcome:
    """By the manager."""
    with db.writing() as tx:
        return correct_walk_ins(tx, week.manager, week.city, old, new, "点错", AFTER)


def test_a_row_of_a_device_keeps_what_the_device_sent_so_that_its_repeat_is_known(db: Database, keys: Keys) -> None:
    """Promise I6. Seen to fail with the number changed in place: the repeat was then another act under the same id."""
    week = add_week(db)
    act = walk_in_act("act-1", 30, NOW)
    with db.writing() as tx:
        record_walk_ins(tx, week.venue, week.branch, act, NOW)
        correct_walk_ins(tx, week.manager, week.branch, 30, 35, "点错", AFTER)
        again = record_walk_ins(tx, week.venue, week.branch, act, AFTER)
        assert isinstance(again, WalkInsAnswer)
        assert again.people == 30, "the answer of then"
        assert [row.people for row in list_walk_ins(tx, week.branch.id)] == [35]
        moments = set(tx.scalars(select(walk_in.c.noted_at).where(walk_in.c.occurrence_id == week.branch.id)))
        assert moments == {NOW}, "the day of a figure stays"


def test_of_two_who_correct_the_same_number_at_once_one_is_told_what_stands_there(db: Database) -> None:
    week, together = add_week(db), Barrier(2)

    def correct(new: int) -> CorrectionOutcome:
        together.wait()
        return corrected(db, week, 80, new)

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(correct, (85, 90)), key=lambda each: type(each).__name__)
    refused, done = outcomes
    assert isinstance(refused, OtherFigure)
    assert isinstance(done, PeopleCorrected)
    assert refused.counts == (done.new,)


def test_every_correction_has_its_row_and_its_audit(db: Database) -> None:
    week = add_week(db)
    corrected(db, week, 80, 85)
    with db.reading() as tx:
        (row,) = list_corrections(tx, NOW)
        assert (row.old, row.new, row.reason, row.staff_id) == ("80", "85", "点错", week.manager.id)
        assert row.corrected_at == AFTER
        entry = tx.execute(select(audit).where(audit.c.action == "correct")).one()
        assert entry.actor == f"staff:{week.manager.id}"
        assert entry.detail["old"] == "80"


@pytest.mark.parametrize(("first", "second", "total"), [(2, 3, 3), (3, 1, 1), (3, 0, 0)])
def test_a_party_is_corrected_up_and_down_and_away(
    db: Database, keys: Keys, first: int, second: int, total: int
) -> None:
    week = add_week(db)
    with db.writing() as tx:
        place = replace(week.city, starts_at=NOW + timedelta(minutes=10), ends_at=NOW + timedelta(hours=2))
        sign_up(tx, add_reader(tx, "o-1", keys), place, Party(1, 2), None, keys, NOW - timedelta(days=1))
        code = tx.execute(select(registration.c.short_code)).scalar_one()
        check_in_short_code(tx, week.venue, code, keys, NOW, people=first)
        outcome = correct_check_in(tx, week.manager, code, first, second, "后到", AFTER)
        assert isinstance(outcome, PeopleCorrected), outcome
        assert count_attendance(tx, week.city.id).came == total
        again = correct_check_in(tx, week.manager, code, None, 4, "后到", AFTER)
        assert again == (MorePeopleThanParty(3) if total else NoParty())
        detail = find_detail_by_code(tx, code)
        assert detail is not None
        assert (detail.checked_in_at == NOW) is bool(total), "the moment at which they came stays"


def leaflets(db: Database, week: Week, old: Quantity, new: Quantity, number: int | None = None) -> CorrectionOutcome:
    """By the manager."""
    with db.writing() as tx:
        return correct_tally(tx, week.manager, week.house.campaign_id, "宣传单", old, new, "漏记", AFTER, number=number)


def test_a_tally_is_found_by_its_number_and_changed_with_its_exactness(db: Database) -> None:
    week = add_week(db)
    exact = Quantity(Decimal(3000), "份", Exactness.EXACT)
    more = Quantity(Decimal(3200), "份", Exactness.MORE_THAN, "多")
    done = leaflets(db, week, exact, more)
    assert isinstance(done, TallyCorrected)
    assert done.number == 15
    assert isinstance(leaflets(db, week, exact, more), NoSuchTally)
    assert leaflets(db, week, replace(more, exactness=Exactness.EXACT), replace(more, approx_word="")) == SameAsBefore()
    with db.writing() as tx:
        note(tx, "宣传单 3200份", week.city, week.venue)
    assert leaflets(db, week, more, exact) == SeveralTallies("leaflets_distributed", (12, 15))
    assert isinstance(leaflets(db, week, more, exact, number=12), TallyCorrected)
    with db.reading() as tx:
        assert tx.execute(select(func.count()).select_from(audit).where(audit.c.action == "correct")).scalar_one() == 2


def test_a_total_stands_by_its_parts_and_follows_them(db: Database) -> None:
    week = add_week(db)
    essays = [Quantity(Decimal(number), "篇", Exactness.EXACT) for number in (75, 80, 70, 71, 76)]
    total, other, part, more, becomes = essays

    def correct(old: Quantity, new: Quantity, part: str = "") -> CorrectionOutcome:
        with db.writing() as tx:
            campaign_id = week.house.campaign_id
            return correct_tally(tx, week.manager, campaign_id, "征文", old, new, "点错", AFTER, part=part)

    with db.writing() as tx:
        note(tx, "征文 75篇 其中一等奖5篇、二等奖70篇", week.city, week.venue)
    refused = correct(total, other)
    assert isinstance(refused, PartsStand)
    assert (refused.differ.whole, refused.differ.parts) == (80, 75)
    done = correct(part, more, part="二等奖")
    assert isinstance(done, TallyCorrected)
    assert done.total == (total, becomes)
    with db.reading() as tx:
        assert [(row.old, row.new) for row in list_corrections(tx, NOW)] == [("70篇", "71篇"), ("75篇", "76篇")]
