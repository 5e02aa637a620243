"""Ages and years of birth of those who come: 孩子5岁和7岁, 五岁半, 2019年3月生.

An age is read only with its unit (岁) or as the answer to the question for it, so that no count, phone, day or public
number becomes one. Bounds (3岁以上), ages not reached yet (快5岁) and the old way of counting (虚岁) are passed over:
they do not tell the whole years.
"""

import re
from dataclasses import dataclass, replace

from bot.conversation.phones import take_phones
from bot.conversation.unread import Unread, gap_of
from bot.domain.numerals import parse_number
from bot.texts import particulars

OLDEST = 120
MOST_AGES = 20
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2099
_TURN_OF_CENTURY = 40
"""19年 is 2019, 56年 is 1956: two-digit years below this belong to this century."""


@dataclass(frozen=True, slots=True)
class SaidAges:
    """Ages in whole years, years of birth, and (year, month) of birth, in the order said.

    Each mention stands in one of the three. A single age said of all (都是6岁) is repeated when their count is known.
    """

    ages: tuple[int, ...] = ()
    birth_years: tuple[int, ...] = ()
    birth_months: tuple[tuple[int, int], ...] = ()


NOTHING_SAID = SaidAges()

_N, _UNIT = particulars.YEARS_OLD, particulars.AGE_UNIT
# The word for children stays to be read as who comes: 两个孩子都是6岁.
_LABEL = rf"(?:(?P<said>{particulars.CHILD_BEFORE_AGE})|{particulars.AGED_LABEL})"
_LIST = rf"{_N}(?:{particulars.AGE_LIST_JOIN}{_N}){{0,5}}"
# A comma or a space joins ages only after a word for children: 人数2,5岁 holds one age.
_LABELLED = re.compile(rf"{_LABEL}(?P<ages>{_LIST}){_UNIT}")
_BAND = re.compile(rf"(?P<ages>{_N}(?:{particulars.AGE_UNIT_WORD})?{particulars.AGE_TO}{_N}){_UNIT}")
_LISTED = re.compile(rf"(?P<ages>{_N}(?:{particulars.AGE_JOIN}{_N}){{0,5}}){_UNIT}")
# Beside a public number only 和 joins ages: 报名12、5岁 holds one of each.
_AND_LISTED = re.compile(rf"{_N}(?:{particulars.AND}{_N}){{0,5}}{_UNIT}")
_MONTHS = re.compile(particulars.MONTHS_OLD)
_LABELLED_BARE = re.compile(rf"{particulars.AGED_LABEL}(?P<ages>{_LIST})(?!\w)")
_COUNTED_GROWN_UPS = re.compile(particulars.COUNTED_GROWN_UPS)
_ONE = re.compile(_N)
_UNIT_AHEAD = re.compile(_UNIT)
_BOUND_AHEAD = re.compile(particulars.AGE_BOUND)
_NOT_REACHED = re.compile(particulars.AGE_NOT_REACHED)
_CHILD_BEFORE = re.compile(rf"{particulars.CHILD_BEFORE_AGE}$")
_ALL = re.compile(particulars.ALL_OF_ONE_AGE)
_SPOKEN_YEAR = re.compile(particulars.SPOKEN_YEAR)
_TO_ARABIC = str.maketrans(particulars.SPOKEN_DIGITS)
_YEARS = rf"(?P<years>{particulars.BIRTH_YEAR}(?:{particulars.AGE_LIST_JOIN}{particulars.BIRTH_YEAR}){{0,5}})"
_BIRTHS = tuple(
    re.compile(pattern)
    for body in (*particulars.BIRTH_DATES, particulars.BIRTH_COMPACT, _YEARS)
    for pattern in (
        particulars.BIRTH_LABEL + body,
        body + particulars.BORN_AFTER,
        rf"(?P<said>{particulars.BORN_BEFORE})" + body + rf"(?={particulars.END_OF_YEAR})",
    )
)
_BARE_BIRTHS = tuple(re.compile(body) for body in (*particulars.BIRTH_DATES, particulars.BIRTH_COMPACT, _YEARS))
_YEAR_DIGITS = re.compile(r"\d{2,4}")
_FILLER = re.compile(particulars.AGE_ANSWER_FILLER)
_BARE_LIST = re.compile(rf"[\s,.;、/!~\x00]*(?P<ages>{_LIST})?[\s,.;、/!~\x00]*")
_SIGN = re.compile(particulars.SIGN_OF_AGE)
_WINDOW = 12


