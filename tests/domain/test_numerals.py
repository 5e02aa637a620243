"""Numerals in Chinese and Arabic writing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.numerals import parse_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("十二", "12"),
        ("二十", "20"),
        ("廿五", "25"),
        ("卅", "30"),
        ("两千", "2000"),
        ("一万二", "12000"),
        ("一万零二", "10002"),
        ("三百五", "350"),
        ("三百零五", "305"),
        ("一百一十", "110"),
        ("两千三", "2300"),
        ("一千零一十", "1010"),
        ("1.2万", "12000"),
        ("12万", "120000"),
        ("1万2千", "12000"),
        ("3千", "3000"),
        ("3000", "3000"),
        ("3,000", "3000"),
        ("\uff13\uff10\uff10\uff10", "3000"),
        ("\uff13\uff0c\uff10\uff10\uff10", "3000"),
        ("2.5", "2.5"),
        ("三点五", "3.5"),
        ("一点二万", "12000"),
        ("二〇一六", "2016"),
        ("二零二六", "2026"),
        ("〇", "0"),
        ("零", "0"),
        ("俩", "2"),
        ("仨", "3"),
        ("百", "100"),
        ("千", "1000"),
        ("壹佰贰拾", "120"),
        ("一亿二千万", "120000000"),
        ("三千万", "30000000"),
        ("十二万三千四百五十六", "123456"),
        ("萬", "10000"),
        (" 12 ", "12"),
        ("007", "7"),
    ],
)
def test_numeral_is_read_as_people_mean_it(text: str, value: str) -> None:
    assert parse_number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "十几",
        "四五百",
        "三四",
        "一大",
        "半",
        "12a",
        "1.2.3",
        "万万万",
        "二十零",
        "1,00",
        "-3",
        "1" * 25,
        "²½x",
    ],
)
def test_what_is_not_one_exact_number_gives_none(text: str) -> None:
    assert parse_number(text) is None


def test_whole_values_print_without_decimals() -> None:
    assert str(parse_number("1.2万")) == "12000"
    assert str(parse_number("1.50")) == "1.5"


def _to_chinese(number: int) -> str:
    """Spell a whole number from 0 to 99,999,999: 12 is 十二, 10010 is 一万零一十."""
    if number == 0:
        return "零"
    high, low = divmod(number, 10_000)
    spelled = _spell_section(high) + "万" if high else ""
    if low:
        spelled += ("零" if high and low < 1000 else "") + _spell_section(low)
    # Ten to nineteen drop the leading one only at the very start: 十二, 十万, but 一百一十.
    return spelled.removeprefix("一") if spelled.startswith("一十") else spelled


def _spell_section(number: int) -> str:
    spelled, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit == 0:
            gap = bool(spelled)
            continue
        spelled += ("零" if gap else "") + "零一二三四五六七八九"[digit] + name
        gap = False
    return spelled


@given(st.integers(0, 99_999_999))
def test_spelled_numbers_are_read_back(number: int) -> None:
    spelled = _to_chinese(number)
    assert parse_number(spelled) == number


@pytest.mark.parametrize(
    ("number", "spelled"),
    [
        (0, "零"),
        (10, "十"),
        (12, "十二"),
        (110, "一百一十"),
        (1010, "一千零一十"),
        (100_010, "十万零一十"),
        (10_000, "一万"),
    ],
)
def test_numbers_are_spelled_in_the_usual_way(number: int, spelled: str) -> None:
    assert _to_chinese(number) == spelled


@given(st.integers(0, 10**12))
def test_arabic_numbers_are_read_in_both_widths(number: int) -> None:
    wide = str(number).translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    assert parse_number(str(number)) == parse_number(wide) == parse_number(f"{number:,}") == number


@given(st.text(max_size=40) | st.text("〇零一二两三四五六七八九十百千万亿廿卅0123456789.,点", max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    value = parse_number(text)
    assert value is None or value >= 0
