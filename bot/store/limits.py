"""Rates that all workers share: token buckets in Redis, by the server's own clock."""

from __future__ import annotations

from redis import Redis

from bot.store.redis import RedisUnavailable

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

    def __init__(self, redis: Redis, name: str, *, per_second: float, burst: int) -> None:
        self._redis = redis
        self._name = f"shuqian:rate:{name}"
        self._rate, self._burst = per_second, burst

    def take(self, reserve: int = 0) -> float:
        """0.0 when one call may be made now, else the seconds until one may; without Redis there is no limit.

        `reserve` calls are left for others who come at the same time: what is not urgent never takes the last ones.
        """
        try:
            return float(self._redis.eval(_TAKE, 1, self._name, str(self._rate), str(self._burst), str(reserve)))
        except RedisUnavailable:
            return 0.0
