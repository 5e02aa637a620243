"""From XML to messages, and everything that is not a push."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from wechatpy import parse_message

from bot.conversation.messages import (
    CodeScan,
    Follow,
    MenuClick,
    OtherMessage,
    SceneScan,
    TextMessage,
    Unfollow,
)
from bot.wechat.news import is_news
from bot.wechat.parser import read_push
from bot.wechat.pushes import DeliveryReport, News, Push
from bot.wechat.xml import MalformedXmlError, read_xml
from tests.wechat.pushes import READER, event_push, text_push, xml_of
from tests.wechat.real_pushes import EVERYTHING, MESSAGES, NOT_OURS, READ, READERS_EVENTS, SENT_AT, UNKNOWN, meaning_of
from tests.wechat.real_pushes import READER as REAL_READER

AT = 1_780_000_000


def read(body: bytes) -> Push:
    """Both steps."""
    return read_push(read_xml(body))


def test_text_arrives_with_sender_moment_and_words() -> None:
    push = read(text_push("报名 12 张三", at=AT, number=7))
    assert push.content == TextMessage(READER, datetime.fromtimestamp(AT, UTC), push.key, "报名 12 张三")


def test_words_are_the_ones_that_wechatpy_reads() -> None:
    body = text_push("  <b>&amp; 3 > 2  \n", at=AT)
    content = read(body).content
    assert isinstance(content, TextMessage)
    assert content.text == parse_message(body).content


@pytest.mark.parametrize(
    ("event", "fields", "expected"),
    [
        ("subscribe", {"EventKey": ""}, (Follow, None)),
        ("subscribe", {"EventKey": "qrscene_o12", "Ticket": "t"}, (Follow, "o12")),
        ("SCAN", {"EventKey": "o12", "Ticket": "t"}, (SceneScan, "o12")),
        ("CLICK", {"EventKey": "MINE"}, (MenuClick, "MINE")),
        ("unsubscribe", {"EventKey": ""}, (Unfollow, None)),
    ],
)
def test_event_becomes_its_message(event: str, fields: dict[str, object], expected: tuple[type, str | None]) -> None:
    content = read(event_push(event, **fields)).content
    kind, value = expected
    assert type(content) is kind
    assert value is None or value in {getattr(content, name, None) for name in ("scene", "button")}


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ("http://h/T/ABC", "http://h/T/ABC"),
        ("CODE_128,K7P2QX", "K7P2QX"),
        ("EAN_13,69,01", "69,01"),
        ("你,好", "你,好"),
    ],
)
@pytest.mark.parametrize("event", ["scancode_waitmsg", "scancode_push"])
def test_scan_gives_the_code_without_its_type(event: str, result: str, code: str) -> None:
    content = read(event_push(event, EventKey="SCAN", ScanCodeInfo={"ScanType": "x", "ScanResult": result})).content
    assert isinstance(content, CodeScan)
    assert (content.button, content.code, content.waits) == ("SCAN", code, event == "scancode_waitmsg")


@pytest.mark.parametrize("fields", [{}, {"ScanCodeInfo": ""}, {"ScanCodeInfo": {"ScanType": "qrcode"}}])
def test_scan_without_a_result_is_an_empty_code(fields: dict[str, object]) -> None:
    content = read(event_push("scancode_waitmsg", EventKey="SCAN", **fields)).content
    assert isinstance(content, CodeScan)
    assert content.code == ""


@pytest.mark.parametrize("kind", ["voice", "video", "shortvideo", "location", "link", "miniprogrampage", "new"])
def test_kinds_that_we_cannot_read_keep_their_name(kind: str) -> None:
    body = xml_of(ToUserName="gh", FromUserName=READER, CreateTime=AT, MsgType=kind, MediaId="m", MsgId=5)
    content = read(body).content
    assert isinstance(content, OtherMessage)
    assert content.kind == kind


@pytest.mark.parametrize(
    ("heard", "words"),
    [
        ("报名十二。", "报名十二"),
        ("你好，我想报名。。", "你好，我想报名"),
        (" 活动 ", "活动"),
        ("几点开始？", "几点开始？"),
    ],
)
def test_a_voice_message_says_what_was_recognised(heard: str, words: str) -> None:
    body = xml_of(
        ToUserName="gh", FromUserName=READER, CreateTime=AT, MsgType="voice", MediaId="m", Recognition=heard, MsgId=5
    )
    push = read(body)
    assert push.content == TextMessage(READER, datetime.fromtimestamp(AT, UTC), push.key, words)


@pytest.mark.parametrize("heard", ["", "。", "  "])
def test_a_voice_message_in_which_nothing_was_heard_stays_a_voice(heard: str) -> None:
    body = xml_of(
        ToUserName="gh", FromUserName=READER, CreateTime=AT, MsgType="voice", MediaId="m", Recognition=heard, MsgId=5
    )
    content = read(body).content
    assert isinstance(content, OtherMessage)
    assert content.kind == "voice"


@pytest.mark.parametrize("name", sorted(READ))
def test_every_push_of_the_platform_means_what_it_must(name: str) -> None:
    """Seen to fail, for one, for `change under the other's tag` with only its own tag read."""
    body, meaning = READ[name]
    assert meaning_of(read(body).content) == meaning


@pytest.mark.parametrize("name", sorted(MESSAGES | READERS_EVENTS))
def test_what_readers_do_bears_the_reader_and_the_moment(name: str) -> None:
    """Withdrawn authorisations among them: there the sender is the platform, and the person stands in a part."""
    push = read(READ[name][0])
    assert push.sender == REAL_READER
    assert push.content is not None and not isinstance(push.content, News)
    assert (push.content.sender, push.content.sent_at, push.content.key) == (REAL_READER, SENT_AT, push.key)


@pytest.mark.parametrize("name", sorted(NOT_OURS))
def test_known_pushes_that_are_not_ours_need_no_answer_and_no_word(name: str) -> None:
    push = read(NOT_OURS[name])
    assert (push.content, push.unknown) == (None, "")


@pytest.mark.parametrize("name", sorted(UNKNOWN))
def test_unknown_pushes_need_no_answer_and_bear_their_kind(name: str) -> None:
    """Seen to fail for `with everything twice` while repeated elements were refused."""
    push = read(UNKNOWN[name])
    assert push.content is None
    assert push.unknown.startswith("event ")


def test_an_unknown_message_is_a_readers_and_bears_its_kind() -> None:
    assert read(MESSAGES["a kind to come"][0]).unknown == "message hologram"


@pytest.mark.parametrize("name", sorted(EVERYTHING))
def test_no_missing_repeated_or_nested_part_of_any_push_is_an_error(name: str) -> None:
    """At worst it is refused as malformed, and that only where a reader's message lacks what every message has."""
    whole = ElementTree.fromstring(EVERYTHING[name])
    for body in _damaged(whole):
        try:
            read(body)
        except MalformedXmlError:
            found = ElementTree.fromstring(body)
            kinds = [_lower(part.text) for part in found.findall("MsgType")]
            assert kinds != ["event"] or not is_news(_lower(found.findtext("Event")))


