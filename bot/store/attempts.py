"""Wrong tries at codes, counted in Redis; an open door when Redis is away, since the codes are short-lived anyway."""

from __future__ import annotations

from redis import Redis

from bot.store.pii import Keys
from bot.store.redis import RedisUnavailable

WINDOW_S = 600
MOST = 5


class Attempts:
    """How often a sender guessed wrong within ten minutes."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys

    def used_up(self, sender: str, kind: str, most: int = MOST) -> bool:
        """Whether this sender must wait, or whatever else the tries are counted for."""
        try:
            count = self._redis.get(self._name(sender, kind))
        except RedisUnavailable:
            return False
        return count is not None and int(count) >= most

    def note_wrong(self, sender: str, kind: str) -> None:
        """Count a wrong try."""
        name = self._name(sender, kind)
        try:
            with self._redis.pipeline(transaction=True) as pipe:
                pipe.set(name, 0, ex=WINDOW_S, nx=True)
                pipe.incr(name)
                pipe.execute()
        except RedisUnavailable:
            return

    def _name(self, sender: str, kind: str) -> str:
        return f"shuqian:attempts:{kind}:{self._keys.search_hash(f'attempts:{sender}').hex()}"
