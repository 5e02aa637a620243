"""Reading the cells of one row: every reader notes a fault instead of raising, so that all faults are found at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from bot.domain.campaign_file import Cell, Fault, FaultKind, Row
from bot.domain.clock import LOCAL, at_local, local_day

Choice = TypeVar("Choice", bound=StrEnum)

_LIST_MARKS = re.compile(r"[;；\n]")
_DATE = re.compile(r"(?:(\d{4})[-/.])?(\d{1,2})[-/.](\d{1,2})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_MOMENT = re.compile(r"(\S+?)(?:[ T]+(\S+))?")
_BEFORE_START = re.compile(r"-(\d{1,3})([dhm])(?: (\d{1,2}:\d{2}(?::\d{2})?))?")
_STEPS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
FIRST_YEAR, LAST_YEAR = 1950, 2100
LAST_MINUTE = time(23, 59)
UNLIMITED = "unlimited"


class Cells:
    """The cells of one row with the faults found so far."""

    def __init__(self, row: Row, faults: list[Fault], year: int | None = None) -> None:
        self._row = row
        self._faults = faults
        self._year = year  # for dates written without one

    def fault(self, kind: FaultKind, column: str, detail: object = "", names: tuple[str, ...] = ()) -> None:
        """Note a fault in a column of this row; `names` are what could stand there."""
        self._faults.append(Fault(kind, self._row.sheet, self._row.number, column, str(detail)[:80], names))

    @property
    def row(self) -> int:
        """Where the row stands in its file."""
        return self._row.number

    def has(self, column: str) -> bool:
        """Whether anything stands there."""
        return _text(self._row.cells.get(column)) != ""

    def raw(self, column: str) -> Cell:
        """The cell as it was read."""
        return self._row.cells.get(column)

    def text(self, column: str, longest: int, *, needed: bool = False) -> str:
        """Plain text; empty when there is none."""
        text = _text(self._row.cells.get(column))
        if needed and not text:
            self.fault(FaultKind.MISSING, column)
        if len(text) > longest:
            self.fault(FaultKind.TOO_LONG, column, longest)
        return text[:longest]

    def names(self, column: str, longest: int = 120, *, enumerated: bool = True) -> tuple[str, ...]:
        """Several names: a list, or text divided by semicolons or lines, or else (`enumerated`) by 、 marks."""
        value = self._row.cells.get(column)
        if isinstance(value, list):
            parts = [part for item in value for part in _LIST_MARKS.split(item)]
        else:
            text = _text(value)
            parts = _LIST_MARKS.split(text)
            if enumerated and len(parts) == 1:
                parts = text.split("、")
        found = tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
        if any(len(part) > longest for part in found):
            self.fault(FaultKind.TOO_LONG, column, longest)
        return found

    def choice(self, column: str, choices: type[Choice], default: Choice | None = None) -> Choice:
        """One of a closed set; without a default it is needed."""
        text = _text(self._row.cells.get(column))
        first = next(iter(choices))
        if not text:
            if default is None:
                self.fault(FaultKind.MISSING, column)
            return default or first
        if text not in {choice.value for choice in choices}:
            self.fault(FaultKind.UNKNOWN_VALUE, column, text)
            return default or first
        return choices(text)

    def flag(self, column: str, *, default: bool) -> bool:
        """Yes or no."""
        value = self._row.cells.get(column)
        text = _text(value).lower()
        if text in ("", "true", "false"):
            return default if not text else text == "true"
        self.fault(FaultKind.UNKNOWN_VALUE, column, text)
        return default

    def whole(self, column: str, least: int, most: int) -> int | None:
        """A whole number within bounds; None when the cell is empty or says unlimited."""
        text = _text(self._row.cells.get(column))
        if text in ("", UNLIMITED):
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number != number.to_integral_value():
            self.fault(FaultKind.BAD_NUMBER, column, text)
            return None
        if number < least:
            self.fault(FaultKind.TOO_SMALL, column, least)
            return None
        if number > most:
            self.fault(FaultKind.TOO_BIG, column, most)
            return None
        return int(number)

    def day(self, column: str, *, needed: bool = False) -> date | None:
        """A calendar day."""
        value = self._row.cells.get(column)
        if not self.has(column):
            if needed:
                self.fault(FaultKind.MISSING, column)
            return None
        found = _day(value, self._year)
        if found is None:
            self.fault(FaultKind.BAD_DATE, column, _text(value))
        return found

    def clock(self, column: str) -> time | None:
        """A time of day."""
        if not self.has(column):
            return None
        found = _clock(self._row.cells.get(column))
        if found is None:
            self.fault(FaultKind.BAD_TIME, column, _text(self._row.cells.get(column)))
        return found

    def moment(self, column: str, starts_at: datetime | None, *, at: time) -> datetime | None:
        """A day with or without a time (`at` when without), or a span before the start such as `-7d`, `-3d 09:00`."""
        value = self._row.cells.get(column)
        if not self.has(column):
            return None
        found = _moment(value, starts_at, at, self._year)
        if found is None:
            self.fault(FaultKind.BAD_MOMENT, column, _text(value))
        return found


def duplicates(names: Iterable[str]) -> set[str]:
    """The names that occur more than once."""
    seen: set[str] = set()
    twice: set[str] = set()
    for name in names:
        (twice if name in seen else seen).add(name)
    return twice


def _text(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ";".join(value)
    return str(value).strip()


def _day(value: Cell, year: int | None) -> date | None:
    if isinstance(value, datetime):
        return value.date() if FIRST_YEAR <= value.year <= LAST_YEAR else None
    if isinstance(value, date):
        return value if FIRST_YEAR <= value.year <= LAST_YEAR else None
    match = _DATE.fullmatch(_text(value)) if isinstance(value, str) else None
    if match is None or not (match[1] or year):
        return None
    try:
        found = date(int(match[1] or year or 0), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def _clock(value: Cell) -> time | None:
    if isinstance(value, datetime):
        return _whole_second(value).time()
    if isinstance(value, time):
        return _whole_second(datetime.combine(date(2000, 1, 1), value.replace(tzinfo=None))).time()
    match = _CLOCK.fullmatch(_text(value)) if isinstance(value, str) else None
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _whole_second(value: datetime) -> datetime:
    """Workbooks keep times as fractions of a day: the nearest second is meant."""
    return (value + timedelta(microseconds=500_000)).replace(microsecond=0)


def _moment(value: Cell, starts_at: datetime | None, at: time, year: int | None) -> datetime | None:
    if isinstance(value, datetime):
        value = _whole_second(value)
        return value.replace(tzinfo=value.tzinfo or LOCAL).astimezone(at_local(value.date(), at).tzinfo)
    if isinstance(value, date):
        return at_local(value, at)
    text = _text(value)
    if match := _BEFORE_START.fullmatch(text):
        return _before(match, starts_at)
    match = _MOMENT.fullmatch(text)
    day = _day(match[1], year) if match else None
    clock = _clock(match[2]) if match and match[2] else at
    return at_local(day, clock) if day is not None and clock is not None else None


def _before(match: re.Match[str], starts_at: datetime | None) -> datetime | None:
    if starts_at is None:
        return None
    earlier = starts_at - int(match[1]) * _STEPS[match[2]]
    if not match[3]:
        return earlier
    clock = _clock(match[3])
    return at_local(local_day(earlier), clock) if clock else None
