"""T5 to T7: what was handed out and given, prizes by tier, and the media log."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.domain.kinds import Exactness
from bot.domain.summary import EventSummary, Figures, LibrarySummary, Summary
from bot.domain.tally import ATTENDANCE, ONLINE_LIVE, ONLINE_VIEWS, RATES, TallyFacts, TallyTotal
from bot.domain.trace import Measure, Trace
from bot.reports.table import Cell, Column, Kind, Row, RowKind, Rows, Table
from bot.texts import tables as words
from bot.texts.metrics import TIERS, metric_name

PRIZES = "essays_awarded"
_ELSEWHERE = frozenset({ATTENDANCE, ONLINE_LIVE, ONLINE_VIEWS, PRIZES})
_AMOUNT = 3


def list_materials(summary: Summary, *, public: bool = False) -> Table:
    """T5: by library, each metric with its measure word; parts make up their total, stocks and rates stand apart.

    `public`: persons are not told by title or place.
    """
    rows = Rows()
    wholes: dict[tuple[str, str], list[int]] = {}
    for part in summary.libraries:
        _materials_of(rows, part, summary, wholes, public=public)
    for tally in summary.headlines:
        _unsummed_row(rows, words.WHOLE, tally)
    _totals(rows, summary, wholes)
    columns = (
        Column(words.LIBRARY, width=11),
        Column(words.ITEM, width=11),
        Column(words.PART, width=13),
        Column(words.AMOUNT, Kind.AMOUNT, 7, people=True),
        Column(words.UNIT, width=4),
        Column(words.EXACT, width=6),
        Column(words.RECIPIENT, width=12),
    )
    notes = words.NOTES["T5"] if rows.rows else (words.no_rows("T5"),)
    return Table("T5", words.TITLES["T5"], columns, tuple(rows.rows), notes)


def _materials_of(
    rows: Rows, part: LibrarySummary, summary: Summary, wholes: dict[tuple[str, str], list[int]], *, public: bool
) -> None:
    for total in part.own.tallies:
        if total.metric not in _ELSEWHERE:
            is_whole_only = public and total.unit in words.PERSON_UNITS
            given = {} if is_whole_only else _given(summary, total)
            at = _material_rows(rows, part, total, given, with_parts=not is_whole_only)
            wholes.setdefault((total.metric, total.unit), []).append(at)
    for tally in part.own.unsummed:
        if tally.metric not in _ELSEWHERE:
            _unsummed_row(rows, part.library.name, tally)


def _material_rows(
    rows: Rows, part: LibrarySummary, total: TallyTotal, given: dict[str, Decimal], *, with_parts: bool
) -> int:
    """The total, and below it what it is made up of: titles and tiers, and who was given what."""
    library, name, unit = part.library.name, metric_name(total.metric), total.unit
    trace = _trace(total, part.library.id)
    exact = words.exactness_word(total.metric, total.exactness)
    only = next(iter(given)) if len(given) == 1 and sum(given.values()) == total.number else ""
    rows.add(library, name, None, Cell(total.number, trace), unit, exact, only or None)
    at = len(rows.rows) - 1
    titles: list[int] = []
    for each in total.parts if with_parts else ():
        cell = Cell(each.number, replace(trace, part=each.part) if trace else None)
        told = words.exactness_word(total.metric, each.exactness)
        titles.append(rows.add(library, name, each.part, cell, unit, told, None))
    _add_rest(rows, titles, total, (library, name, words.REST), unit, exact)
    places: list[int] = []
    for recipient, number in {} if only else given.items():
        cell = Cell(number, replace(trace, recipient=recipient) if trace else None)
        places.append(rows.add(library, name, None, cell, unit, exact, recipient))
    _add_rest(rows, places, total, (library, name, words.REST), unit, exact)
    numbers = next((each for each in (titles, places) if _sum(rows, each) == total.number), [])
    if titles or places:
        rows.rows[at] = Row(rows.rows[at].cells, RowKind.SUBTOTAL, tuple(numbers), (_AMOUNT,))
    return at


def _add_rest(
    rows: Rows, numbers: list[int], total: TallyTotal, head: tuple[str, str, str], unit: str, exact: str
) -> None:
    """What of a total was noted without a title or place, so that the parts make it up."""
    rest = total.number - _sum(rows, numbers)
    if numbers and rest > 0:
        numbers.append(rows.add(*head, rest, unit, exact, None))


def _sum(rows: Rows, numbers: list[int]) -> Decimal:
    values = (rows.rows[at].cells[_AMOUNT].value for at in numbers)
    return sum((Decimal(value) for value in values if isinstance(value, int | Decimal)), Decimal(0))


def _given(summary: Summary, total: TallyTotal) -> dict[str, Decimal]:
    """What each named place was given, of the tallies of a total; parts of one of them are in it already."""
    given: dict[str, Decimal] = {}
    here = set(total.tallies)
    for key in total.tallies:
        tally = summary.noted.get(key)
        if tally is not None and tally.recipient and tally.number is not None and tally.parent_id not in here:
            given[tally.recipient] = given.get(tally.recipient, Decimal(0)) + tally.number
    return given


def _unsummed_row(rows: Rows, library: str, tally: TallyFacts) -> None:
    is_doubtful = tally.number is None or tally.exactness is Exactness.DOUBTFUL
    number = words.DOUBTFUL if is_doubtful else tally.number
    cell = Cell(number, Trace(Measure.TALLY, metric=tally.metric, unit=tally.unit, tally_id=tally.id))
    exact = words.DOUBTED if is_doubtful else words.exactness_word(tally.metric, tally.exactness)
    rows.add(library, metric_name(tally.metric), tally.part or None, cell, tally.unit, exact, tally.recipient or None)


def _totals(rows: Rows, summary: Summary, wholes: dict[tuple[str, str], list[int]]) -> None:
    """Over all libraries, where several have it: by metric and measure word, which are never mixed."""
    top = summary.library.id if summary.library else None
    for total in summary.total.tallies:
        adds = wholes.get((total.metric, total.unit), [])
        if len(adds) > 1:
            is_sum = _sum(rows, adds) == total.number
            exact = words.exactness_word(total.metric, total.exactness)
            trace = _trace(total, top)
            cell = Cell(total.number, replace(trace, branches=top is not None) if trace else None)
            cells = (words.TOTAL, metric_name(total.metric), None, cell, total.unit, exact, None)
            rows.add_sum(*cells, adds=adds if is_sum else (), columns=(_AMOUNT,), kind=RowKind.TOTAL)


def _trace(total: TallyTotal, library_id: int | None) -> Trace | None:
    if total.metric in RATES:
        return None
    return Trace(Measure.TALLY, library_id=library_id, metric=total.metric, unit=total.unit)


def list_prizes(summary: Summary) -> Table:
    """T6: awarded works by tier, for each event; the tiers make up the sum."""
    rows = Rows()
    for part in summary.events:
        for total in _prizes_of(part.figures):
            _prize_rows(rows, part, total)
    columns = (
        Column(words.LIBRARY, width=12),
        Column(words.ACTIVITY, width=20),
        Column(words.PRIZE, width=10),
        Column(words.AMOUNT, Kind.AMOUNT, 8, people=True),
        Column(words.UNIT, width=5),
    )
    notes = words.NOTES["T6"] if rows.rows else (words.no_rows("T6"),)
    return Table("T6", words.TITLES["T6"], columns, tuple(rows.rows), notes)


def _prizes_of(figures: Figures) -> list[TallyTotal]:
    return [
        total for total in figures.tallies if total.metric == PRIZES or any(part.part in TIERS for part in total.parts)
    ]


def _prize_rows(rows: Rows, part: EventSummary, total: TallyTotal) -> None:
    library, title = part.library.name, part.event.title
    trace = Trace(Measure.TALLY, event_id=part.event.id, metric=total.metric, unit=total.unit)
    numbers = [
        rows.add(library, title, each.part, Cell(each.number, replace(trace, part=each.part)), total.unit)
        for each in total.parts
    ]
    rest = total.number - _sum(rows, numbers)
    if numbers and rest > 0:
        numbers.append(rows.add(library, title, words.REST, rest, total.unit))
    rows.add_sum(
        *(library, title, words.TOTAL, Cell(total.number, trace), total.unit),
        adds=numbers if _sum(rows, numbers) == total.number else (),
        columns=(_AMOUNT,),
        kind=RowKind.SUBTOTAL,
    )


def list_media(summary: Summary) -> Table:
    """T7: where the campaign was spoken of."""
    names = {part.library.id: part.library.name for part in summary.libraries}
    rows = Rows()
    for place, item in enumerate(summary.media, 1):
        rows.add(
            place,
            words.day_of(item.day),
            words.medium_name(item.medium),
            item.outlet or item.place,
            item.title,
            item.link,
            names.get(item.library_id, ""),
        )
    columns = (
        Column(words.NUMBER, Kind.COUNT, 4),
        Column(words.DAY, width=9),
        Column(words.MEDIUM, width=7),
        Column(words.OUTLET, width=12),
        Column(words.TITLE, width=18),
        Column(words.LINK, Kind.LINK, 16),
        Column(words.LIBRARY, width=10),
    )
    notes = words.NOTES["T7"] if rows.rows else (words.no_rows("T7"),)
    return Table("T7", words.TITLES["T7"], columns, tuple(rows.rows), notes)
