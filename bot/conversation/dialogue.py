"""Where a sender stands in a dialogue, as data that goes to Redis and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from bot.domain.ages import Birth
from bot.domain.party import Party


class Question(StrEnum):
    """What the sender was asked last while signing up."""

    CONSENT = "consent"
    GUARDIAN = "guardian"
    NAME = "name"
    PHONE = "phone"
    PARTY = "party"
    AGES = "ages"
    CARD = "card"
    CUSTOM = "custom"  # one of the event's own
    CONFIRM = "confirm"
    WAITLIST = "waitlist"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class SigningUp:
    """A sign-up with open questions. `asked`: a datum was asked for, so it is read back before it counts.

    Of each child the age, the birth, or the dependant on the guardian's record is known; `custom` is the key of the
    event's own question that is open.
    """

    occurrence_id: int
    asking: Question
    name: str | None = None
    phone: str | None = None
    adults: int | None = None
    children: int | None = None
    in_line: bool = False  # wants the waitlist
    asked: bool = False
    ages: tuple[int, ...] = ()
    births: tuple[Birth, ...] = ()
    dependants: tuple[int, ...] = ()
    card: str | None = None
    group: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    custom: str = ""

    @property
    def party(self) -> Party | None:
        """The party, once known."""
        if self.adults is None and self.children is None:
            return None
        return Party(self.adults or 0, self.children or 0)


@dataclass(frozen=True, slots=True)
class Choosing:
    """Several occurrences fit the words of a sign-up: the reader names one, and what was typed before still holds."""

    numbers: tuple[int, ...]
    words: str
    in_line: bool = False


@dataclass(frozen=True, slots=True)
class SigningUpTogether:
    """Asked whether to sign siblings up at several occurrences, both or none: (occurrence, dependants) each."""

    parts: tuple[tuple[int, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class AddingDependant:
    """A child is put on the record once the consents are given."""

    nickname: str
    birth_year: int


@dataclass(frozen=True, slots=True)
class Cancelling:
    """Asked whether to cancel."""

    occurrence_id: int


@dataclass(frozen=True, slots=True)
class Erasing:
    """Asked whether to delete everything."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of events goes on at `offset` for 更多; `words` are what was asked for."""

    words: str
    offset: int


@dataclass(frozen=True, slots=True)
class Paging:
    """More lines wait for 更多."""

    pages: tuple[str, ...]


Dialogue = SigningUp | Choosing | SigningUpTogether | AddingDependant | Cancelling | Erasing | Listing | Paging
_KINDS: dict[str, type[Dialogue]] = {
    kind.__name__: kind
    for kind in (SigningUp, Choosing, SigningUpTogether, AddingDependant, Cancelling, Erasing, Listing, Paging)
}


def to_state(dialogue: Dialogue) -> dict[str, Any]:
    """Plain data for the store."""
    return {"kind": type(dialogue).__name__, **asdict(dialogue)}


def from_state(state: Mapping[str, Any] | None) -> Dialogue | None:
    """The dialogue again; None for what an older or newer version wrote."""
    if state is None:
        return None
    fields = {name: _frozen(value) for name, value in state.items()}
    kind = _KINDS.get(fields.pop("kind", ""))
    if kind is None:
        return None
    try:
        if kind is SigningUp:
            fields["asking"] = Question(fields["asking"])
        return kind(**fields)
    except (KeyError, TypeError, ValueError):
        return None


def _frozen(value: Any) -> Any:
    """JSON knows no tuples."""
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value
