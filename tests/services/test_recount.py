"""The summary of a large campaign against a recount that shares no code with it."""

from __future__ import annotations

import shutil
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.summary import Figures, Summary
from bot.domain.summary_facts import Counts
from bot.services.summary import summarize
from bot.store.database import Database, open_database
from bot.store.pii import Keys
from tests.conftest import TEST_SECRET
from tests.services.big_week import CAMPAIGN, FULL, SMALL, Size, build_big_week
from tests.services.recount import Recount, Tale

KEYS = Keys(TEST_SECRET)
AFTER = datetime(2026, 6, 1, 1, tzinfo=UTC)
"""Nine in the morning after the week: what was left on in it, such as exhibitions, is not over yet."""
MEANWHILE = datetime(2026, 5, 28, 4, tzinfo=UTC)
COUNT_NAMES = [field.name for field in fields(Counts)]


def person_of(openid: str) -> bytes:
    """How the product tells persons of the campaign apart."""
    return KEYS.person_hashes(CAMPAIGN, openid)[0]


def fill(db: Database, size: Size, seed: int = 1) -> None:
    """The rows of a week of this size."""
    with db.writing() as tx:
        build_big_week(tx, person_of, size, seed)


def plain(figures: Figures) -> tuple[object, ...]:
    """Figures as the recount gives them."""
    return (
        {name: number for name in COUNT_NAMES if (number := getattr(figures.counts, name))},
        figures.persons,
        figures.activities,
        {(total.metric, total.unit): (total.number, total.exactness.value) for total in figures.tallies},
        {tally.id for tally in figures.unsummed},
    )


def told(tale: Tale) -> tuple[object, ...]:
    """What a recount found, in the same form."""
    numbers = {name: number for name, number in tale.numbers.items() if number}
    return numbers, len(tale.persons), len(tale.activities), tale.sums(), tale.beside()


def differences(
    ours: Iterable[tuple[Hashable, Figures]], theirs: Mapping[Hashable, Tale]
) -> dict[Hashable, tuple[object, object]]:
    """Where the two do not agree. What one of them leaves out has nothing in it."""
    ours = dict(ours)
    keys = {*ours, *theirs}
    pairs = {key: (plain(ours.get(key, Figures())), told(theirs.get(key, Tale()))) for key in keys}
    return {key: (one, other) for key, (one, other) in pairs.items() if one != other}


def assert_agrees(summary: Summary, recount: Recount) -> None:
    """Every number of every part."""
    events = recount.events
    modes = {key: row.mode for key, row in recount.occurrences.items()}

    def category(event: int | None) -> str | None:
        return events[event].category if event is not None else None

    groups = {
        "whole": ([("", summary.total)], recount.group(lambda spot: ("",))),
        "own": (
            [(part.library.id, part.own) for part in summary.libraries],
            recount.group(lambda spot: (spot.library,) if spot.library else ()),
        ),
        "with branches": (
            [(part.library.id, part.with_branches) for part in summary.libraries],
            recount.group(lambda spot: recount.up_from(spot.library)),
        ),
        "category": (
            [(part.category and part.category.value, part.figures) for part in summary.categories],
            recount.group(lambda spot: (category(spot.event),)),
        ),
        "shelf": (
            [((part.library.id, part.category and part.category.value), part.figures) for part in summary.shelves],
            recount.group(lambda spot: ((spot.library, category(spot.event)),) if spot.library else ()),
        ),
        "mode": (
            [(part.mode.value, part.figures) for part in summary.modes],
            recount.group(lambda spot: (modes[spot.occurrence],) if spot.occurrence else ()),
        ),
        "day": (
            [(part.day, part.figures) for part in summary.days],
            recount.group(lambda spot: (spot.day,)),
        ),
        "event": (
            [(part.event.id, part.figures) for part in summary.events],
            recount.group(lambda spot: (spot.event,) if spot.event else ()),
        ),
        "occurrence": (
            [(part.occurrence.id, part.figures) for part in summary.occurrences],
            recount.group(lambda spot: (spot.occurrence,) if spot.occurrence else ()),
        ),
    }
    for name, (ours, theirs) in groups.items():
        assert differences(ours, theirs) == {}, name
    assert dict(summary.arrivals) == dict(recount.arrivals)
    assert {tally.id for tally in summary.headlines} == recount.headlines


def check(db: Database, now: datetime) -> Summary:
    """Count both ways in one view; gives the summary."""
    with db.reading() as tx:
        summary = summarize(tx, CAMPAIGN, KEYS, now)
        assert_agrees(summary, Recount(tx, CAMPAIGN, now, person_of))
    return summary


@pytest.mark.parametrize("now", [MEANWHILE, AFTER])
def test_a_week_with_everything_in_it_is_recounted(db: Database, now: datetime) -> None:
    """Seen to fail with a double counted, an undo forgotten, a device's upload on its day of arrival and a part added."""
    fill(db, SMALL, seed=now.day)
    counts = check(db, now).total.counts
    assert all((counts.online_people, counts.hybrid_people, counts.internal_people, counts.tallied_people))
    assert all((counts.called_off, counts.promoted, counts.children, counts.seniors, counts.ratings))


def test_a_large_week_is_recounted(tmp_path: Path, sqlite_template: Path) -> None:
    """350 occurrences, 80,000 sign-ups, seven libraries; on PostgreSQL too in `make bench`."""
    path = tmp_path / "big.db"
    shutil.copy(sqlite_template, path)
    db = open_database(f"sqlite:///{path}")
    try:
        fill(db, FULL)
        summary = check(db, AFTER)
    finally:
        db.dispose()
    assert len(summary.libraries) == FULL.libraries
    assert summary.total.counts.registrations > 50_000
