"""An occurrence as rules and sentences see it, and its time windows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.kinds import Mode, OccurrenceStatus, SignUp

CHECK_IN_BEFORE = timedelta(minutes=30)
"""Check-in opens this long before the start (library-domain section 2: 30 min before is usual)."""


@dataclass(frozen=True, slots=True)
class OccurrenceFacts:
    """One held instance with what readers need to know of its event. Moments are UTC; seats are persons."""

    id: int
    number: int
    campaign_id: int
    event_id: int
    library_id: int
    title: str
    label: str
    summary: str
    category: str
    audience: tuple[str, ...]
    speaker: str
    library_name: str
    library_contact: str
    starts_at: datetime | None
    ends_at: datetime | None
    all_day: bool
    date_text: str
    venue: str
    address: str
    capacity: int | None
    overbooking: int
    mode: Mode
    status: OccurrenceStatus
    sign_up: SignUp
    party_limit: int
    opens_at: datetime | None
    closes_at: datetime | None

    @property
    def name(self) -> str:
        """Title with its label, as readers say it."""
        return f"{self.title} {self.label}".strip()

    @property
    def seats(self) -> int | None:
        """Seats that may be given away; None without a limit."""
        return None if self.capacity is None else self.capacity + self.overbooking

    def seats_left(self, taken: int) -> int | None:
        """Seats still to be given away when so many are taken; None without a limit."""
        return None if self.seats is None else max(0, self.seats - taken)

    @property
    def sign_up_ends_at(self) -> datetime | None:
        """When sign-up closes: as set, else at the start."""
        return self.closes_at or self.starts_at

    def promotes(self, now: datetime) -> bool:
        """Whether a freed place still goes to the waitlist: until the start, since nobody is told of it afterwards.

        From then on a free place belongs to whoever stands at the door.
        """
        return self.starts_at is not None and now < self.starts_at

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended."""
        end = self.ends_at or self.starts_at
        return end is not None and end <= now


def check_in_opens_at(starts_at: datetime) -> datetime:
    """When the doors' scanners begin to accept."""
    return starts_at - CHECK_IN_BEFORE


def is_check_in_open(starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> bool:
    """Whether people can be checked in at this moment; an occurrence without a noted date is always open."""
    if starts_at is None:
        return True
    return check_in_opens_at(starts_at) <= now <= (ends_at or starts_at)
