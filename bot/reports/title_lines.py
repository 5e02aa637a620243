"""A title in lines: words stay whole, and several lines make a trapezoid (GB/T 9704-2012 7.3.1)."""

from __future__ import annotations

import math
import re

from bot.texts.report_paper import NOT_FIRST, NOT_LAST, UNBREAKABLE, WHOLE

_WHOLE = re.compile("|".join((*sorted(UNBREAKABLE, key=len, reverse=True), *WHOLE)))


def break_title(title: str, most: int) -> list[str]:
    """Lines of at most `most` Chinese characters where words allow it, the upper ones not the shortest."""
    if width(title) <= most:
        return [title]
    count = math.ceil(width(title) / most)
    while True:
        lines = _split(title, count, most)
        if lines is not None:
            return lines
        count += 1
        if count > len(title):
            return [title]


def width(text: str) -> float:
    """In Chinese characters."""
    return sum(0.5 if ord(char) < 0x2E80 else 1 for char in text)


def _split(title: str, count: int, most: int) -> list[str] | None:
    """Into so many lines of about the same width, each the first time a break is near; None when one is too long."""
    places = _breaks(title)
    lines, start = [], 0
    for left in range(count, 1, -1):
        aim = width(title[start:]) / left + 0.5
        fits = [at for at in places if at > start and width(title[start:at]) <= most]
        if not fits:
            return None
        at = min(fits, key=lambda at: (abs(width(title[start:at]) - aim), -at))
        lines.append(title[start:at])
        start = at
    lines.append(title[start:])
    return lines if lines[-1] and width(lines[-1]) <= most else None


def _breaks(title: str) -> list[int]:
    """Where a line may end: between words, never before a closing mark or after an opening one."""
    inside = {at for match in _WHOLE.finditer(title) for at in range(match.start() + 1, match.end())}
    return [
        at
        for at in range(1, len(title))
        if at not in inside and title[at] not in NOT_FIRST and title[at - 1] not in NOT_LAST
    ]
