"""The report's charts: attendance by day and by library, arrivals by hour, and from sign-up to rating.

Exhibitions are told apart from all else: one of them can be most of a month's attendance (library-domain 3.3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from bot.domain.clock import local_day
from bot.domain.counting import CoHosted
from bot.domain.kinds import Category
from bot.domain.summary import Summary
from bot.reports.document import Picture
from bot.texts import charts as words

WIDTH_MM = 150
_FEWEST_PERSONS = 5
_MOST_BARS = 35
_MOST_LIBRARIES = 28
_MOST_WITH_NOTHING = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its number; `labels` stand at it (a second line may follow), `name` is said in the alternative text.

    `exhibitions`: how many of the number came to exhibitions; `is_ahead`: its day is still to come; `is_rest`: all that
    has no bar of its own.
    """

    labels: tuple[str, ...]
    number: int
    exhibitions: int = 0
    unit: str = ""
    name: str = ""
    is_ahead: bool = False
    is_rest: bool = False

    def in_words(self) -> str:
        """The bar for those who do not see it."""
        return words.bar_in_words(self.name or self.labels[0], self.number, self.unit, self.exhibitions)


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn. `lies`: bars from left to right, for long labels; `may_break`: a huge one may be cut short."""

    title: str
    bars: tuple[Bar, ...]
    unit: str = ""
    lies: bool = False
    may_break: bool = True


def draw_charts(summary: Summary, *, public: bool = False) -> tuple[Picture, ...]:
    """The charts that have something to show, numbered in order; none of an empty campaign.

    `public`: without those that would tell a count of fewer than five persons, by themselves or beside the tables.
    The same summary gives the same bytes. Safe in several threads.
    """
    # Only here: half a second and tens of megabytes, which web and chat need not carry.
    from bot.reports.chart_drawing import draw_chart

    charts = [chart for chart in list_charts(summary, public=public) if any(bar.number for bar in chart.bars)]
    return tuple(
        Picture(
            draw_chart(chart),
            words.alternative(chart.title, [bar.in_words() for bar in chart.bars if not bar.is_ahead]),
            words.caption(at, chart.title),
            WIDTH_MM,
        )
        for at, chart in enumerate(charts, 1)
    )


def list_charts(summary: Summary, *, public: bool = False) -> list[Chart]:
    """What there is to draw. One bar shows nothing that a number does not."""
    by_day, by_library = _by_day(summary), _by_library(summary)
    arrivals, funnel = _arrivals(summary), _funnel(summary)
    if public:
        by_day, by_library = _without_exhibitions(by_day), _without_exhibitions(by_library)
        # Beside the list of activities, what is left of a day tells of the smallest one on it.
        if _tells_of_few(part.figures.counts.person_times for part in summary.occurrences):
            by_day = Chart(by_day.title, ())
            by_library = by_library if summary.rules.co_hosted is CoHosted.LEAD else Chart(by_library.title, ())
        funnel = Chart(
            funnel.title,
            tuple(bar for bar in funnel.bars if not _is_few(bar.number)),
            lies=True,
            may_break=False,
        )
    charts = [chart for chart in (by_day, by_library, arrivals, funnel) if len(chart.bars) > 1]
    if public:
        charts = [chart for chart in charts if not _tells_of_few(bar.number for bar in chart.bars)]
    return charts


def _is_few(number: int) -> bool:
    return 0 < number < _FEWEST_PERSONS


def _tells_of_few(numbers: Iterable[int]) -> bool:
    return any(map(_is_few, numbers))


def _without_exhibitions(chart: Chart) -> Chart:
    """A count of exhibitions alone could tell, by its difference, of few at something else."""
    return replace(chart, bars=tuple(replace(bar, exhibitions=0) for bar in chart.bars))


# --- by day ----------------------------------------------------------------------------------------------------------


def _by_day(summary: Summary) -> Chart:
    """Every day of the campaign, also those on which nothing was; very many are put together by week, or by month.

    Beside them what counts for days before and after it and for no day, so that all bars make the total.
    """
    found = {part.day: (part.figures.counts.person_times, part.exhibition_people) for part in summary.days}
    days = list(_days_of(summary))
    title, spans = _spans(days)
    today = local_day(summary.made_at)
    bars = [_day_bar(found, span, labels, name, is_ahead=span[0] > today) for labels, name, span in spans]
    undated: list[date | None] = [None]
    outside = [day for day in found if day is not None and not days[0] <= day <= days[-1]]
    before, after, undated_bar = (
        _day_bar(found, span, labels, "".join(labels), is_rest=True)
        for labels, span in (
            (words.BEFORE, [day for day in outside if day < days[0]]),
            (words.AFTER, [day for day in outside if day > days[-1]]),
            (words.UNDATED, undated),
        )
    )
    told = [bar for bar in (before, *bars, after, undated_bar) if bar.number or not bar.is_rest]
    return Chart(title, tuple(told), words.PERSON_TIMES)


def _day_bar(
    found: Mapping[date | None, tuple[int, int]],
    span: Sequence[date | None],
    labels: tuple[str, ...],
    name: str,
    *,
    is_ahead: bool = False,
    is_rest: bool = False,
) -> Bar:
    people, at_exhibitions = (sum(found.get(day, (0, 0))[at] for day in span) for at in (0, 1))
    return Bar(labels, people, at_exhibitions, name=name, is_ahead=is_ahead and not people, is_rest=is_rest)


def _days_of(summary: Summary) -> Iterable[date]:
    window = summary.campaign
    if summary.day is not None:
        return [summary.day]
    return (window.starts_on + timedelta(at) for at in range((window.ends_on - window.starts_on).days + 1))


def _spans(days: Sequence[date]) -> tuple[str, list[tuple[tuple[str, ...], str, list[date]]]]:
    """Title, and of each bar its labels, its name and its days: single ones, weeks from the first on, or months."""
    if len(days) <= _MOST_BARS:
        labels = words.day_labels(days)
        return words.BY_DAY, [(label, words.day_name(day), [day]) for label, day in zip(labels, days, strict=True)]
    weeks = [(start, list(span)) for start, span in groupby(days, lambda day: day - (day - days[0]) % timedelta(7))]
    if len(weeks) <= _MOST_BARS:
        return words.BY_WEEK, [(words.week_label(start), words.week_name(start), span) for start, span in weeks]
    months = [(start, list(span)) for start, span in groupby(days, lambda day: day.replace(day=1))]
    return words.BY_MONTH, [(words.month_label(start), words.month_name(start), span) for start, span in months]


# --- by library, by hour, and from sign-up to rating -----------------------------------------------------------------


def _by_library(summary: Summary) -> Chart:
    """Libraries in their own order. Of very many, those that count least stand together in the last bar."""
    exhibitions = Counter[int]()
    for shelf in summary.shelves:
        if shelf.category is Category.EXHIBITION:
            exhibitions[shelf.library.id] += shelf.figures.counts.person_times
    bars = [
        Bar((part.library.name,), part.own.counts.person_times, exhibitions[part.library.id])
        for part in summary.libraries
    ]
    most = _MOST_LIBRARIES if len(bars) > _MOST_LIBRARIES else len(bars)
    if len(bars) > _MOST_WITH_NOTHING:
        most = min(most, sum(1 for bar in bars if bar.number))
    shown = set(sorted(range(len(bars)), key=lambda at: (-bars[at].number, at))[:most])
    rest = [bar for at, bar in enumerate(bars) if at not in shown]
    bars = [bar for at, bar in enumerate(bars) if at in shown]
    if rest:
        people, at_exhibitions = sum(bar.number for bar in rest), sum(bar.exhibitions for bar in rest)
        bars.append(Bar((words.other_libraries(len(rest)),), people, at_exhibitions, is_rest=True))
    return Chart(words.BY_LIBRARY, tuple(bars), words.PERSON_TIMES, lies=True)


def _arrivals(summary: Summary) -> Chart:
    """The hours of the day between the first and the last at which anybody came, over all days."""
    hours = Counter[int]()
    for hour, people in summary.arrivals:
        hours[hour.hour] += people
    came = [hour for hour, people in hours.items() if people]
    span = range(min(came), max(came) + 1) if came else ()
    bars = [Bar(words.hour_labels(hour), hours[hour], name=words.hour_name(hour)) for hour in span]
    days = {hour.date() for hour, people in summary.arrivals if people}
    return Chart(words.ARRIVALS, tuple(bars), words.arrivals_unit(len(days)))


def _funnel(summary: Summary) -> Chart:
    """Of those who signed up, how many came, and how many ratings were given. Walk-ins had not signed up."""
    counts = summary.total.counts
    steps = (
        Bar((words.SIGNED_UP,), counts.registered_people, unit=words.PEOPLE),
        Bar((words.CAME,), counts.checked_in_people, unit=words.TIMES),
        Bar((words.RATED,), counts.ratings, unit=words.SHEETS),
    )
    return Chart(words.FUNNEL, steps if counts.registered_people else (), lies=True, may_break=False)
