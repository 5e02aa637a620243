"""Public occurrence numbers in a message: where one stands, and what only looks like one (30号, 5岁, 3人, 13800138000).

Numbers are found in simplified text that `read` prepared. 12号 beside a command is doubtful: it may be the twelfth of
the month; 第12号, 12号场 and 45号 are not.
"""

import re
from typing import NamedTuple

from bot.conversation.ages import blank_ages
from bot.conversation.cards import blank_cards
from bot.conversation.phones import blank_phones
from bot.domain.numerals import parse_number
from bot.texts import vocabulary

LARGEST_NUMBER = 9999
_LAST_DAY_OF_MONTH = 31

_DIGITS = re.compile(r"(?<![\d])[1-9]\d{0,3}?(?=1[3-9]\d{9}(?!\d))|(?<![\d])[1-9]\d{0,3}(?!\d)")
_CHINESE = re.compile(vocabulary.CHINESE_NUMERAL)
_BEFORE = re.compile(vocabulary.BEFORE_NUMBER)
_NOT_BEFORE = re.compile(vocabulary.NOT_A_NUMBER_BEFORE)
_TAIL = re.compile(vocabulary.NUMBER_TAIL)
_NUMBER_SIGN = re.compile(vocabulary.NUMBER_SIGN)
_NUMBER_MARK = re.compile(vocabulary.NUMBER_MARK)
_PHONE_AHEAD = re.compile(r"\d{7}")
_WORD_AHEAD = re.compile(r"[^\W\d_]")
_LISTING = re.compile(vocabulary.LIST_FROM_ONE)
_NOT_AFTER = re.compile(vocabulary.NOT_A_NUMBER_AFTER)
_COUNTED = re.compile(vocabulary.COUNTED_BEFORE)
_ORDINAL = re.compile(rf"{vocabulary.ORDINAL}\s*$")
_ALSO = re.compile(vocabulary.ALSO)
_MOST_NUMBERS = 5
_LOOK_BACK = 4


class Found(NamedTuple):
    """A public number in a text: its value, the span to leave out of the remaining words, and whether it may be a
    day of the month instead."""

    value: int
    start: int
    end: int
    doubtful: bool


def number_at(plain: str, position: int) -> Found | None:
    """The number that stands at `position`, after fillers such as 第, 编号 or a colon."""
    before = _BEFORE.match(plain, position)
    start = before.end() if before else position
    ordinal = plain.startswith(vocabulary.ORDINAL, start)
    if ordinal:
        start = _skip_spaces(plain, start + 1)
    return _number(plain, start, position, ordinal)


def number_before(plain: str, position: int) -> Found | None:
    """The number at the head of the text that ends right before `position`: 12报名, 十二号我要报名."""
    found = number_at(plain, 0)
    return found if found and found.end <= position else None


def number_anywhere(plain: str) -> Found | None:
    """A number that stands alone anywhere: in Arabic digits only, for Chinese numerals are ordinary words too.

    Phones, ages, dates of birth and card numbers are passed over.
    """
    plain = blank_ages(blank_phones(blank_cards(plain)))
    listing = _LISTING.search(plain)
    limit = listing.start() if listing else len(plain)
    for match in _DIGITS.finditer(plain, 0, limit):
        before = plain[max(0, match.start() - _LOOK_BACK) : match.start()]
        ordinal = _ORDINAL.search(before) is not None
        if not ordinal and (_NOT_AFTER.search(before) or (len(match.group()) == 1 and _COUNTED.search(before))):
            continue
        found = _number(plain, match.start(), match.start(), ordinal)
        if found:
            return found
    return None


def whole_number(plain: str) -> Found | None:
    """The number that is the whole message: 12, 十二, 第12号, 12号场."""
    found = number_at(plain, 0)
    return found if found and found.end == len(plain) else None


def more_numbers(plain: str, found: Found) -> tuple[tuple[int, ...], int]:
    """Further numbers named beside one (报名 12、15和18) and where they end."""
    values: list[int] = []
    end = found.end
    while len(values) < _MOST_NUMBERS and (joint := _ALSO.match(plain, end)):
        following = _number(plain, joint.end(), joint.end(), ordinal=False)
        if following is None or following.doubtful:
            break
        values.append(following.value)
        end = following.end
    return tuple(values), end


def _number(plain: str, start: int, span_start: int, ordinal: bool) -> Found | None:
    match = _DIGITS.match(plain, start)
    arabic = match is not None
    match = match or _CHINESE.match(plain, start)
    if match is None or _NOT_BEFORE.match(plain, match.end()) or _starts_listing(plain, match.start()):
        return None
    value = parse_number(match.group())
    if value is None or not 1 <= value <= LARGEST_NUMBER:
        return None
    if not arabic and not _stands_apart(plain, match.end()):
        return None
    return _placed(plain, int(value), match.end(), span_start, ordinal)


def _placed(plain: str, value: int, end: int, span_start: int, ordinal: bool) -> Found | None:
    signed = _NUMBER_SIGN.match(plain, end) is not None
    if ordinal and not signed and plain.startswith(vocabulary.LABEL_MEASURES, _skip_spaces(plain, end)):
        # 第三场 is the label of an occurrence, to be looked up by words.
        return None
    marked = ordinal or _NUMBER_MARK.match(plain, end) is not None or value > _LAST_DAY_OF_MONTH
    tail = _TAIL.match(plain, end)
    return Found(value, span_start, tail.end() if tail else end, doubtful=signed and not marked)


def _stands_apart(plain: str, end: int) -> bool:
    """Whether a Chinese numeral is a number and not the head of a title (十二生肖, 百家讲坛, 三国)."""
    if not _WORD_AHEAD.match(plain, end) or plain.startswith(vocabulary.APART_MEASURES, end):
        return True
    return _PHONE_AHEAD.search(plain, end) is not None


def _starts_listing(plain: str, start: int) -> bool:
    listing = _LISTING.search(plain, start)
    return listing is not None and listing.start() == start


def _skip_spaces(plain: str, position: int) -> int:
    while position < len(plain) and plain[position] == " ":
        position += 1
    return position
