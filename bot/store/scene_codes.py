"""Scene QRs of the screens at the doors, made ahead by the worker and kept in Redis for the web processes.

Everything here may be lost: a screen without one shows the QR with our own address.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic

from redis import Redis

from bot.store.redis import RedisUnavailable

WANTED_FOR = timedelta(minutes=1)
"""A screen that was not asked for in this time is off."""

LIVES_S = 150
_CLAIMED_S = 20
_PAUSE_S = 5.0  # after Redis failed: no screen waits for its timeout
_WANTED = "shuqian:screens"


class SceneCodes:
    """Which screens are on, and what their QRs hold."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._paused_until = 0.0

    def find(self, occurrence_id: int, step: int, now: datetime) -> str | None:
        """What the QR of this step holds; notes that the screen is on. None without one, or without Redis."""
        if monotonic() < self._paused_until:
            return None
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.zadd(_WANTED, {str(occurrence_id): now.timestamp()})
                pipe.get(_name(occurrence_id, step))
                kept = pipe.execute()[1]
        except RedisUnavailable:
            self._paused_until = monotonic() + _PAUSE_S
            return None
        return kept.decode() if isinstance(kept, bytes) else kept

    def list_wanted(self, now: datetime) -> list[int]:
        """The occurrences whose screens are on. Needs Redis."""
        oldest = (now - WANTED_FOR).timestamp()
        self._redis.zremrangebyscore(_WANTED, "-inf", f"({oldest}")
        return [int(str(member, "ascii")) for member in self._redis.zrange(_WANTED, 0, -1) if isinstance(member, bytes)]

    def claim(self, occurrence_id: int, step: int) -> bool:
        """Whether this call shall make the code of that step: nobody has, and nobody is at it. Needs Redis."""
        if self._redis.exists(_name(occurrence_id, step)):
            return False
        return bool(self._redis.set(f"{_name(occurrence_id, step)}:claim", 1, nx=True, ex=_CLAIMED_S))

    def save(self, occurrence_id: int, step: int, url: str) -> None:
        """Keep what a QR holds. Needs Redis."""
        self._redis.set(_name(occurrence_id, step), url, ex=LIVES_S)


def _name(occurrence_id: int, step: int) -> str:
    return f"shuqian:scene-qr:{occurrence_id}:{step}"
