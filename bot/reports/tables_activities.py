"""T2: the list of activities, after the week with what came of them, before it with how to take part."""

from __future__ import annotations

from datetime import datetime

from bot.domain.clock import LOCAL
from bot.domain.summary import OccurrenceSummary, Summary
from bot.domain.trace import Measure, Trace
from bot.reports.table import Cell, Column, Kind, RowKind, Rows, Table, Value
from bot.texts import tables as words

_COUNTED = range(9, 15)  # 报名人数 to 爽约


def list_activities(summary: Summary) -> Table:
    """Every occurrence with its numbers, by library and time."""
    rows = Rows()
    numbers = []
    for place, part in enumerate(_in_order(summary), 1):
        numbers.append(
            rows.add(
                place, *_told(part, summary), *_counts_of(part), words.remarks_of(part, summary.campaign.starts_on)
            )
        )
    if numbers:
        rows.add_sum(
            words.TOTAL,
            *([None] * (_COUNTED.start - 1)),
            *_sums(rows, numbers),
            None,
            adds=numbers,
            columns=_COUNTED,
            kind=RowKind.TOTAL,
        )
    columns = (
        *_TOLD,
        Column(words.SEATS, Kind.COUNT, 4),
        Column(words.SIGNED_UP, Kind.COUNT, 4, people=True),
        Column(words.CHECKED_IN, Kind.COUNT, 4, people=True),
        Column(words.WALK_INS, Kind.COUNT, 4, people=True),
        Column(words.CAME, Kind.COUNT, 4, people=True),
        Column(words.WAITING, Kind.COUNT, 4, people=True),
        Column(words.NO_SHOWS, Kind.COUNT, 4, people=True),
        Column(words.REMARKS, width=10),
    )
    notes = words.NOTES["T2"] if numbers else (words.no_rows("T2"),)
    return Table("T2", words.TITLES["T2"], columns, tuple(rows.rows), notes, landscape=True)


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
        Column(words.SEATS, Kind.COUNT, 4),
        Column(words.NEEDS, width=8),
        Column(words.HOW, width=10),
    )
    notes = () if shown else (words.no_rows("T2"),)
    return Table("T2P", words.TITLES["T2P"], columns, tuple(rows.rows), notes, landscape=True)


_TOLD = (
    Column(words.NUMBER, Kind.COUNT, 4),
    Column(words.LIBRARY, width=8),
    Column(words.ACTIVITY, width=16),
    Column(words.KIND, width=6),
    Column(words.WHEN, width=10),
    Column(words.WHERE, width=9),
    Column(words.HOSTS, width=9),
    Column(words.FOR_WHOM, width=7),
)


def _in_order(summary: Summary) -> list[OccurrenceSummary]:
    positions = {part.library.id: at for at, part in enumerate(summary.libraries)}
    last = datetime.max.replace(tzinfo=LOCAL)

    def key(part: OccurrenceSummary) -> tuple[int, bool, datetime, int]:
        start = part.occurrence.starts_at
        return positions.get(part.event.library_id, -1), start is None, start or last, part.occurrence.number

    return sorted(summary.occurrences, key=key)


def _told(part: OccurrenceSummary, summary: Summary) -> tuple[Value, ...]:
    names = {each.library.id: each.library.name for each in summary.libraries}
    lead = names.get(part.event.library_id, "")
    partners = [names[each] for each in part.event.partner_library_ids if each in names]
    title = f"{part.event.title} {part.occurrence.label}".strip()
    return (
        lead,
        title,
        part.event.kind,
        words.when_of(part),
        "、".join(part.occurrence.venues),
        words.hosts_of(lead, partners, part.event.partners),
        "、".join(part.event.audience),
    )


def _counts_of(part: OccurrenceSummary) -> list[Cell]:
    counts, occurrence = part.figures.counts, part.occurrence
    cells = [Cell(occurrence.capacity)]
    for value, measure in (
        (counts.registered_people, Measure.REGISTERED_PEOPLE),
        (counts.checked_in_people, Measure.CHECKED_IN),
        (counts.walk_ins, Measure.WALK_INS),
        (counts.person_times, Measure.PERSON_TIMES),
        (counts.waitlisted, Measure.WAITLISTED),
        (counts.no_shows, Measure.NO_SHOWS),
    ):
        cells.append(Cell(value, Trace(measure, occurrence_id=occurrence.id)))
    return cells


def _sums(rows: Rows, numbers: list[int]) -> list[int]:
    sums = []
    for column in _COUNTED:
        values = [rows.rows[number].cells[column].value for number in numbers]
        sums.append(sum(value for value in values if isinstance(value, int)))
    return sums
