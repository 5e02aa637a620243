"""Which rows a printed figure was made from (promise I7): the figure's measure and the place it was counted at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.kinds import Category, Mode


class Measure(StrEnum):
    """What a figure counts; each names the kind of rows behind it."""

    ACTIVITIES = "activities"
    SESSIONS = "sessions"
    CAPACITY = "capacity"
    REGISTRATIONS = "registrations"
    REGISTERED_PEOPLE = "registered_people"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"
    CHECKED_IN = "checked_in"
    WALK_INS = "walk_ins"
    PERSON_TIMES = "person_times"
    ONLINE = "online"
    PERSONS = "persons"
    NO_SHOWS = "no_shows"
    RATINGS = "ratings"
    TALLY = "tally"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class Trace:
    """The place of a figure; what is None does not narrow it.

    `branches`: of the library and everything below it. `metric` and `unit`: of a tally. `undated`: what has no day.
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
