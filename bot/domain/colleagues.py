"""Staff as their organisers see them, and what came of ending a role or one device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.kinds import Role


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that was not signed out; after `expires_at` it only brings what it noted without network."""

    session_id: int
    words: str
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of the staff. `library`: empty for all; `serves`: public numbers, none means the whole library."""

    id: int
    role: Role
    label: str
    library: str
    serves: tuple[int, ...]
    ends_at: datetime | None
    devices: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class PersonStopped:
    """The role has ended, and with it `devices` sessions."""

    label: str
    devices: int


@dataclass(frozen=True, slots=True)
class DeviceStopped:
    """One browser is signed out; its owner goes on with others."""

    label: str


class NotYours:
    """Nobody of that number is among one's own staff, or not any more."""


class IsAbove:
    """A higher role, or the own one."""


class NotOrganising:
    """Venue staff look after nobody."""


StopOutcome = PersonStopped | DeviceStopped | NotYours | IsAbove | NotOrganising
