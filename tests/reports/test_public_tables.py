"""Tables for everybody: what an attacker with linear algebra can work out from one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.audience import Audience
from bot.domain.counting import CoHosted, CountingRules
from bot.domain.kinds import Category, Mode
from bot.domain.national import sum_year
from bot.domain.summary import Summary
from bot.reports.table import Kind, RowKind, Table
from bot.reports.tables import list_tables
from bot.texts.summary import category_name
from bot.texts.tables import EXHIBITIONS_IN_IT, EXHIBITIONS_LEFT, OTHERS, SUBTOTAL, TOTAL, WITHHELD
from tests.reports.weeks import Held, Week, covered, library_name, noted

Vector = tuple[int, ...]
Known = tuple[Vector, int]
"""Which parts a printed number is the sum of, and the number."""


# --- the attacker --------------------------------------------------------------------------------------------------


def few_that_follow(parts: Sequence[int], known: Iterable[Known]) -> list[tuple[Vector, int]]:
    """Every set of parts whose number of persons is 1 to 4 and follows from the printed sums, by elimination."""
    rows = _reduced([vector for vector, _ in known])
    found = []
    for chosen in product((0, 1), repeat=len(parts)):
        number = sum(part for part, is_in in zip(parts, chosen, strict=True) if is_in)
        if 0 < number < 5 and not any(_left_over(rows, chosen)):
            found.append((chosen, number))
    return found


def _reduced(vectors: list[Vector]) -> list[tuple[int, list[Fraction]]]:
    """An echelon form: each row with the place of its first number, which is 1."""
    rows: list[tuple[int, list[Fraction]]] = []
    for vector in vectors:
        rest = _left_over(rows, vector)
        place = next((at for at, value in enumerate(rest) if value), None)
        if place is not None:
            rows.append((place, [value / rest[place] for value in rest]))
    return rows


def _left_over(rows: list[tuple[int, list[Fraction]]], vector: Sequence[int]) -> list[Fraction]:
    rest = [Fraction(value) for value in vector]
    for place, row in rows:
        factor = rest[place]
        if factor:
            rest = [value - factor * other for value, other in zip(rest, row, strict=True)]
    return rest


def table_of(tables: Sequence[Table], code: str) -> Table:
    """The table with a code."""
    return next(table for table in tables if table.code == code)


def column_of(table: Table, title: str) -> int:
    """The place of a column."""
    return next(at for at, column in enumerate(table.columns) if column.title == title)


# --- weeks ---------------------------------------------------------------------------------------------------------

_few = st.one_of(st.integers(0, 6), st.integers(0, 40))


@st.composite
def helds(draw: st.DrawFn) -> Held:
    """One occurrence of three libraries with small numbers."""
    registered = draw(_few)
    waited, ratings = draw(_few), draw(_few)
    return Held(
        library=draw(st.integers(1, 3)),
        category=draw(st.sampled_from([Category.LECTURE, Category.EXHIBITION, Category.TRAINING])),
        registered=registered,
        used=draw(st.integers(0, registered)),
        walked_in=draw(_few),
        waited=waited,
        promoted=draw(st.integers(0, waited)),
        ratings=ratings,
        satisfied=draw(st.integers(0, ratings)),
        mode=draw(st.sampled_from([Mode.ONSITE, Mode.ONSITE, Mode.ONLINE])),
        audience=draw(st.sampled_from([Audience.GENERAL, Audience.MINORS])),
    )


weeks = st.lists(helds(), max_size=7)


def tables_of(held: list[Held]) -> tuple[Summary, tuple[Table, ...], tuple[Table, ...]]:
    """The summary, its tables as they are and as everybody may see them."""
    summary = Week(held).summary()
    year = sum_year(2026, date(2026, 6, 2), [summary])
    return summary, list_tables(summary, year), list_tables(summary, year, public=True)


def known_of_week(whole: Table, public: Table, title: str) -> tuple[list[int], list[Known]]:
    """T1: the parts of the whole table, and what the public one says of them; merged are those it does not name."""
    column = column_of(whole, title)
    bodies = [row for row in whole.rows if row.kind is RowKind.BODY]
    places = [(row.cells[0].value, row.cells[1].value) for row in bodies]
    told = {tuple(cell.value for cell in row.cells[:2]) for row in public.rows if row.kind is RowKind.BODY}
    exhibition = category_name(Category.EXHIBITION)

    def holds(name: object, what: object, place: tuple[object, object]) -> bool:
        if name == TOTAL:
            return True
        if name == EXHIBITIONS_IN_IT:
            return place[1] == exhibition
        if name == EXHIBITIONS_LEFT:
            return place[1] == exhibition and place in told
        if what == OTHERS:
            return place[0] == name and place not in told
        return place[0] == name and what in (SUBTOTAL, place[1])

    known = []
    for row in public.rows:
        value = row.cells[column].value
        if isinstance(value, int):
            vector = tuple(int(holds(row.cells[0].value, row.cells[1].value, place)) for place in places)
            known.append((vector, value))
    return [int(str(row.cells[column].value)) for row in bodies], known


def known_of_list(whole: Table, public: Table, title: str) -> tuple[list[int], list[Known]]:
    """T2: the same; every event of these weeks has a name of its own."""
    before, after = column_of(whole, title), column_of(public, title)
    bodies = [row for row in whole.rows if row.kind is RowKind.BODY]
    places = [(row.cells[1].value, row.cells[2].value) for row in bodies]
    told = {(row.cells[1].value, row.cells[2].value) for row in public.rows}
    known = []
    for row in public.rows:
        library, name, value = row.cells[1].value, row.cells[2].value, row.cells[after].value
        if not isinstance(value, int):
            continue
        if row.kind is RowKind.TOTAL:
            vector = tuple(1 for _ in places)
        elif name == OTHERS:
            vector = tuple(int(place[0] == library and place not in told) for place in places)
        else:
            vector = tuple(int(place == (library, name)) for place in places)
        known.append((vector, value))
    return [int(str(row.cells[before].value)) for row in bodies], known


def agree(parts: Sequence[int], known: Iterable[Known]) -> bool:
    """Whether every printed number is the sum of the parts that it is said to be."""
    return all(
        number == sum(part for part, is_in in zip(parts, vector, strict=True) if is_in) for vector, number in known
    )


@settings(max_examples=120, deadline=None)
@given(weeks)
def test_no_few_persons_follow_from_the_week_and_the_list_in_public(held: list[Held]) -> None:
    """Seen to fail without the marks on other libraries, and with the row of exhibitions left as it is."""
    _, whole, public = tables_of(held)
    for title in ("参加人次", "线上人次"):
        parts, known = known_of_week(table_of(whole, "T1"), table_of(public, "T1"), title)
        assert agree(parts, known)
        assert few_that_follow(parts, known) == []
    for title in ("报名人数", "参加人次", "线上人次"):
        parts, known = known_of_list(table_of(whole, "T2"), table_of(public, "T2"), title)
        assert agree(parts, known)
        assert few_that_follow(parts, known) == []


@settings(max_examples=80, deadline=None)
@given(weeks)
def test_no_few_persons_follow_from_the_national_form_in_public(held: list[Held]) -> None:
    """Parts are a library's people of each class; the form also adds them up over classes.

    Seen to fail with the sum over classes told beside a class that is not.
    """
    _, whole, public = tables_of(held)
    before, after = table_of(whole, "T3"), table_of(public, "T3")
    classes = [column_of(before, title) for title in ("讲座人次", "展览人次", "培训人次", "其他活动人次")]
    everybody = column_of(before, "活动合计人次")
    libraries = range(len(before.rows) - 1)
    places = [(at, column) for at in libraries for column in classes]
    parts = [int(str(before.rows[at].cells[column].value)) for at, column in places]
    keep = [at for at, part in enumerate(parts) if part]  # a 0 tells of nobody and is told
    known = []
    for at, row in enumerate(after.rows):
        for column in (*classes, everybody):
            value = row.cells[column].value
            if isinstance(value, int):
                columns = classes if column == everybody else [column]
                rows = libraries if row.kind is RowKind.TOTAL else [at]
                known.append((tuple(int(places[k][0] in rows and places[k][1] in columns) for k in keep), value))
    told = [parts[at] for at in keep]
    assert agree(told, known)
    assert few_that_follow(told, known) == []
    assert few_that_follow(*_single_column(before, after, "其中：未成年人")) == []
    for row in after.rows:
        minors, people = row.cells[column_of(after, "其中：未成年人")].value, row.cells[everybody].value
        if isinstance(minors, int) and isinstance(people, int):
            assert not 0 < people - minors < 5


def _single_column(before: Table, after: Table, title: str) -> tuple[list[int], list[Known]]:
    column, size = column_of(before, title), len(before.rows) - 1
    known = []
    for at, row in enumerate(after.rows):
        value = row.cells[column].value
        if isinstance(value, int):
            known.append((tuple(int(row.kind is RowKind.TOTAL or at == place) for place in range(size)), value))
    return [int(str(row.cells[column].value)) for row in before.rows[:-1]], known


@settings(max_examples=80, deadline=None)
@given(weeks)
def test_no_few_persons_follow_from_rates_and_their_bases_in_public(held: list[Held]) -> None:
    """A rate times its base is a number of persons, and so is the rest. Seen to fail without the second library."""
    summary, _, public = tables_of(held)
    table = table_of(public, "T4")
    shown = [part.own.counts for part in summary.libraries if part.own.counts != type(part.own.counts)()]
    for base, rate, part_of in (
        ("到期报名人数", "到场率", lambda counts: (counts.settled_people, counts.used_people)),
        ("曾候补（组）", "候补转正率", lambda counts: (counts.waited, counts.promoted)),
        ("评价数", "满意率", lambda counts: (counts.ratings, counts.satisfied)),
    ):
        known_bases, known_parts = [], []
        for at, row in enumerate(table.rows):
            vector = tuple(int(row.kind is RowKind.TOTAL or at == place) for place in range(len(shown)))
            whole, share = row.cells[column_of(table, base)].value, row.cells[column_of(table, rate)].value
            if isinstance(whole, int):
                known_bases.append((vector, whole))
                if isinstance(share, Decimal):
                    known_parts.append((vector, round(whole * share)))
        bases = [part_of(counts)[0] for counts in shown]
        parts = [part_of(counts)[1] for counts in shown]
        rests = [whole - part for whole, part in zip(bases, parts, strict=True)]
        assert few_that_follow(bases, known_bases) == []
        assert few_that_follow(parts, known_parts) == []
        assert few_that_follow(rests, known_parts) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), _few), max_size=5), st.lists(_few, max_size=4))
def test_no_few_persons_follow_from_materials_and_prizes_in_public(
    asked: list[tuple[int, int]], winners: list[int]
) -> None:
    """咨询 by library, and prizes that persons won by tier."""
    tallies = [
        noted(number, "consultations_answered", people, "人次", library_id=library)
        for number, (library, people) in enumerate(asked, 1)
    ]
    tallies.append(noted(50, "essays_awarded", sum(winners), "名", event_id=1))
    tallies += [
        noted(51 + at, "essays_awarded", people, "名", event_id=1, part=f"{at}等奖", parent_id=50)
        for at, people in enumerate(winners)
    ]
    summary = Week([Held(1, Category.LECTURE)], tallies=tallies).summary()
    public = list_tables(summary, public=True)
    materials = [row for row in table_of(public, "T5").rows if row.cells[1].value == "咨询"]
    by_library = [sum(people for library, people in asked if library == at) for at in (1, 2, 3)]
    known = [
        (
            tuple(int(row.cells[0].value in (TOTAL, library_name(at))) for at in (1, 2, 3)),
            int(row.cells[3].value),
        )
        for row in materials
        if isinstance(row.cells[3].value, Decimal)
    ]
    assert agree(by_library, known)
    assert few_that_follow(by_library, known) == []
    prizes = list(table_of(public, "T6").rows)
    named = {row.cells[2].value for row in prizes}
    tiers = [f"{at}等奖" for at in range(len(winners))]
    known = []
    for row in prizes:
        name, value = row.cells[2].value, row.cells[3].value
        if isinstance(value, Decimal):
            is_in = [name in (TOTAL, tier) or (name == OTHERS and tier not in named) for tier in tiers]
            known.append((tuple(map(int, is_in)), int(value)))
    assert agree(winners, known)
    assert few_that_follow(winners, known) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(helds(), st.sampled_from([(), (2,), (1, 3)])), max_size=6))
def test_public_tables_count_co_hosted_events_for_the_lead_whatever_the_rule(
    held: list[tuple[Held, tuple[int, ...]]],
) -> None:
    """Where each library counts them, its numbers overlap with others' and few persons follow from the difference.

    Seen to fail with the summary taken as it is.
    """
    shared = [replace(each, partners=partners) for each, partners in held]
    tallies = [noted(at, "leaflets_distributed", 9 + at, "份", event_id=at) for at in range(1, len(shared) + 1)]
    by_lead = Week(shared, tallies=tallies).summary()
    by_each = Week(shared, tallies=tallies, rules=CountingRules(co_hosted=CoHosted.EACH)).summary()
    assert list_tables(by_each, public=True) == list_tables(by_lead, public=True)


def test_rows_of_few_people_become_one_row_of_their_library_and_totals_stay() -> None:
    """The rule in its plain case."""
    held = [
        Held(1, Category.LECTURE, 3, 3),
        Held(1, Category.TRAINING, 2, 2),
        Held(1, Category.READING_PROMOTION, 30, 30),
    ]
    summary = Week([*held, Held(2, Category.EXHIBITION, 0, 0, 900)]).summary()
    whole, public = list_tables(summary)[0], list_tables(summary, public=True)[0]
    told = [tuple(cell.value for cell in row.cells[:5]) for row in public.rows]
    assert told == [
        (library_name(1), category_name(Category.READING_PROMOTION), 1, 1, 30),
        (library_name(1), OTHERS, 2, 2, 5),
        (library_name(1), SUBTOTAL, 3, 3, 35),
        (library_name(2), category_name(Category.EXHIBITION), 1, 1, 900),
        (library_name(2), SUBTOTAL, 1, 1, 900),
        (TOTAL, None, 4, 4, 935),
        (EXHIBITIONS_IN_IT, None, 1, 1, 900),
    ]
    assert [row.cells[4].value for row in whole.rows if row.kind is RowKind.TOTAL] == [935, 900]


def test_a_library_with_nothing_to_merge_is_marked_with_another_so_that_the_total_can_be_told() -> None:
    """One branch with three visitors: neither its row nor its subtotal follow from the rest."""
    summary = Week(
        [Held(1, Category.LECTURE, 50, 50), Held(1, Category.TRAINING, 20, 20), Held(2, Category.LECTURE, 3, 3)]
    )
    table = list_tables(summary.summary(), public=True)[0]
    told = {tuple(str(cell.value) for cell in row.cells[:2]): row.cells[4].value for row in table.rows}
    assert told[library_name(1), category_name(Category.LECTURE)] == 50
    assert told[library_name(1), category_name(Category.TRAINING)] == WITHHELD
    assert told[library_name(1), SUBTOTAL] == told[library_name(2), SUBTOTAL] == WITHHELD
    assert told[TOTAL, "None"] == 73


def test_names_of_speakers_are_in_no_public_table_and_media_links_stay() -> None:
    """Whoever wrote the name into a title or a headline."""
    held = [Held(1, Category.LECTURE, 50, 50, title="张三丰教授谈阅读", speaker="张三丰 教授、李小四")]
    media = [covered(1, title="李小四走进图书馆", link="https://example.org/lisi")]
    summary = Week(held, media=media).summary()
    public = [cell.value for table in list_tables(summary, public=True) for row in table.rows for cell in row.cells]
    whole = [cell.value for table in list_tables(summary) for row in table.rows for cell in row.cells]
    assert not [value for value in public if isinstance(value, str) and ("张三丰" in value or "李小四" in value)]
    assert "张三丰教授谈阅读" in whole
    assert "https://example.org/lisi" in public


def test_what_is_large_stays_as_it_is_in_public() -> None:
    """No merging without need, so that the public list stays a list."""
    held = [Held(1 + at % 3, category, 40, 30, 10) for at, category in enumerate(list(Category)[:3] * 3)]
    _, whole, public = tables_of(held)
    before, after = table_of(whole, "T1"), table_of(public, "T1")
    assert [row.cells[4].value for row in before.rows] == [row.cells[4].value for row in after.rows]
    assert len(table_of(whole, "T2").rows) == len(table_of(public, "T2").rows)
    assert not [column for column in table_of(public, "T2").columns if column.title in ("候补", "爽约")]
    assert all(column.kind is not Kind.LINK for column in after.columns)
