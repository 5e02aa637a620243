"""Promise I7: every figure of a summary is the sum of rows that can be shown, at every place and for every measure."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from bot.domain.summary import Figures, Summary
from bot.domain.summary_facts import Counts
from bot.domain.trace import Measure, Trace, total_of
from bot.services.summary import summarize
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.summary import load_summary_facts
from bot.store.tables import campaign
from bot.store.trace_rows import find_rows
from tests.conftest import TEST_SECRET
from tests.services.random_week import build_random_week, note_at_random

KEYS = Keys(TEST_SECRET)
AFTER = datetime(2026, 7, 1, tzinfo=UTC)
OTHER_RULES = {"co_hosted": "each", "walk_ins": "left_out", "parts": "own", "exhibition": "event", "overlap": "start"}


def figures_of(figures: Figures) -> dict[Measure, int]:
    """Each measure of some figures that is a number: all of `Counts`, and those that are not one of its names."""
    counts = figures.counts
    named = {field.name: getattr(counts, field.name) for field in fields(Counts)}
    return {
        **{Measure(name): number for name, number in named.items() if name != "checked_in_people"},
        Measure.ACTIVITIES: figures.activities,
        Measure.CHECKED_IN: counts.checked_in_people,
        Measure.PERSON_TIMES: counts.person_times,
        Measure.ONLINE: counts.online_people + counts.online_live + counts.online_views,
        Measure.PERSONS: figures.persons,
    }


def places_of(summary: Summary) -> list[tuple[Trace, Figures]]:
    """Every group of a summary, with the trace that leads to its rows."""
    any_measure = Trace(Measure.SESSIONS)
    found = [(any_measure, summary.total)]
    for branch in summary.libraries:
        own = replace(any_measure, library_id=branch.library.id)
        found += [(own, branch.own), (replace(own, branches=True), branch.with_branches)]
    for kind in summary.categories:
        found.append((replace(any_measure, category=kind.category, without_event=kind.category is None), kind.figures))
    for each in summary.days:
        found.append((replace(any_measure, day=each.day, undated=each.day is None), each.figures))
    found += [(replace(any_measure, event_id=each.event.id), each.figures) for each in summary.events]
    found += [
        (replace(any_measure, occurrence_id=each.occurrence.id), each.figures) for each in summary.occurrences[:5]
    ]
    found += [(replace(any_measure, mode=each.mode), each.figures) for each in summary.modes]
    found += [(replace(any_measure, audience=each.audience), each.figures) for each in summary.audiences]
    for shelf in summary.shelves:
        place = replace(any_measure, category=shelf.category, without_event=shelf.category is None)
        found.append((replace(place, library_id=shelf.library.id), shelf.figures))
    return found


@pytest.mark.parametrize("rules", [{}, OTHER_RULES], ids=["usual", "other"])
@pytest.mark.parametrize("seed", [5, 6])
def test_rows_of_every_figure_sum_to_it(db: Database, seed: int, rules: dict[str, str]) -> None:
    """Seen to fail with the day of a row taken from its occurrence alone, and with parts of a total listed too."""
    with db.writing() as tx:
        house = build_random_week(tx, seed)
        note_at_random(tx, house, seed)
        tx.execute(update(campaign).values(counting=rules))
    with db.reading() as tx:
        facts = load_summary_facts(tx, house.campaign_id, KEYS)
        summary = summarize(tx, house.campaign_id, KEYS, AFTER)
        shift = seed % 2 * 2 + bool(rules)
        assert rules.items() <= summary.rules.as_data().items()
        assert summary.total.counts.tallied_people > 0
        assert min(summary.total.counts.online_live, summary.total.counts.seniors, len(summary.audiences) - 1) > 0
        for branch in summary.libraries:
            trace = Trace(Measure.MEDIA, library_id=branch.library.id)
            noted = [item for item in summary.media if item.library_id == branch.library.id]
            assert total_of(find_rows(tx, facts, trace, AFTER)) == len(noted)
        for at, (place, figures) in enumerate(places_of(summary)):
            for number, (measure, printed) in enumerate(figures_of(figures).items()):
                if (at + number) % 4 == shift:  # each measure at each kind of place; every week sees other pairs
                    rows = find_rows(tx, facts, replace(place, measure=measure), AFTER)
                    assert total_of(rows) == printed, (place, measure)
            for total in figures.tallies:
                trace = replace(place, measure=Measure.TALLY, metric=total.metric, unit=total.unit)
                assert total_of(find_rows(tx, facts, trace, AFTER)) == total.number, trace
