"""Tables that may be shown to everybody: no count of 1 to 4 persons in them, and none that can be worked out.

Rows with such a count are put together with others of the same group until what they hold is large enough. Sums stay
what they are. Where a group has nothing left to put together, the count is not told, and one more of the same sum with
it, so that it does not follow from the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from bot.domain.measure import PEOPLE_UNITS
from bot.reports.table import Cell, Kind, Row, RowKind, Table
from bot.texts import tables as words

FEWEST = 5


def make_public(table: Table) -> Table:
    """The same table for everybody."""
    people = _people_columns(table)
    if table.code == "T5":
        return _note(table, _hide(table, table.rows))
    if not people:
        return table
    rows = list(table.rows) if table.code in ("T3", "T4") else _merge_groups(table, people)
    return _note(table, _hide(table, tuple(rows)))


def is_small(value: object) -> bool:
    """Whether a number of persons is too small to be told."""
    return isinstance(value, int | Decimal) and 0 < value < FEWEST


def _people_columns(table: Table) -> tuple[int, ...]:
    return tuple(at for at, column in enumerate(table.columns) if column.people)


def _has_small(row: Row, people: Iterable[int]) -> bool:
    return any(is_small(row.cells[at].value) for at in people)


# --- putting rows together ----------------------------------------------------------------------------------------


def _merge_groups(table: Table, people: Sequence[int]) -> list[Row]:
    """Body rows of one library with small counts become one row; sums point to the rows where they now are."""
    made: list[Row] = []
    moved: dict[int, int] = {}
    for group in _groups(table.rows):
        if table.rows[group[0]].kind is not RowKind.BODY:
            moved[group[0]] = len(made)
            made.append(table.rows[group[0]])
            continue
        together = _chosen(table, group, people)
        for at in group:
            if at not in together:
                moved[at] = len(made)
                made.append(table.rows[at])
        if together:
            for at in together:
                moved[at] = len(made)
            made.append(_merged(table, [table.rows[at] for at in together]))
    return [replace(row, adds=tuple(dict.fromkeys(moved[at] for at in row.adds))) for row in made]


def _groups(rows: Sequence[Row]) -> list[list[int]]:
    """Runs of body rows of one library, and every other row by itself."""
    groups: list[list[int]] = []
    before: object = None
    for at, row in enumerate(rows):
        key = _library_of(row) if row.kind is RowKind.BODY else None
        if key is not None and key == before:
            groups[-1].append(at)
        else:
            groups.append([at])
        before = key
    return groups


def _library_of(row: Row) -> object:
    first = row.cells[0].value
    return row.cells[1].value if isinstance(first, int) else first


def _chosen(table: Table, group: Sequence[int], people: Sequence[int]) -> list[int]:
    """Which rows go together: all with small counts, and as many others as it takes."""
    together = [at for at in group if _has_small(table.rows[at], people)]
    rest = [at for at in group if at not in together]
    rest.sort(key=lambda at: sum(_number(table.rows[at].cells[column].value) for column in people))
    while together and rest and (len(together) == 1 or _is_small_sum(table, together, people)):
        together.append(rest.pop(0))
    return sorted(together) if len(together) > 1 else []


def _is_small_sum(table: Table, numbers: Sequence[int], people: Sequence[int]) -> bool:
    return any(is_small(sum(_number(table.rows[at].cells[column].value) for at in numbers)) for column in people)


def _merged(table: Table, rows: Sequence[Row]) -> Row:
    cells = []
    for at, column in enumerate(table.columns):
        values = [row.cells[at].value for row in rows]
        if column.kind in (Kind.COUNT, Kind.AMOUNT) and at > 0:
            numbers = [value for value in values if isinstance(value, int | Decimal)]
            cells.append(Cell(sum(numbers) if numbers else None))
        else:
            same = set(values)
            cells.append(Cell(same.pop() if len(same) == 1 and at < 2 else None))
    name_at = 2 if isinstance(rows[0].cells[0].value, int) else 1
    cells[name_at] = Cell(words.OTHERS)
    if name_at == 2:
        cells[0] = Cell(None)
    return Row(tuple(cells))


def _number(value: object) -> Decimal:
    return Decimal(value) if isinstance(value, int | Decimal) else Decimal(0)


# --- hiding what is left ------------------------------------------------------------------------------------------


def _hide(table: Table, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Counts that are still small are not told, and of every sum with one such part another part neither.

    All counts of persons in such a row are kept back: what came is the sum of what was checked in and what walked in.
    """
    counted = {at: _people_rows(table, rows, at) for at in range(len(table.columns))}
    hidden = {row for at, numbers in counted.items() for row in numbers if is_small(rows[row].cells[at].value)}
    while more := _others_to_hide(rows, counted, hidden):
        hidden |= more
    cells = [list(row.cells) for row in rows]
    for at, numbers in counted.items():
        for row in numbers & hidden:
            value = rows[row].cells[at].value
            cells[row][at] = Cell(words.BELOW_FIVE if is_small(value) else words.WITHHELD if value else value)
    shares = [at for at, column in enumerate(table.columns) if column.kind is Kind.SHARE]
    for row in hidden:
        for at in shares:
            cells[row][at] = Cell(None)
    return tuple(
        replace(row, cells=tuple(made), adds=_still_added(row, made, cells))
        for row, made in zip(rows, cells, strict=True)
    )


def _people_rows(table: Table, rows: tuple[Row, ...], at: int) -> set[int]:
    """The rows in which a column counts persons; in T5 the measure word says so."""
    if table.code != "T5":
        return set(range(len(rows))) if table.columns[at].people else set()
    if table.columns[at].kind is not Kind.AMOUNT:
        return set()
    return {number for number, row in enumerate(rows) if row.cells[at + 1].value in PEOPLE_UNITS}


_HIDDEN = (words.BELOW_FIVE, words.WITHHELD)


def _others_to_hide(rows: tuple[Row, ...], counted: Mapping[int, set[int]], hidden: set[int]) -> set[int]:
    """One unknown in a sum can be worked out from the others: the smallest other part goes with it, else the sum."""
    more: set[int] = set()
    for number, row in enumerate(rows):
        columns = [at for at in row.added_columns if number in counted[at]]
        unknown = [part for part in (*row.adds, number) if part in hidden]
        if not columns or not row.adds or len(unknown) != 1:
            continue
        others = [part for part in row.adds if part not in hidden and _people_in(rows[part], columns)]
        more.add(min(others, key=lambda part: _people_in(rows[part], columns)) if others else number)
    return more - hidden


def _people_in(row: Row, columns: Sequence[int]) -> Decimal:
    return sum((_number(row.cells[at].value) for at in columns), Decimal(0))


def _still_added(row: Row, made: Sequence[Cell], cells: Sequence[Sequence[Cell]]) -> tuple[int, ...]:
    """A formula stays only where everything it adds is told."""
    told = all(cells[part][at].value not in _HIDDEN for part in row.adds for at in row.added_columns)
    return row.adds if told and all(made[at].value not in _HIDDEN for at in row.added_columns) else ()


def _note(table: Table, rows: tuple[Row, ...]) -> Table:
    if rows == table.rows:
        return table
    return replace(table, rows=rows, notes=(*table.notes, words.MERGED_NOTE))
