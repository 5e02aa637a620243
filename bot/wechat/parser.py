"""From the platform's XML to our messages. wechatpy's catalogue names the kinds; its parser is replaced by `xml.py`.

wechatpy gives an unknown kind no usable attributes and lets missing fields through as exceptions on access, so every
field passes a guard here first. A reader's message has a sender, a recipient and a moment; what has not is refused.
Everything else that the platform tells is taken as it comes: a refusal would be shown to a reader who did nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from wechatpy.events import EVENT_TYPES
from wechatpy.messages import MESSAGE_TYPES

from bot.conversation.messages import (
    CodeScan,
    Follow,
    MenuClick,
    Message,
    OtherMessage,
    PictureMessage,
    SceneScan,
    TextMessage,
    Unfollow,
)
from bot.texts import vocabulary
from bot.wechat.fields import as_text, moment_of, number_of, openid_of, part_of, text_of
from bot.wechat.news import is_news, read_news
from bot.wechat.pushes import DeliveryReport, Push
from bot.wechat.xml import Element, MalformedXmlError

__all__ = ["DeliveryReport", "Push", "read_push"]

_ORDER_BYTES, _NUMBERS = 13, 2**64  # of 32; what is left of the hash tells apart what no chance ever brings together
_SCENE_PREFIX = "qrscene_"
_BAR_CODE = re.compile(r"[A-Z0-9_\-]{3,20},")
_ERASURES = frozenset({"user_authorization_revoke", "user_authorization_cancellation"})
_LONGEST_KIND = 40
_LONGEST_ADDRESS = 300
_NAMED = ("MsgId", "EventKey", "Content", "MediaId", "MsgID", "OpenID", "RevokeInfo", "MenuId", "openid")
_NESTED = ("SendLocationInfo", "SendPicsInfo")


def read_push(fields: Element) -> Push:
    """Translate; raise MalformedXmlError when it has no kind, or is a reader's and lacks what every message has."""
    kind = text_of(fields, "MsgType").lower()
    if not kind:
        raise MalformedXmlError
    if kind != "event":
        return _readers_push(fields, kind, "", partial(_read_message, kind))
    event = text_of(fields, "Event").lower()
    if event in _ERASURES:
        return _erasure_push(fields, event)
    read = _EVENTS.get(event)
    return _platforms_push(fields, event) if read is None else _readers_push(fields, kind, event, read)


def _readers_push(fields: Element, kind: str, event: str, read: Callable[[_Heard], Message]) -> Push:
    sender, recipient = openid_of(fields, "FromUserName"), text_of(fields, "ToUserName")
    sent_at = moment_of(fields, "CreateTime")
    if not (sender and recipient) or sent_at is None:
        raise MalformedXmlError
    key = _delivery_key(fields, sender, sent_at, kind, event)
    unknown = "" if event or kind in MESSAGE_TYPES else f"message {kind}"
    return Push(sender, recipient, key, read(_Heard(fields, sender, sent_at, key)), unknown)


def _erasure_push(fields: Element, event: str) -> Push:
    """The sender is the platform; the person whose data must go is in `OpenID`, and stands here as the sender."""
    person = openid_of(fields, "OpenID") or openid_of(fields, "openid")
    sent_at = moment_of(fields, "CreateTime")
    if not person or sent_at is None:
        return Push("", "", b"", None, f"event {event} that names nobody")
    key = _delivery_key(fields, person, sent_at, "event", event)
    return Push(person, text_of(fields, "ToUserName"), key, Unfollow(person, sent_at, key))


def _platforms_push(fields: Element, event: str) -> Push:
    known = is_news(event) or event in EVENT_TYPES
    return Push("", "", b"", read_news(event, fields), "" if known else f"event {event}")


@dataclass(frozen=True, slots=True)
class _Heard:
    """The fields of one push with what was already read from them."""

    fields: Element
    sender: str
    sent_at: datetime
    key: bytes

    @property
    def bearing(self) -> tuple[str, datetime, bytes]:
        """What every message bears."""
        return self.sender, self.sent_at, self.key


