"""Answers to an event's own questions, and to the question for the card number."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.answers import parse_choice, parse_number_answer
from bot.conversation.slots import parse_card, parse_slots

TIMES = ["周六上午", "周六下午", "都可以"]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("1", TIMES, "周六上午"),
        ("第二个", TIMES, "周六下午"),
        ("A", TIMES, "周六上午"),
        ("选B", TIMES, "周六下午"),
        ("ｂ．", TIMES, "周六下午"),
        ("第1个吧", TIMES, "周六上午"),
        ("周六上午", TIMES, "周六上午"),
        ("週六上午！", TIMES, "周六上午"),
        ("都可以", TIMES, "都可以"),
        ("下午", TIMES, "周六下午"),
        ("上午那个", TIMES, "周六上午"),
        ("都", TIMES, "都可以"),
        ("周六", TIMES, None),
        ("4", TIMES, None),
        ("0", TIMES, None),
        ("随便", TIMES, None),
        ("", TIMES, None),
        ("不吃", ["吃辣", "不吃辣"], "不吃辣"),
        ("是的", ["是", "否"], "是"),
        ("一年级", ["一年级", "二年级"], "一年级"),
        ("5", ["3-4岁", "5-6岁", "7-8岁"], "5-6岁"),
        ("3", ["3-4岁", "5-6岁", "7-8岁"], None),
        ("1", [], None),
    ],
)
def test_a_choice_is_read_by_place_letter_words_or_a_part_of_them(
    text: str, options: list[str], expected: str | None
) -> None:
    assert parse_choice(text, options) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", "3"),
        ("三", "3"),
        ("１２", "12"),
        ("大概3个", "3"),
        ("3本书", "3"),
        ("共5人。", "5"),
        ("1.5", "1.5"),
        ("120cm", "120"),
        ("一百二十厘米", "120"),
        ("0", "0"),
        ("3-4", None),
        ("-1", None),
        ("没有", None),
        ("3个5个", None),
        ("", None),
    ],
)
def test_a_number_is_read_with_its_measure(text: str, value: str | None) -> None:
    assert parse_number_answer(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("读者证 GY00012345", "GY00012345"),
        ("读者证号是gy00012345", "GY00012345"),
        ("证号：gy-0001 2345", "GY00012345"),
        ("借书证号12345678", "12345678"),
        ("卡号 0839 0012", "08390012"),
        ("ＧＹ０００１２３４５", "GY00012345"),
        ("12345678", "12345678"),
        ("我的是GY00012345，谢谢", "GY00012345"),
        ("没有", None),
        ("5", None),
        ("身份证号510802199003070033", None),
        ("", None),
    ],
)
def test_a_card_number_is_read_from_its_answer(text: str, card: str | None) -> None:
    assert parse_card(text) == card


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("张三 13800138000 读者证 GY00012345 一大一小", "GY00012345"),
        ("读者证 GY00012345 13800138000 张三 一大一小", "GY00012345"),
        ("张三13800138000一大一小 借书证号：12345678", "12345678"),
        ("张三 GY00012345 13800138000 1大1小", "GY00012345"),
        ("张三 卡号0839 0012 13800138000 一大一小", "08390012"),
    ],
)
def test_a_card_is_no_phone_and_a_phone_no_card(text: str, card: str) -> None:
    slots = parse_slots(text)
    assert (slots.card, slots.phone, slots.bad_phone) == (card, "+8613800138000", None)
    assert (slots.name, slots.adults, slots.children) == ("张三", 1, 1)


def test_an_identity_card_is_neither_kept_nor_repeated() -> None:
    slots = parse_slots("张三 身份证510802199003070033 13800138000")
    assert (slots.name, slots.card, slots.bad_phone) == ("张三", None, None)


@given(st.text(max_size=60), st.lists(st.text(max_size=8), max_size=6))
def test_no_text_breaks_the_readers_of_answers(text: str, options: list[str]) -> None:
    assert parse_choice(text, options) in (None, *options)
    parse_number_answer(text)
    parse_card(text)
