"""Tables T1 to T7 of library-domain 3.3, from one summary: pages, docx and xlsx all draw these (promise I7)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from bot.domain.kinds import Category
from bot.domain.national import NationalFigures, NationalYear
from bot.domain.summary import Comparison, Figures, LibrarySummary, ShelfSummary, Summary
from bot.domain.summary_facts import CountedLibrary, Counts
from bot.domain.trace import Measure, Trace
from bot.reports.table import Cell, Column, Kind, RowKind, Rows, Table, Value
from bot.reports.tables_activities import list_activities, list_programme_table
from bot.reports.tables_noted import list_materials, list_media, list_prizes
from bot.reports.tables_public import is_small, make_public
from bot.texts import tables as words
from bot.texts.summary import category_name

TEN_THOUSAND = 10_000
__all__ = ["list_programme_table", "list_tables"]


def list_tables(summary: Summary, national: NationalYear | None = None, *, public: bool = False) -> tuple[Table, ...]:
    """All tables; T3 only when the year was counted. `public`: without persons' names and with cells below 5 merged."""
    made = [_week(summary), list_activities(summary)]
    if national is not None:
        made.append(_national(national))
    made += [_indicators(summary, public=public), list_materials(summary), list_prizes(summary), list_media(summary)]
    return tuple(make_public(table) for table in made) if public else tuple(made)


# --- T1 -----------------------------------------------------------------------------------------------------------

_SUMMED = (2, 3, 4, 5)  # 项, 场次, 参加人次, 线上人次; persons are no sum


def _week(summary: Summary) -> Table:
    rows = Rows()
    subtotals = []
    for part in summary.libraries:
        shelves = [
            shelf for shelf in summary.shelves if shelf.library.id == part.library.id and _is_told(shelf.figures)
        ]
        if not shelves:
            continue
        subtotals.append(_library_rows(rows, part, shelves, summary))
    if subtotals:
        _total_row(rows, subtotals, summary)
        _exhibition_row(rows, summary)
    columns = [
        Column(words.LIBRARY, width=12),
        Column(words.CATEGORY, width=8),
        Column(words.ACTIVITIES, Kind.COUNT, 6),
        Column(words.SESSIONS, Kind.COUNT, 5),
        Column(words.PEOPLE, Kind.COUNT, 7, people=True),
        Column(words.ONLINE, Kind.COUNT, 7, people=True),
        Column(words.PERSONS, Kind.COUNT, 7, people=True),
        Column(words.MONTH_BEFORE, Kind.SHARE, 6),
        Column(words.YEAR_BEFORE, Kind.SHARE, 6),
    ]
    shown = [True] * 7 + [summary.month_before is not None, summary.year_before is not None]
    notes = [*words.NOTES["T1"], *words.compared_with(_span(summary.month_before), _span(summary.year_before))]
    if any(shelf.category is Category.EXHIBITION and _is_told(shelf.figures) for shelf in summary.shelves):
        notes.append(words.EXHIBITIONS_NOTE)
    return _only(Table("T1", words.TITLES["T1"], tuple(columns), tuple(rows.rows), _or_none("T1", rows, notes)), shown)


def _library_rows(rows: Rows, part: LibrarySummary, shelves: list[ShelfSummary], summary: Summary) -> int:
    numbers = []
    for shelf in shelves:
        place = Trace(Measure.SESSIONS, library_id=part.library.id, category=shelf.category)
        name = category_name(shelf.category) if shelf.category else words.UNSORTED
        cells = _figure_cells(shelf.figures, place if shelf.category else None)
        numbers.append(rows.add(part.library.name, name, *cells, None, None))
    cells = _figure_cells(part.own, Trace(Measure.SESSIONS, library_id=part.library.id))
    now = part.own.counts.person_times
    return rows.add_sum(
        part.library.name,
        words.SUBTOTAL,
        *cells,
        _change(now, summary.month_before, part.library.id),
        _change(now, summary.year_before, part.library.id),
        adds=_if_they_sum(rows, numbers, cells),
        columns=_SUMMED,
        kind=RowKind.SUBTOTAL,
    )


