"""From the platform's XML to our messages. wechatpy's catalogue names the kinds; its parser is replaced by `xml.py`.

wechatpy gives an unknown kind no usable attributes and lets missing fields through as exceptions on access, so every
field passes a guard here first. What is accepted has a sender, a recipient, a moment and a kind.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wechatpy.events import EVENT_TYPES
from wechatpy.messages import MESSAGE_TYPES

from bot.conversation.messages import (
    CodeScan,
    Follow,
    MenuClick,
    Message,
    OtherMessage,
    SceneScan,
    TextMessage,
    Unfollow,
)
from bot.texts import vocabulary
from bot.wechat.xml import Element, MalformedXmlError

_OPENID = re.compile(r"[A-Za-z0-9_\-.@]{1,64}\Z")
_ORDER_BYTES, _NUMBERS = 13, 2**64  # of 32; what is left of the hash tells apart what no chance ever brings together
_LAST_SECOND = 253_402_300_799  # the year 9999, where Python's calendar ends
_SCENE_PREFIX = "qrscene_"
_BAR_CODE = re.compile(r"[A-Z0-9_\-]{3,20},")
_ERASURES = frozenset({"user_authorization_revoke", "user_authorization_cancellation"})


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """The platform's word on a template message that it had accepted (push TEMPLATESENDJOBFINISH)."""

    message_id: int
    status: str


@dataclass(frozen=True, slots=True)
class Push:
    """One push: addresses for the answer, and what it means. `content` is None when `success` is all it needs."""

    sender: str
    recipient: str
    key: bytes
    content: Message | DeliveryReport | None


def read_push(fields: Element) -> Push:
    """Translate; raise MalformedXmlError when a field that every push has is missing or no such field."""
    sender, recipient, kind = (_text(fields, name) for name in ("FromUserName", "ToUserName", "MsgType"))
    if not (sender and recipient and kind and _OPENID.match(sender)):
        raise MalformedXmlError
    seconds = _text(fields, "CreateTime")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 13 and int(seconds) <= _LAST_SECOND):
        raise MalformedXmlError
    kind = kind.lower()
    event = _text(fields, "Event").lower() if kind == "event" else ""
    key = _delivery_key(fields, sender, seconds, kind, event)
    heard = _Heard(fields, sender, datetime.fromtimestamp(int(seconds), UTC), key)
    content = _read_event(event, heard) if kind == "event" else _read_message(kind, heard)
    return Push(sender, recipient, key, content)


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


def _read_message(kind: str, heard: _Heard) -> Message:
    if kind == "voice" and (said := _recognised(heard)):
        return TextMessage(*heard.bearing, said)
    if kind != "text":
        return OtherMessage(*heard.bearing, kind[:40])
    return TextMessage(*heard.bearing, _attribute(MESSAGE_TYPES["text"](heard.fields).content))


def _recognised(heard: _Heard) -> str:
    """What the platform heard in a voice message, without the full stops that it adds; empty without recognition."""
    said = _attribute(MESSAGE_TYPES["voice"](heard.fields).recognition)
    return said.strip().rstrip(vocabulary.SPOKEN_END).strip()


def _read_event(event: str, heard: _Heard) -> Message | DeliveryReport | None:
    read = _EVENTS.get(event)
    return read(heard) if read else None


def _follow(heard: _Heard) -> Message:
    key = _attribute(EVENT_TYPES["subscribe"](heard.fields).key)
    return Follow(*heard.bearing, key.removeprefix(_SCENE_PREFIX) if key.startswith(_SCENE_PREFIX) else None)


def _scene_scan(heard: _Heard) -> Message:
    return SceneScan(*heard.bearing, _attribute(EVENT_TYPES["scan"](heard.fields).scene_id))


def _unfollow(heard: _Heard) -> Message:
    return Unfollow(*heard.bearing)


def _click(heard: _Heard) -> Message:
    return MenuClick(*heard.bearing, _attribute(EVENT_TYPES["click"](heard.fields).key))


def _code_scan(event: str) -> Callable[[_Heard], Message]:
    waits = event == "scancode_waitmsg"

    def read(heard: _Heard) -> Message:
        push = EVENT_TYPES[event](heard.fields)
        info = push.scan_code_info
        result = _attribute(info.get("ScanResult")) if isinstance(info, dict) else ""
        return CodeScan(*heard.bearing, _attribute(push.key), _without_code_type(result), waits)

    return read


def _delivery_report(heard: _Heard) -> DeliveryReport | None:
    push = EVENT_TYPES["templatesendjobfinish"](heard.fields)
    number = _text(heard.fields, "MsgID")  # capital D here, unlike in messages
    if not (number.isascii() and number.isdigit() and len(number) < 20):
        return None
    return DeliveryReport(int(number), _attribute(push.status)[:40])


def _withdrawal(heard: _Heard) -> Message | None:
    """The sender is the platform; the person whose data must go is in `OpenID`."""
    person = _text(heard.fields, "OpenID") or _text(heard.fields, "openid")
    return Unfollow(person, heard.sent_at, heard.key) if _OPENID.match(person) else None


_EVENTS: dict[str, Callable[[_Heard], Message | DeliveryReport | None]] = {
    "subscribe": _follow,
    "scan": _scene_scan,
    "unsubscribe": _unfollow,
    "click": _click,
    "scancode_push": _code_scan("scancode_push"),
    "scancode_waitmsg": _code_scan("scancode_waitmsg"),
    "templatesendjobfinish": _delivery_report,
    **dict.fromkeys(_ERASURES, _withdrawal),
}


def _without_code_type(result: str) -> str:
    """Bar codes come as `CODE_128,value`; QR codes as they are."""
    prefix = _BAR_CODE.match(result)
    return result[prefix.end() :] if prefix else result


def _delivery_key(fields: Element, sender: str, seconds: str, kind: str, event: str) -> bytes:
    """What tells a repeat from a new push. Neither MsgId nor sender and time alone do: both were seen to collide.

    The moment and the message's number stand in front: keys of one time lie together, and the answers kept under them
    are written to the same few pages instead of to pages all over the table.
    """
    scan = fields.get("ScanCodeInfo")
    result = _text(scan, "ScanResult") if isinstance(scan, dict) else ""
    named = (_text(fields, name) for name in ("MsgId", "EventKey", "Content", "MediaId", "MsgID", "OpenID"))
    parts = (sender, seconds, kind, event, result, *named)
    said = hashlib.sha256("\0".join(parts).encode()).digest()  # XML holds no NUL, so no two lists run together
    number = _text(fields, "MsgId")
    order = int(number) % _NUMBERS if number.isascii() and number.isdigit() and len(number) < 20 else 0
    return int(seconds).to_bytes(5, "big") + order.to_bytes(8, "big") + said[_ORDER_BYTES:]


def _text(fields: Element, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _attribute(value: Any) -> str:
    return value if isinstance(value, str) else ""
