"""Short signed words with an end, for cookies and addresses: who holds one can read it, and nobody can make another.

Only letters and digits, because the platform takes nothing else in `state` and `reserved` (a-zA-Z0-9, 128 bytes).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime

_MAC_BYTES = 16
_LONGEST = 1024


def sign_words(purpose: str, words: str, ends_at: datetime, key: bytes) -> str:
    """The words (ASCII) under a signature for one purpose, good until `ends_at`."""
    body = f"{int(ends_at.timestamp())} {words}".encode("ascii")
    return _encoded(body + _mac(purpose, body, key))


def read_words(purpose: str, signed: str, keys: Sequence[bytes], now: datetime) -> str | None:
    """The words, if they were signed for this purpose under one of the keys and have not ended; else None."""
    if not signed or len(signed) > _LONGEST or not signed.isascii():
        return None
    try:
        raw = base64.b32decode(signed + "=" * (-len(signed) % 8))
    except ValueError:
        return None
    if _encoded(raw) != signed:
        return None  # the last letter has bits to spare: one word, one way to write it
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not any(hmac.compare_digest(mac, _mac(purpose, body, key)) for key in keys):
        return None
    ends_at, _, words = body.decode("ascii").partition(" ")
    return words if int(ends_at) > now.timestamp() else None


def _encoded(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=")


def _mac(purpose: str, body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + body, "sha256")[:_MAC_BYTES]
