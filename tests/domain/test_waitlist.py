"""The order of a line, changed by hand: exactly what was asked for, whatever the moments were."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as some

from bot.domain.waitlist import Waiting, reorder
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
