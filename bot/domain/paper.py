"""The paper list of a door: its lines, and what became of each that was marked afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party


class MarkResult(StrEnum):
    """What became of one line of the paper."""

    MARKED = "marked"
    ALREADY = "already"
    WITHOUT_PLACE = "without_place"  # cancelled or in line: they came and count as walk-ins
    UNKNOWN = "unknown"
    NOT_SERVED = "not_served"
    NOT_OPEN = "not_open"


@dataclass(frozen=True, slots=True)
class Marked:
    """A line of the paper: its code as it was written, whose it is as far as staff may see, how many are in now."""

    result: MarkResult
    code: str
    name: str = ""
    people: int = 0
    door: OccurrenceFacts | None = None


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A registration as the paper has it. `state`: see `door_state`; `came`: people in already."""

    registration_id: int
    name: str
    last4: str
    party: Party
    short_code: str
    state: str
    came: int

    @property
    def has_place(self) -> bool:
        """Whether they are expected; the others wait."""
        return self.state in ("confirmed", "released")
