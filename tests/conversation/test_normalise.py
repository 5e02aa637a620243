"""Cleaning of typed text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.normalise import LONGEST_MESSAGE, normalise, read, simplify, tidy


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("报名１２", "报名12"),
        ("報名12號", "报名12号"),
        ("  报名   12 ", "报名 12"),
        ("报\u200b名\ufeff12\u202e", "报名12"),
        ("【报名】12", "报名 12"),
        ("“取消”12。", "取消 12"),
        ("你好，我想报名12", "报名12"),
        ("您好！请问有什么活动呀？", "有什么活动"),
        ("麻烦您帮我取消12，谢谢", "取消12"),
        ("老师好，我要报名12吧", "报名12"),
        ("我们想报名", "报名"),
        ("取消12谢谢老师！！", "取消12"),
        ("HELP", "help"),
        ("[抱拳]报名12", "报名12"),
        ("报名12😀🎉", "报名12"),
        ("⑫", "12"),
        ("1️⃣2️⃣", "12"),
        ("报名\t12\n张三", "报名 12 张三"),
    ],
)
def test_politeness_and_noise_are_taken_off(text: str, core: str) -> None:
    assert normalise(text) == core


@pytest.mark.parametrize(
    "text",
    [
        "不同意",
        "同意",
        "取消",
        "好的",
        "是的",
        "我的",
        "不去",
        "谢谢",
        "你好",
        "请假",
        "我的报名",
        "不要",
        "想想",
        "要不要",
        "算了",
        "?",
    ],
)
def test_words_that_mean_something_stay_whole(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize("text", ["不想去", "不要报名", "我不要取消", "别取消"])
def test_a_negation_is_never_taken_off(text: str) -> None:
    assert any(word in normalise(text) for word in ("不", "别"))


def test_typed_keeps_the_script_beside_the_simplified_text() -> None:
    core = read("你好，我想報名12張乾")
    assert core.typed == "報名12張乾"
    assert len(core.plain) == len(core.typed)


def test_a_name_loses_its_emoji_but_no_character() -> None:
    assert tidy("張三\u200d") == "張三"
    assert read("😀張三😀").typed == "張三"


def test_long_messages_are_cut() -> None:
    assert len(tidy("好" * 5000)) == LONGEST_MESSAGE
    assert len(tidy("\ufdfa" * 2000)) <= LONGEST_MESSAGE


def test_text_without_ideographs_needs_no_conversion() -> None:
    assert simplify("abc 123") == "abc 123"


@given(st.text(max_size=300) | st.text("你好请问我想要报名吧了谢谢，。 \u200b\u0301e吗😀【】12", max_size=30))
def test_cleaning_ends_on_one_visible_line(text: str) -> None:
    tidied = tidy(text)
    assert tidy(tidied) == tidied
    core = read(text)
    assert len(core.plain) == len(core.typed)
    for form in (tidied, core.plain, normalise(text)):
        assert not any(char in form for char in "\r\n\t\x00\u200b\ufeff\u202e")
        assert form == form.strip()


@given(st.text("你好请问我想要报名吧了谢谢吗12 ，。", max_size=30))
def test_a_message_of_something_never_becomes_nothing(text: str) -> None:
    assert bool(normalise(text)) == bool(tidy(text))
