"""What differs between the figures of two versions of a report, listed one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum

from bot.domain.kinds import Exactness
from bot.domain.summary import Figures, Summary
from bot.domain.summary_facts import Counts
from bot.domain.tally import TallyFacts


class Level(StrEnum):
    """What a figure is of."""

    TOTAL = "total"
    LIBRARY = "library"
    EVENT = "event"
    HEADLINE = "headline"  # said of the whole campaign


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure with how exactly it was noted; the number is None only when it is doubtful."""

    number: Decimal | None
    exactness: Exactness = Exactness.EXACT


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure in two versions. `field`: the name of a count, else the metric of a tally, which then has a `unit`.

    `place`: code of the library or key of the event, `name` what people call it; both empty for the whole. `old` or
    `new` None: there was none.
    """

    level: Level
    place: str
    name: str
    field: str
    unit: str
    part: str
    old: Amount | None
    new: Amount | None

    @property
    def figure(self) -> tuple[str, str, str]:
        """Which figure it is, wherever it stands."""
        return self.field, self.unit, self.part


_Named = dict[tuple[str, str, str], Amount]


def list_differences(old: Summary, new: Summary) -> tuple[Difference, ...]:
    """All figures that differ: of the whole, then by library, then by event, each in the order of the new version."""
    before, after = _by_place(old), _by_place(new)
    found: list[Difference] = []
    for place in (*after, *(place for place in before if place not in after)):
        level, key, name = place
        was, now = before.get(place, {}), after.get(place, {})
        for field in (*now, *(field for field in was if field not in now)):
            if was.get(field) != now.get(field):
                found.append(Difference(level, key, name, *field, was.get(field), now.get(field)))
    return tuple(found)


def where_they_arose(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Without those of libraries and the whole in which others of the same figure add up: for a short list."""
    found = tuple(differences)
    at_events = {each.figure for each in found if each.level is Level.EVENT}
    at_libraries = {each.figure for each in found if each.level is Level.LIBRARY}
    hidden = {Level.LIBRARY: at_events, Level.TOTAL: at_events | at_libraries}
    return tuple(each for each in found if each.figure not in hidden.get(each.level, frozenset()))


def _by_place(summary: Summary) -> dict[tuple[Level, str, str], _Named]:
    places: dict[tuple[Level, str, str], _Named] = {(Level.TOTAL, "", ""): _amounts(summary.total)}
    for library in summary.libraries:
        places[Level.LIBRARY, library.library.code, library.library.name] = _amounts(library.own)
    for event in summary.events:
        places[Level.EVENT, event.event.key, event.event.title] = _amounts(event.figures)
    if summary.headlines:
        places[Level.HEADLINE, "", ""] = _noted(summary.headlines)
    return places


def _amounts(figures: Figures) -> _Named:
    counts = {field.name: int(getattr(figures.counts, field.name)) for field in fields(Counts)}
    counts["person_times"] = figures.counts.person_times
    counts |= {"persons": figures.persons, "activities": figures.activities}
    amounts = {(name, "", ""): Amount(Decimal(number)) for name, number in counts.items() if number}
    for total in figures.tallies:
        amounts[total.metric, total.unit, ""] = Amount(total.number, total.exactness)
    return amounts | _noted(figures.unsummed)


def _noted(tallies: Iterable[TallyFacts]) -> _Named:
    """Tallies that are never added: each stands for itself, told apart by its title and its place among its like."""
    amounts: _Named = {}
    for tally in tallies:
        part, place = tally.part, 1
        while (tally.metric, tally.unit, part) in amounts:
            place += 1
            part = f"{tally.part}#{place}"
        amounts[tally.metric, tally.unit, part] = Amount(tally.number, tally.exactness)
    return amounts