def _total_row(rows: Rows, subtotals: list[int], summary: Summary) -> None:
    key = summary.library.id if summary.library else None
    place = Trace(Measure.SESSIONS, library_id=key, branches=key is not None)
    cells = _figure_cells(summary.total, place)
    now = summary.total.counts.person_times
    rows.add_sum(
        words.TOTAL,
        None,
        *cells,
        _change(now, summary.month_before, None),
        _change(now, summary.year_before, None),
        adds=_if_they_sum(rows, subtotals, cells),
        columns=_SUMMED,
        kind=RowKind.TOTAL,
    )


def _exhibition_row(rows: Rows, summary: Summary) -> None:
    """Never one grand total alone: one exhibition can be most of a month's attendance (library-domain 3.3)."""
    found = [part.figures for part in summary.categories if part.category is Category.EXHIBITION]
    if found and _is_told(found[0]):
        key = summary.library.id if summary.library else None
        place = Trace(Measure.SESSIONS, library_id=key, branches=key is not None, category=Category.EXHIBITION)
        rows.add(words.EXHIBITIONS_IN_IT, None, *_figure_cells(found[0], place), None, None, kind=RowKind.TOTAL)


def _figure_cells(figures: Figures, place: Trace | None) -> list[Cell]:
    counts = figures.counts
    online = counts.online_people + counts.online_live + counts.online_views
    values = (
        (figures.activities, Measure.ACTIVITIES),
        (counts.sessions, Measure.SESSIONS),
        (counts.person_times, Measure.PERSON_TIMES),
        (online, Measure.ONLINE),
        (figures.persons, Measure.PERSONS),
    )
    return [Cell(value, traced(place, measure)) for value, measure in values]


def traced(place: Trace | None, measure: Measure) -> Trace | None:
    """The same place with another measure."""
    if place is None:
        return None
    return Trace(
        measure, place.library_id, place.branches, place.category, place.event_id, place.occurrence_id, place.day
    )


def _is_told(figures: Figures) -> bool:
    counts = figures.counts
    people = counts.person_times or counts.online_people or counts.online_live or counts.online_views
    return bool(figures.activities or counts.sessions or people)


def _if_they_sum(rows: Rows, numbers: list[int], cells: list[Cell]) -> tuple[int, ...]:
    """The rows below a sum; none where they do not make it (co-hosted events counted by each library)."""
    for column, cell in zip(_SUMMED, cells[: len(_SUMMED)], strict=True):
        parts = [rows.rows[number].cells[column].value for number in numbers]
        if sum(part for part in parts if isinstance(part, int)) != cell.value:
            return ()
    return tuple(numbers)


def _change(now: int, past: Comparison | None, library_id: int | None) -> Decimal | None:
    """By how much it changed, as a share of what was; None without a past."""
    before = past.figures.get(library_id, Counts()).person_times if past else 0
    return rounded(Fraction(now - before, before)) if before else None


def rounded(share: Fraction | None, places: int = 4) -> Decimal | None:
    """A fraction as tables have it; half a unit goes up, as people round."""
    if share is None:
        return None
    scale = Decimal(10) ** places
    whole = math.floor(share * 10**places + Fraction(1, 2))
    return Decimal(whole) / scale


def _span(past: Comparison | None) -> tuple[date, date] | None:
    return (past.starts_on, past.ends_on) if past else None


def _only(table: Table, shown: list[bool]) -> Table:
    """Without the columns that have nothing to tell."""
    keep = [at for at, is_shown in enumerate(shown) if is_shown]
    rows = tuple(
        type(row)(tuple(row.cells[at] for at in keep), row.kind, row.adds, row.added_columns) for row in table.rows
    )
    return Table(table.code, table.title, tuple(table.columns[at] for at in keep), rows, table.notes, table.landscape)


