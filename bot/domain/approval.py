"""How a person's decision about a registration can end."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party


@dataclass(frozen=True, slots=True)
class Decided:
    """Approved (`confirmed`) or rejected (`declined`); the reader gets a notice. `name` is masked."""

    facts: OccurrenceFacts
    status: RegistrationStatus
    party: Party
    name: str | None


@dataclass(frozen=True, slots=True)
class NothingToDecide:
    """It waits for no decision (any more): decided, cancelled, or begun. None: there is no such registration."""

    facts: OccurrenceFacts | None
    status: RegistrationStatus | None


@dataclass(frozen=True, slots=True)
class DecisionNotAllowed:
    """Organisers and above decide, each about their own library."""


DecisionOutcome = Decided | NothingToDecide | DecisionNotAllowed
