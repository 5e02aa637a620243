"""T2: the list of activities, after the week with what came of them, before it with how to take part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from bot.domain.clock import LOCAL
from bot.domain.kinds import SignUp
from bot.domain.summary import OccurrenceSummary, Summary
from bot.domain.summary_facts import CountedEvent, Counts
from bot.domain.trace import Measure, Trace
from bot.reports.table import Cell, Column, Kind, RowKind, Rows, Table, Value
from bot.texts import tables as words

_LAST = datetime.max.replace(tzinfo=LOCAL)
_FIRST = 8  # the column of the first number, 名额


def list_activities(summary: Summary, *, public: bool = False) -> Table:
    """Every occurrence with its numbers, by library and time.

    `public`: only how many signed up and came. Who waited or stayed away are a few each, and with them and the numbers
    at the door one could work out the others.
    """
    numbered = _PUBLIC if public else _NUMBERED
    measures = [measure for _, measure in numbered]
    lines = [_line(part, summary, measures, public=public) for part in summary.occurrences]
    lines += [*_lines_of_events(summary, measures), *_lines_of_libraries(summary, measures)]
    rows = Rows()
    for place, line in enumerate(sorted(lines, key=lambda line: line.order), 1):
        rows.add(place, *line.cells)
    shown = list(range(len(rows.rows)))
    columns = range(_FIRST, _FIRST + len(numbered))
    if shown:
        sums = _sums(rows, columns, measures, summary)
        rows.add_sum(
            None, words.TOTAL, *([None] * (_FIRST - 2)), *sums, None, adds=shown, columns=columns, kind=RowKind.TOTAL
        )
    return Table(
        "T2",
        words.TITLES["T2"],
        (*_TOLD, *(column for column, _ in numbered), Column(words.REMARKS, width=8)),
        tuple(rows.rows),
        words.NOTES["T2P" if public else "T2"] if shown else (words.no_rows("T2"),),
        landscape=True,
    )


def list_programme_table(summary: Summary) -> Table:
    """The same list before the week: what is asked of readers and how they sign up, in place of the numbers."""
    rows = Rows()
    shown = [part for part in _in_order(summary) if not part.occurrence.is_cancelled and not part.event.is_internal]
    for place, part in enumerate(shown, 1):
        rows.add(
            place, *_told(part, summary), part.occurrence.capacity, words.needs_of(part), words.how_to_sign_up(part)
        )
    columns = (
        *_TOLD,
        Column(words.SEATS, Kind.COUNT, 3),
        Column(words.NEEDS, width=8),
        Column(words.HOW, width=10),
    )
    notes = () if shown else (words.no_rows("T2"),)
    return Table("T2P", words.TITLES["T2P"], columns, tuple(rows.rows), notes, landscape=True)


_TOLD = (
    Column(words.NUMBER, Kind.COUNT, 3),
    Column(words.LIBRARY, width=7),
    Column(words.ACTIVITY, width=15),
    Column(words.KIND, width=5),
    Column(words.WHEN, width=10),
    Column(words.WHERE, width=8),
    Column(words.HOSTS, width=8),
    Column(words.FOR_WHOM, width=4),
)


_Order = tuple[int, bool, datetime, int]


@dataclass(frozen=True, slots=True)
class _Line:
    """A row without its number, and what it is sorted by."""

    order: _Order
    cells: tuple[Cell | Value, ...]


def _in_order(summary: Summary) -> list[OccurrenceSummary]:
    return sorted(summary.occurrences, key=lambda part: _order(part, summary))


def _order(part: OccurrenceSummary, summary: Summary) -> _Order:
    start = part.occurrence.starts_at
    return _position(summary, part.event.library_id), start is None, start or _LAST, part.occurrence.number


def _position(summary: Summary, library_id: int) -> int:
    return next((at for at, part in enumerate(summary.libraries) if part.library.id == library_id), -1)


def _line(part: OccurrenceSummary, summary: Summary, measures: Sequence[Measure], *, public: bool) -> _Line:
    place = Trace(Measure.SESSIONS, occurrence_id=part.occurrence.id)
    seats = None if part.occurrence.is_cancelled else part.occurrence.capacity
    remarks = words.remarks_of(part, summary.campaign.starts_on, public=public)
    signs_up = part.event.sign_up is SignUp.REQUIRED or bool(part.figures.counts.registrations)
    cells = _counted(part.figures.counts, seats, measures, place, signs_up=signs_up)
    return _Line(_order(part, summary), (*_told(part, summary), *cells, remarks or None))


def _lines_of_events(summary: Summary, measures: Sequence[Measure]) -> Iterator[_Line]:
    """What was noted of an event as a whole, beyond its occurrences, so that the list adds up to the week."""
    held: dict[int, list[Counts]] = {}
    for occurrence in summary.occurrences:
        held.setdefault(occurrence.event.id, []).append(occurrence.figures.counts)
    for part in summary.events:
        beyond = _difference(part.figures.counts, Counts.sum_of(held.get(part.event.id, [])))
        if part.event.id in held and not any(_values(beyond, None)[measure] for measure in measures):
            continue
        names = _names(summary)
        hosts = words.hosts_of(part.library.name, _partners(part.event, names), part.event.partners)
        told = (
            *(part.library.name, part.event.title, part.event.kind or None),
            words.span_of(part.first_day, part.last_day) or None,
            *("、".join(part.venues) or None, hosts, "、".join(part.event.audience) or None),
        )
        place = Trace(Measure.SESSIONS, event_id=part.event.id, without_occurrence=True)
        remarks = words.NOTED_OF_EVENT if part.event.id in held else None
        order = (_position(summary, part.library.id), True, _LAST, part.event.id)
        yield _Line(order, (*told, *_counted(beyond, None, measures, place), remarks))


def _lines_of_libraries(summary: Summary, measures: Sequence[Measure]) -> Iterator[_Line]:
    """What was noted of a library and no event."""
    for shelf in summary.shelves:
        counts = shelf.figures.counts
        if shelf.category is None and any(_values(counts, None)[measure] for measure in measures):
            name = shelf.library.name
            place = Trace(Measure.SESSIONS, library_id=shelf.library.id, without_event=True)
            told = (name, words.UNSORTED, None, None, None, name, None)
            order = (_position(summary, shelf.library.id), True, _LAST, 1 << 62)
            yield _Line(order, (*told, *_counted(counts, None, measures, place), words.NOTED_OF_LIBRARY))


def _difference(whole: Counts, parts: Counts) -> Counts:
    return Counts(*(getattr(whole, each.name) - getattr(parts, each.name) for each in fields(Counts)))


def _names(summary: Summary) -> dict[int, str]:
    return {each.library.id: each.library.name for each in summary.libraries}


def _partners(event: CountedEvent, names: Mapping[int, str]) -> list[str]:
    return [names[each] for each in event.partner_library_ids if each in names]


def _told(part: OccurrenceSummary, summary: Summary) -> tuple[Value, ...]:
    names = _names(summary)
    lead = names.get(part.event.library_id, "")
    title = f"{part.event.title} {part.occurrence.label}".strip()
    return (
        lead,
        title,
        part.event.kind or None,
        words.when_of(part),
        "、".join(part.occurrence.venues) or None,
        words.hosts_of(lead, _partners(part.event, names), part.event.partners),
        "、".join(part.event.audience) or None,
    )


_SEATS = (Column(words.SEATS, Kind.COUNT, 3), Measure.CAPACITY)
_SIGNED_UP = (Column(words.SIGNED_UP, Kind.COUNT, 3, people=True), Measure.REGISTERED_PEOPLE)
_CAME = (Column(words.CAME, Kind.COUNT, 3, people=True), Measure.PERSON_TIMES)
_ONLINE = (Column(words.ONLINE, Kind.COUNT, 3, people=True), Measure.ONLINE)
_NUMBERED = (
    _SEATS,
    _SIGNED_UP,
    (Column(words.CHECKED_IN, Kind.COUNT, 3, people=True), Measure.CHECKED_IN),
    (Column(words.WALK_INS, Kind.COUNT, 3, people=True), Measure.WALK_INS),
    _CAME,
    _ONLINE,
    (Column(words.WAITING, Kind.COUNT, 3, people=True), Measure.WAITLISTED_PEOPLE),
    (Column(words.NO_SHOWS, Kind.COUNT, 3, people=True), Measure.NO_SHOW_PEOPLE),
)
_PUBLIC = (_SEATS, _SIGNED_UP, _CAME, _ONLINE)


def _values(counts: Counts, seats: int | None) -> dict[Measure, int | None]:
    return {
        Measure.CAPACITY: seats,
        Measure.REGISTERED_PEOPLE: counts.registered_people,
        Measure.CHECKED_IN: counts.checked_in_people,
        Measure.WALK_INS: counts.walk_ins,
        Measure.PERSON_TIMES: counts.person_times,
        Measure.ONLINE: counts.online_people + counts.online_live + counts.online_views,
        Measure.WAITLISTED_PEOPLE: counts.waitlisted_people,
        Measure.NO_SHOW_PEOPLE: counts.no_show_people,
    }


_OF_SIGN_UP = (Measure.REGISTERED_PEOPLE, Measure.WAITLISTED_PEOPLE, Measure.NO_SHOW_PEOPLE)


def _counted(
    counts: Counts, seats: int | None, measures: Sequence[Measure], place: Trace, *, signs_up: bool = False
) -> list[Cell]:
    """Cells of numbers; nobody can sign up, wait or stay away where there is no sign-up."""
    values = _values(counts, seats) | ({} if signs_up else dict.fromkeys(_OF_SIGN_UP))
    return [Cell(values[measure], replace(place, measure=measure)) for measure in measures]


def _sums(rows: Rows, columns: range, measures: Sequence[Measure], summary: Summary) -> list[Cell]:
    """Of the rows above; where they are all that the campaign counted, the sum leads to the rows behind it too."""
    top = summary.library.id if summary.library else None
    told = _values(summary.total.counts, summary.total.counts.capacity)
    sums = []
    for column, measure in zip(columns, measures, strict=True):
        values = [row.cells[column].value for row in rows.rows]
        number = sum(value for value in values if isinstance(value, int))
        trace = Trace(measure, library_id=top, branches=top is not None)
        sums.append(Cell(number, trace if number == told[measure] else None))
    return sums
