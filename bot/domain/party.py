"""Who comes on one registration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Party:
    """Who comes on one registration, in heads. How many seats that takes is for the event's rules to say."""

    adults: int
    children: int

    @property
    def people(self) -> int:
        """All heads."""
        return self.adults + self.children
