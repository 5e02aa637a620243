"""The pause that all senders of notices make while the platform cannot be reached; kept in Redis.

Without it an hour's outage would take one letter after the other: each would fail, or be of unknown outcome.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from redis import Redis

from bot.store.redis import RedisUnavailable

FIRST_S, LONGEST_S = 4, 60
_NAME, _LEAD = "shuqian:mailing:pause", "shuqian:mailing:lead"
_LEAD_S = 60
"""Longer than one letter takes; a leader that has died holds up the others for so long."""

_KEPT_S = 6 * 3600


class Pause:
    """Grows from four seconds to a minute; ends when the platform has answered a letter."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def until(self, now: datetime) -> datetime | None:
        """When the platform may be asked again; None when there is no pause, as far as is known.

        Never more than the longest pause from `now`: the clock has been set back since it began, if it says so.
        """
        try:
            said = self._redis.hget(_NAME, "until")
        except RedisUnavailable:
            return None
        if not isinstance(said, bytes):
            return None
        until = datetime.fromisoformat(said.decode())
        return until if until <= now + timedelta(seconds=LONGEST_S) else now

    def take_lead(self) -> bool:
        """Whether this sender is the one that asks the platform first after the pause; True without Redis."""
        try:
            return bool(self._redis.set(_LEAD, 1, nx=True, ex=_LEAD_S))
        except RedisUnavailable:
            return True

    def give_up_lead(self) -> None:
        """What the leader sent has its outcome."""
        try:
            self._redis.delete(_LEAD)
        except RedisUnavailable:
            return

    def begin(self, now: datetime) -> None:
        """Nobody sends for a while; longer each time until it ends. Those who fail at once make it one step longer."""
        running = self.until(now)
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
