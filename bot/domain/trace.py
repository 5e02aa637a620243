"""Which rows a printed figure was made from (promise I7): the figure's measure and the place it was counted at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from bot.domain.kinds import Category, Mode


class Measure(StrEnum):
    """What a figure counts: every number of `Counts` by its name, and those that are more or less than one of them."""

    ACTIVITIES = "activities"
    OCCURRENCES = "occurrences"
    CALLED_OFF = "called_off"
    SESSIONS = "sessions"
    HYBRID_SESSIONS = "hybrid_sessions"
    ONLINE_SESSIONS = "online_sessions"
    CAPACITY = "capacity"
    REGISTRATIONS = "registrations"
    REGISTERED_PEOPLE = "registered_people"
    WAITLISTED = "waitlisted"
    WAITLISTED_PEOPLE = "waitlisted_people"
    CANCELLED = "cancelled"
    CANCELLED_PEOPLE = "cancelled_people"
    FILLED_PEOPLE = "filled_people"  # confirmed, at occurrences with a limit
    SETTLED_PEOPLE = "settled_people"  # confirmed, at occurrences that are over
    USED_PEOPLE = "used_people"  # of these, whose place was used
    NO_SHOWS = "no_shows"
    NO_SHOW_PEOPLE = "no_show_people"
    WAITED = "waited"  # ever in a line
    PROMOTED = "promoted"  # of these, who got a place
    CHECKINS = "checkins"
    CHECKED_IN = "checked_in"  # people
    WALK_INS = "walk_ins"
    TALLIED_PEOPLE = "tallied_people"
    PERSON_TIMES = "person_times"
    ONLINE_PEOPLE = "online_people"
    HYBRID_PEOPLE = "hybrid_people"
    INTERNAL_PEOPLE = "internal_people"
    ONLINE_LIVE = "online_live"
    ONLINE_VIEWS = "online_views"
    ONLINE = "online"  # the last two and those who came to online occurrences
    CHILDREN = "children"
    SENIORS = "seniors"
    PERSONS = "persons"
    RATINGS = "ratings"
    RATING_STARS = "rating_stars"
    SATISFIED = "satisfied"
    TALLY = "tally"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class Trace:
    """The place of a figure; what is None does not narrow it.

    `branches`: of the library and everything below it. `metric`, `unit`, `part` (title or tier) and `recipient`: of a
    tally, `tally_id` that one alone. `undated`: what has no day. `without_event`: what belongs to no event,
    `without_occurrence`: to no occurrence, as what was noted of an event as a whole.
    """

    measure: Measure
    library_id: int | None = None
    branches: bool = False
    category: Category | None = None
    event_id: int | None = None
    occurrence_id: int | None = None
    day: date | None = None
    undated: bool = False
    mode: Mode | None = None
    audience: str | None = None
    metric: str = ""
    unit: str = ""
    part: str = ""
    recipient: str = ""
    tally_id: int | None = None
    without_event: bool = False
    without_occurrence: bool = False


class RowKind(StrEnum):
    """What a row behind a figure is."""

    EVENT = "event"
    OCCURRENCE = "occurrence"
    REGISTRATION = "registration"
    CHECKIN = "checkin"
    WALK_IN = "walk_in"
    RATING = "rating"
    TALLY = "tally"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class TracedRow:
    """One row behind a figure, without anything personal. The figure is the sum of `adds` over all its rows.

    `words`: of a tally or media entry, as noted. `at`: when it happened, None for what has no moment.
    """

    kind: RowKind
    id: int
    at: datetime | None
    number: int | None  # public number of the occurrence
    title: str  # of the event
    adds: Decimal
    words: str = ""


def total_of(rows: Iterable[TracedRow]) -> Decimal:
    """The figure that these rows make."""
    return sum((row.adds for row in rows), Decimal(0))


def is_below(library_id: int | None, top: int, parents: Mapping[int, int | None]) -> bool:
    """Whether a library is another one or stands below it in the tree."""
    seen: set[int] = set()
    while library_id is not None and library_id not in seen:
        if library_id == top:
            return True
        seen.add(library_id)
        library_id = parents.get(library_id)
    return False
