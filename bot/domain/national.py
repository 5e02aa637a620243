"""The event cells of the national form 文旅基3表 for a year to date, over all campaigns (library-domain 3.1, T3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date

from bot.domain.audience import Audience
from bot.domain.counting import ExhibitionUnit, SeriesParts
from bot.domain.kinds import Category
from bot.domain.summary import EventSummary, Summary
from bot.domain.summary_facts import CountedLibrary, Counts
from bot.domain.window import Window


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
    """Add up the campaigns of a year, each cut to it (`days_of`). An exhibition that is in two of them is one.

    What a library noted of no event, as views of its recordings, is among the online people and the other people.
    """
    found: dict[int, list[NationalFigures]] = {}
    libraries: dict[int, CountedLibrary] = {}
    shown = _Shown()
    for summary in sorted(summaries, key=lambda each: (each.campaign.starts_on, each.campaign.id)):
        for library, figures in _parts_of(summary, shown):
            libraries[library.id] = library
            found.setdefault(library.id, []).append(figures)
    by_library = tuple((libraries[key], NationalFigures.sum_of(found[key])) for key in sorted(found))
    return NationalYear(year, until, NationalFigures.sum_of(figures for _, figures in by_library), by_library)


def days_of(year: int, campaign_starts_on: date) -> Window:
    """The days of a year; what has no date belongs to the year in which its campaign began."""
    return Window(date(year, 1, 1), date(year, 12, 31), undated=campaign_starts_on.year == year)


def _parts_of(summary: Summary, shown: _Shown) -> Iterator[tuple[CountedLibrary, NationalFigures]]:
    """What each event adds to its lead library, and what libraries noted beside their events."""
    by_venue = summary.rules.exhibition is ExhibitionUnit.VENUE
    classes: set[int] = set()
    for part in summary.events:
        if part.event.category is Category.INTERNAL:
            continue
        sessions = part.figures.counts.sessions
        if part.event.category is Category.EXHIBITION:
            events = max(0, sessions - shown.count_again(part, by_venue=by_venue))
        elif part.event.category is Category.TRAINING:
            course = _course_of(part, summary)
            events = 1 if sessions and course not in classes else 0
            classes |= {course} if sessions else set()
        else:
            events = sessions
        yield part.library, _figures_of(part, events)
    for shelf in summary.shelves:
        if shelf.category is None:
            counts = shelf.figures.counts
            online = counts.online_people + counts.online_live + counts.online_views
            yield shelf.library, NationalFigures(other_people=counts.person_times, online_people=online)


def _course_of(part: EventSummary, summary: Summary) -> int:
    """The event that is the class: parts of a course are lessons of it, unless they count as activities."""
    is_part = part.event.parent_id is not None and summary.rules.parts is SeriesParts.PART
    return part.event.parent_id or part.event.id if is_part else part.event.id


class _Shown:
    """Exhibitions that were counted already: by library and title, with their days and venues."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], list[tuple[Window, frozenset[str]]]] = {}

    def count_again(self, part: EventSummary, *, by_venue: bool) -> int:
        """How many sessions of an exhibition were counted already, of the same name and open on the same days."""
        if not part.figures.counts.sessions or part.first_day is None or part.last_day is None:
            return 0
        venues = frozenset(part.venues) or frozenset([""])
        known = self._known.setdefault((part.library.id, part.event.title), [])
        same = [there for days, there in known if days.touches(part.first_day, part.last_day)]
        known.append((Window(part.first_day, part.last_day), venues))
        if not by_venue:
            return 1 if same else 0
        return len(venues & frozenset().union(*same))


def _figures_of(part: EventSummary, events: int) -> NationalFigures:
    counts = part.figures.counts
    people = counts.person_times
    minors, elderly, disabled = _groups(part, counts)
    online = counts.online_people + counts.online_live + counts.online_views
    rest = {"online_people": online, "minors": minors, "elderly": elderly, "disabled": disabled}
    match part.event.category:
        case Category.LECTURE:
            return NationalFigures(lectures=events, lecture_people=people, **rest)
        case Category.EXHIBITION:
            return NationalFigures(exhibitions=events, exhibition_people=people, **rest)
        case Category.TRAINING:
            return NationalFigures(classes=events, lessons=counts.sessions, training_people=people, **rest)
        case _:
            return NationalFigures(others=events, other_people=people, **rest)


def _groups(part: EventSummary, counts: Counts) -> tuple[int, int, int]:
    match part.event.audience_class:
        case Audience.MINORS:
            return counts.person_times, 0, 0
        case Audience.ELDERLY:
            return 0, counts.person_times, 0
        case Audience.DISABLED:
            return 0, 0, counts.person_times
        case Audience.GENERAL:
            return min(counts.children, counts.person_times), min(counts.seniors, counts.person_times), 0
