"""The worker's sign of life, in Redis. It is written through the queue: not every worker that is alive takes tasks."""

from __future__ import annotations

from datetime import datetime

from redis import Redis

LIVES_S = 60
_NAME = "shuqian:heartbeat:worker"


def beat_heart(redis: Redis, now: datetime) -> None:
    """A task was done now. Needs Redis."""
    redis.set(_NAME, now.isoformat(), ex=LIVES_S)


def find_heartbeat(redis: Redis) -> datetime | None:
    """When the last task of this kind was done; None when not within a minute. Needs Redis."""
    found = redis.get(_NAME)
    return None if found is None else datetime.fromisoformat(str(found, "ascii"))  # type: ignore[arg-type]
