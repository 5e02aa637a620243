"""Tables T1 to T7 of library-domain 3.3, from one summary: pages, docx and xlsx all draw these (promise I7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from bot.domain.counting import HybridAs
from bot.domain.kinds import Category
from bot.domain.national import NationalYear
from bot.domain.summary import Comparison, Figures, LibrarySummary, ShelfSummary, Summary
from bot.domain.summary_facts import Counts
from bot.domain.trace import Measure, Trace
from bot.reports.table import Cell, Column, Kind, RowKind, Rows, Table
from bot.reports.tables_activities import list_activities, list_programme_table
from bot.reports.tables_lead import count_for_lead
from bot.reports.tables_noted import list_materials, list_media, list_prizes
from bot.reports.tables_public import FEWEST, is_small, make_public, mask_names
from bot.reports.tables_rates import list_indicators, list_national, rounded
from bot.texts import tables as words
from bot.texts.counting import rule_lines
from bot.texts.summary import category_name

__all__ = ["list_programme_table", "list_tables"]


def list_tables(summary: Summary, national: NationalYear | None = None, *, public: bool = False) -> tuple[Table, ...]:
    """All tables; T3 only when the year was counted.

    `public`: without the names of persons, and so that no number of 1 to 4 persons can be read or worked out.
    """
    if public:
        summary = count_for_lead(summary)
    made = [_week(summary, public=public), list_activities(summary, public=public)]
    if national is not None:
        made.append(list_national(national))
    made += [
        list_indicators(summary, public=public),
        list_materials(summary, public=public),
        list_prizes(summary),
        list_media(summary),
    ]
    window = (summary.campaign.starts_on, summary.campaign.ends_on)
    about = words.about(summary.campaign.title, window, summary.made_at, rule_lines(summary.rules))
    if public:
        made = [mask_names(make_public(table), summary) for table in made]
    return tuple(replace(_on_day(table, summary.day), about=about) for table in made)


def _on_day(table: Table, day: date | None) -> Table:
    """With traces that lead to the rows of one day alone, where the summary is of that day."""
    if day is None:
        return table
    rows = [
        replace(row, cells=tuple(Cell(cell.value, cell.trace and replace(cell.trace, day=day)) for cell in row.cells))
        for row in table.rows
    ]
    return replace(table, rows=tuple(rows))


_SUMMED = (2, 3, 4, 5)  # 项, 场次, 参加人次, 线上人次; persons are no sum
_NO_CHANGE = (None, None)


def _week(summary: Summary, *, public: bool) -> Table:
    """T1: by library and category, each library's subtotal, the total, and what of it were exhibitions."""
    rows = Rows()
    shelves: dict[int, list[ShelfSummary]] = {}
    for shelf in summary.shelves:
        if _is_told(shelf.figures):
            shelves.setdefault(shelf.library.id, []).append(shelf)
    changes = _Changes(summary, public=public)
    subtotals: list[int] = []
    exhibitions: list[int] = []
    for part in summary.libraries:
        if part.library.id in shelves:
            subtotals.append(_library_rows(rows, part, shelves[part.library.id], changes, exhibitions))
    if subtotals:
        _total_rows(rows, summary, changes, subtotals, exhibitions, public=public)
    notes = _notes(summary, rows, exhibitions, public=public)
    table = Table("T1", words.TITLES["T1"], _COLUMNS, tuple(rows.rows), notes)
    shown = [True] * 6 + [not public, summary.month_before is not None, summary.year_before is not None]
    return _only(table, shown)


_COLUMNS = (
    Column(words.LIBRARY, width=12),
    Column(words.CATEGORY, width=8),
    Column(words.ACTIVITIES, Kind.COUNT, 6),
    Column(words.SESSIONS, Kind.COUNT, 5),
    Column(words.PEOPLE, Kind.COUNT, 7, people=True),
    Column(words.ONLINE, Kind.COUNT, 7, people=True),
    Column(words.PERSONS, Kind.COUNT, 7),
    Column(words.MONTH_BEFORE, Kind.SHARE, 6),
    Column(words.YEAR_BEFORE, Kind.SHARE, 6),
)


def _notes(summary: Summary, rows: Rows, exhibitions: Sequence[int], *, public: bool) -> tuple[str, ...]:
    if not rows.rows:
        return (words.no_rows("T1"),)
    notes = [*words.NOTES["T1"]]
    if public:  # persons are no sum of parts: told once, so that nothing follows from several such numbers
        persons = summary.total.persons
        notes[1:] = [] if persons < FEWEST else [words.persons_note(persons)]
    notes += words.compared_with(_span(summary.month_before), _span(summary.year_before))
    return (*notes, words.EXHIBITIONS_NOTE) if exhibitions else tuple(notes)


