"""What devices do at a door, and how it adds up.

A phone in a basement brings its acts late, doubled and in any order, and its clock may be wrong. So every figure is a
function of the set of acts (promise I6): an act has an id made by the device, a party counts once with the most people
that anybody let in, and an undo holds whether it comes before or after its act.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.checkin import UNDO_WITHIN
from bot.domain.kinds import ScanResult
from bot.domain.occurrence import OccurrenceFacts

_CLOCK_TOLERANCE = timedelta(minutes=1)
_AROUND = timedelta(days=1)
MOST_PEOPLE = 9_999
LONGEST_ID = 64


class Way(StrEnum):
    """How a code came into the scanner."""

    CAMERA = "camera"
    WECHAT = "wechat"
    PHOTO = "photo"
    GUN = "gun"
    TYPED = "typed"
    SEARCH = "search"
    TICKET_PAGE = "ticket_page"
    PAPER = "paper"


class WalkInAudience(StrEnum):
    """Whom staff counted at the door; empty where nobody said."""

    ANYBODY = ""
    ADULT = "adult"
    CHILD = "child"
    SENIOR = "senior"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a device puts to each act: an id of its own, its name, and when it was (set right by `happened_at`)."""

    id: str
    device: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ScanAct:
    """A code that was scanned, typed or picked at a door. `admitted`: the people are in already.

    `refused`: the device turned them away by itself, for this reason, while there was no network.
    """

    stamp: Stamp
    code: str
    registration_id: int | None  # picked from a search, then there is no code
    people: int | None
    admitted: bool
    way: Way
    refused: ScanResult | None = None


@dataclass(frozen=True, slots=True)
class WalkInAct:
    """People who came without registration. `admitted`: they were counted while there was no network."""

    stamp: Stamp
    people: int
    audience: WalkInAudience
    admitted: bool


@dataclass(frozen=True, slots=True)
class UndoAct:
    """The device takes back one of its acts."""

    stamp: Stamp
    of: str


@dataclass(frozen=True, slots=True)
class Admission:
    """A standing row of a party: people who were let in."""

    id: int
    client_id: str
    people: int


def choose_counted(rows: Iterable[Admission]) -> Admission | None:
    """The row that counts: the most people, whoever was first. Ids of devices decide between equals, never the order.

    Two phones without network may both let in the same family, one of them before the grandmother came.
    """
    return min(rows, key=lambda row: (-row.people, row.client_id, row.id), default=None)


def happened_at(said: datetime, device_now: datetime, received: datetime, facts: OccurrenceFacts | None) -> datetime:
    """When an act was, by our clock: what the device's clock said, set right by how wrong it is now.

    A clock that was changed in between can still make nonsense of it: then it is the nearest moment of the occurrence,
    where one is given.
    """
    at = min(said + (received - device_now), received)
    if facts is None or facts.starts_at is None or facts.ends_at is None:
        return at
    if facts.starts_at - _AROUND <= at <= facts.ends_at + _AROUND:
        return at
    return min(max(at, facts.starts_at), facts.ends_at, received)


def undo_happened_at(at: datetime, received: datetime, facts: OccurrenceFacts) -> datetime:
    """When an undo of an act there was: a clock that stood long before the day is set right as it was for the act.

    Not one that is late: staff who take back days afterwards are not in time.
    """
    if facts.starts_at is None or facts.ends_at is None or at >= facts.starts_at - _AROUND:
        return at
    return min(facts.starts_at, facts.ends_at, received)


def undo_holds(act_at: datetime, undo_at: datetime, *, same_staff: bool, by_manager: bool) -> bool:
    """Whether an act is taken back: its own staff within ten minutes, a manager at any time (design section 5)."""
    in_time = act_at - _CLOCK_TOLERANCE <= undo_at <= act_at + UNDO_WITHIN
    return by_manager or (same_staff and in_time)


@dataclass(frozen=True, slots=True)
class Before:
    """The admission of the same party that counts, as a later scan is told of it.

    When, how many, by which member of staff and their label (None and empty: by themselves), in which way.
    """

    at: datetime
    people: int
    staff_id: int | None
    by: str
    way: str


MAY_STILL_COME_IN = frozenset(
    {
        *(ScanResult.TOO_EARLY, ScanResult.CLOSED, ScanResult.CANCELLED, ScanResult.WAITLISTED, ScanResult.PENDING),
        *(ScanResult.RELEASED, ScanResult.SUSPENDED, ScanResult.REVOKED, ScanResult.UNKNOWN),
        ScanResult.WRONG_OCCURRENCE,
    }
)
"""Refusals after which staff may let people in all the same, where the event takes walk-ins."""

REFUSED_BY_DEVICE = MAY_STILL_COME_IN | {ScanResult.ALREADY}
"""What a device may have told somebody whom it turned away without network."""
