"""Answers in the platform's XML."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.messages import Article, ImageReply, NewsReply, TextReply
from bot.wechat.replies import MAX_TEXT_BYTES, fit_text, render_reply

NOW = datetime(2026, 5, 27, 1, 0, tzinfo=UTC)


def tree(reply: TextReply | ImageReply | NewsReply) -> ElementTree.Element:
    """The rendered answer, parsed by another parser."""
    return ElementTree.fromstring(render_reply(reply, to="o-1", sender="gh_1", now=NOW))


def test_text_goes_from_the_account_to_the_person() -> None:
    root = tree(TextReply("您好"))
    assert {child.tag: child.text for child in root} == {
        "ToUserName": "o-1",
        "FromUserName": "gh_1",
        "CreateTime": str(int(NOW.timestamp())),
        "MsgType": "text",
        "Content": "您好",
    }


def test_input_that_closes_the_section_forges_no_node() -> None:
    """Seen to fail with `_cdata` not splitting `]]>`."""
    evil = "x]]></Content><MsgType><![CDATA[news]]></MsgType><Content><![CDATA["
    root = tree(TextReply(evil))
    assert [child.tag for child in root] == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"]
    assert root.findtext("Content") == evil


@given(st.text(max_size=400))
def test_any_text_gives_five_nodes_and_keeps_its_words(text: str) -> None:
    root = tree(TextReply(text))
    assert len(root) == 5
    kept = "".join(letter for letter in text if letter.isprintable())
    assert "".join(letter for letter in root.findtext("Content") or "" if letter.isprintable()) == kept


@given(st.text(max_size=3000))
def test_text_never_exceeds_what_the_platform_shows(text: str) -> None:
    assert len(fit_text(text).encode()) <= MAX_TEXT_BYTES


def test_long_text_is_cut_at_a_character() -> None:
    assert fit_text("签" * 700).endswith("签…")


def test_picture_and_cards_are_rendered() -> None:
    assert tree(ImageReply("media]]>1")).findtext("Image/MediaId") == "media]]>1"
    root = tree(NewsReply((Article("题", "述", "http://h/p.png", "http://h/?a=1&b=2"),)))
    assert root.findtext("ArticleCount") == "1"
    assert root.findtext("Articles/item/Url") == "http://h/?a=1&b=2"
