"""How a change to recorded figures ends (library-domain 3.2: who, when, old, new, why)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.closing import FiguresFrozen, NotCorrecting
from bot.domain.measure import Quantity
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.tally_words import PartsDiffer


class Subject(StrEnum):
    """What was corrected: the table of its row."""

    WALK_IN = "walk_in"
    CHECK_IN = "checkin"
    TALLY = "tally"


@dataclass(frozen=True, slots=True)
class PeopleCorrected:
    """A head count was corrected. `code`: of the party, for a check-in."""

    subject: Subject
    facts: OccurrenceFacts
    old: int
    new: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class TallyCorrected:
    """A noted quantity was corrected."""

    tally_id: int
    campaign_id: int
    metric: str
    part: str
    old: Quantity
    new: Quantity
    number: int | None
    total: tuple[Quantity, Quantity] | None = None  # of which it is a part, before and after: it follows its parts


@dataclass(frozen=True, slots=True)
class OtherFigure:
    """Something else stands there: the head counts that were noted."""

    facts: OccurrenceFacts
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NoSuchTally:
    """No tally like that; `noted`: what there is of this metric, with the occurrence's number."""

    metric: str
    noted: tuple[tuple[Quantity, int | None], ...]


@dataclass(frozen=True, slots=True)
class SeveralTallies:
    """Several are like that: the occurrence is to be named."""

    metric: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MorePeopleThanParty:
    """A party cannot come with more people than it has; others are walk-ins."""

    most: int


@dataclass(frozen=True, slots=True)
class NoParty:
    """No such code, or nobody came with it."""


@dataclass(frozen=True, slots=True)
class ReasonNeeded:
    """No figure is corrected without saying why."""


@dataclass(frozen=True, slots=True)
class SameAsBefore:
    """The new figure is the old one."""


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """A head count that nobody can have meant."""

    most: int


@dataclass(frozen=True, slots=True)
class PartsStand:
    """A total cannot be another number than its parts make: they are to be corrected, and it follows."""

    metric: str
    differ: PartsDiffer


CorrectionRefused = (
    NotCorrecting
    | FiguresFrozen
    | OtherFigure
    | NoSuchTally
    | SeveralTallies
    | MorePeopleThanParty
    | NoParty
    | ReasonNeeded
    | SameAsBefore
    | OutOfRange
    | PartsStand
)
CorrectionOutcome = PeopleCorrected | TallyCorrected | CorrectionRefused


@dataclass(frozen=True, slots=True)
class CountedRow:
    """A standing row of walk-ins."""

    id: int
    people: int


@dataclass(frozen=True, slots=True)
class Change:
    """A row that is replaced by one with another number; 0: by none."""

    row: CountedRow
    people: int


def plan_walk_ins(rows: tuple[CountedRow, ...], old: int, new: int) -> tuple[Change, ...] | None:
    """Which rows are to say what, so that `old` becomes `new`; None when neither one row nor all together say `old`.

    `rows` oldest first. Of a sum the newest rows are changed, so that earlier days keep theirs.
    """
    one = next((row for row in reversed(rows) if row.people == old), None)
    if one is not None:
        return (Change(one, new),)
    if not rows or sum(row.people for row in rows) != old:
        return None
    changes, missing = [], new - old
    for row in reversed(rows):
        becomes = max(0, row.people + missing)
        missing -= becomes - row.people
        changes.append(Change(row, becomes))
        if missing == 0:
            break
    return tuple(changes)
