"""Which occurrence a sentence means: by words of its title, label, venue and library, and by day and time.

What the slots understood (name, phone, party, ages) is left out first, so that 张小明妈妈 does not lead to 妈妈课堂.
Titles are compared by rapidfuzz on simplified characters, so slips, left-out characters and parts of titles are found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from bot.conversation.days import ListFilter, fits, fits_day, fits_part, read_filter, without_days
from bot.conversation.normalise import simplify, tidy
from bot.conversation.slots import read_slots
from bot.domain.clock import local
from bot.domain.numerals import parse_number
from bot.domain.occurrence import OccurrenceFacts
from bot.texts import vocabulary

_CACHED = 4096
_MOST_CHUNKS = 8
_LONGEST_CHUNK = 40
_APART = 1.0
"""So many more characters of a title in common make one occurrence stand apart from another."""
_LEAST_LIKENESS = {2: 100.0, 3: 66.0, 4: 75.0}
_LEAST_LIKENESS_OF_LONG = 70.0
_AROUND_WEIGHT = 0.5
"""A word of venue, library or speaker counts half of a word of the title."""

_NO_DATE = datetime.max.replace(tzinfo=UTC)
_NOT_A_WORD = re.compile(r"[\W_]+")
_THOSE_WHO_COME = re.compile(vocabulary.THOSE_WHO_COME)
_NOISE = re.compile(rf"{vocabulary.TITLE_NOISE}|[\W_]+")
_CLOCK_TIME = re.compile(vocabulary.CLOCK_TIME)
_ORDINAL = re.compile(vocabulary.ORDINAL_LABEL)
_SURE_ORDINAL = re.compile(vocabulary.SURE_ORDINAL_LABEL)
_LIBRARY_TAIL = re.compile(vocabulary.LIBRARY_TAIL)
_LIBRARY_PLACE = re.compile(vocabulary.LIBRARY_PLACE)

Ordinal = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Meant:
    """The occurrences that a sentence may mean: one when it stands clearly apart, all that fit equally well, or none.

    `title_fits` is false when only day, time, kind or library were recognised. `time_fits` is false when a title was
    recognised, but none of that title is at the day, time or library that was said.
    """

    found: tuple[OccurrenceFacts, ...] = ()
    title_fits: bool = False
    time_fits: bool = True


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was said beside the title."""

    filter: ListFilter
    clock: tuple[int, int | None] | None
    ordinals: frozenset[Ordinal]
    libraries: frozenset[str]

    @property
    def is_empty(self) -> bool:
        return self.filter.is_empty and self.clock is None and not (self.ordinals or self.libraries)

    @property
    def narrows_time(self) -> bool:
        return not replace(self, filter=replace(self.filter, topics=())).is_empty

    def relaxed(self) -> Iterator[_Wish]:
        """The wish with less and less held to: without the clock time, without the part of the day, of anything."""
        unclocked = replace(self, clock=None)
        yield unclocked
        yield replace(unclocked, filter=replace(self.filter, part_of_day=None))
        yield _Wish(ListFilter(), None, frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class _Spoken:
    """An occurrence's words as they are compared: simplified, lower case, letters and digits only."""

    title: str
    label: str
    around: str
    ordinals: frozenset[Ordinal]


def find_meant(typed: str, occurrences: Sequence[OccurrenceFacts], today: date) -> Meant:
    """The occurrences that a sign-up sentence (without its command) may mean. `today` is the local date."""
    rest = simplify(read_slots(typed, title_expected=True)[1]).lower()
    whole = _bare(typed)
    libraries, rest = _take_libraries(rest, occurrences)
    wish, words = _read_wish(rest, today, libraries)
    chunks = [chunk[:_LONGEST_CHUNK] for chunk in _NOISE.split(words) if len(chunk) > 1][:_MOST_CHUNKS]
    near = [facts for facts in occurrences if _fits_wish(facts, wish)]
    titled = _best(near, chunks, whole)
    if titled:
        return Meant(titled, title_fits=True)
    for relaxed in wish.relaxed() if len(near) < len(occurrences) else ():
        elsewhere = _best([facts for facts in occurrences if _fits_wish(facts, relaxed)], chunks, whole)
        if elsewhere:
            return Meant(elsewhere, title_fits=True, time_fits=False)
    if wish.is_empty:
        return Meant()
    of_kind = [facts for facts in near if fits(facts, ListFilter(topics=wish.filter.topics))]
    return Meant(_by_start(of_kind or (near if wish.narrows_time else ())))


def without_title(typed: str, facts: OccurrenceFacts) -> str:
    """The sentence without the title of the occurrence that it means, where it is typed in full.

    To read the slots from afterwards: 一家三口 in a title is no party, and 张三 stands apart in 张三绘本故事会.
    """
    tidied = tidy(typed)
    plain, title = simplify(tidied).lower(), simplify(tidy(facts.title)).lower()
    start = plain.find(title) if len(title) > 1 and len(plain) == len(tidied) else -1
    return typed if start < 0 else f"{tidied[:start]} {tidied[start + len(title) :]}"


# --- what was said beside the title ----------------------------------------------------------------------------------


def _take_libraries(rest: str, occurrences: Sequence[OccurrenceFacts]) -> tuple[frozenset[str], str]:
    """The libraries of the programme that were named (旺苍县图书馆, 旺苍馆, 市馆), and the rest without them."""
    called = {
        library: name
        for library in dict.fromkeys(facts.library_name for facts in occurrences)
        if (name := next((each for each in _called(library) if each in rest), None))
    }
    longest = max((len(name) for name in called.values()), default=0)
    # 县馆 may be any county's; 旺苍县图书馆 holds 县图书馆, but means the one.
    said = {library: name for library, name in called.items() if len(name) == longest}
    for name in said.values():
        rest = rest.replace(name, " ")
    return frozenset(said), rest


@lru_cache(maxsize=_CACHED)
def _called(library: str) -> tuple[str, ...]:
    """What a library is called, the longest first: its name, its place with 馆, and its level with 馆."""
    name = _bare(library)
    place = _LIBRARY_TAIL.sub("", name)
    parted = _LIBRARY_PLACE.fullmatch(place)
    stems = [place] if parted is None else [place, parted["place"], parted["level"]]
    called = [stem + tail for stem in stems for tail in vocabulary.LIBRARY_TAILS]
    # 旺苍县 alone names its library; 广元 alone may be a word of a title.
    return (name, *(each for each in called if len(each) > 1), *([place] if parted else []))


def _read_wish(rest: str, today: date, libraries: frozenset[str]) -> tuple[_Wish, str]:
    """The wish, and the words of the rest that may be of a title: without days, times, ordinals and library names."""
    clock = _CLOCK_TIME.search(rest)
    ordinals = _ordinals(rest, _SURE_ORDINAL)
    words = _SURE_ORDINAL.sub(" ", _CLOCK_TIME.sub(" ", rest))
    read = read_filter(_THOSE_WHO_COME.sub(" ", words), today)
    wanted = replace(read, words=(), libraries=())
    return _Wish(wanted, _clock(clock, read), ordinals, libraries), without_days(words, today)


def _clock(match: re.Match[str] | None, read: ListFilter) -> tuple[int, int | None] | None:
    if match is None:
        return None
    hour = int(parse_number(match["hour"]) or 0)
    if hour < 12 and read.part_of_day in ("afternoon", "evening"):
        hour += 12
    minute = 30 if match["half"] else match["minute"] or match["clock"]
    return hour, None if minute is None else int(minute)


def _fits_wish(facts: OccurrenceFacts, wish: _Wish) -> bool:
    """Whether day, time, library and ordinal are the ones said; kinds (讲座) are left to the title."""
    wanted = wish.filter
    if not fits_day(facts, wanted) or (wanted.part_of_day and not fits_part(facts, wanted.part_of_day)):
        return False
    if wish.clock and not _fits_clock(facts, *wish.clock):
        return False
    if not wish.ordinals <= _spoken_of(facts).ordinals:
        return False
    return not wish.libraries or facts.library_name in wish.libraries


def _fits_clock(facts: OccurrenceFacts, hour: int, minute: int | None) -> bool:
    if facts.starts_at is None:
        return False
    start = local(facts.starts_at)
    # Said without 下午, 两点 may be two in the afternoon.
    return start.hour in (hour, hour + 12 if hour < 8 else hour) and minute in (None, start.minute)


# --- titles ----------------------------------------------------------------------------------------------------------


def _best(occurrences: Sequence[OccurrenceFacts], chunks: list[str], whole: str) -> tuple[OccurrenceFacts, ...]:
    scored = [(_evidence(_spoken_of(facts), chunks, whole), facts) for facts in occurrences]
    best = max((evidence for evidence, _ in scored), default=0.0)
    if best <= 0:
        return ()
    return _by_start(facts for evidence, facts in scored if evidence > best - _APART)


@lru_cache(maxsize=_CACHED)
def _likeness(chunk: str, title: str) -> float:
    """How many characters of a title a chunk of words shares with it, in place; nought when too few to mean it."""
    shorter = min(len(chunk), len(title))
    if shorter < 2:
        return 0.0
    likeness = fuzz.partial_ratio(chunk, title)
    if likeness < _LEAST_LIKENESS.get(shorter, _LEAST_LIKENESS_OF_LONG):
        return 0.0
    # In a short chunk the characters in common are counted wherever they stand: 英文故事会 means 英文绘本故事会.
    brief = len(chunk) <= 2 * len(title)
    return float(LCSseq.similarity(chunk, title)) if brief else likeness / 100 * shorter


def _evidence(spoken: _Spoken, chunks: list[str], whole: str) -> float:
    shared = sum(_likeness(chunk, spoken.title) for chunk in chunks)
    evidence = min(float(len(spoken.title)), shared)
    # A title said in full stands apart from longer ones that hold it.
    if len(spoken.title) > 1 and spoken.title in whole:
        evidence = max(evidence, len(spoken.title) + _APART)
    if len(spoken.label) > 1 and spoken.label in whole:
        evidence += len(spoken.label)
    around = (len(chunk) for chunk in chunks if chunk in spoken.around)
    return evidence + _AROUND_WEIGHT * sum(around)


def _spoken_of(facts: OccurrenceFacts) -> _Spoken:
    around = " ".join((facts.venue, facts.library_name, facts.speaker, *facts.audience))
    return _spoken(facts.title, facts.label, around)


@lru_cache(maxsize=_CACHED)
def _spoken(title: str, label: str, around: str) -> _Spoken:
    named = simplify(tidy(f"{title} {label}")).lower()
    return _Spoken(_bare(title), _bare(label), _bare(around), _ordinals(named, _ORDINAL))


def _ordinals(plain: str, pattern: re.Pattern[str]) -> frozenset[Ordinal]:
    found = ((parse_number(match["nth"]), match["what"][-1]) for match in pattern.finditer(plain))
    return frozenset((int(value), what) for value, what in found if value is not None)


def _bare(text: str) -> str:
    return _NOT_A_WORD.sub("", simplify(tidy(text)).lower())


def _by_start(found: Iterable[OccurrenceFacts]) -> tuple[OccurrenceFacts, ...]:
    return tuple(sorted(found, key=lambda facts: (facts.starts_at or _NO_DATE, facts.number)))
