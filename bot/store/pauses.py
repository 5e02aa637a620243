"""The pause that all senders of notices make while the platform cannot be reached; kept in Redis.

Without it an hour's outage would take one letter after the other: each would fail, or be of unknown outcome.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from redis import Redis

from bot.store.redis import RedisUnavailable

FIRST_S, LONGEST_S = 4, 60
_NAME = "shuqian:mailing:pause"
_KEPT_S = 6 * 3600


class Pause:
    """Grows from four seconds to a minute; ends when the platform has answered a letter."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def until(self) -> datetime | None:
        """When the platform may be asked again; None when there is no pause, as far as is known."""
        try:
            said = self._redis.hget(_NAME, "until")
        except RedisUnavailable:
            return None
        return datetime.fromisoformat(said.decode()) if isinstance(said, bytes) else None

    def begin(self, now: datetime) -> None:
        """Nobody sends for a while; longer each time until it ends. Those who fail at once make it one step longer."""
        running = self.until()
        if running is not None and now < running:
            return
        try:
            step = int(self._redis.hincrby(_NAME, "step", 1))
            pause = timedelta(seconds=min(LONGEST_S, FIRST_S * 2 ** min(step - 1, 8)))
            self._redis.hset(_NAME, "until", (now + pause).isoformat())
            self._redis.expire(_NAME, _KEPT_S)
        except RedisUnavailable:
            return

    def end(self) -> None:
        """The platform answers again."""
        try:
            self._redis.delete(_NAME)
        except RedisUnavailable:
            return
