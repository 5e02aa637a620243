"""An occurrence as rules and sentences see it, and its time windows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.kinds import Mode, OccurrenceStatus, SignUp
from bot.domain.questions import Question
from bot.domain.rules import DEFAULTS, Rules


@dataclass(frozen=True, slots=True)
class OccurrenceFacts:
    """One held instance with what readers need to know of its event. Moments are UTC; seats are units of its quota."""

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
    opens_at: datetime | None
    closes_at: datetime | None
    venue_id: int | None = None
    rules: Rules = DEFAULTS
    questions: tuple[Question, ...] = ()
    edition: str = field(default="", compare=False)  # of the programme that these facts were read from

    def __hash__(self) -> int:
        """Of what tells occurrences apart: equal facts have it in common, and going through all of them takes long."""
        return hash((self.id, self.number, self.starts_at))

    @property
    def name(self) -> str:
        """Title with its label, as readers say it."""
        return f"{self.title} {self.label}".strip()

    @property
    def seats(self) -> int | None:
        """Units of the quota that may be given away; None without a limit."""
        return None if self.capacity is None else self.capacity + self.overbooking

    def seats_left(self, taken: int) -> int | None:
        """Seats still to be given away when so many are taken; None without a limit."""
        return None if self.seats is None else max(0, self.seats - taken)

    @property
    def sign_up_ends_at(self) -> datetime | None:
        """When sign-up closes: as set, else at the start."""
        return self.closes_at or self.starts_at

    def promotes(self, now: datetime) -> bool:
        """Whether a freed place still goes to the waitlist: until the check-in window opens.

        From then on people are on their way, and a free place belongs to whoever stands at the door.
        """
        opens = self.check_in_opens_at
        return opens is not None and now < opens

    def offer_until(self, now: datetime) -> datetime | None:
        """Until when a place that is freed now is offered; None: there is time enough, it is confirmed at once.

        An offer never outlives the opening of the check-in window. Only asked while the line moves (`promotes`).
        """
        hours, opens = self.rules.offer_within_hours, self.check_in_opens_at
        if not hours or self.starts_at is None or opens is None or now < self.starts_at - timedelta(hours=hours):
            return None
        return min(opens, now + timedelta(minutes=max(1, self.rules.offer_minutes)))

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended."""
        end = self.ends_at or self.starts_at
        return end is not None and end <= now

    @property
    def check_in_opens_at(self) -> datetime | None:
        """When the doors begin to accept; None: no date was noted, so always."""
        if self.starts_at is None:
            return None
        return self.starts_at - timedelta(minutes=self.rules.check_in_before_minutes)

    @property
    def check_in_closes_at(self) -> datetime | None:
        """When the doors stop to accept: so long after the start as the rules say, but not after the end."""
        end = self.ends_at or self.starts_at
        after = self.rules.check_in_after_minutes
        if end is None or self.starts_at is None or after is None or self.all_day:
            return end
        return min(end, self.starts_at + timedelta(minutes=after))

    def is_check_in_open(self, now: datetime) -> bool:
        """Whether people can be checked in at this moment; an occurrence without a noted date is always open."""
        opens, closes = self.check_in_opens_at, self.check_in_closes_at
        return (opens is None or opens <= now) and (closes is None or now <= closes)

    @property
    def cancel_until(self) -> datetime | None:
        """Until when a place is given back without any consequence."""
        return None if self.starts_at is None else self.starts_at - timedelta(minutes=self.rules.cancel_until_minutes)

    @property
    def released_from(self) -> datetime | None:
        """From when seats of those who have not come are free; None: never. What lasts all day has no such moment."""
        after = self.rules.release_after_minutes
        if after is None or self.starts_at is None or self.all_day:
            return None
        return self.starts_at + timedelta(minutes=after)

    def is_released(self, now: datetime) -> bool:
        """Whether seats of those who have not come are free by now."""
        moment = self.released_from
        return moment is not None and now >= moment
