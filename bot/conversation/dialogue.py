"""Where a sender stands in a dialogue, as data that goes to Redis and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bot.domain.party import Party


class Question(StrEnum):
    """What the sender was asked last while signing up."""

    CONSENT = "consent"
    NAME = "name"
    PHONE = "phone"
    PARTY = "party"
    CONFIRM = "confirm"
    WAITLIST = "waitlist"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class SigningUp:
    """A sign-up with open questions. `asked`: a datum was asked for, so it is read back before it counts."""

    occurrence_id: int
    asking: Question
    name: str | None = None
    phone: str | None = None
    adults: int | None = None
    children: int | None = None
    in_line: bool = False  # wants the waitlist
    asked: bool = False

    @property
    def party(self) -> Party | None:
        """The party, once known."""
        if self.adults is None and self.children is None:
            return None
        return Party(self.adults or 0, self.children or 0)


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


Dialogue = SigningUp | Cancelling | Erasing | Listing | Paging
_KINDS: dict[str, type[Dialogue]] = {kind.__name__: kind for kind in (SigningUp, Cancelling, Erasing, Listing, Paging)}


def to_state(dialogue: Dialogue) -> dict[str, Any]:
    """Plain data for the store."""
    return {"kind": type(dialogue).__name__, **asdict(dialogue)}


def from_state(state: Mapping[str, Any] | None) -> Dialogue | None:
    """The dialogue again; None for what an older or newer version wrote."""
    if state is None:
        return None
    fields = dict(state)
    kind = _KINDS.get(fields.pop("kind", ""))
    if kind is None:
        return None
    try:
        if kind is SigningUp:
            fields["asking"] = Question(fields["asking"])
        if kind is Paging:
            fields["pages"] = tuple(fields["pages"])
        return kind(**fields)
    except (KeyError, TypeError, ValueError):
        return None
