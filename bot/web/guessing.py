"""A brake on guessing addresses: failures of one network address are counted in Redis for a minute.

The signature in each address is what protects; the brake keeps guessers from costing us work. Without Redis it lets
everybody through.
"""

from __future__ import annotations

from time import monotonic

from redis import Redis

from bot.store.pii import Keys
from bot.store.redis import RedisUnavailable

ALLOWED_FAILURES = 60
WINDOW_S = 60
_PAUSE_S = 5.0  # after Redis failed: do not wait for its timeout at every page


class GuessBrake:
    """Counts failures by network address; fails open."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self._paused_until = 0.0

    def is_guessing(self, address: str, allowed: int = ALLOWED_FAILURES) -> bool:
        """Whether this address failed too often within a minute."""
        if self._is_paused():
            return False
        try:
            failures = self._redis.get(self._name(address))
        except RedisUnavailable:
            self._pause()
            return False
        return failures is not None and int(failures) >= allowed

    def note_failure(self, address: str) -> None:
        """Count one failure."""
        if self._is_paused():
            return
        name = self._name(address)
        try:
            with self._redis.pipeline() as pipe:
                pipe.set(name, 0, ex=WINDOW_S, nx=True)
                pipe.incr(name)
                pipe.execute()
        except RedisUnavailable:
            self._pause()

    def _is_paused(self) -> bool:
        return monotonic() < self._paused_until

    def _pause(self) -> None:
        self._paused_until = monotonic() + _PAUSE_S

    def _name(self, address: str) -> str:
        return f"shuqian:guesses:{self._keys.search_hash(f'guesses:{address}').hex()}"
