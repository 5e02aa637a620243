"""The venue screen: its address and its changing six-digit code.

The code is bound to the occurrence and to a step of 30 seconds; the two before it are still good, so a code lives
between 60 and 90 seconds (design section 7). A photo sent to someone at home is worthless after that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

STEP_S = 30
ACCEPTED_STEPS = 3


def screen_token(occurrence_id: int, key: bytes) -> str:
    """The unguessable part of a venue screen's address."""
    mac = hmac.new(key, b"screen" + occurrence_id.to_bytes(8, "big"), hashlib.sha256).digest()[:10]
    return base64.b32encode(occurrence_id.to_bytes(5, "big") + mac).decode()


def read_screen_token(token: str, keys: Sequence[bytes]) -> int | None:
    """The occurrence id of a genuine screen address, signed under one of the keys; else None."""
    try:
        raw = base64.b32decode(token.upper())
    except ValueError:
        return None
    occurrence_id = int.from_bytes(raw[:5], "big")
    typed = token.upper().encode()
    genuine = len(raw) == 15 and any(
        hmac.compare_digest(screen_token(occurrence_id, key).encode(), typed) for key in keys
    )
    return occurrence_id if genuine else None


def current_code(occurrence_id: int, now: datetime, key: bytes) -> str:
    """The six digits shown now."""
    return _code(occurrence_id, _step(now), key)


def is_accepted(code: str, occurrence_id: int, now: datetime, keys: Sequence[bytes]) -> bool:
    """Whether the code is the present one or one of the two before it, of any of the keys."""
    newest = _step(now)
    codes = [_code(occurrence_id, newest - back, key) for key in keys for back in range(ACCEPTED_STEPS)]
    return any(hmac.compare_digest(code.encode(), accepted.encode()) for accepted in codes)


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_S


def _code(occurrence_id: int, step: int, key: bytes) -> str:
    mac = hmac.new(key, b"code" + occurrence_id.to_bytes(8, "big") + step.to_bytes(8, "big"), hashlib.sha256).digest()
    return f"{int.from_bytes(mac[:8], 'big') % 1_000_000:06d}"
