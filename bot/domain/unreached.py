"""Readers who may not know what they have to know: whom a person calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.kinds import NoticeKind, Role
from bot.domain.notice import Letter


class Why(StrEnum):
    """How it stands with a notice that may not have arrived."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    WAITS = "waits"  # for the head of the answer to the reader's next message


@dataclass(frozen=True, slots=True)
class UnreachedReader:
    """One reader to call. `name` is masked; `phone` is empty where none was left."""

    notice_id: int
    kind: NoticeKind
    why: Why
    error_code: int | None
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class UnreachedPlace:
    """An occurrence with those who may not know; `starts_at` None: no date was noted."""

    number: int
    name: str
    starts_at: datetime | None
    readers: tuple[UnreachedReader, ...]


@dataclass(frozen=True, slots=True)
class UnsentLetter:
    """A notice that did not reach its reader, or nobody knows."""

    letter: Letter
    why: Why
    error_code: int | None


def latest_of_each(unsent: Sequence[UnsentLetter]) -> list[UnsentLetter]:
    """One for each registration: what was to be told last is what the reader must hear."""
    return list({each.letter.registration_id: each for each in sorted(unsent, key=lambda one: one.letter.id)}.values())


@dataclass(frozen=True, slots=True)
class ToSendAgain:
    """The notice is back in line."""


@dataclass(frozen=True, slots=True)
class NotUnreached:
    """It has been sent meanwhile, has lost its sense, or belongs to another library."""


@dataclass(frozen=True, slots=True)
class MayNotSee:
    """Only organisers and above see whom to call."""

    role: Role


ResendOutcome = ToSendAgain | NotUnreached | MayNotSee