def _lower(words: str | None) -> str:
    return (words or "").strip().lower()


def _damaged(whole: ElementTree.Element) -> Iterator[bytes]:
    """The push with each part in turn gone, emptied, twice there, given parts, or without its own parts."""
    for damage in (_remove, _empty, _repeat, _nest, _flatten):
        for place in range(sum(1 for _ in whole.iter()) - 1):
            push = deepcopy(whole)
            parent, part = [(parent, part) for parent in push.iter() for part in parent][place]
            damage(parent, part)
            yield ElementTree.tostring(push)


def _remove(parent: ElementTree.Element, part: ElementTree.Element) -> None:
    parent.remove(part)


def _empty(parent: ElementTree.Element, part: ElementTree.Element) -> None:
    part.text = None
    part[:] = []


def _repeat(parent: ElementTree.Element, part: ElementTree.Element) -> None:
    parent.append(deepcopy(part))


def _nest(parent: ElementTree.Element, part: ElementTree.Element) -> None:
    part.text = None
    ElementTree.SubElement(part, "List").text = "1"


def _flatten(parent: ElementTree.Element, part: ElementTree.Element) -> None:
    part[:] = []
    part.text = "x"


def test_two_different_lists_of_one_second_are_two_pushes() -> None:
    """What readers choose from a menu of pictures or places; lists of the account's news change nothing twice anyway."""
    pictures = [event_push("pic_weixin", at=AT, EventKey="6", SendPicsInfo={"Count": count}) for count in (1, 2)]
    places = [event_push("location_select", at=AT, SendLocationInfo={"Label": label}) for label in ("a", "b")]
    revoked = [event_push("user_authorization_revoke", at=AT, OpenID="o", RevokeInfo=info) for info in ("201", "205")]
    keys = [read(body).key for body in (*pictures, *places, *revoked)]
    assert len(set(keys)) == len(keys)


