"""The line in front of a full occurrence: how offers, and a person's change of the order, can end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import Registration


@dataclass(frozen=True, slots=True)
class OfferTaken:
    """The offered place is confirmed."""

    registration: Registration


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """The reader does not want it; it goes to the next."""

    registration: Registration


@dataclass(frozen=True, slots=True)
class OfferLapsed:
    """There was an offer, and its time is over."""


@dataclass(frozen=True, slots=True)
class NothingOffered:
    """No offer; `registration` is the reader's active one there, if any."""

    registration: Registration | None


@dataclass(frozen=True, slots=True)
class OfferOfNoUse:
    """The library called the occurrence off."""


OfferOutcome = OfferTaken | OfferDeclined | OfferLapsed | NothingOffered | OfferOfNoUse


@dataclass(frozen=True, slots=True)
class MovedInLine:
    """The order was changed: places count from 1; `served`, when it got a place at once."""

    facts: OccurrenceFacts
    before: int
    after: int
    served: bool


@dataclass(frozen=True, slots=True)
class NotInLine:
    """No registration with this code stands in a line."""


@dataclass(frozen=True, slots=True)
class MoveNotAllowed:
    """The line of a library or an occurrence that is not this staff member's."""


@dataclass(frozen=True, slots=True)
class ReasonMissing:
    """Nobody changes an order without saying why."""


MoveOutcome = MovedInLine | NotInLine | MoveNotAllowed | ReasonMissing


@dataclass(frozen=True, slots=True)
class Waiting:
    """A registration in line. The order is by moment, then by id."""

    id: int
    queued_at: datetime


_STEP = timedelta(microseconds=1)


def reorder(line: Sequence[Waiting], registration_id: int, place: int) -> list[Waiting]:
    """The entries whose moment must change so that this registration stands at `place` (from 1), others as before.

    Moments stay as near as can be to when people joined. A place behind the end is the end. The registration must be in
    the line.
    """
    mover = next(entry for entry in line if entry.id == registration_id)
    others = [entry for entry in line if entry.id != registration_id]
    at = min(max(place, 1), len(line)) - 1
    if line.index(mover) == at:
        return []
    if at == 0:
        return [Waiting(mover.id, others[0].queued_at - _STEP)]
    changed = []
    last = others[at - 1]
    for entry in (Waiting(mover.id, last.queued_at), *others[at:]):
        behind = entry if _key(entry) > _key(last) else _behind(entry, last)
        if behind is not entry or entry.id == mover.id:
            changed.append(behind)
        last = behind
    return changed


def _key(entry: Waiting) -> tuple[datetime, int]:
    return entry.queued_at, entry.id


def _behind(entry: Waiting, last: Waiting) -> Waiting:
    return Waiting(entry.id, last.queued_at if entry.id > last.id else last.queued_at + _STEP)
