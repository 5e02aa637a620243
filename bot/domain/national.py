"""The event cells of the national form 文旅基3表 for a year to date, over all campaigns (library-domain 3.1, T3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date

from bot.domain.audience import Audience
from bot.domain.kinds import Category
from bot.domain.summary import EventSummary, Summary
from bot.domain.summary_facts import CountedLibrary, Counts


@dataclass(frozen=True, slots=True)
class NationalFigures:
    """Numbers of events by class, and person-times. `others` are all counted events outside the three named classes.

    `classes` are training events, `lessons` their sessions. `online_people` stand beside the on-site ones and are in
    none of them. `minors`, `elderly`, `disabled` are of the on-site person-times: all of events meant for such, and
    of other events those whom parties and doors told apart.
    """

    lectures: int = 0
    lecture_people: int = 0
    exhibitions: int = 0
    exhibition_people: int = 0
    classes: int = 0
    lessons: int = 0
    training_people: int = 0
    others: int = 0
    other_people: int = 0
    online_people: int = 0
    minors: int = 0
    elderly: int = 0
    disabled: int = 0

    @staticmethod
    def sum_of(figures: Iterable[NationalFigures]) -> NationalFigures:
        """The sum, number by number."""
        all_of = list(figures)
        return NationalFigures(*(sum(getattr(each, name) for each in all_of) for name in _NAMES))

    @property
    def events(self) -> int:
        """Of all classes; a course counts once."""
        return self.lectures + self.exhibitions + self.classes + self.others

    @property
    def people(self) -> int:
        """On-site person-times of all classes."""
        return self.lecture_people + self.exhibition_people + self.training_people + self.other_people


_NAMES = tuple(field.name for field in fields(NationalFigures))


@dataclass(frozen=True, slots=True)
class NationalYear:
    """The year up to a day: all libraries together, and each of them (those without any event are left out)."""

    year: int
    until: date
    total: NationalFigures
    by_library: tuple[tuple[CountedLibrary, NationalFigures], ...]


def sum_year(year: int, until: date, summaries: Iterable[Summary]) -> NationalYear:
    """Add up the campaigns of a year. An exhibition that is in two of them is one in the year."""
    found: dict[int, list[NationalFigures]] = {}
    libraries: dict[int, CountedLibrary] = {}
    shown = _Shown()
    for summary in sorted(summaries, key=lambda each: (each.campaign.starts_on, each.campaign.id)):
        counts = _counts_by_event(summary, year)
        for part in summary.events:
            of_event = counts.get(part.event.id)
            if of_event is None or part.event.category is Category.INTERNAL:
                continue
            libraries[part.library.id] = part.library
            found.setdefault(part.library.id, []).append(_figures_of(part, of_event, shown))
    by_library = tuple((libraries[key], NationalFigures.sum_of(found[key])) for key in sorted(found))
    return NationalYear(year, until, NationalFigures.sum_of(figures for _, figures in by_library), by_library)


def _counts_by_event(summary: Summary, year: int) -> Mapping[int, Counts]:
    """The counts of each event that fall into the year; of a campaign over New Year those of its occurrences in it."""
    window = summary.campaign
    if window.starts_on.year == window.ends_on.year == year:
        return {part.event.id: part.figures.counts for part in summary.events}
    found: dict[int, list[Counts]] = {}
    for part in summary.occurrences:
        if (part.day or window.starts_on).year == year:
            found.setdefault(part.event.id, []).append(part.figures.counts)
    return {event_id: Counts.sum_of(counts) for event_id, counts in found.items()}


class _Shown:
    """Exhibitions that were counted already: by library and title, with their days."""

    def __init__(self) -> None:
        self._days: dict[tuple[int, str], list[tuple[date, date]]] = {}

    def is_new(self, part: EventSummary) -> bool:
        """Whether none of this name was counted that was open on the same days."""
        if part.first_day is None or part.last_day is None:
            return True
        known = self._days.setdefault((part.library.id, part.event.title), [])
        is_new = not any(first <= part.last_day and part.first_day <= last for first, last in known)
        known.append((part.first_day, part.last_day))
        return is_new


def _figures_of(part: EventSummary, counts: Counts, shown: _Shown) -> NationalFigures:
    people, sessions = counts.person_times, counts.sessions
    minors, elderly, disabled = _groups(part, counts)
    online = counts.online_people + counts.online_live + counts.online_views
    rest = {"online_people": online, "minors": minors, "elderly": elderly, "disabled": disabled}
    match part.event.category:
        case Category.LECTURE:
            return NationalFigures(lectures=sessions, lecture_people=people, **rest)
        case Category.EXHIBITION:
            return NationalFigures(exhibitions=sessions if shown.is_new(part) else 0, exhibition_people=people, **rest)
        case Category.TRAINING:
            return NationalFigures(classes=1 if sessions else 0, lessons=sessions, training_people=people, **rest)
        case _:
            return NationalFigures(others=sessions, other_people=people, **rest)


def _groups(part: EventSummary, counts: Counts) -> tuple[int, int, int]:
    match part.event.audience_class:
        case Audience.MINORS:
            return counts.person_times, 0, 0
        case Audience.ELDERLY:
            return 0, counts.person_times, 0
        case Audience.DISABLED:
            return 0, 0, counts.person_times
        case Audience.GENERAL:
            return counts.children, counts.seniors, 0
