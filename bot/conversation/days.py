"""When, where, for whom: the filters in a request for the programme (活动 周六下午 少儿 市馆).

Days are read against `today`, a local date given by the caller. A weekday means the next one to come, today included;
a day of the month without a month means this month, or the next one when it has passed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from bot.conversation.normalise import simplify, tidy
from bot.domain.clock import local, local_day
from bot.domain.numerals import parse_number
from bot.domain.occurrence import OccurrenceFacts
from bot.texts import vocabulary

PartOfDay = Literal["morning", "afternoon", "evening"]
Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class ListFilter:
    """What a list of occurrences is narrowed to; all conditions hold together.

    `day_from` and `day_to` are inclusive local dates. Each group in `topics` is a set of words of one meaning: an
    occurrence fits when its title, audience, category label or place contains any word of the group. `libraries`
    are names as typed (市图书馆, 旺苍县馆); `words` are the remaining words, each to be contained somewhere.
    """

    day_from: date | None = None
    day_to: date | None = None
    part_of_day: PartOfDay | None = None
    topics: tuple[tuple[str, ...], ...] = ()
    libraries: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows the list."""
        return self == ListFilter()


_MONTH_DAY = re.compile(vocabulary.MONTH_DAY)
_DAY_OF_MONTH = re.compile(vocabulary.DAY_OF_MONTH)
_WEEK = re.compile(vocabulary.WEEK)
_WHOLE_WEEK = re.compile(vocabulary.WHOLE_WEEK)
_MONTH = re.compile(vocabulary.MONTH)
_RELATIVE = re.compile("|".join(vocabulary.RELATIVE_DAYS))
_PART = re.compile("|".join(vocabulary.PARTS_OF_DAY))
_LIBRARY = re.compile(vocabulary.LIBRARY)
_NOISE = re.compile(rf"(?:{vocabulary.LIST_NOISE})")
_TOPIC_GROUPS = {word: group for group in vocabulary.TOPICS for word in group}
_TOPIC = re.compile("|".join(sorted(map(re.escape, _TOPIC_GROUPS), key=len, reverse=True)))
_WORDS = re.compile(r"[^\W_]+")
_ANY_DAY = re.compile(
    "|".join(
        re.sub(r"\?P<\w+>", "?:", pattern)
        for pattern in (
            vocabulary.MONTH_DAY,
            vocabulary.DAY_OF_MONTH,
            vocabulary.WEEK,
            vocabulary.WHOLE_WEEK,
            vocabulary.MONTH,
            *vocabulary.RELATIVE_DAYS,
            *vocabulary.PARTS_OF_DAY,
        )
    )
)
_MOST_WORDS = 6


def mentions_day(plain: str) -> bool:
    """Whether a simplified text names a day or a part of the day."""
    return _ANY_DAY.search(plain) is not None


def mentions_topic(plain: str) -> bool:
    """Whether a simplified text names an audience or a kind of event (老人, 讲座)."""
    return _TOPIC.search(plain) is not None


def read_filter(words: str, today: date) -> ListFilter:
    """Read the filters out of a list request; what is no day, topic or library stays in `words`. Never raises."""
    plain = simplify(tidy(words))
    spans, rest = _take_days(plain, today)
    part, rest = _take_part_of_day(rest)
    topics, rest = _take_topics(rest)
    libraries, rest = _take_libraries(rest)
    free = tuple(_WORDS.findall(_NOISE.sub(" ", rest)))[:_MOST_WORDS]
    return ListFilter(
        day_from=min((span[0] for span in spans), default=None),
        day_to=max((span[1] for span in spans), default=None),
        part_of_day=part,
        topics=topics,
        libraries=libraries,
        words=free,
    )


def without_days(plain: str, today: date) -> str:
    """A simplified text without its days, parts of the day and library names: the words that may be of a title."""
    _, rest = _take_days(plain, today)
    _, rest = _take_part_of_day(rest)
    return _LIBRARY.sub(" ", rest)


def fits(facts: OccurrenceFacts, wanted: ListFilter) -> bool:
    """Whether an occurrence meets all conditions of a wish."""
    searched = _searched(facts)
    if not fits_day(facts, wanted):
        return False
    if wanted.part_of_day is not None and not fits_part(facts, wanted.part_of_day):
        return False
    if not all(any(word in searched for word in group) for group in wanted.topics):
        return False
    if not all(library in facts.library_name or library in searched for library in wanted.libraries):
        return False
    return all(word in searched or _names_library(word, facts) for word in wanted.words)


def _names_library(word: str, facts: OccurrenceFacts) -> bool:
    """利州馆 is 利州区图书馆."""
    place = word.removesuffix(vocabulary.LIBRARY_TAILS[-1])
    return len(word) > len(place) > 1 and place in facts.library_name


_OLDEST_CHILD = 14


@lru_cache(1_024)
def _searched(facts: OccurrenceFacts) -> str:
    parts = (facts.title, facts.label, facts.summary, facts.venue, facts.library_name, facts.category, *facts.audience)
    young = facts.rules.age_max is not None and facts.rules.age_max <= _OLDEST_CHILD
    return " ".join((*parts, vocabulary.FOR_CHILDREN) if young or facts.rules.children_min else parts)


