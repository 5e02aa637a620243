"""The order of a line, changed by hand: exactly what was asked for, whatever the moments were."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as some

from bot.domain.rules import Rules
from bot.domain.waitlist import Waiting, reorder
from tests.architecture.test_outcomes import FACTS
from tests.factories import NOW

MOMENTS = some.lists(some.integers(0, 3), min_size=1, max_size=9)


@given(MOMENTS, some.data())
def test_one_is_where_it_was_put_and_all_others_are_in_their_order(moments: list[int], data: some.DataObject) -> None:
    """Many joined in the same microsecond here: then ids decide, and a moment alone cannot say who is first."""
    entries = [Waiting(index + 1, NOW + timedelta(microseconds=at)) for index, at in enumerate(moments)]
    line = sorted(entries, key=lambda entry: (entry.queued_at, entry.id))
    mover = data.draw(some.sampled_from(line))
    place = data.draw(some.integers(-1, len(line) + 2))
    changed = {entry.id: entry for entry in reorder(line, mover.id, place)}
    after = sorted((changed.get(entry.id, entry) for entry in line), key=lambda entry: (entry.queued_at, entry.id))
    wanted = [entry.id for entry in line if entry.id != mover.id]
    wanted.insert(min(max(place, 1), len(line)) - 1, mover.id)
    assert [entry.id for entry in after] == wanted


def test_who_stands_there_already_stays_without_a_change() -> None:
    line = [Waiting(1, NOW), Waiting(2, NOW)]
    assert reorder(line, 2, 2) == reorder(line, 2, 9) == []


def test_only_the_one_who_is_moved_to_the_head_changes() -> None:
    line = [Waiting(number, NOW) for number in range(1, 6)]
    assert [entry.id for entry in reorder(line, 5, 1)] == [5]


@given(some.integers(0, 100), some.integers(0, 400), some.integers(0, 1440), some.integers(-6000, 100))
def test_an_offer_ends_after_it_was_made_and_when_the_doors_open_at_the_latest(
    hours: int, minutes: int, doors: int, before_start: int
) -> None:
    """Over all settings of the three rules and all moments around the start."""
    rules = Rules(offer_within_hours=hours, offer_minutes=minutes, check_in_before_minutes=doors)
    facts = replace(FACTS, starts_at=NOW, ends_at=NOW + timedelta(hours=2), rules=rules)
    now = NOW + timedelta(minutes=before_start)
    opens = NOW - timedelta(minutes=doors)
    assert facts.promotes(now) == (now < opens)
    if not facts.promotes(now):
        return
    until = facts.offer_until(now)
    assert (until is None) == (hours == 0 or now < NOW - timedelta(hours=hours))
    assert until is None or now < until <= opens
