"""How long a poster's scene QR must live (wechat-platform.md section 2: QR with scene).

What is printed cannot be renewed: a code's address dies with it. So it is made to outlive its occurrence from the
start, as a temporary one where that is possible, else as one of the few permanent ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.occurrence import OccurrenceFacts

LONGEST = timedelta(seconds=2_592_000)
AFTERWARDS = timedelta(days=1)
MOST_PERMANENT = 100_000
KEPT_FREE = 1_000
"""Permanent codes that we leave to what else the library uses the account for."""

_PREFIX = "o"


def scene_of(facts: OccurrenceFacts) -> str:
    """What the code says to us when it is scanned: the public number (conversation.engine)."""
    return f"{_PREFIX}{facts.number}"


def number_of(scene: str) -> int | None:
    """The public number in a scene; None for scenes of another kind."""
    digits = scene.removeprefix(_PREFIX)
    return int(digits) if scene.startswith(_PREFIX) and digits.isascii() and digits.isdecimal() else None


def life_of(facts: OccurrenceFacts, now: datetime) -> timedelta | None:
    """How long the code of an occurrence shall live: until a day after its end; None: longer than temporary ones do."""
    end = facts.ends_at or facts.starts_at
    if end is None or end - now > LONGEST:
        return None
    return min(LONGEST, max(AFTERWARDS, end - now + AFTERWARDS))


def outlives(expires_at: datetime | None, facts: OccurrenceFacts, now: datetime) -> bool:
    """Whether a code that ends then (None: never) is good until the occurrence is over."""
    end = facts.ends_at or facts.starts_at
    if expires_at is None:
        return True
    return end is not None and expires_at > max(now, end)
