"""The venue screen: its address, its changing six-digit code, and the address that its QR holds.

Code and QR are bound to the occurrence and to a step of 30 seconds; the two before it are still good, so they live
between 60 and 90 seconds (design section 7). A photo sent to someone at home is worthless after that.

The screen belongs to a place: made for one occurrence, it goes on to the next one held there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.clock import local_day
from bot.domain.kinds import OccurrenceStatus, SignUp
from bot.domain.occurrence import OccurrenceFacts

STEP_S = 30
ACCEPTED_STEPS = 3
_DOOR_MAC_BYTES = 7  # good for 90 seconds, and each guess is a request to us


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
    return _code(occurrence_id, step_of(now), key)


def is_accepted(code: str, occurrence_id: int, now: datetime, keys: Sequence[bytes]) -> bool:
    """Whether the code is the present one or one of the two before it, of any of the keys."""
    newest = step_of(now)
    codes = [_code(occurrence_id, newest - back, key) for key in keys for back in range(ACCEPTED_STEPS)]
    return any(hmac.compare_digest(code.encode(), accepted.encode()) for accepted in codes)


def step_of(now: datetime) -> int:
    """The number of the step of 30 seconds that a moment lies in."""
    return int(now.timestamp()) // STEP_S


def door_token(occurrence_id: int, now: datetime, key: bytes) -> str:
    """What the QR of the screen holds behind `/D/`: 24 characters of base32, so that the code stays coarse."""
    body = occurrence_id.to_bytes(4, "big") + step_of(now).to_bytes(4, "big")
    return base64.b32encode(body + _door_mac(body, key)).decode()


def read_door_token(token: str, keys: Sequence[bytes]) -> tuple[int, int] | None:
    """Occurrence and step of a genuine token in any case, signed under one of the keys; else None."""
    try:
        raw = base64.b32decode(token.upper())
    except ValueError:
        return None
    body, mac = raw[:8], raw[8:]
    if len(raw) != 8 + _DOOR_MAC_BYTES or not any(hmac.compare_digest(mac, _door_mac(body, key)) for key in keys):
        return None
    return int.from_bytes(body[:4], "big"), int.from_bytes(body[4:], "big")


def is_step_accepted(step: int, now: datetime) -> bool:
    """Whether what was shown in that step is still good."""
    return 0 <= step_of(now) - step < ACCEPTED_STEPS


def code_of_step(occurrence_id: int, step: int, key: bytes) -> str:
    """The six digits shown in that step."""
    return _code(occurrence_id, step, key)


def _door_mac(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, b"door" + body, "sha256")[:_DOOR_MAC_BYTES]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the screen of a place shows. `beside`: others there whose check-in is open as well."""

    facts: OccurrenceFacts
    beside: tuple[OccurrenceFacts, ...] = ()


def choose_shown(own: OccurrenceFacts, there: Sequence[OccurrenceFacts], now: datetime) -> Shown:
    """What the screen shows that was made for `own`; `there`: all that is held at the same place around now.

    Of several open ones the latest to start, whose readers are arriving; else the next of the same day; else its own.
    """
    held = [facts for facts in there if facts.status is OccurrenceStatus.SCHEDULED and facts.sign_up is SignUp.REQUIRED]
    by_start = sorted(held, key=lambda facts: (facts.starts_at or now, facts.number))
    is_open = [facts for facts in by_start if facts.is_check_in_open(now)]
    if is_open:
        return Shown(is_open[-1], tuple(is_open[:-1]))
    today = local_day(now)
    ahead = [facts for facts in by_start if facts.starts_at and facts.starts_at > now and is_day(facts, today)]
    return Shown(ahead[0] if ahead else own)


def is_day(facts: OccurrenceFacts, day: date) -> bool:
    """Whether an occurrence starts on this day."""
    return facts.starts_at is not None and local_day(facts.starts_at) == day


def _code(occurrence_id: int, step: int, key: bytes) -> str:
    mac = hmac.new(key, b"code" + occurrence_id.to_bytes(8, "big") + step.to_bytes(8, "big"), hashlib.sha256).digest()
    return f"{int.from_bytes(mac[:8], 'big') % 1_000_000:06d}"