def fits_day(facts: OccurrenceFacts, wanted: ListFilter) -> bool:
    """Whether an occurrence is on one of the days of a wish; without a day in the wish, every one is."""
    if wanted.day_from is None or wanted.day_to is None:
        return True
    if facts.starts_at is None:
        return False
    last = local_day(facts.ends_at or facts.starts_at)
    return local_day(facts.starts_at) <= wanted.day_to and last >= wanted.day_from


_PARTS = {"morning": (5, 12), "afternoon": (12, 18), "evening": (17, 24)}


def fits_part(facts: OccurrenceFacts, part: PartOfDay) -> bool:
    """Whether an occurrence begins in a part of the day; an all-day one fits every part."""
    if facts.starts_at is None:
        return False
    first, last = _PARTS[part]
    return facts.all_day or first <= local(facts.starts_at).hour < last


def _take_days(plain: str, today: date) -> tuple[list[Span], str]:
    spans: list[Span] = []
    for pattern, reader in _READERS:

        def take(match: re.Match[str], reader: Callable[[re.Match[str], date], Span | None] = reader) -> str:
            span = reader(match, today)
            if span is None:
                return match.group()
            spans.append(span)
            return _part_within(match.group())

        plain = pattern.sub(take, plain)
    return spans, plain


def _part_within(text: str) -> str:
    """今晚 is a day and a part of it: leave the part to be read after the day."""
    return f" {text} " if text in vocabulary.PARTS_OF_DAY else " "


def _take_part_of_day(plain: str) -> tuple[PartOfDay | None, str]:
    match = _PART.search(plain)
    if match is None:
        return None, plain
    part: PartOfDay = vocabulary.PARTS_OF_DAY[match.group()]
    return part, _PART.sub(" ", plain)


def _take_topics(plain: str) -> tuple[tuple[tuple[str, ...], ...], str]:
    found = dict.fromkeys(_TOPIC_GROUPS[word] for word in _TOPIC.findall(_LIBRARY.sub(" ", plain)))
    # A library's own name may contain a topic (少儿馆): only words outside of library names are topics.
    kept = _LIBRARY.sub(lambda match: f" {match.group()} ", plain)
    parts = [part if _LIBRARY.fullmatch(part) else _TOPIC.sub(" ", part) for part in kept.split()]
    return tuple(found), " ".join(parts)


def _take_libraries(plain: str) -> tuple[tuple[str, ...], str]:
    found = []
    for match in _LIBRARY.finditer(plain):
        name = _NOISE.sub("", match.group())
        if name and name not in vocabulary.ANY_LIBRARY:
            found.append(name)
    return tuple(dict.fromkeys(found)), _LIBRARY.sub(" ", plain)


def _read_month_day(match: re.Match[str], today: date) -> Span | None:
    month, day = _small(match["month"]), _small(match["day"])
    if match["year"]:
        return _single(int(match["year"]), month, day)
    span = _single(today.year, month, day)
    # In December people speak of January; a date a month or two back is still this year's.
    if span and (today - span[0]).days > 180:
        return _single(today.year + 1, month, day)
    return span


def _read_day_of_month(match: re.Match[str], today: date) -> Span | None:
    day = _small(match["day"])
    year, month = today.year, today.month
    for _ in range(3):
        span = _single(year, month, day)
        if span and span[0] >= today:
            return span
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return None


def _read_week(match: re.Match[str], today: date) -> Span:
    weekday = vocabulary.WEEKDAYS[match["day"]]
    ahead = (match["ahead"] or "").removesuffix(vocabulary.MEASURE)
    monday = today - timedelta(days=today.weekday())
    if ahead:
        first = monday + timedelta(weeks=vocabulary.AHEAD[ahead], days=weekday)
    elif match["day"] == vocabulary.WEEKEND:
        first = monday + timedelta(days=weekday)
    else:
        first = today + timedelta(days=(weekday - today.weekday()) % 7)
    return (first, first + timedelta(days=1)) if match["day"] == vocabulary.WEEKEND else (first, first)


def _read_whole_week(match: re.Match[str], today: date) -> Span:
    ahead = vocabulary.AHEAD[match["ahead"].removesuffix(vocabulary.MEASURE)]
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)
    return max(monday, today), monday + timedelta(days=6)


def _read_month(match: re.Match[str], today: date) -> Span:
    next_first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    if not vocabulary.AHEAD[match["ahead"].removesuffix(vocabulary.MEASURE)]:
        return today, next_first - timedelta(days=1)
    after = (next_first + timedelta(days=32)).replace(day=1)
    return next_first, after - timedelta(days=1)


def _read_relative(match: re.Match[str], today: date) -> Span:
    day = today + timedelta(days=vocabulary.RELATIVE_DAYS[match.group()])
    return day, day


def _small(text: str) -> int:
    value = parse_number(text)
    return 0 if value is None else int(value)


def _single(year: int, month: int, day: int) -> Span | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found, found


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Span | None]], ...] = (
    (_MONTH_DAY, _read_month_day),
    (_DAY_OF_MONTH, _read_day_of_month),
    (_WEEK, _read_week),
    (_WHOLE_WEEK, _read_whole_week),
    (_MONTH, _read_month),
    (_RELATIVE, _read_relative),
)
