"""Time: stored in UTC, spoken in the library's zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The same moment in the library's zone."""
    return moment.astimezone(LOCAL)


def local_day(moment: datetime) -> date:
    """The calendar day of a moment as the library sees it."""
    return local(moment).date()


def at_local(day: date, clock_time: time) -> datetime:
    """The UTC moment of a local day and clock time."""
    return datetime.combine(day, clock_time, LOCAL).astimezone(UTC)
