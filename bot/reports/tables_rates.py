"""T3 and T4: the national form's extract for the year to date, and the indicators of a campaign."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from bot.domain.kinds import Category
from bot.domain.national import NationalFigures, NationalYear
from bot.domain.summary import LibrarySummary, Summary
from bot.domain.summary_facts import Counts
from bot.domain.trace import Measure, Trace
from bot.reports.table import Cell, Column, Kind, Row, RowKind, Rows, Table
from bot.reports.tables_public import choose, is_small
from bot.texts import tables as words

TEN_THOUSAND = 10_000
_OF_PEOPLE = {1, 3, 6, 8, 10, 11, 12, 13, 14}


def list_national(national: NationalYear) -> Table:
    """T3. Its traces hold in every campaign of the year."""
    rows = Rows()
    numbers = [rows.add(library.name, *_national(figures, library.id)) for library, figures in national.by_library]
    rows.add_sum(
        words.TOTAL,
        *_national(national.total, None),
        adds=numbers,
        columns=range(1, 1 + len(words.NATIONAL)),
        kind=RowKind.TOTAL,
    )
    columns = [
        Column(title, Kind.COUNT, 4 if len(title) <= 6 else 5, people=at in _OF_PEOPLE)
        for at, title in enumerate(words.NATIONAL)
    ]
    return Table(
        "T3",
        words.national_title(national.year, national.until),
        (Column(words.LIBRARY, width=10), *columns),
        tuple(rows.rows),
        words.NOTES["T3"] if numbers else (words.no_rows("T3"),),
        landscape=True,
    )


def _national(figures: NationalFigures, library_id: int | None) -> list[Cell]:
    def traced(value: int, measure: Measure, category: Category | None = None) -> Cell:
        return Cell(value, Trace(measure, library_id=library_id, category=category))

    people = Measure.PERSON_TIMES
    return [
        traced(figures.lectures, Measure.SESSIONS, Category.LECTURE),
        traced(figures.lecture_people, people, Category.LECTURE),
        traced(figures.exhibitions, Measure.SESSIONS, Category.EXHIBITION),
        traced(figures.exhibition_people, people, Category.EXHIBITION),
        traced(figures.classes, Measure.ACTIVITIES, Category.TRAINING),
        traced(figures.lessons, Measure.SESSIONS, Category.TRAINING),
        traced(figures.training_people, people, Category.TRAINING),
        *map(Cell, (figures.others, figures.other_people, figures.events)),
        traced(figures.people, people),
        traced(figures.online_people, Measure.ONLINE),
        *map(Cell, (figures.minors, figures.elderly, figures.disabled)),
    ]


# --- T4 -----------------------------------------------------------------------------------------------------------

_POPULATION, _SESSIONS, _PEOPLE, _SEATS, _FILL, _SETTLED, _CAME, _MISSED, _WAITED, _CONVERTED, _RATINGS, _SATISFIED = (
    range(1, 13)
)
_KINDS = {
    **dict.fromkeys((_POPULATION, _SEATS, _SETTLED, _WAITED, _RATINGS), Kind.COUNT),
    **dict.fromkeys((_SESSIONS, _PEOPLE), Kind.AMOUNT),
    **dict.fromkeys((_FILL, _CAME, _MISSED, _CONVERTED, _SATISFIED), Kind.SHARE),
}
_BASES = (_SEATS, _SETTLED, _WAITED, _RATINGS)


def list_indicators(summary: Summary, *, public: bool = False) -> Table:
    """T4: each rate with its base. In public none that tells of 1 to 4 persons, and no base that lets one find out."""
    rows = Rows()
    shown = [part for part in summary.libraries if part.own.counts != Counts()]
    for part in shown:
        rows.add(part.library.name, *_indicators(part.own.counts, part.library.id, part.library.population))
    if shown:
        top = summary.library.id if summary.library else None
        total = _indicators(summary.total.counts, top, None, branches=top is not None)
        rows.add_sum(words.TOTAL, *total, adds=_summed(rows, total), columns=_BASES, kind=RowKind.TOTAL)
    made = _shown_to_all(rows.rows, shown, summary.total.counts) if public and shown else rows.rows
    columns = [
        Column(title, _KINDS[at], 5, people=at in (_SETTLED, _WAITED, _RATINGS))
        for at, title in enumerate(words.INDICATORS, 1)
    ]
    return Table(
        "T4",
        words.TITLES["T4"],
        (Column(words.LIBRARY, width=10), *columns),
        tuple(made),
        (*words.NOTES["T4"], *((words.MARKED_NOTE,) if made != rows.rows else ()))
        if rows.rows
        else (words.no_rows("T4"),),
        landscape=True,
    )


def _indicators(
    counts: Counts, library_id: int | None, population: int | None, *, branches: bool = False
) -> list[Cell]:
    def base(value: int, measure: Measure) -> Cell:
        return Cell(value, Trace(measure, library_id=library_id, branches=branches))

    return [
        Cell(population),
        Cell(rounded(Fraction(counts.sessions * TEN_THOUSAND, population), 2) if population else None),
        Cell(rounded(Fraction(counts.person_times * TEN_THOUSAND, population), 2) if population else None),
        base(counts.capacity, Measure.CAPACITY),
        Cell(rounded(counts.fill_rate)),
        base(counts.settled_people, Measure.SETTLED_PEOPLE),
        Cell(rounded(counts.attendance_rate)),
        Cell(rounded(counts.no_show_rate)),
        base(counts.waited, Measure.WAITED),
        Cell(rounded(counts.conversion_rate)),
        base(counts.ratings, Measure.RATINGS),
        Cell(rounded(counts.satisfaction)),
    ]


def _summed(rows: Rows, total: list[Cell]) -> range:
    """All rows so far, where they make the total's bases; none where libraries share what they held."""
    for at in _BASES:
        parts = [row.cells[at].value for row in rows.rows]
        if sum(part for part in parts if isinstance(part, int)) != total[at - 1].value:
            return range(0)
    return range(len(rows.rows))