def _or_none(code: str, rows: Rows, notes: Iterable[str]) -> tuple[str, ...]:
    return tuple(notes) if rows.rows else (words.no_rows(code),)


# --- T3 and T4 ----------------------------------------------------------------------------------------------------


def _national(national: NationalYear) -> Table:
    rows = Rows()
    numbers = [rows.add(library.name, *_national_cells(figures)) for library, figures in national.by_library]
    rows.add_sum(
        words.TOTAL,
        *_national_cells(national.total),
        adds=numbers,
        columns=range(1, 1 + len(words.NATIONAL)),
        kind=RowKind.TOTAL,
    )
    of_people = {1, 3, 6, 8, 10, 11, 12, 13, 14}
    columns = [Column(title, Kind.COUNT, 6, people=at in of_people) for at, title in enumerate(words.NATIONAL)]
    title = f"{words.TITLES['T3']}（{national.year}，{words.day_of(national.until)}）"
    return Table(
        "T3", title, (Column(words.LIBRARY, width=12), *columns), tuple(rows.rows), words.NOTES["T3"], landscape=True
    )


def _national_cells(figures: NationalFigures) -> tuple[int, ...]:
    return (
        figures.lectures,
        figures.lecture_people,
        figures.exhibitions,
        figures.exhibition_people,
        figures.classes,
        figures.lessons,
        figures.training_people,
        figures.others,
        figures.other_people,
        figures.events,
        figures.people,
        figures.online_people,
        figures.minors,
        figures.elderly,
        figures.disabled,
    )


def _indicators(summary: Summary, *, public: bool) -> Table:
    rows = Rows()
    for part in summary.libraries:
        if _is_told(part.own) or part.own.counts.registrations:
            rows.add(part.library.name, *_indicator_cells(part.own.counts, part.library, public=public))
    if rows.rows:
        rows.add(words.TOTAL, *_indicator_cells(summary.total.counts, None, public=public), kind=RowKind.TOTAL)
    kinds = (
        *(Kind.COUNT, Kind.AMOUNT, Kind.AMOUNT, Kind.COUNT, Kind.SHARE, Kind.COUNT, Kind.SHARE, Kind.SHARE),
        *(Kind.COUNT, Kind.SHARE, Kind.COUNT, Kind.SHARE),
    )
    of_people = {5, 8, 10}
    columns = [
        Column(title, kind, 6, people=at in of_people)
        for at, (title, kind) in enumerate(zip(words.INDICATORS, kinds, strict=True))
    ]
    notes = _or_none("T4", rows, words.NOTES["T4"])
    head = Column(words.LIBRARY, width=12)
    return Table("T4", words.TITLES["T4"], (head, *columns), tuple(rows.rows), notes, landscape=True)


def _indicator_cells(counts: Counts, library: CountedLibrary | None, *, public: bool) -> tuple[Value, ...]:
    population = library.population if library else None

    def rate(share: Fraction | None, part: int, whole: int) -> Decimal | None:
        """A rate; in public not where it would tell of fewer than five persons."""
        return None if public and any(map(is_small, (part, whole - part, whole))) else rounded(share)

    return (
        population,
        rounded(Fraction(counts.sessions * TEN_THOUSAND, population), 2) if population else None,
        rounded(Fraction(counts.person_times * TEN_THOUSAND, population), 2) if population else None,
        counts.capacity,
        rate(counts.fill_rate, counts.filled_people, counts.capacity),
        counts.settled_people,
        rate(counts.attendance_rate, counts.used_people, counts.settled_people),
        rate(counts.no_show_rate, counts.no_show_people, counts.settled_people),
        counts.waited,
        rate(counts.conversion_rate, counts.promoted, counts.waited),
        counts.ratings,
        rate(counts.satisfaction, counts.satisfied, counts.ratings),
    )
