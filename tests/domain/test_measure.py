"""Quantities and tallies as staff write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.kinds import Exactness
from bot.domain.measure import Quantity, parse_quantity, sum_exactness
from bot.domain.tally_words import TallyEntry, TallyFault, parse_tally

E = Exactness


@pytest.mark.parametrize(
    ("text", "number", "unit", "exactness"),
    [
        ("300多 份", 300, "份", E.MORE_THAN),
        ("300多人次", 300, "人次", E.MORE_THAN),
        ("3000多份", 3000, "份", E.MORE_THAN),
        ("３０００余册", 3000, "册", E.MORE_THAN),
        ("3,000余册", 3000, "册", E.MORE_THAN),
        ("四百余册", 400, "册", E.MORE_THAN),
        ("两千余", 2000, "", E.MORE_THAN),
        ("百余册", 100, "册", E.MORE_THAN),
        ("十几个", 10, "个", E.MORE_THAN),
        ("50+套", 50, "套", E.MORE_THAN),
        ("超过200人", 200, "人", E.MORE_THAN),
        ("上千人", 1000, "人", E.MORE_THAN),
        ("200人以上", 200, "人", E.MORE_THAN),
        ("1.2万", 12000, "", E.EXACT),
        ("1万多册", 10000, "册", E.MORE_THAN),
        ("300多万元", 3_000_000, "元", E.MORE_THAN),
        ("近百人", 100, "人", E.JUST_UNDER),
        ("近万名", 10000, "名", E.JUST_UNDER),
        ("将近一百五十人", 150, "人", E.JUST_UNDER),
        ("约200人", 200, "人", E.ABOUT),
        ("200人左右", 200, "人", E.ABOUT),
        ("十来个", 10, "个", E.ABOUT),
        ("千元", 1000, "元", E.ABOUT),
        ("累计600张", 600, "张", E.CUMULATIVE),
        ("累计达600张", 600, "张", E.CUMULATIVE),
        ("前五百位", 500, "位", E.EXACT),
        ("127件", 127, "件", E.EXACT),
        ("一套", 1, "套", E.EXACT),
        ("两个月", 2, "月", E.EXACT),
        ("12面锦旗"[:3], 12, "面", E.EXACT),
        ("6串", 6, "串", E.EXACT),
        ("0份", 0, "份", E.EXACT),
    ],
)
def test_a_quantity_keeps_number_unit_and_exactness(text: str, number: int, unit: str, exactness: Exactness) -> None:
    quantity = parse_quantity(text)
    assert quantity is not None
    assert (quantity.number, quantity.unit, quantity.exactness) == (Decimal(number), unit, exactness)


@pytest.mark.parametrize(
    "text", ["", "几百", "若干份", "很多", "份", "300~400份", "1.2.3份", "多300份", "负3份", "-3份"]
)
def test_what_is_no_quantity_is_not_guessed(text: str) -> None:
    assert parse_quantity(text) is None


def test_a_number_that_lost_its_digits_is_doubtful_and_has_no_value() -> None:
    assert parse_quantity("8多人次") == Quantity(None, "人次", E.DOUBTFUL, "多")


@pytest.mark.parametrize(
    ("text", "metric", "part", "number", "unit", "place"),
    [
        ("宣传单 300多 份 12", "宣传单", "", 300, "份", 12),
        ("咨询 300多人次", "咨询", "", 300, "人次", None),
        ("咨询300多人次", "咨询", "", 300, "人次", None),
        ("一等奖 5 篇 12", "一等奖", "", 5, "篇", 12),
        ("宣传单《健康》1000份", "宣传单", "健康", 1000, "份", None),
        ("宣传单《世界读书日的由来》 1000 份 7", "宣传单", "世界读书日的由来", 1000, "份", 7),
        ("宣传单（三八路） 四百余 份", "宣传单", "三八路", 400, "份", None),
        ("宣传单 300", "宣传单", "", 300, "", None),
        ("宣传单 300 12", "宣传单", "", 300, "", 12),
        ("第一批图书 20册", "第一批图书", "", 20, "册", None),
        ("礼品：350份。", "礼品", "", 350, "份", None),
        ("50个书包", "书包", "", 50, "个", None),
        ("300多份宣传单 12", "宣传单", "", 300, "份", 12),
        ("书包 50个 12号", "书包", "", 50, "个", 12),
    ],
)
def test_a_tally_message_is_read(text: str, metric: str, part: str, number: int, unit: str, place: int | None) -> None:
    entry = parse_tally(text)
    assert isinstance(entry, TallyEntry), entry
    assert (entry.metric, entry.part, entry.occurrence_number) == (metric, part, place)
    assert (entry.quantity.number, entry.quantity.unit) == (Decimal(number), unit)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", TallyFault.NO_NUMBER),
        ("宣传单", TallyFault.NO_NUMBER),
        ("宣传单 很多", TallyFault.NO_NUMBER),
        ("300多份", TallyFault.NO_METRIC),
        ("小读者 8多人次", TallyFault.DOUBTFUL),
        ("宣" * 201 + " 3份", TallyFault.TOO_LONG),
        ("宣传单 -5 份", TallyFault.SEVERAL),
        ("宣传单 300-400 份", TallyFault.SEVERAL),
        ("办证率 百分之十", TallyFault.SEVERAL),
        ("展板 20块 宣传单 300份", TallyFault.SEVERAL),
        ("宣传单 99999999999999 份", TallyFault.TOO_LARGE),
    ],
)
def test_a_tally_that_cannot_be_noted_says_why(text: str, fault: TallyFault) -> None:
    assert parse_tally(text) is fault


@given(st.text(max_size=60))
def test_no_text_breaks_the_readers(text: str) -> None:
    parse_quantity(text)
    parse_tally(text)


@pytest.mark.parametrize(
    ("kinds", "whole"),
    [
        ([E.EXACT, E.EXACT], E.EXACT),
        ([E.EXACT, E.MORE_THAN], E.MORE_THAN),
        ([E.JUST_UNDER, E.EXACT], E.JUST_UNDER),
        ([E.JUST_UNDER, E.MORE_THAN], E.ABOUT),
        ([E.ABOUT, E.MORE_THAN], E.ABOUT),
    ],
)
def test_a_sum_is_only_as_exact_as_its_parts(kinds: list[Exactness], whole: Exactness) -> None:
    assert sum_exactness(kinds) is whole


@pytest.mark.parametrize("text", ["3D电影 20 场", "60周年纪念册 50 册", "第3届 书展 5 场"])
def test_digits_in_a_things_name_are_no_second_quantity(text: str) -> None:
    assert isinstance(parse_tally(text), TallyEntry)
