"""The Redis connection. Redis holds only what may be lost; each caller lives on without it."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

TIMEOUT_S = 2.0  # a frozen server must not eat the platform's five seconds

RedisUnavailable = (RedisError, OSError)


def open_redis(url: str) -> Redis:
    """A client with short timeouts and no silent retries; replies are bytes."""
    return Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 0))
