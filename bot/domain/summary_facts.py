"""What the summary is made from: the programme, the grouped counts that the store gives, and sums of such counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from operator import attrgetter

from bot.domain.audience import Audience
from bot.domain.clock import local_day
from bot.domain.counting import DEFAULT_RULES, CountingRules
from bot.domain.coverage import MediaItem, NoteFacts, PhotoFacts
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
    addressee: str = ""
    basis: tuple[str, ...] = ()
    freezes_at: datetime | None = None  # null: the usual hour (domain.closing)
    frozen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CountedLibrary:
    """A library of the tree; `population`: inhabitants that it serves, where known."""

    id: int
    code: str
    name: str
    level: str
    parent_id: int | None
    aliases: tuple[str, ...] = ()
    population: int | None = None


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
    summary: str = ""  # what readers were told of it
    audience_class: Audience = Audience.GENERAL

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
    checkin_id: int = 0


@dataclass(frozen=True, slots=True)
class ArrivalCount:
    """People who came to an occurrence, checked in or counted at the door, in one local hour."""

    occurrence_id: int
    hour: datetime  # naive, local
    people: int


@dataclass(frozen=True, slots=True)
class LineCount:
    """The waiting list of one occurrence: registrations that ever waited, and those of them that got a place."""

    occurrence_id: int
    waited: int
    promoted: int


@dataclass(frozen=True, slots=True)
class RatingCount:
    """Ratings of one occurrence: how many, the sum of their stars, and how many gave 4 or 5 of 5."""

    occurrence_id: int
    ratings: int
    stars: int
    satisfied: int


@dataclass(frozen=True, slots=True)
class AgeCount:
    """Children and old people among those who came to an occurrence, as far as parties and the door told them apart."""

    occurrence_id: int
    children: int
    seniors: int


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
    arrivals: tuple[ArrivalCount, ...] = ()
    lines: tuple[LineCount, ...] = ()
    ratings: tuple[RatingCount, ...] = ()
    ages: tuple[AgeCount, ...] = ()
    media: tuple[MediaItem, ...] = ()
    notes: tuple[NoteFacts, ...] = ()
    photos: tuple[PhotoFacts, ...] = ()
    rules: CountingRules = DEFAULT_RULES


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
    hybrid_sessions: int = 0  # of the sessions
    online_sessions: int = 0  # of the sessions
    hybrid_people: int = 0  # of the person-times: on-site, at sessions that were online too
    online_live: int = 0  # watching live, as noted; never added to those on-site
    online_views: int = 0  # of recordings within 30 days, as noted
    internal_people: int = 0  # at meetings of the staff, of those not online; where the rules leave these out
    tallied_people: int = 0  # noted as attendance beyond those checked in and counted at the door there
    children: int = 0  # of those who came, as far as known
    seniors: int = 0  # of those who came, as far as known
    filled_people: int = 0  # confirmed, at occurrences with a limit; fill rate is this in `capacity`
    settled_people: int = 0  # confirmed, at occurrences that are over; the base of the attendance and no-show rates
    used_people: int = 0  # of `settled_people`, those whose place was used
    waited: int = 0  # registrations that ever stood in a line
    promoted: int = 0  # of `waited`, those that got a place
    ratings: int = 0
    rating_stars: int = 0
    satisfied: int = 0  # of the ratings, 4 and 5 of 5

    @staticmethod
    def sum_of(counts: Sequence[Counts]) -> Counts:
        """The sum, number by number."""
        return Counts(*map(sum, zip(*map(_NUMBERS, counts), strict=True)))

    @property
    def person_times(self) -> int:
        """人次: one person at one occurrence, checked in, counted at the door or tallied.

        Online ones stand apart, and who came to a meeting of the staff is none unless the rules count these.
        """
        came = self.checked_in_people + self.walk_ins + self.tallied_people
        return came - self.online_people - self.internal_people

    @property
    def fill_rate(self) -> Fraction | None:
        """Confirmed people in the places of occurrences with a limit; None without such."""
        return _share(self.filled_people, self.capacity)

    @property
    def attendance_rate(self) -> Fraction | None:
        """Used places in confirmed ones, at occurrences that are over (library-domain T4)."""
        return _share(self.used_people, self.settled_people)

    @property
    def no_show_rate(self) -> Fraction | None:
        """Unused places in confirmed ones, at occurrences that are over."""
        return _share(self.no_show_people, self.settled_people)

    @property
    def conversion_rate(self) -> Fraction | None:
        """Of those who ever waited, how many got a place."""
        return _share(self.promoted, self.waited)

    @property
    def satisfaction(self) -> Fraction | None:
        """Answers of 4 and 5 of 5 in all (library-domain T4)."""
        return _share(self.satisfied, self.ratings)

    @property
    def mean_stars(self) -> Fraction | None:
        """The mean of all ratings, 1 to 5."""
        return _share(self.rating_stars, self.ratings)


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


_NUMBERS = attrgetter(*(field.name for field in fields(Counts)))
