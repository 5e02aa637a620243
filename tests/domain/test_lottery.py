"""The draw as a pure rule: who knows seed and entries gets the same result, and no other one passes the check."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.domain.lottery import (
    Entry,
    Flaw,
    Lot,
    LotteryResult,
    ResultUnreadable,
    Terms,
    confirm_until,
    digest_of,
    draw_due_at,
    draw_lots,
    drawing_order,
    find_flaws,
    publish,
    read_published,
)
from bot.domain.rules import Rules, WaitlistFit
from bot.texts.lottery import SNIPPET
from tests.architecture.test_outcomes import FACTS

NOW = datetime(2026, 5, 28, 1, 0, tzinfo=UTC)
SEED = "00112233445566778899aabbccddeeff"

seeds = some.binary(min_size=16, max_size=16).map(bytes.hex)
families = some.frozensets(some.integers(0, 30), min_size=1, max_size=2)
fits = some.sampled_from(WaitlistFit)


@some.composite
def draws(draw: some.DrawFn) -> tuple[Terms, list[Entry], int, str]:
    """Any number of entries of any size and family, some numbers taken back, seats for some."""
    last = draw(some.integers(0, 30))
    numbers = draw(some.sets(some.integers(1, last))) if last else set()
    entries = [
        Entry(number, draw(some.integers(1, 5)), draw(families), draw(some.booleans())) for number in sorted(numbers)
    ]
    seats, line = draw(some.none() | some.integers(0, 40)), draw(some.none() | some.integers(0, 10))
    return Terms(12, seats, draw(fits), line), entries, last, draw(seeds)


def drawn(terms: Terms, entries: list[Entry], last: int, seed: str) -> LotteryResult:
    return draw_lots(terms, entries, last, seed, NOW)


def plain(count: int, units: int = 1) -> list[Entry]:
    """Entries of as many families."""
    return [Entry(number, units, frozenset({number})) for number in range(1, count + 1)]


@given(draws(), some.randoms())
def test_the_order_in_which_entries_are_listed_does_not_matter(case: Any, random: Any) -> None:
    terms, entries, last, seed = case
    mixed = list(entries)
    random.shuffle(mixed)
    assert drawn(terms, mixed, last, seed) == drawn(terms, entries, last, seed)


@given(draws())
def test_never_more_units_than_seats(case: Any) -> None:
    """Seen to fail with `units < left + 2` for `units <= left` in `_give_out`."""
    terms, entries, last, seed = case
    used = sum(entry.units for entry in drawn(terms, entries, last, seed).of(Lot.WON))
    assert terms.seats is None or used <= terms.seats


@given(draws())
def test_every_entry_comes_to_something_and_substitutes_count_up_in_drawn_order(case: Any) -> None:
    terms, entries, last, seed = case
    result = drawn(terms, entries, last, seed)
    assert [entry.number for entry in result.entries] == drawing_order(seed, [entry.number for entry in entries])
    places = [entry.place for entry in result.of(Lot.SUBSTITUTE)]
    assert places == list(range(1, len(places) + 1))
    assert terms.line is None or len(places) <= terms.line
    if result.of(Lot.LOST):
        assert len(places) == terms.line


@given(draws())
def test_a_family_wins_at_most_once_and_not_where_it_has_a_place_already(case: Any) -> None:
    """Seen to fail with `_find_doubles` that returns nothing."""
    terms, entries, last, seed = case
    by_number = {entry.number: entry for entry in entries}
    won = [by_number[entry.number] for entry in drawn(terms, entries, last, seed).of(Lot.WON)]
    assert not any(entry.served for entry in won)
    marks = [mark for entry in won for mark in entry.family]
    assert len(marks) == len(set(marks))


@given(draws())
def test_a_seat_stays_free_only_when_whoever_waits_first_does_not_fit(case: Any) -> None:
    terms, entries, last, seed = case
    result = drawn(terms, entries, last, seed)
    waiting = [entry for entry in result.entries if entry.lot in (Lot.SUBSTITUTE, Lot.LOST)]
    if terms.seats is None:
        assert not waiting
        return
    left = terms.seats - sum(entry.units for entry in result.of(Lot.WON))
    judged = waiting[:1] if terms.fit is WaitlistFit.WAIT else waiting
    assert all(entry.units > left for entry in judged)


@given(draws())
def test_a_true_result_passes_the_check_after_a_journey_as_json(case: Any) -> None:
    result = drawn(*case)
    again = read_published(json.loads(json.dumps(publish(result))))
    assert again == result
    assert find_flaws(again) == []


def tampered(result: LotteryResult) -> dict[str, tuple[LotteryResult, Flaw]]:
    """What somebody might change, and what tells."""
    first, second = result.entries[0], result.entries[-1]
    dropped = tuple(replace(entry, rank=rank) for rank, entry in enumerate(result.entries[1:], 1))
    swapped = (replace(second, rank=1), *result.entries[1:-1], replace(first, rank=len(result.entries)))
    traded = (replace(first, lot=second.lot, place=second.place), *result.entries[1:-1])
    traded = (*traded, replace(second, lot=first.lot, place=first.place))
    other = f"{(int(result.seed, 16) + 1) % 16**32:032x}"
    return {
        "another seed": (replace(result, seed=other), Flaw.SEED),
        "another seed with its digest": (replace(result, seed=other, digest=digest_of(other)), Flaw.ORDER),
        "ranks swapped": (replace(result, entries=swapped), Flaw.ORDER),
        "lots swapped": (replace(result, entries=traded), Flaw.OUTCOME),
        "an entry dropped": (replace(result, entries=dropped), Flaw.NUMBERS),
        "an entry twice": (replace(result, entries=(*result.entries, first)), Flaw.NUMBERS),
        "one seat more": (replace(result, seats=(result.seats or 0) + 1), Flaw.OUTCOME),
        "one seat less": (replace(result, seats=(result.seats or 1) - 1), Flaw.OUTCOME),
        "a winner set aside for no reason": (
            replace(result, entries=(replace(first, lot=Lot.SET_ASIDE), *result.entries[1:])),
            Flaw.SET_ASIDE,
        ),
        "a winner set aside for a later entry": (
            replace(result, entries=(replace(first, lot=Lot.SET_ASIDE, same_as=999), *result.entries[1:])),
            Flaw.SET_ASIDE,
        ),
        "another method": (replace(result, method="by hand"), Flaw.METHOD),
    }


@settings(max_examples=60)
@given(seeds, some.integers(12, 40))
def test_any_tampering_is_found(seed: str, count: int) -> None:
    """More entries than seats, all of one size: each change touches who wins. With `return []` it failed at once."""
    result = drawn(Terms(12, 4, WaitlistFit.WAIT, None), plain(count), count, seed)
    assert find_flaws(result) == []
    for name, (changed, flaw) in tampered(result).items():
        assert flaw in find_flaws(changed), name


def test_all_wait_behind_a_party_that_does_not_fit_or_smaller_ones_pass_it() -> None:
    order = drawing_order(SEED, [1, 2, 3])
    entries = [Entry(order[0], 2), Entry(order[1], 3), Entry(order[2], 1)]
    waits = drawn(Terms(12, 3, WaitlistFit.WAIT, None), entries, 3, SEED)
    passes = drawn(Terms(12, 3, WaitlistFit.PASS, None), entries, 3, SEED)
    assert [entry.number for entry in waits.of(Lot.WON)] == [order[0]]
    assert [entry.number for entry in passes.of(Lot.WON)] == [order[0], order[2]]
    assert [entry.number for entry in passes.of(Lot.SUBSTITUTE)] == [order[1]]


def test_several_entries_of_a_family_are_one_and_the_first_takes_part() -> None:
    """By account or by phone, also where a third entry shows that two belong together."""
    entries = [
        Entry(1, 1, frozenset({"a", "phone"})),
        Entry(2, 1, frozenset({"b", "phone"})),
        Entry(3, 1, frozenset("b")),
    ]
    result = drawn(Terms(12, 5, WaitlistFit.WAIT, None), entries, 3, SEED)
    assert {entry.number: entry.same_as for entry in result.entries} == {1: None, 2: 1, 3: 1}
    assert [entry.number for entry in result.of(Lot.WON)] == [1]


def test_a_number_that_was_taken_back_is_published() -> None:
    result = drawn(Terms(12, 5, WaitlistFit.WAIT, None), plain(2), 4, SEED)
    assert result.withdrawn == (3, 4)
    assert Flaw.NUMBERS in find_flaws(replace(result, withdrawn=(3,)))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("seed"),
        lambda data: data.update(seats="viele"),
        lambda data: data.update(entries={}),
        lambda data: data.update(entries=[1]),
        lambda data: data.update(withdrawn=["1"]),
        lambda data: data.update(fit="perhaps"),
        lambda data: data["entries"][0].update(outcome="?"),
        lambda data: data["entries"][0].update(rank=True),
        lambda data: data["entries"][0].update(units=-1),
        lambda data: data.update(seats=[]),
    ],
)
def test_what_is_no_published_result_is_refused(change: Any) -> None:
    data = copy.deepcopy(dict(publish(drawn(Terms(12, 2, WaitlistFit.WAIT, None), plain(3), 3, SEED))))
    change(data)
    with pytest.raises(ResultUnreadable):
        read_published(data)


@pytest.mark.parametrize("data", [None, [], "x", 1])
def test_other_json_is_no_published_result(data: object) -> None:
    with pytest.raises(ResultUnreadable):
        read_published(data)


def run_snippet(folder: Path, data: object) -> subprocess.CompletedProcess[str]:
    """As somebody would who copied it from the page."""
    program, published = folder / "check.py", folder / "lottery.json"
    program.write_text(SNIPPET, encoding="utf-8")
    published.write_text(json.dumps(data), encoding="utf-8")
    return subprocess.run([sys.executable, program, published], capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("fit", list(WaitlistFit))
@pytest.mark.parametrize("seats", [None, 7])
def test_the_published_program_draws_the_same(tmp_path: Path, fit: WaitlistFit, seats: int | None) -> None:
    entries = [Entry(n, n % 4 + 1, frozenset({n // 2}), n % 7 == 0) for n in range(1, 26) if n != 9]
    result = drawn(Terms(12, seats, fit, 5), entries, 26, SEED)
    assert run_snippet(tmp_path, publish(result)).stdout.strip() == "ok"
    for name, (changed, _) in tampered(result).items():
        if name in ("another seed", "ranks swapped", "an entry dropped"):
            assert run_snippet(tmp_path, publish(changed)).returncode != 0, name


def test_the_published_program_stays_short() -> None:
    assert len(SNIPPET.splitlines()) <= 17


# --- moments ---------------------------------------------------------------------------------------------------------

START = FACTS.starts_at
assert START is not None


def at(**values: Any) -> Any:
    rules = Rules(confirm_hours=values.pop("confirm_hours", 24), check_in_before_minutes=30)
    return replace(FACTS, rules=rules, **values)


def test_lots_are_drawn_at_the_closing_of_sign_up() -> None:
    closes = START - timedelta(days=3)
    assert draw_due_at(at(closes_at=closes)) == closes


def test_without_a_closing_lots_are_drawn_so_early_that_winners_can_confirm() -> None:
    assert draw_due_at(at()) == START - timedelta(hours=24)
    assert draw_due_at(at(opens_at=START - timedelta(days=2))) == START - timedelta(hours=24)


def test_when_sign_up_opens_too_late_for_that_lots_are_drawn_when_the_doors_open() -> None:
    doors = START - timedelta(minutes=30)
    assert draw_due_at(at(opens_at=START - timedelta(hours=3))) == doors
    assert confirm_until(at(opens_at=START - timedelta(hours=3)), doors) is None


def test_nothing_is_drawn_without_closing_and_start() -> None:
    assert draw_due_at(at(starts_at=None)) is None


def test_winners_confirm_in_time_and_never_after_the_doors_open() -> None:
    doors = START - timedelta(minutes=30)
    early, late = START - timedelta(days=3), START - timedelta(hours=2)
    assert confirm_until(at(), early) == early + timedelta(hours=24)
    assert confirm_until(at(), late) == doors
    assert confirm_until(at(confirm_hours=0), early) is None
