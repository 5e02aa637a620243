"""Titles, captions and alternative texts of the report's charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

BY_DAY = "每日参加人次"
BY_LIBRARY = "各馆参加人次"
ARRIVALS = "到场时段分布"
FUNNEL = "报名、到场与评价"
LETTERS = "0123456789,.%-–—（）()/ …年月日时人次图"
"""What every chart needs, whatever its labels."""
SIGNED_UP, CAME, RATED = "报名人数", "到场人次", "评价份数"


def day_label(day: date) -> str:
    """A day under a bar."""
    return f"{day.month}月{day.day}日"


def hour_label(hour: int) -> str:
    """An hour under a bar."""
    return f"{hour}时"


def caption(number: int, title: str) -> str:
    """What stands under a chart."""
    return f"图{number}　{title}"


def alternative(title: str, bars: Sequence[tuple[str, int]]) -> str:
    """The chart in words, for those who do not see it: every bar with its number."""
    return f"{title}：" + "，".join(f"{label}{number}" for label, number in bars) + "。"