def test_report_on_a_template_message_bears_its_number() -> None:
    content = read(event_push("TEMPLATESENDJOBFINISH", MsgID=123, Status="failed:user block")).content
    assert content == DeliveryReport(123, "failed:user block")


MALFORMED = {
    "nothing": b"",
    "no XML": b"hello",
    "JSON": b'{"MsgType": "text"}',
    "other root": text_push().replace(b"xml>", b"yml>"),
    "empty root": b"<xml/>",
    "no kind": xml_of(ToUserName="gh", FromUserName=READER, CreateTime=AT),
    "repeated kind": text_push().replace(b"<MsgType>", b"<MsgType>x</MsgType><MsgType>"),
    "repeated words": text_push().replace(b"<Content>", b"<Content>x</Content><Content>"),
    "repeated sender": text_push().replace(b"<FromUserName>", b"<FromUserName>x</FromUserName><FromUserName>"),
    "attributed element": text_push().replace(b"<MsgType>", b"<MsgType a='b'>"),
    "nested kind": text_push().replace(b"<MsgType>", b"<MsgType><a/>"),
    "no sender": xml_of(ToUserName="gh", CreateTime=AT, MsgType="text", Content="x"),
    "no recipient": xml_of(FromUserName=READER, CreateTime=AT, MsgType="text", Content="x"),
    "sender with a space": text_push(sender="o x"),
    "sender too long": text_push(sender="o" * 65),
    "sender not ASCII": text_push(sender="读者"),
    "time in words": text_push().replace(b"<CreateTime>", b"<CreateTime>a"),
    "time negative": text_push().replace(b"<CreateTime>", b"<CreateTime>-"),
    "time beyond the calendar": text_push(at=999_999_999_999),
    "time missing": xml_of(ToUserName="gh", FromUserName=READER, MsgType="text", Content="x"),
    "bad UTF-8": text_push().replace(b"text", b"te\xff\xfext"),
    "overlong UTF-8": text_push().replace(b"text", b"te\xc0\xafxt"),
    "surrogate": text_push().replace(b"text", b"te\xed\xa0\x80xt"),
    "NUL": text_push().replace(b"text", b"te\x00xt"),
    "cut": text_push()[:-4],
    "two roots": text_push() * 2,
    "UTF-16": text_push().decode().encode("utf-16"),
    "declared UTF-16": b'<?xml version="1.0" encoding="utf-16"?>' + text_push().decode().encode("utf-16"),
    "DOCTYPE": b"<!DOCTYPE xml>" + text_push(),
    "external DTD": b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x.dtd">' + text_push(),
    "DOCTYPE after a comment": b"<!-- <xml> --><!DOCTYPE xml>" + text_push(),
    "entity": b'<!DOCTYPE xml [<!ENTITY a "aaaa">]>' + text_push().replace(b"<![CDATA[gh_tests]]>", b"&a;"),
    "unknown entity": text_push().replace(b"<![CDATA[gh_tests]]>", b"&a;"),
    "deep": text_push().replace(b"</xml>", b"<a>" * 20 + b"</a>" * 20 + b"</xml>"),
    "very deep": b"<xml>" + b"<a>" * 9000 + b"</a>" * 9000 + b"</xml>",
}


