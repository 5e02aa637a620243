"""The bodies of WeChat's pushes: what the platform sends when a person does something on the phone.

Fields and their order follow platform notes, sections 1.5 and 1.6.
"""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

# characters that XML 1.0 forbids; the phone cannot send them either
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENT_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)

# events whose answer the platform throws away: the person sees nothing of it
QUIET_EVENTS = frozenset(
    {
        "unsubscribe",
        "VIEW",
        "LOCATION",
        "TEMPLATESENDJOBFINISH",
        "subscribe_msg_popup_event",
        "subscribe_msg_change_event",
        "subscribe_msg_sent_event",
        "user_info_modified",
        "user_authorization_revoke",
        "user_authorization_cancellation",
    }
)


class BadPushError(ValueError):
    """The asked push cannot be written down."""


@dataclass(frozen=True, slots=True)
class Push:
    """One push: the person it comes from and its fields in order (text as str, numbers as int, nodes as dict)."""

    openid: str
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def is_event(self) -> bool:
        """Whether it is a happening (a click, a scan, a follow) and not a message."""
        return self.fields.get("MsgType") == "event"

    @property
    def is_quiet(self) -> bool:
        """Whether an answer to it is never shown."""
        return self.fields.get("Event") in QUIET_EVENTS

    def summary(self) -> dict[str, Any]:
        """Kind, time and id, for those who asked for the push."""
        names = {"MsgType": "msg_type", "Event": "event", "CreateTime": "create_time", "MsgId": "msg_id"}
        return {ours: self.fields[theirs] for theirs, ours in names.items() if theirs in self.fields}


def new_message_id() -> int:
    """A 64-bit MsgId as the platform gives them: 17 digits, no order promised."""
    return 20_000_000_000_000_000 + secrets.randbelow(10**16)


def message(
    account_id: str, openid: str, created: int, kind: str, parts: dict[str, Any], message_id: int | None = None
) -> Push:
    """A message of a kind (text, image, voice…) with its own parts and a MsgId."""
    head = {"ToUserName": account_id, "FromUserName": openid, "CreateTime": created, "MsgType": kind}
    return Push(openid, head | parts | {"MsgId": message_id if message_id is not None else new_message_id()})


def event(account_id: str, openid: str, created: int, name: str, parts: dict[str, Any] | None = None) -> Push:
    """An event of a name (subscribe, CLICK, scancode_waitmsg…); events carry no MsgId."""
    head = {"ToUserName": account_id, "FromUserName": openid, "CreateTime": created, "MsgType": "event", "Event": name}
    return Push(openid, head | (parts or {}))


def scan_parts(key: str, result: str) -> dict[str, Any]:
    """What a scan button sends: its key and the text of the code."""
    return {"EventKey": key, "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": result}}


CHOSEN = frozenset({"location_select", "pic_sysphoto", "pic_photo_or_album", "pic_weixin"})
"""Buttons that let the person choose something first."""


def chosen_parts(kind: str, wishes: dict[str, Any]) -> dict[str, Any]:
    """What such a button sends beside its key; ``pictures`` among the wishes is how many were chosen."""
    if kind == "location_select":
        place = {"Location_X": "32.4355", "Location_Y": "105.8434", "Scale": "15", "Label": "", "Poiname": ""}
        return {"SendLocationInfo": place}
    count = wishes.get("pictures", 1)
    count = count if isinstance(count, int) and 0 <= count <= 9 else 1
    items = [{"PicMd5Sum": secrets.token_hex(16)} for _ in range(count)]
    return {"SendPicsInfo": {"Count": count, "PicList": {"item": items}}}


def render(fields: dict[str, Any]) -> str:
    """The fields as the platform's XML."""
    return f"<xml>{_nodes(fields)}</xml>"


def _nodes(fields: dict[str, Any]) -> str:
    return "".join(_node(name, value) for name, value in fields.items())


def _node(name: str, value: Any) -> str:
    if not _ELEMENT_NAME.fullmatch(name):
        raise BadPushError(f"not an element name: {name!r}")
    if isinstance(value, list):
        return "".join(_node(name, one) for one in value)
    if isinstance(value, dict):
        return f"<{name}>{_nodes(value)}</{name}>"
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    return f"<{name}>{_cdata(str(value))}</{name}>"


def _cdata(text: str) -> str:
    # "]]>" would end the section early: split it over two sections
    clean = _FORBIDDEN.sub("", text).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{clean}]]>"
