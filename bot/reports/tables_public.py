"""Tables that may be shown to everybody: no count of 1 to 4 persons in them, and none that can be worked out.

Rows of a library that have such a count are put together with others of it until what they hold is large enough.
Sums stay what they are. Where a library has nothing left to put together, the count is marked instead of told, and
with it as many others of the same sum as it takes: of the marked ones only their sum is known, and that is large.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from bot.domain.summary import Summary
from bot.reports.table import Cell, Kind, Row, RowKind, Table
from bot.texts import tables as words

FEWEST = 5
Numbers = Sequence[int | Decimal]


def is_small(value: object) -> bool:
    """Whether a number of persons is too small to be told."""
    return isinstance(value, int | Decimal) and 0 < value < FEWEST


def choose(vectors: Sequence[Numbers]) -> tuple[list[int], bool]:
    """Which of some parts go together so that each of their sums can be told, and whether these then can.

    All with a small number, then the smallest others that make a small sum larger; none when no number is small.
    """
    together = [at for at, numbers in enumerate(vectors) if any(map(is_small, numbers))]
    rest = sorted(set(range(len(vectors))) - set(together), key=lambda at: (sum(vectors[at]), at))
    sums = [sum(parts) for parts in zip(*(vectors[at] for at in together), strict=True)]
    while small := [column for column, value in enumerate(sums) if is_small(value)]:
        helper = next((at for at in rest if any(vectors[at][column] for column in small)), None)
        if helper is None:
            return sorted(together), False
        rest.remove(helper)
        together.append(helper)
        sums = [value + more for value, more in zip(sums, vectors[helper], strict=True)]
    return sorted(together), True


def make_public(table: Table) -> Table:
    """The same table for everybody."""
    rows = list(table.rows)
    if table.code == "T3":
        return _noted(table, _mark_form(table, rows))
    if table.code in ("T1", "T2", "T6"):
        rows = _merge_groups(table, rows)
    return _noted(table, _mark(table, rows))


def mask_names(table: Table, summary: Summary) -> Table:
    """Without the names of speakers, wherever somebody wrote them: in titles, headlines or remarks."""
    names = {name for part in summary.events for name in words.names_in(part.event.speaker)}
    if not names:
        return table
    named = re.compile("|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name))))
    columns = [column.kind is Kind.TEXT and column.title not in words.NEVER_MASKED for column in table.columns]
    rows = []
    for row in table.rows:
        cells = tuple(
            replace(cell, value=named.sub(words.SOMEBODY, cell.value))
            if is_open and isinstance(cell.value, str)
            else cell
            for cell, is_open in zip(row.cells, columns, strict=True)
        )
        rows.append(replace(row, cells=cells))
    return replace(table, rows=tuple(rows))


def _noted(table: Table, rows: Sequence[Row]) -> Table:
    if tuple(rows) == table.rows:
        return table
    told = [row.cells for row in rows]
    notes = [*table.notes]
    if any(cell.value == words.OTHERS for cells in told for cell in cells):
        notes.append(words.MERGED_NOTE)
    if any(cell.value == words.WITHHELD for cells in told for cell in cells):
        notes.append(words.MARKED_NOTE)
    return replace(table, rows=tuple(rows), notes=tuple(notes))


def _people_columns(table: Table) -> list[int]:
    return [at for at, column in enumerate(table.columns) if column.people]


def _people_in(table: Table, row: Row, column: int) -> int | Decimal:
    """How many persons a cell tells of; in T5 and T6 the measure word says whether it does."""
    value = row.cells[column].value
    if not isinstance(value, int | Decimal):
        return 0
    return value if table.columns[column].kind is Kind.COUNT or _unit_of(row, column) in words.PERSON_UNITS else 0


def _unit_of(row: Row, column: int) -> object:
    return row.cells[column + 1].value


def _is_leaf(row: Row) -> bool:
    return not row.adds and row.kind is not RowKind.TOTAL


# --- putting rows together ----------------------------------------------------------------------------------------


def _merge_groups(table: Table, rows: Sequence[Row]) -> list[Row]:
    """Rows with small counts become one row with others of their group; sums point to where their parts now are."""
    people = _people_columns(table)
    moved: dict[int, int] = {}
    made: list[Row] = []
    for group in _groups(table, rows):
        together: list[int] = []
        if _is_leaf(rows[group[0]]):
            vectors = [[_people_in(table, rows[at], column) for column in people] for at in group]
            together = [group[at] for at in choose(vectors)[0]]
        if len(together) < 2:
            together = []
        for at in (at for at in group if at not in together):
            moved[at] = len(made)
            made.append(rows[at])
        if together:
            moved.update(dict.fromkeys(together, len(made)))
            made.append(_merged(table, [rows[at] for at in together]))
    old_sums = {moved[at]: row for at, row in enumerate(rows) if row.adds}
    for at, row in old_sums.items():
        made[at] = _moved_sum(row, rows, moved)
    return _renumbered(table, [row for row in made if row.cells])


def _moved_sum(row: Row, rows: Sequence[Row], moved: Mapping[int, int]) -> Row:
    """A sum over the rows that there are now. One that crosses a merged row tells of the others alone."""
    adds = tuple(dict.fromkeys(moved[at] for at in row.adds))
    parts: dict[int, set[int]] = {}
    for at, place in moved.items():
        parts.setdefault(place, set()).add(at)
    added = set(row.adds)
    crossing = {place for place in adds if not parts[place] <= added}
    if not crossing:
        return replace(row, adds=adds)
    left = [at for at in row.adds if moved[at] not in crossing]
    cells = [Cell(words.EXHIBITIONS_LEFT), *(Cell() for _ in row.cells[1:])]
    for column in row.added_columns:
        values = [rows[at].cells[column].value for at in left]
        cells[column] = Cell(sum(value for value in values if isinstance(value, int)))
    return Row(tuple(cells) if left else (), row.kind, tuple(moved[at] for at in left), row.added_columns)


def _groups(table: Table, rows: Sequence[Row]) -> list[list[int]]:
    """Runs of parts of one library (in T6 of one event), and every other row by itself."""
    groups: list[list[int]] = []
    before: object = None
    for at, row in enumerate(rows):
        key = _group_of(table, row) if _is_leaf(row) and row.kind is RowKind.BODY else None
        if key is not None and key == before:
            groups[-1].append(at)
        else:
            groups.append([at])
        before = key
    return groups


def _group_of(table: Table, row: Row) -> object:
    match table.code:
        case "T1":
            return row.cells[0].value
        case "T2":
            return row.cells[1].value
        case _:
            return tuple(row.cells[at].value for at in (0, 1, 4))


_NAMED_AT = {"T1": 1, "T2": 2, "T6": 2}


def _merged(table: Table, rows: Sequence[Row]) -> Row:
    """One row of several: the library stays, numbers are added, what differs is left out."""
    name_at = _NAMED_AT[table.code]
    cells: list[Cell] = []
    for at, column in enumerate(table.columns):
        values = [row.cells[at].value for row in rows]
        numbers = [value for value in values if isinstance(value, int | Decimal)]
        if at == name_at:
            cells.append(Cell(words.OTHERS))
        elif column.kind in (Kind.COUNT, Kind.AMOUNT) and column.title != words.NUMBER:
            cells.append(Cell(sum(numbers) if numbers else None))
        else:
            is_kept = len(set(values)) == 1 and column.title in (words.LIBRARY, words.ACTIVITY, words.UNIT)
            cells.append(Cell(values[0] if is_kept else None))
    if table.columns[-1].title == words.REMARKS:
        cells[-1] = Cell(words.merged_rows(len(rows)))
    return Row(tuple(cells))


def _renumbered(table: Table, rows: list[Row]) -> list[Row]:
    if table.columns[0].title != words.NUMBER:
        return rows
    numbers = iter(range(1, len(rows) + 1))
    return [
        replace(row, cells=(Cell(next(numbers)), *row.cells[1:])) if row.kind is RowKind.BODY else row for row in rows
    ]


# --- marking what is left -----------------------------------------------------------------------------------------


def _mark(table: Table, rows: list[Row]) -> list[Row]:
    """Counts that are still small are not told, nor others of the same sum by which one could find out."""
    holds = _parts_of_sums(rows)
    cells = [list(row.cells) for row in rows]
    added = [list(row.added_columns) for row in rows]
    for column in _people_columns(table):
        marked = _marked(table, rows, holds, column)
        for at in marked:
            if cells[at][column].value:
                cells[at][column] = Cell(words.WITHHELD)
        for at in (at for at, row in enumerate(rows) if marked & {at, *row.adds} and column in added[at]):
            added[at].remove(column)
    return [
        replace(row, cells=tuple(made), added_columns=tuple(columns))
        for row, made, columns in zip(rows, cells, added, strict=True)
    ]


def _parts_of_sums(rows: Sequence[Row]) -> dict[int, frozenset[int]]:
    """Of each sum the rows, themselves no sums, that it comes from in the end."""
    found: dict[int, frozenset[int]] = {}

    def parts(at: int) -> frozenset[int]:
        if not rows[at].adds:
            return frozenset((at,))
        if at not in found:
            found[at] = frozenset().union(*(parts(each) for each in rows[at].adds))
        return found[at]

    for at in range(len(rows)):
        parts(at)
    return found


def _marked(table: Table, rows: Sequence[Row], holds: Mapping[int, frozenset[int]], column: int) -> set[int]:
    numbers = {at: _people_in(table, row, column) for at, row in enumerate(rows) if column < len(row.cells)}
    marked: set[int] = set()
    for family in _families(rows, holds):
        chosen, is_safe = choose([(numbers[at],) for at in family])
        hidden = {family[at] for at in chosen}
        marked |= hidden
        for at, parts in holds.items():
            if column in rows[at].added_columns and parts & hidden and not (is_safe and hidden <= parts):
                marked.add(at)
    loose = [at for at, row in enumerate(rows) if row.kind is RowKind.TOTAL and not row.adds]
    told = sum(numbers[at] for at, row in enumerate(rows) if _is_leaf(row))
    marked |= {at for at in loose if is_small(numbers[at]) or is_small(abs(numbers[at] - told))}
    return marked


def _families(rows: Sequence[Row], holds: Mapping[int, frozenset[int]]) -> Iterable[list[int]]:
    """Parts that share a sum; what is in none is one by itself."""
    left = {at for at, row in enumerate(rows) if _is_leaf(row)}
    for parts in sorted(holds.values(), key=lambda parts: (-len(parts), min(parts))):
        if parts <= left:
            left -= parts
            yield sorted(parts)
    for at in sorted(left):
        yield [at]


def _mark_form(table: Table, rows: list[Row]) -> list[Row]:
    """T3: marks by column; a sum over columns is not told where one of its parts is not."""
    last = len(rows) - 1
    cells = [list(row.cells) for row in rows]
    numbers = [[value if isinstance(value := cell.value, int) else 0 for cell in row.cells] for row in rows]
    everybody = words.NATIONAL.index(words.ALL_PEOPLE) + 1
    groups = range(len(rows[0].cells) - 3, len(rows[0].cells))
    marked: set[tuple[int, int]] = set()
    for column in _people_columns(table):
        if column == everybody:
            continue
        vectors = [(row[column], *((row[everybody] - row[column],) if column in groups else ())) for row in numbers]
        chosen, is_safe = choose(vectors[:last])
        marked |= {(at, column) for at in (*chosen, *(() if is_safe else (last,)))}
    classes = [at for at in _people_columns(table) if at < everybody]
    marked |= {(at, everybody) for at in range(len(rows)) if any((at, column) in marked for column in classes)}
    for at, column in marked:
        if numbers[at][column]:
            cells[at][column] = Cell(words.WITHHELD)
    columns = {column for _, column in marked}
    return [
        replace(row, cells=tuple(made), added_columns=tuple(at for at in row.added_columns if at not in columns))
        for row, made in zip(rows, cells, strict=True)
    ]
