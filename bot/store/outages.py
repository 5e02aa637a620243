"""Whether the platform is away, as all workers together have found. While it is, no notice is spent on finding out.

After a call that never arrived or was never answered, all pause, longer each time; then something harmless is asked,
and only when that is answered letters go out again. Kept in Redis: without it each process asks for itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from redis import Redis

from bot.store.redis import RedisUnavailable

PAUSES_S = (2, 5, 15, 30, 60)
_NAME = "shuqian:outage"


class Outages:
    """The common memory of an outage."""

    def __init__(self, redis: Redis, seconds: Callable[[], float] = time.time) -> None:
        self._redis, self._seconds = redis, seconds
        self._own: tuple[int, float] = (0, 0.0)

    def note(self) -> None:
        """A call never arrived, or was never answered."""
        step = self._look()[0] + 1
        self._own = (step, self._seconds() + PAUSES_S[min(step, len(PAUSES_S)) - 1])
        try:
            self._redis.set(_NAME, f"{step} {self._own[1]}", ex=3600)
        except RedisUnavailable:
            return

    def clear(self) -> None:
        """The platform answers again."""
        self._own = (0, 0.0)
        try:
            self._redis.delete(_NAME)
        except RedisUnavailable:
            return

    def is_suspected(self) -> bool:
        """Whether the platform must be asked before a letter goes out."""
        return self._look()[0] > 0

    def is_pausing(self) -> bool:
        """Whether it is too early to ask again."""
        return self._look()[1] > self._seconds()

    def _look(self) -> tuple[int, float]:
        try:
            kept = self._redis.get(_NAME)
        except RedisUnavailable:
            return self._own
        if not isinstance(kept, bytes):
            return 0, 0.0
        step, until = kept.split()
        return int(step), float(until)