_ASPECTS: tuple[tuple[Callable[[Counts], tuple[int, ...]], tuple[int, ...]], ...] = (
    (lambda counts: (counts.filled_people,), (_FILL,)),
    (
        lambda counts: (counts.settled_people, counts.used_people, counts.settled_people - counts.used_people),
        (_SETTLED, _CAME, _MISSED),
    ),
    (
        lambda counts: (counts.waited, counts.promoted, counts.waited - counts.promoted),
        (_WAITED, _CONVERTED),
    ),
    (
        lambda counts: (counts.ratings, counts.satisfied, counts.ratings - counts.satisfied),
        (_RATINGS, _SATISFIED),
    ),
)
"""What follows from a base and its rates, and the columns that they stand in."""


def _shown_to_all(rows: list[Row], shown: list[LibrarySummary], total: Counts) -> list[Row]:
    cells = [list(row.cells) for row in rows]
    marked: set[int] = set()
    for numbers_of, columns in _ASPECTS:
        vectors = [numbers_of(part.own.counts) for part in shown]
        together, is_safe = choose(vectors)
        if not is_safe or not _is_whole(vectors, numbers_of(total)):
            together = [*together, len(rows) - 1]
        for at in together:
            for column in columns:
                if cells[at][column].value is not None:
                    cells[at][column] = Cell(words.WITHHELD)
                    marked.add(column)
    for at, part in enumerate(shown):
        if cells[at][_PEOPLE].value is not None and is_small(part.own.counts.person_times):
            cells[at][_PEOPLE] = Cell(words.WITHHELD)
    return [
        Row(tuple(made), row.kind, row.adds, tuple(at for at in row.added_columns if at not in marked))
        for row, made in zip(rows, cells, strict=True)
    ]


def _is_whole(vectors: list[tuple[int, ...]], total: tuple[int, ...]) -> bool:
    """Whether libraries make up the total, or are at least not off by a few persons."""
    return not any(
        is_small(abs(sum(parts) - whole)) for parts, whole in zip(zip(*vectors, strict=True), total, strict=True)
    )


def rounded(share: Fraction | None, places: int = 4) -> Decimal | None:
    """A fraction as tables have it; half a unit goes up, as people round."""
    if share is None:
        return None
    return Decimal(math.floor(share * 10**places + Fraction(1, 2))) / Decimal(10) ** places
