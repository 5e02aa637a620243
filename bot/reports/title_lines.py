"""A title in lines: words stay whole, and several lines make a trapezoid or a rhombus (GB/T 9704-2012 7.3.1)."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from bot.reports.char_width import width
from bot.texts.report_paper import NOT_FIRST, NOT_LAST, UNBREAKABLE, WHOLE

_WHOLE = re.compile("|".join((*WHOLE, *sorted(UNBREAKABLE, key=len, reverse=True))))
_MOST_LINES = 4  # more is no title: it is broken wherever it is full
_SAND_GLASS, _SHORT_LAST = 60.0, 20.0


def break_title(title: str, most: float) -> list[str]:
    """Lines of at most `most` Chinese characters, at the ends of words where there are such; nothing is lost."""
    if width(title) <= most:
        return [title]
    for places in (_edges_of_words(title), _ends_of_words(title), _anywhere(title)):
        for count in range(math.ceil(width(title) / most), _MOST_LINES + 1):
            lines = _best(title, count, most, tuple(places))
            if lines:
                return lines
    return _filled(title, most)


def _best(title: str, count: int, most: float, places: tuple[int, ...]) -> list[str]:
    """The best of all ways into so many lines; none when no way keeps every line short enough."""
    ends = (*places, len(title))

    @lru_cache(None)
    def ways(start: int, left: int) -> tuple[tuple[str, ...], ...]:
        if left == 1:
            rest = title[start:]
            return ((rest,),) if 0 < width(rest) <= most else ()
        found: list[tuple[str, ...]] = []
        for end in ends:
            if end <= start or end >= len(title):
                continue
            line = title[start:end]
            if width(line) > most:
                break
            # A line is at least half as long as the longest may be, or the ways would be too many.
            if width(line) * 2 >= min(most, width(title) / count):
                found += [(line, *more) for more in ways(end, left - 1)]
        return tuple(found)

    found = ways(0, count)
    return list(sorted(found, key=_ugliness)[0]) if found else []


def _ugliness(lines: tuple[str, ...]) -> float:
    """Little for lines of about one length, of which the middle or the last is not the shortest."""
    widths = [width(line) for line in lines]
    mean = sum(widths) / len(widths)
    ugly = sum((each - mean) ** 2 for each in widths)
    ugly += sum(
        _SAND_GLASS
        for before, here, after in zip(widths, widths[1:], widths[2:], strict=False)
        if here < before and here < after
    )
    if widths[-1] < mean * 0.6:
        ugly += _SHORT_LAST
    return ugly


def _filled(title: str, most: float) -> list[str]:
    lines, line = [], ""
    for char in title:
        if width(line + char) > most and line:
            lines.append(line)
            line = ""
        line += char
    return [*lines, line]


def _edges_of_words(title: str) -> list[int]:
    """Before and after words that we know: there nothing unknown can be torn."""
    edges = {at for match in _WHOLE.finditer(title) for at in match.span()}
    return [at for at in _ends_of_words(title) if at in edges]


def _ends_of_words(title: str) -> list[int]:
    """Where no word that we know is torn."""
    inside = {at for match in _WHOLE.finditer(title) for at in range(match.start() + 1, match.end())}
    return [at for at in _anywhere(title) if at not in inside]


def _anywhere(title: str) -> list[int]:
    """Between any two characters that the marks allow to part."""
    return [at for at in range(1, len(title)) if title[at] not in NOT_FIRST and title[at - 1] not in NOT_LAST]
