"""Numbers as people write them in Chinese: 十二, 廿五, 两千, 一万二, 1.2万, 3,000 and full-width digits.

Only exact numerals are read here. Words of exactness (四百余, 近百, 300多) belong to the quantities; this module reads
the numeral inside them. The characters below are data of the number system, not sentences for a user.
"""

import re
import unicodedata
from decimal import Decimal

LONGEST_NUMERAL = 24

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")}
_SPELLING = str.maketrans("〇○两壹贰叁肆伍陆柒捌玖拾佰仟萬億貳參陸兩", "零零二一二三四五六七八九十百千万亿二三六二")
_COUNTED_PEOPLE = {"俩": 2, "仨": 3}

_DIGIT = "[零一二三四五六七八九0-9]"
_SECTION = re.compile(
    rf"(?:(?P<thousands>{_DIGIT}?)(?P<k>千))?零?(?:(?P<hundreds>{_DIGIT}?)(?P<h>百))?零?"
    rf"(?:(?P<tens>{_DIGIT}?)(?P<t>十)|(?P<score>[廿卅]))?零?(?P<ones>{_DIGIT}?)"
)
_ARABIC = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_ARABIC_WITH_UNIT = re.compile(rf"({_ARABIC.pattern})([十百千])")
_SPOKEN_DECIMAL = re.compile("([零一二三四五六七八九十百千]+)点([零一二三四五六七八九]+)")
_POSITIONAL = re.compile("[零一二三四五六七八九]{3,}|(?=.?零)[零一二三四五六七八九]{2}")
_UNITS = {"十": 10, "百": 100, "千": 1000}


def parse_number(text: str) -> Decimal | None:
    """Read a whole string as one exact number; None when it is anything else (十几, 四五百, 一大).

    一万二 is 12,000 and 三百五 is 350, as spoken; 一万零二 is 10,002. Whole values come back without decimals.
    """
    if len(text) > LONGEST_NUMERAL:
        return None
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain or len(plain) > LONGEST_NUMERAL:
        return None
    if plain in _COUNTED_PEOPLE:
        return Decimal(_COUNTED_PEOPLE[plain])
    value = _amount(plain.translate(_SPELLING))
    return None if value is None else _tidy(value)


def _amount(text: str) -> Decimal | None:
    if _POSITIONAL.fullmatch(text):
        return Decimal("".join(str(_DIGITS[char]) for char in text))
    for unit, size in (("亿", 100_000_000), ("万", 10_000)):
        if unit in text:
            return _with_large_unit(text, unit, size)
    return _below_ten_thousand(text)


def _with_large_unit(text: str, unit: str, size: int) -> Decimal | None:
    left, _, right = text.partition(unit)
    head = _amount(left) if left else Decimal(1)
    if head is None or unit in right or (size == 10_000 and "亿" in right):
        return None
    if not right:
        return head * size
    # A single last digit counts the next lower unit: 一万二 is twelve thousand, 一亿三 is a hundred and thirty million.
    tail = Decimal(_digit(right) * size // 10) if _is_digit(right) else _amount(right.removeprefix("零"))
    if tail is None or tail >= size or head != head.to_integral_value():
        return None
    return head * size + tail


def _below_ten_thousand(text: str) -> Decimal | None:
    if _ARABIC.fullmatch(text):
        return Decimal(text.replace(",", ""))
    if match := _ARABIC_WITH_UNIT.fullmatch(text):
        return Decimal(match[1].replace(",", "")) * _UNITS[match[2]]
    if match := _SPOKEN_DECIMAL.fullmatch(text):
        whole = _section(match[1])
        fraction = "".join(str(_DIGITS[char]) for char in match[2])
        return None if whole is None else whole + Decimal("0." + fraction)
    return _section(text)


def _section(text: str) -> Decimal | None:
    """Read thousands to ones: 两千三百零五, 十二, 廿五; and the spoken short form 三百五."""
    match = _SECTION.fullmatch(text)
    if match is None or not text or (text != "零" and text.endswith("零")):
        return None
    total = 0
    for unit, digit, size in (("k", "thousands", 1000), ("h", "hundreds", 100), ("t", "tens", 10)):
        if match[unit]:
            total += size * (_digit(match[digit]) if match[digit] else 1)
    if match["score"]:
        total += 20 if match["score"] == "廿" else 30
    if match["ones"]:
        # 三百五 is 350 and 两千三 is 2,300: the last digit counts the next lower unit, unless 零 stands between.
        lower_unit = {"百": 10, "千": 100}.get(text[-2:-1], 1)
        total += _digit(match["ones"]) * lower_unit
    return Decimal(total)


def _is_digit(text: str) -> bool:
    return len(text) == 1 and (text in _DIGITS or text in "0123456789")


def _digit(char: str) -> int:
    return _DIGITS[char] if char in _DIGITS else int(char)


def _tidy(value: Decimal) -> Decimal:
    return Decimal(int(value)) if value == value.to_integral_value() else value.normalize()
