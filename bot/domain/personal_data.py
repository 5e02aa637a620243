"""Everything that is held of one reader, opened: what 我的信息, the page and the file show (PIPL Art. 45)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.kinds import ConsentKind, MarkKind, RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import Contact


@dataclass(frozen=True, slots=True)
class HeldPlace:
    """A registration. Name and phone only where another person than the reader was named for it."""

    facts: OccurrenceFacts
    status: RegistrationStatus
    party: Party
    made_at: datetime
    name: str | None
    phone: str | None
    ages: tuple[int, ...]
    answers: tuple[tuple[str, str], ...]  # question as it was asked, answer


@dataclass(frozen=True, slots=True)
class HeldChild:
    """A child on the reader's record."""

    nickname: str
    birth_year: int


@dataclass(frozen=True, slots=True)
class HeldConsent:
    """A yes to a version of a text, and when it was taken back."""

    kind: ConsentKind
    version: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldMark:
    """What an occurrence did to the reader's standing."""

    kind: MarkKind
    points: int
    at: datetime
    is_voided: bool


@dataclass(frozen=True, slots=True)
class HeldSuspension:
    """A time in which the reader may not sign up."""

    code: str
    starts_at: datetime
    ends_at: datetime
    is_lifted: bool


@dataclass(frozen=True, slots=True)
class HeldRequest:
    """What the reader wrote to a person."""

    words: str
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class HeldRating:
    """What the reader said of an occurrence; `words` are empty when they gave stars only."""

    number: int
    title: str
    stars: int
    words: str
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class PersonalData:
    """All of one reader. `known_since` is None for somebody who was never written down."""

    known_since: datetime | None = None
    contact: Contact | None = None
    card: str | None = None
    reminders: bool = True
    agreed: bool = False
    children: tuple[HeldChild, ...] = ()
    places: tuple[HeldPlace, ...] = ()
    consents: tuple[HeldConsent, ...] = ()
    marks: tuple[HeldMark, ...] = ()
    suspensions: tuple[HeldSuspension, ...] = ()
    requests: tuple[HeldRequest, ...] = ()
    ratings: tuple[HeldRating, ...] = ()


NOTHING_HELD = PersonalData()
