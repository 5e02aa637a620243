"""The address under which a reader gets a copy of their own data: signed, for ten minutes, with nothing personal in it.

Token: 1 byte that tells the key, 6 bytes reader id, 4 bytes end in seconds, 14 bytes of HMAC-SHA-256: 40 letters in
base32.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

LINK_LIVES = timedelta(minutes=10)
_TOKEN_LENGTH = 40
_BODY = 11


def issue_link(reader_id: int, now: datetime, key: bytes) -> str:
    """The token for a reader, good for ten minutes from now."""
    ends_at = int((now + LINK_LIVES).timestamp())
    body = _id_of(key) + reader_id.to_bytes(6, "big") + ends_at.to_bytes(4, "big")
    return base64.b32encode(body + _mac(body, key)).decode()


def read_link(token: str, keys: Sequence[bytes], now: datetime) -> int | None:
    """The reader id of a genuine token that has not ended, signed under one of the keys; else None."""
    if len(token) != _TOKEN_LENGTH:
        return None
    try:
        raw = base64.b32decode(token)
    except ValueError:
        return None
    body, mac = raw[:_BODY], raw[_BODY:]
    if not any(body[:1] == _id_of(key) and hmac.compare_digest(mac, _mac(body, key)) for key in keys):
        return None
    if int.from_bytes(body[7:], "big") <= now.timestamp():
        return None
    return int.from_bytes(body[1:7], "big")


def _id_of(key: bytes) -> bytes:
    return hmac.digest(key, b"key id", "sha256")[:1]


def _mac(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:14]
