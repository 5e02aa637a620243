"""Titles, captions, labels and alternative texts of the report's charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

BY_DAY = "每日参加人次"
BY_WEEK = "每周参加人次"
BY_MONTH = "每月参加人次"
BY_LIBRARY = "各馆参加人次"
ARRIVALS = "到场时段分布"
FUNNEL = "报名、到场与评价"

PERSON_TIMES = "单位：人次"
BROKEN = "有断口的未按比例"
EXHIBITIONS, ALL_ELSE = "展览", "展览以外的活动"

SIGNED_UP, CAME, RATED = "报名", "签到", "评价"
PEOPLE, TIMES, SHEETS = "人", "人次", "份"

BEFORE, AFTER, UNDATED = ("此前",), ("此后",), ("未记", "日期")
_WEEKDAYS = "一二三四五六日"


def day_labels(days: Sequence[date]) -> list[tuple[str, str]]:
    """Days under their bars, in two lines: the day and its day of the week; many of them shorter."""
    if len(days) <= _FEW_DAYS:
        return [(f"{day.month}月{day.day}日", f"周{_WEEKDAYS[day.weekday()]}") for day in days]
    named = [at == 0 or days[at - 1].month != day.month for at, day in enumerate(days)]
    return [(str(day.day), f"{day.month}月" if first else "") for day, first in zip(days, named, strict=True)]


_FEW_DAYS = 10


def day_name(day: date) -> str:
    """A day in a sentence."""
    return f"{day.month}月{day.day}日"


def week_label(first: date) -> tuple[str, str]:
    """A week under its bar, by its first day."""
    return f"{first.month}.{first.day}", "起"


def week_name(first: date) -> str:
    """A week in a sentence."""
    return f"{first.month}月{first.day}日起一周"


def month_label(first: date) -> tuple[str, str]:
    """A month under its bar."""
    return f"{first.month}月", f"{first.year}年" if first.month == 1 else ""


def month_name(first: date) -> str:
    """A month in a sentence."""
    return f"{first.year}年{first.month}月"


def hour_labels(hour: int) -> tuple[str, ...]:
    """An hour under its bar."""
    return (f"{hour}时",)


def hour_name(hour: int) -> str:
    """An hour in a sentence."""
    return f"{hour}时"


def other_libraries(count: int) -> str:
    """The last bar of very many libraries."""
    return f"其余{count}馆"


def number(value: int, unit: str = "") -> str:
    """A number at its bar."""
    return f"{value:,}{unit}"


def legend(name: str, value: int) -> str:
    """What a pattern means, with its sum."""
    return f"{name} {value:,}"


def arrivals_unit(days: int) -> str:
    """What arrivals are counted in, of so many days; who was noted afterwards has no hour."""
    return f"{PERSON_TIMES}，按签到和现场计数的时间" + ("，各日合计" if days > 1 else "")


def unit_note(unit: str, *, is_broken: bool) -> str:
    """What the bars are counted in, above them."""
    return f"{unit}；{BROKEN}" if is_broken else unit


def caption(at: int, title: str) -> str:
    """What stands under a chart."""
    return f"图{at}　{title}"


def bar_in_words(name: str, value: int, unit: str, exhibitions: int) -> str:
    """A bar for those who do not see it."""
    return f"{name}{value}{unit}" + (f"（其中展览{exhibitions}）" if exhibitions else "")


def alternative(title: str, bars: Sequence[str]) -> str:
    """The chart in words, for those who do not see it: every bar with its number."""
    return f"{title}：" + "，".join(bars) + "。"
