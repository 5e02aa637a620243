"""Changes that a library makes to an occurrence after people have signed up, and how they can end."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.occurrence import OccurrenceFacts


@dataclass(frozen=True, slots=True)
class Changed:
    """Done. `facts` as they are now; so many readers will be told, so many in line got a place."""

    facts: OccurrenceFacts
    told: int
    promoted: int


@dataclass(frozen=True, slots=True)
class NothingChanged:
    """It is like that already."""

    facts: OccurrenceFacts


@dataclass(frozen=True, slots=True)
class TooLateToChange:
    """It is over, or would be."""

    facts: OccurrenceFacts


@dataclass(frozen=True, slots=True)
class EndsBeforeStart:
    """An end needs a start before it."""


@dataclass(frozen=True, slots=True)
class UnknownVenue:
    """No venue, or several, of this name; these are known."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeatsTaken:
    """Fewer seats than are taken: nobody loses a place by a number."""

    taken: int


ChangeOutcome = Changed | NothingChanged | TooLateToChange | EndsBeforeStart | UnknownVenue | SeatsTaken


class SeatsExceededError(Exception):
    """Counted in the new unit of the quota, more seats are taken than there are: `number` bears `taken` of `seats`."""

    def __init__(self, number: int, taken: int, seats: int) -> None:
        super().__init__(f"occurrence {number}: {taken} seats are taken, {seats} would be there")
        self.number = number
        self.taken = taken
        self.seats = seats
