"""Looking into a push whose parts may be missing, empty, repeated or of another shape than the platform documents."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from bot.wechat.xml import Element

_OPENID = re.compile(r"[A-Za-z0-9_\-.@]{1,64}\Z")
_LAST_SECOND = 253_402_300_799  # the year 9999, where Python's calendar ends
_LONGEST_NUMBER = 19  # digits of the platform's numbers, which have 64 bits


def text_of(fields: Element, name: str) -> str:
    """A part's text; empty when it is missing, empty, repeated or has parts of its own."""
    return as_text(fields.get(name))


def as_text(value: Any) -> str:
    """The value if it is a text, else the empty one."""
    return value if isinstance(value, str) else ""


def part_of(fields: Element, name: str) -> Element:
    """A part that has parts; without any when it is missing or of another shape. Of several, the first."""
    return next(iter(parts_of(fields, name)), {})


def parts_of(fields: Element, name: str) -> tuple[Element, ...]:
    """All parts of this name that have parts: none, one or several."""
    value = fields.get(name)
    values = value if isinstance(value, list) else [value]
    return tuple(each for each in values if isinstance(each, dict))


def number_of(fields: Element, name: str) -> int | None:
    """A part's number from 0 to what 19 digits hold; None when it is no such number."""
    digits = text_of(fields, name)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER else None


def moment_of(fields: Element, name: str) -> datetime | None:
    """A part's moment, given in seconds since 1970; None when it is none or beyond the calendar."""
    seconds = number_of(fields, name)
    return None if seconds is None or seconds > _LAST_SECOND else datetime.fromtimestamp(seconds, UTC)


def openid_of(fields: Element, name: str) -> str:
    """A part that can be an openid; empty when it cannot."""
    openid = text_of(fields, name)
    return openid if _OPENID.match(openid) else ""
