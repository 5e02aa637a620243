"""Repeated days and spans of days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.recurrence import Duration, Span, days_of, duration_of, weekdays_of


@pytest.mark.parametrize(
    ("rule", "weekdays"),
    [
        ("daily", {1, 2, 3, 4, 5, 6, 7}),
        ("6,7", {6, 7}),
        ("3", {3}),
        ("", None),
        ("8", None),
        ("1,x", None),
        ("12", None),
    ],
)
def test_rules_name_weekdays(rule: str, weekdays: set[int] | None) -> None:
    assert weekdays_of(rule) == weekdays


def test_days_fall_on_the_weekdays_of_the_rule() -> None:
    days = list(days_of(frozenset({6, 7}), date(2016, 5, 27), date(2016, 6, 2)))
    assert days == [date(2016, 5, 28), date(2016, 5, 29)]


@pytest.mark.parametrize(
    ("first", "last", "number", "span"),
    [
        (date(2016, 5, 27), date(2016, 6, 2), 1, Span.WEEK),
        (date(2016, 5, 15), date(2016, 7, 15), 2, Span.MONTH),
        (date(2016, 5, 15), date(2016, 7, 14), 2, Span.MONTH),
        (date(2012, 4, 20), date(2012, 5, 20), 1, Span.MONTH),
        (date(2015, 2, 1), date(2015, 2, 28), 1, Span.MONTH),
        (date(2016, 12, 1), date(2017, 11, 30), 12, Span.MONTH),
        (date(2016, 5, 1), date(2016, 5, 10), 10, Span.DAY),
        (date(2016, 5, 1), date(2016, 5, 1), 1, Span.DAY),
    ],
)
def test_a_run_of_days_is_said_in_its_largest_whole_unit(first: date, last: date, number: int, span: Span) -> None:
    assert duration_of(first, last) == Duration(number, span)


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 800))
def test_every_span_has_a_length(first: date, days: int) -> None:
    last = date.fromordinal(first.toordinal() + days)
    assert duration_of(first, last).number >= 1
