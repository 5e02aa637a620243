"""Looking at minors' data: asked for with a reason, approved by another person, for a day (MNR Art. 36)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.occurrence import OccurrenceFacts

APPROVED_FOR = timedelta(hours=24)
ASKED_FOR = timedelta(days=7)
"""A request that nobody has approved for so long has to be made again."""


@dataclass(frozen=True, slots=True)
class MinorAccess:
    """A request to look at the children of an occurrence. `ends_at` is known once it is approved."""

    id: int
    staff_id: int
    staff_label: str
    occurrence_id: int
    reason: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedMember:
    """A child as staff may see it with an approval: never a real name. The nickname is missing where none was kept."""

    nickname: str | None
    age: int


@dataclass(frozen=True, slots=True)
class AccessAsked:
    """The request stands; a manager has to approve it by its number."""

    number: int


@dataclass(frozen=True, slots=True)
class AccessNotServed:
    """The staff member does not work at this occurrence."""


@dataclass(frozen=True, slots=True)
class AccessNeeded:
    """No approval is in force. `asked`: the number of a request that still waits."""

    asked: int | None


@dataclass(frozen=True, slots=True)
class MembersListed:
    """The children of an occurrence, and until when they may be looked at again."""

    members: tuple[ListedMember, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class AccessApproved:
    """Approved by another person than the one who asked."""

    access: MinorAccess
    facts: OccurrenceFacts
    until: datetime


@dataclass(frozen=True, slots=True)
class NotAManager:
    """Only managers approve."""


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """Nobody approves their own request (four eyes)."""


@dataclass(frozen=True, slots=True)
class NothingToApprove:
    """No such request waits."""


AskOutcome = AccessAsked | AccessNotServed
ListOutcome = MembersListed | AccessNeeded | AccessNotServed
ApproveOutcome = AccessApproved | NotAManager | OwnRequest | NothingToApprove
