"""A brake on guessing addresses: failures of one network address are counted in Redis for a minute.

The signature in each address is what protects; the brake keeps guessers from costing us work. Without Redis it lets
everybody through.
"""

from __future__ import annotations

from time import monotonic

from redis import Redis

from bot.store.redis import RedisUnavailable

ALLOWED_FAILURES = 60
WINDOW_S = 60
_PAUSE_S = 5.0  # after Redis failed: do not wait for its timeout at every page


class GuessBrake:
    """Counts failures by network address; fails open."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._paused_until = 0.0

    def is_guessing(self, address: str) -> bool:
        """Whether this address failed too often within a minute."""
        if self._is_paused():
            return False
        try:
            failures = self._redis.get(_key(address))
        except RedisUnavailable:
            self._pause()
            return False
        return failures is not None and int(failures) >= ALLOWED_FAILURES

    def note_failure(self, address: str) -> None:
        """Count one failure."""
        if self._is_paused():
            return
        try:
            with self._redis.pipeline() as pipe:
                pipe.set(_key(address), 0, ex=WINDOW_S, nx=True)
                pipe.incr(_key(address))
                pipe.execute()
        except RedisUnavailable:
            self._pause()

    def _is_paused(self) -> bool:
        return monotonic() < self._paused_until

    def _pause(self) -> None:
        self._paused_until = monotonic() + _PAUSE_S


def _key(address: str) -> str:
    return f"guesses:{address}"
