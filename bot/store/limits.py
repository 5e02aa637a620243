"""Rates that all workers share: token buckets in Redis, by the server's own clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from redis import Redis

from bot.store.redis import RedisUnavailable

ALONE_SHARE = 4
"""Without Redis a process knows nothing of the others and takes a quarter of the common rate: there are about so many
processes that call the platform, and half of them seldom do."""

_TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local rate, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local known = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = math.min(size, (tonumber(known[1]) or size) + (now - (tonumber(known[2]) or now)) * rate)
local wait = 0
local needed = 1 + tonumber(ARGV[3])
if left >= needed then left = left - 1 else wait = (needed - left) / rate end
redis.call('HSET', KEYS[1], 'left', tostring(left), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(size / rate * 1000) + 1000)
return tostring(wait)
"""


class RateLimit:
    """At most `per_second` calls on average and `burst` at once, over all processes."""

    def __init__(
        self,
        redis: Redis,
        name: str,
        *,
        per_second: float,
        burst: int,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self._name = f"shuqian:rate:{name}"
        self._rate, self._burst = per_second, burst
        self._alone = _Bucket(per_second / ALONE_SHARE, max(1.0, burst / ALONE_SHARE), seconds)

    def take(self, reserve: int = 0) -> float:
        """0.0 when one call may be made now, else the seconds until one may.

        `reserve` calls are left for others who come at the same time: what is not urgent never takes the last ones.
        Without Redis the process keeps a rate of its own, see `ALONE_SHARE`.
        """
        reserve = min(reserve, self._burst - 1)  # with nothing but a reserve nobody would ever get a turn
        try:
            return float(self._redis.eval(_TAKE, 1, self._name, str(self._rate), str(self._burst), str(reserve)))
        except RedisUnavailable:
            return self._alone.take(reserve / ALONE_SHARE)


class _Bucket:
    """The same for the threads of one process."""

    def __init__(self, rate: float, size: float, seconds: Callable[[], float]) -> None:
        self._rate, self._size, self._seconds = rate, size, seconds
        self._lock = threading.Lock()
        self._left, self._at = size, seconds()

    def take(self, reserve: float) -> float:
        needed = min(1.0 + reserve, self._size)
        with self._lock:
            now = self._seconds()
            self._left = min(self._size, self._left + (now - self._at) * self._rate)
            self._at = now
            if self._left >= needed:
                self._left -= 1.0
                return 0.0
            return (needed - self._left) / self._rate
