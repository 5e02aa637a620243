"""Days of a repeated occurrence, and how long a run of days is."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAILY = "daily"
MOST_REPEATS = 400
"""More than a year of days is a slip of the pen."""


class Span(StrEnum):
    """Unit in which a run of days is spoken of."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Duration:
    """A run of days in its largest whole unit."""

    number: int
    span: Span


def weekdays_of(rule: str) -> frozenset[int] | None:
    """The ISO weekdays (1 is Monday) of a rule: `daily`, or digits such as `6,7`; None when it is neither."""
    if rule == DAILY:
        return frozenset(range(1, 8))
    digits = [part.strip() for part in rule.split(",")]
    if not all(len(digit) == 1 and digit in "1234567" for digit in digits):
        return None
    return frozenset(int(digit) for digit in digits)


def days_of(weekdays: frozenset[int], first: date, last: date) -> Iterator[date]:
    """Each day from first to last, both included, that falls on one of the weekdays."""
    day = first
    while day <= last:
        if day.isoweekday() in weekdays:
            yield day
        day += timedelta(days=1)


def duration_of(first: date, last: date) -> Duration:
    """How long the days from first to last are, both included: whole months, else whole weeks, else days.

    15 May to 15 July is said to be two months, and so is 15 May to 14 July.
    """
    for end in (last, last + timedelta(days=1)):
        months = (end.year - first.year) * 12 + end.month - first.month
        if months >= 1 and end == _months_later(first, months):
            return Duration(months, Span.MONTH)
    days = (last - first).days + 1
    return Duration(days // 7, Span.WEEK) if days % 7 == 0 else Duration(days, Span.DAY)


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
