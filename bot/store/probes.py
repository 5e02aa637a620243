"""The wish that the account's rights be looked at again soon, kept in Redis until somebody has looked."""

from __future__ import annotations

import structlog
from redis import Redis

from bot.store.redis import RedisUnavailable

WANTED = "shuqian:probe:wanted"

log = structlog.get_logger(__name__)


def want_probe(redis: Redis, reason: str) -> None:
    """Ask for a look; the daily one comes without being asked, so a silent Redis costs a day at most."""
    try:
        redis.set(WANTED, reason)
    except RedisUnavailable:
        log.warning("probe_not_asked_for", reason=reason)