def take_ages(left: Unread, *, bands: bool = False) -> SaidAges:
    """Take out all ages and dates of birth. With `bands`, 5-6岁 is its two ends, else so only of named children."""
    if not _SIGN.search(left.plain):
        return NOTHING_SAID
    months, years = _take_births(left, _BIRTHS)
    ages = _take_spoken_ages(left, bands)
    return SaidAges(tuple(ages), years, months)


def for_all(ages: SaidAges, said: str, children: int | None) -> SaidAges:
    """A single age that was said of all (都是6岁), once for each of so many children."""
    if len(ages.ages) != 1 or children is None or not 1 < children <= MOST_AGES or not _ALL.search(said):
        return ages
    return replace(ages, ages=ages.ages * children)


def parse_ages(text: str, children: int | None = None) -> SaidAges:
    """Read the answer to "how old is the child", bare numbers and years included; empty when nothing is said.

    `children`: how many were asked about, so that 都是6岁 holds for each.
    """
    left = Unread(text)
    take_phones(left)
    said = left.plain
    found = take_ages(left, bands=True)
    if found != SaidAges():
        return for_all(found, said, children)
    if _UNIT_AHEAD.search(said):
        return found  # an age was named that tells no whole years (快5岁, 五六岁)
    months, years = _take_births(left, _BARE_BIRTHS)
    if months or years:
        return SaidAges((), years, months)
    bare = _BARE_LIST.fullmatch(_FILLER.sub(" ", left.plain))
    ages = _numbers(bare["ages"]) if bare and bare["ages"] else []
    return for_all(SaidAges(tuple(ages)), said, children)


def blank_ages(plain: str) -> str:
    """The text with gaps for its ages and dates of birth, for readers of other numbers."""
    if not _SIGN.search(plain):
        return plain
    for pattern in (*_BIRTHS, _LABELLED, _BAND, _AND_LISTED):
        plain = pattern.sub(gap_of, plain)
    return plain


def _take_births(
    left: Unread, patterns: tuple[re.Pattern[str], ...]
) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    left.plain = _SPOKEN_YEAR.sub(lambda match: match.group().translate(_TO_ARABIC), left.plain)
    months: list[tuple[int, tuple[int, int]]] = []
    years: list[tuple[int, int]] = []
    for pattern in patterns:
        for _ in range(MOST_AGES):
            match = _take(left, pattern)
            if match is None:
                break
            named = match.groupdict()
            if named.get("month"):
                month = parse_number(named["month"])
                months.append((match.start(), (_year(named["year"]), int(month or 0))))
            else:
                years += [(match.start(), _year(each)) for each in _YEAR_DIGITS.findall(named["years"])]
    return (
        tuple(pair for _, pair in sorted(months, key=lambda item: item[0])),
        tuple(year for _, year in sorted(years, key=lambda item: item[0]) if _EARLIEST_YEAR <= year <= _LATEST_YEAR),
    )


def _take(left: Unread, pattern: re.Pattern[str]) -> re.Match[str] | None:
    match = pattern.search(left.plain)
    if match:
        said = match.end("said") if match.groupdict().get("said") else match.start()
        left.blank(said, match.end())
    return match


def _year(digits: str) -> int:
    value = int(digits)
    if len(digits) > 2:
        return value
    return 2000 + value if value < _TURN_OF_CENTURY else 1900 + value


def _take_spoken_ages(left: Unread, bands: bool) -> list[int]:
    found: list[tuple[int, list[int]]] = []
    lists = (_LABELLED_BARE,) if _COUNTED_GROWN_UPS.search(left.plain) else (_LABELLED_BARE, _LABELLED)
    for pattern in (*lists, _BAND, _LISTED, _MONTHS):
        for _ in range(MOST_AGES):
            match = _take(left, pattern)
            if match is None:
                break
            counts = _counts(left, match, bands or pattern is not _BAND)
            if counts:
                found.append((match.start(), _months(match) if pattern is _MONTHS else _numbers(match["ages"])))
    return [age for _, ages in sorted(found, key=lambda item: item[0]) for age in ages][:MOST_AGES]


def _counts(left: Unread, match: re.Match[str], plain_age: bool) -> bool:
    """Whether a match tells somebody's age: no bound, reached already, and a band only of named children."""
    before = match.string[max(0, match.start() - _WINDOW) : match.start()]
    if _NOT_REACHED.search(before) or _BOUND_AHEAD.match(match.string, match.end()):
        return False
    return plain_age or _CHILD_BEFORE.search(before) is not None


def _months(match: re.Match[str]) -> list[int]:
    return [int(parse_number(match["months"]) or 0) // 12]


def _numbers(listed: str) -> list[int]:
    values = [parse_number(each) for each in _ONE.findall(listed)]
    return [int(value) for value in values if value is not None and value <= OLDEST]
