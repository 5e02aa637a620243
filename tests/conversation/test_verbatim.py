"""What stands behind a command word keeps its marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.normalise import tidy
from bot.conversation.verbatim import behind
from bot.texts import vocabulary


@pytest.mark.parametrize(
    ("word", "text", "kept"),
    [
        (vocabulary.MEDIA, "媒体 广元晚报 《启动》 5月27日", "广元晚报 《启动》 5月27日"),
        (vocabulary.MEDIA, "媒体：公众号 https://x.cn/s?id=1&x=2#a", "公众号 https://x.cn/s?id=1&x=2#a"),
        (vocabulary.MEDIA, "媒體 廣元晚報 《啟動》", "廣元晚報 《啟動》"),
        (vocabulary.NOTE, "备注 12 家长问：“下次几点？”（三位）", "12 家长问：“下次几点？”（三位）"),
        (vocabulary.NOTE, "备注", ""),
        (vocabulary.NOTE, "没有这个词", ""),
    ],
)
def test_a_title_a_link_and_words_for_a_person_stay_as_typed(word: str, text: str, kept: str) -> None:
    assert behind(word, text) == behind(word, f"  {text}  ")
    assert _plain(behind(word, text)) == _plain(kept)


@given(st.text(max_size=60))
def test_nothing_but_what_was_typed_comes_out(rest: str) -> None:
    assert behind(vocabulary.NOTE, f"备注 {rest}") in tidy(f"备注 {rest}")


def _plain(text: str) -> str:
    """Half- and full-width forms of one mark are one mark here."""
    return tidy(text)