def _address(heard: _Heard) -> str:
    """Where the platform holds a picture; what is too long to be kept is no address."""
    address = text_of(heard.fields, "PicUrl")
    return address if len(address) <= _LONGEST_ADDRESS else ""


def _read_message(kind: str, heard: _Heard) -> Message:
    if kind == "voice" and (said := _recognised(heard)):
        return TextMessage(*heard.bearing, said)
    if kind == "image":
        return PictureMessage(*heard.bearing, _address(heard))
    if kind != "text":
        return OtherMessage(*heard.bearing, kind[:_LONGEST_KIND])
    words = MESSAGE_TYPES["text"](heard.fields).content
    if not isinstance(words, str | None):
        raise MalformedXmlError  # said twice, or with parts: nobody can tell which words are the reader's
    return TextMessage(*heard.bearing, words or "")


def _recognised(heard: _Heard) -> str:
    """What the platform heard in a voice message, without the full stops that it adds; empty without recognition."""
    said = as_text(MESSAGE_TYPES["voice"](heard.fields).recognition)
    return said.strip().rstrip(vocabulary.SPOKEN_END).strip()


def _follow(heard: _Heard) -> Message:
    key = as_text(EVENT_TYPES["subscribe"](heard.fields).key)
    return Follow(*heard.bearing, key.removeprefix(_SCENE_PREFIX) if key.startswith(_SCENE_PREFIX) else None)


def _scene_scan(heard: _Heard) -> Message:
    return SceneScan(*heard.bearing, as_text(EVENT_TYPES["scan"](heard.fields).scene_id))


def _unfollow(heard: _Heard) -> Message:
    return Unfollow(*heard.bearing)


def _click(heard: _Heard) -> Message:
    return MenuClick(*heard.bearing, as_text(EVENT_TYPES["click"](heard.fields).key))


def _code_scan(event: str) -> Callable[[_Heard], Message]:
    waits = event == "scancode_waitmsg"

    def read(heard: _Heard) -> Message:
        result = text_of(part_of(heard.fields, "ScanCodeInfo"), "ScanResult")
        key = as_text(EVENT_TYPES[event](heard.fields).key)
        return CodeScan(*heard.bearing, key, _without_code_type(result), waits)

    return read


def _other(event: str) -> Callable[[_Heard], Message]:
    return lambda heard: OtherMessage(*heard.bearing, event)


_EVENTS: dict[str, Callable[[_Heard], Message]] = {
    "subscribe": _follow,
    "scan": _scene_scan,
    "unsubscribe": _unfollow,
    "click": _click,
    **{event: _code_scan(event) for event in ("scancode_push", "scancode_waitmsg")},
    **{event: _other(event) for event in ("location_select", "pic_sysphoto", "pic_photo_or_album", "pic_weixin")},
}
"""What a reader does, and all of it but the last farewell asks for an answer."""


def _without_code_type(result: str) -> str:
    """Bar codes come as `CODE_128,value`; QR codes as they are."""
    prefix = _BAR_CODE.match(result)
    return result[prefix.end() :] if prefix else result


def _delivery_key(fields: Element, sender: str, sent_at: datetime, kind: str, event: str) -> bytes:
    """What tells a repeat from a new push. Neither MsgId nor sender and time alone do: both were seen to collide.

    The moment and the message's number stand in front: keys of one time lie together, and the answers kept under them
    are written to the same few pages instead of to pages all over the table.
    """
    seconds = int(sent_at.timestamp())
    parts = [sender, str(seconds), kind, event, *(text_of(fields, name) for name in _NAMED)]
    if event:
        parts.append(text_of(part_of(fields, "ScanCodeInfo"), "ScanResult"))
        parts += [json.dumps(fields[name], sort_keys=True) if name in fields else "" for name in _NESTED]
    said = hashlib.sha256("\0".join(parts).encode()).digest()  # XML holds no NUL, so no two lists run together
    order = (number_of(fields, "MsgId") or 0) % _NUMBERS
    return seconds.to_bytes(5, "big") + order.to_bytes(8, "big") + said[_ORDER_BYTES:]