def _library_rows(
    rows: Rows, part: LibrarySummary, shelves: Sequence[ShelfSummary], changes: _Changes, exhibitions: list[int]
) -> int:
    numbers = []
    for shelf in shelves:
        place = Trace(
            Measure.SESSIONS,
            library_id=part.library.id,
            category=shelf.category,
            without_event=shelf.category is None,
        )
        name = category_name(shelf.category) if shelf.category else words.UNSORTED
        numbers.append(rows.add(part.library.name, name, *_figure_cells(shelf.figures, place), *_NO_CHANGE))
        if shelf.category is Category.EXHIBITION:
            exhibitions.append(numbers[-1])
    cells = _figure_cells(part.own, Trace(Measure.SESSIONS, library_id=part.library.id))
    return rows.add_sum(
        *(part.library.name, words.SUBTOTAL, *cells, *changes.of(part.library.id, part.own.counts)),
        adds=_if_they_sum(rows, numbers, cells),
        columns=_SUMMED,
        kind=RowKind.SUBTOTAL,
    )


def _total_rows(
    rows: Rows,
    summary: Summary,
    changes: _Changes,
    subtotals: Sequence[int],
    exhibitions: Sequence[int],
    *,
    public: bool,
) -> None:
    """The total, and never alone: one exhibition can be most of a month's attendance (library-domain 3.3)."""
    key = summary.library.id if summary.library else None
    place = Trace(Measure.SESSIONS, library_id=key, branches=key is not None)
    counts = summary.total.counts
    if counts.hybrid_sessions and summary.rules.hybrid is HybridAs.APART and not public:
        hybrid = (None, counts.hybrid_sessions, counts.hybrid_people, None, None)
        rows.add(words.HYBRID_IN_IT, None, *hybrid, *_NO_CHANGE, kind=RowKind.TOTAL)
    cells = _figure_cells(summary.total, place)
    rows.add_sum(
        *(words.TOTAL, None, *cells, *changes.of(None, counts, whole=True)),
        adds=_if_they_sum(rows, subtotals, cells),
        columns=_SUMMED,
        kind=RowKind.TOTAL,
    )
    found = [part.figures for part in summary.categories if part.category is Category.EXHIBITION]
    if found and exhibitions:
        cells = _figure_cells(found[0], replace(place, category=Category.EXHIBITION))
        rows.add_sum(
            *(words.EXHIBITIONS_IN_IT, None, *cells, *_NO_CHANGE),
            adds=_if_they_sum(rows, exhibitions, cells),
            columns=_SUMMED,
            kind=RowKind.TOTAL,
        )


def _figure_cells(figures: Figures, place: Trace) -> list[Cell]:
    counts = figures.counts
    values = (
        (figures.activities, Measure.ACTIVITIES),
        (counts.sessions, Measure.SESSIONS),
        (counts.person_times, Measure.PERSON_TIMES),
        (counts.online_people + counts.online_live + counts.online_views, Measure.ONLINE),
        (figures.persons, Measure.PERSONS),
    )
    return [Cell(value, replace(place, measure=measure)) for value, measure in values]


def _is_told(figures: Figures) -> bool:
    counts = figures.counts
    people = counts.person_times or counts.online_people or counts.online_live or counts.online_views
    return bool(figures.activities or counts.sessions or people)


def _if_they_sum(rows: Rows, numbers: Sequence[int], cells: Sequence[Cell]) -> tuple[int, ...]:
    """The rows below a sum; none where they do not make it (co-hosted events counted by each library)."""
    for column, cell in zip(_SUMMED, cells[: len(_SUMMED)], strict=True):
        parts = [rows.rows[number].cells[column].value for number in numbers]
        if sum(part for part in parts if isinstance(part, int)) != cell.value:
            return ()
    return tuple(numbers)


class _Changes:
    """环比 and 同比 by library. In public only where no number of 1 to 4 persons of the past follows from them."""

    def __init__(self, summary: Summary, *, public: bool) -> None:
        self._pasts = (summary.month_before, summary.year_before)
        self._public = public

    def of(self, library_id: int | None, counts: Counts, *, whole: bool = False) -> tuple[Decimal | None, ...]:
        """By how much the person-times changed, as shares of what was; None without a past."""
        return tuple(self._change(past, library_id, counts.person_times, whole=whole) for past in self._pasts)

    def _change(self, past: Comparison | None, library_id: int | None, now: int, *, whole: bool) -> Decimal | None:
        if past is None or (self._public and not whole and self._is_telling(past)):
            return None
        before = past.figures.get(library_id, Counts()).person_times
        if not before or (self._public and is_small(before)):
            return None
        return rounded(Fraction(now - before, before))

    @staticmethod
    def _is_telling(past: Comparison) -> bool:
        return any(is_small(counts.person_times) for counts in past.figures.values())


def _span(past: Comparison | None) -> tuple[date, date] | None:
    return (past.starts_on, past.ends_on) if past else None


def _only(table: Table, shown: Sequence[bool]) -> Table:
    """Without columns that have nothing to tell; none of them stands before a sum."""
    keep = [at for at, is_shown in enumerate(shown) if is_shown]
    rows = tuple(replace(row, cells=tuple(row.cells[at] for at in keep)) for row in table.rows)
    return replace(table, columns=tuple(table.columns[at] for at in keep), rows=rows)
