"""The demonstration: always something open now, nothing that exists is ever moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.domain.clock import local_day
from bot.services.demo import DEMO_KEY, BrokenSampleError, load_demo
from bot.store.database import Database
from bot.store.occurrences import find_by_number, list_upcoming
from bot.store.tables import campaign, occurrence

MORNING = datetime(2026, 11, 23, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize("hours", [0, 4.5, 7.6, 8.2, 9.5, 14.7])
def test_something_is_open_for_sign_up_and_check_in_at_any_hour(db: Database, hours: float) -> None:
    now = MORNING + timedelta(hours=hours)
    with db.writing() as tx:
        loaded = load_demo(tx, now)
        assert loaded.key == DEMO_KEY
        assert loaded.open_now
        for number in loaded.open_now:
            facts = find_by_number(tx, number, now)
            assert facts is not None
            assert facts.starts_at is not None
            assert facts.ends_at is not None
            assert facts.starts_at - timedelta(minutes=30) <= now < facts.ends_at
            assert facts.opens_at is not None
            assert facts.opens_at <= now < facts.sign_up_ends_at  # type: ignore[operator]
        days = {
            local_day(facts.starts_at)
            for facts in list_upcoming(tx, now)
            if facts.sign_up == "required" and facts.starts_at and facts.opens_at and facts.opens_at <= now
        }
    assert len(days) >= 6, "sign-up is open for several days ahead"


def test_loading_again_soon_changes_nothing(db: Database) -> None:
    with db.writing() as tx:
        first = load_demo(tx, MORNING)
        before = [tuple(row) for row in tx.execute(select(occurrence).order_by(occurrence.c.id))]
        second = load_demo(tx, MORNING + timedelta(minutes=40))
        after = [tuple(row) for row in tx.execute(select(occurrence).order_by(occurrence.c.id))]
    assert first == second
    assert after == before


@pytest.mark.parametrize("days", [0.3, 1, 3, 6, 8, 30])
def test_loading_again_later_adds_and_moves_nothing(db: Database, days: float) -> None:
    with db.writing() as tx:
        load_demo(tx, MORNING)
        before = {row.id: tuple(row) for row in tx.execute(select(occurrence))}
        later = MORNING + timedelta(days=days)
        loaded = load_demo(tx, later)
        after = {row.id: tuple(row) for row in tx.execute(select(occurrence))}
        numbers = list(tx.execute(select(occurrence.c.number)).scalars())
        window = tx.execute(select(campaign)).one()
    assert loaded.open_now
    assert {key: after[key] for key in before} == before
    assert window.starts_on == local_day(MORNING) <= local_day(later) <= window.ends_on
    assert len(numbers) == len(set(numbers))


def test_a_broken_sample_is_told_at_once(db: Database) -> None:
    with db.writing() as tx, pytest.raises(BrokenSampleError):
        load_demo(tx, MORNING, sample=b"nothing")
