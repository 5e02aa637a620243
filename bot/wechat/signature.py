"""Whether a push comes from the platform: SHA-1 over the sorted token, timestamp, nonce (and ciphertext).

The platform names no window for the timestamp and puts no separator between the parts. So the window is ours, and the
timestamp must have exactly ten digits: otherwise a digit could move between timestamp and nonce under one signature.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

WINDOW_S = 300
TIMESTAMP_DIGITS = 10


def sign(token: str, timestamp: str, nonce: str, *ciphertext: str) -> str:
    """The signature in hexadecimal; with the ciphertext as fourth part it is `msg_signature`."""
    parts = sorted(part.encode("utf-8", "surrogatepass") for part in (token, timestamp, nonce, *ciphertext))
    return hashlib.sha1(b"".join(parts)).hexdigest()


def is_signed(signature: str, token: str, timestamp: str, nonce: str, *ciphertext: str) -> bool:
    """Compare in constant time, on bytes: text outside ASCII would make `compare_digest` raise."""
    expected = sign(token, timestamp, nonce, *ciphertext).encode()
    return hmac.compare_digest(signature.encode("utf-8", "surrogatepass"), expected)


def is_fresh(timestamp: str, now: datetime) -> bool:
    """Whether the timestamp is ten ASCII digits within five minutes of `now`."""
    if len(timestamp) != TIMESTAMP_DIGITS or not (timestamp.isascii() and timestamp.isdigit()):
        return False
    return abs(int(timestamp) - now.timestamp()) <= WINDOW_S