@pytest.mark.parametrize("name", sorted(MALFORMED))
def test_what_is_no_push_is_one_and_the_same_error(name: str) -> None:
    """Seen to fail: `DOCTYPE` without its handler, `deep` without the limit, `repeated words` without the check of them."""
    with pytest.raises(MalformedXmlError):
        read(MALFORMED[name])


def test_of_wechatpy_nothing_is_used_but_what_names_things() -> None:
    """So no fault of its parser, its encryption, its replies or its client can reach us.

    Seen to fail with `from wechatpy import parse_message` in a module.
    """
    imported = {
        module
        for folder in ("bot", "tasks", "config")
        for path in Path(folder).rglob("*.py")
        for module in re.findall(
            r"^\s*(?:from|import) (wechatpy[.\w]*)", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert imported == {"wechatpy.constants", "wechatpy.events", "wechatpy.messages"}


def test_laughing_bodies_cost_nothing() -> None:
    lines = [b'<!ENTITY e0 "ha">'] + [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">'.encode() for n in range(1, 12)]
    with pytest.raises(MalformedXmlError):
        read(b"<!DOCTYPE xml [" + b"".join(lines) + b"]><xml><a>&e11;</a></xml>")


def test_declaration_and_white_space_do_no_harm() -> None:
    body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + text_push("活动").replace(b"><", b">\n  <")
    content = read(body).content
    assert isinstance(content, TextMessage)
    assert content.text == "活动"


def test_empty_text_is_a_text() -> None:
    content = read(text_push("")).content
    assert isinstance(content, TextMessage)
    assert content.text == ""


VARIANTS = {
    "sender": text_push("a", sender="o-other", at=AT, number=1),
    "time": text_push("a", at=AT + 1, number=1),
    "number": text_push("a", at=AT, number=2),
    "words": text_push("b", at=AT, number=1),
    "kind": event_push("CLICK", at=AT, EventKey="a"),
    "button": event_push("CLICK", at=AT, EventKey="b"),
    "event": event_push("SCAN", at=AT, EventKey="a"),
    "scan": event_push("scancode_waitmsg", at=AT, EventKey="a", ScanCodeInfo={"ScanResult": "1"}),
    "scan result": event_push("scancode_waitmsg", at=AT, EventKey="a", ScanCodeInfo={"ScanResult": "2"}),
}


def test_key_tells_pushes_apart_by_each_of_its_parts() -> None:
    """Seen to fail for `scan result` with the key made of sender, time and MsgId alone."""
    bodies = [text_push("a", at=AT, number=1), *VARIANTS.values()]
    assert len({read(body).key for body in bodies}) == len(bodies)


def test_keys_of_messages_follow_their_time_and_number() -> None:
    """So that answers which are kept at one time lie on the same pages."""
    bodies = [text_push(words, at=at, number=n) for words, at, n in (("c", AT, 9), ("b", AT, 10), ("a", AT + 1, 1))]
    keys = [read(body).key for body in bodies]
    assert keys == sorted(keys)


@pytest.mark.parametrize("number", ["", "x", "1" * 40, "٣", "-1"])
def test_any_number_of_a_message_makes_a_key(number: str) -> None:
    body = text_push("a", at=AT, number=7).replace(b"<MsgId>7</MsgId>", f"<MsgId>{number}</MsgId>".encode())
    assert body != text_push("a", at=AT, number=7)
    assert len(read(body).key) == 32


def test_key_of_a_repeat_is_the_same() -> None:
    assert read(text_push("a", at=AT, number=1)).key == read(text_push("a", at=AT, number=1)).key
