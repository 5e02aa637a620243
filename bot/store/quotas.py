"""How many calls of each API were made today, over all processes. Kept in Redis: the platform keeps the real count."""

from __future__ import annotations

from datetime import datetime

from redis import Redis

from bot.domain.clock import local_day
from bot.store.redis import RedisUnavailable

KEPT_S = 3 * 86_400


class Quotas:
    """The count of one account; days begin at midnight in China, as the platform's do."""

    def __init__(self, redis: Redis, appid: str) -> None:
        self._redis, self._appid = redis, appid

    def count(self, api: str, now: datetime) -> None:
        """One more call. Raises RedisUnavailable."""
        name = self._name(now)
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hincrby(name, api, 1)
            pipe.expire(name, KEPT_S)
            pipe.execute()

    def list_used(self, now: datetime) -> dict[str, int]:
        """Calls of today by API, the most used first; empty without Redis."""
        try:
            counted = self._redis.hgetall(self._name(now))
        except RedisUnavailable:
            return {}
        used = {api.decode() if isinstance(api, bytes) else api: int(number) for api, number in counted.items()}
        return dict(sorted(used.items(), key=lambda each: (-each[1], each[0])))

    def _name(self, now: datetime) -> str:
        return f"shuqian:calls:{self._appid}:{local_day(now)}"
