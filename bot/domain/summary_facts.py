"""What the summary is made from: the programme, the grouped counts that the store gives, and sums of such counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum

from bot.domain.clock import local_day
from bot.domain.kinds import Category, Mode, OccurrenceStatus, SignUp
from bot.domain.tally import TallyFacts


@dataclass(frozen=True, slots=True)
class CampaignWindow:
    """The campaign that is summed up."""

    id: int
    key: str
    title: str
    theme: str
    library_id: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class CountedLibrary:
    """A library of the tree."""

    id: int
    code: str
    name: str
    level: str
    parent_id: int | None


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """An event; it is counted for `library_id` alone, partner libraries only show it."""

    id: int
    key: str
    title: str
    category: Category
    kind: str
    library_id: int
    parent_id: int | None
    partner_library_ids: tuple[int, ...]
    partners: tuple[str, ...]
    audience: tuple[str, ...]
    speaker: str
    sign_up: SignUp

    @property
    def is_internal(self) -> bool:
        """Internal meetings are told of in words and not counted."""
        return self.category is Category.INTERNAL


@dataclass(frozen=True, slots=True)
class CountedOccurrence:
    """An occurrence with the names of all its venues."""

    id: int
    number: int
    key: str
    event_id: int
    label: str
    starts_at: datetime | None
    ends_at: datetime | None
    all_day: bool
    date_text: str
    venues: tuple[str, ...]
    capacity: int | None
    mode: Mode
    status: OccurrenceStatus

    @property
    def is_cancelled(self) -> bool:
        """Whether the library called it off."""
        return self.status is OccurrenceStatus.CANCELLED

    @property
    def first_day(self) -> date | None:
        """Local day of its start."""
        return local_day(self.starts_at) if self.starts_at else None

    @property
    def last_day(self) -> date | None:
        """Local day of its end."""
        end = self.ends_at or self.starts_at
        return local_day(end) if end else None

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended; one without a date never has."""
        end = self.ends_at or self.starts_at
        return end is not None and end <= now


class Place(StrEnum):
    """What became of a registration, as far as counting goes."""

    REGISTERED = "registered"  # a confirmed place
    WAITLISTED = "waitlisted"  # in line, or with an open offer
    CANCELLED = "cancelled"  # by the reader, after it was a place in the room or in the line


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """Registrations of one occurrence in one state, and the people of their parties."""

    occurrence_id: int
    place: Place
    registrations: int
    people: int


@dataclass(frozen=True, slots=True)
class UsedCount:
    """Confirmed registrations of one occurrence that were checked in, and all people of their parties."""

    occurrence_id: int
    registrations: int
    people: int


@dataclass(frozen=True, slots=True)
class CheckinCount:
    """Valid check-ins at an occurrence on a local day, and the people who came with them."""

    occurrence_id: int
    day: date
    checkins: int
    people: int


@dataclass(frozen=True, slots=True)
class WalkInCount:
    """Walk-ins at an occurrence, by the local day on which they were noted."""

    occurrence_id: int
    day: date
    people: int


@dataclass(frozen=True, slots=True)
class Visit:
    """A person was checked in at an occurrence on a local day; `person` is the same for the same account, no name."""

    person: bytes
    occurrence_id: int
    day: date


@dataclass(frozen=True, slots=True)
class SummaryFacts:
    """Everything that a summary is made from, read in one consistent view."""

    campaign: CampaignWindow
    libraries: tuple[CountedLibrary, ...]
    events: tuple[CountedEvent, ...]
    occurrences: tuple[CountedOccurrence, ...]
    places: tuple[PlaceCount, ...]
    used: tuple[UsedCount, ...]
    checkins: tuple[CheckinCount, ...]
    walk_ins: tuple[WalkInCount, ...]
    visits: tuple[Visit, ...]
    tallies: tuple[TallyFacts, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers that can be added: those of the parts make those of the whole (promise I7).

    Registrations count parties, `…_people` the persons in them. `capacity` leaves out occurrences without a limit.
    `sessions` are held ones; an exhibition is one for each venue whatever its days, internal ones are none.
    """

    occurrences: int = 0  # on the programme and not called off
    called_off: int = 0
    sessions: int = 0
    capacity: int = 0
    registrations: int = 0
    registered_people: int = 0
    waitlisted: int = 0
    waitlisted_people: int = 0
    cancelled: int = 0
    cancelled_people: int = 0
    checkins: int = 0
    checked_in_people: int = 0
    walk_ins: int = 0
    online_people: int = 0  # of those checked in and walked in, at online occurrences
    no_shows: int = 0
    no_show_people: int = 0

    @staticmethod
    def sum_of(counts: Sequence[Counts]) -> Counts:
        """The sum, number by number."""
        return Counts(*(sum(getattr(one, name) for one in counts) for name in _NAMES))

    @property
    def person_times(self) -> int:
        """人次: one person at one occurrence, checked in or counted at the door. Online ones stand apart."""
        return self.checked_in_people + self.walk_ins - self.online_people


_NAMES = tuple(field.name for field in fields(Counts))
