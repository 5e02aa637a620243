"""The platform's access token, shared by all processes: one fetches it, the others wait for it.

The expiry lies beside the token, so that nobody guesses it. Without Redis each process keeps a token of its own, which
`stable_token` allows: it gives the same one to all.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from redis import Redis

from bot.store.redis import RedisUnavailable

MARGIN_S = 300
"""The platform keeps an old token alive for five minutes beside the new one; within them nobody uses the old."""

_LOCK_MS = 15_000
_WAIT_S = 8.0
_POLL_S = 0.05

_DROP_IF_SAME = """
if redis.call('HGET', KEYS[1], 'token') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
_UNLOCK_IF_MINE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and when it ends, in seconds of the system's clock."""

    value: str
    expires_at: float

    def lasts(self, now: float) -> bool:
        """Whether it may still be used."""
        return self.expires_at - MARGIN_S > now

    def __repr__(self) -> str:
        return f"AccessToken(expires_at={self.expires_at:.0f})"


Fetch = Callable[[], tuple[str, int]]
"""Asks the platform; gives the token and its life in seconds."""


class TokenStore:
    """The token of one account."""

    def __init__(self, redis: Redis, appid: str, now: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._name = f"shuqian:token:{appid}"
        self._lock_name = f"{self._name}:lock"
        self._now = now
        self._own: AccessToken | None = None
        self._own_lock = threading.Lock()

    def get(self, fetch: Fetch) -> str:
        """The token in force, fetched by one caller when there is none; raises what `fetch` raises."""
        try:
            token = self._find() or self._refresh(fetch)
        except RedisUnavailable:
            token = self._without_redis(fetch)
        return token.value

    def expire(self, value: str) -> None:
        """Forget the token if it is still this one: another process may have a new one already."""
        if self._own is not None and self._own.value == value:
            self._own = None
        try:
            self._redis.eval(_DROP_IF_SAME, 1, self._name, value)
        except RedisUnavailable:
            return

    def _find(self) -> AccessToken | None:
        value, ends = self._redis.hmget(self._name, ["token", "expires_at"])
        if value is None or ends is None:
            return None
        token = AccessToken(_decoded(value), float(ends))
        return token if token.lasts(self._now()) else None

    def _refresh(self, fetch: Fetch) -> AccessToken:
        mine, deadline = secrets.token_hex(8), time.monotonic() + _WAIT_S
        while not self._redis.set(self._lock_name, mine, nx=True, px=_LOCK_MS):
            if time.monotonic() > deadline:
                return self._fetched(fetch)
            time.sleep(_POLL_S)
            found = self._find()
            if found is not None:
                return found
        try:
            return self._find() or self._keep(self._fetched(fetch))
        finally:
            self._redis.eval(_UNLOCK_IF_MINE, 1, self._lock_name, mine)

    def _keep(self, token: AccessToken) -> AccessToken:
        with self._redis.pipeline() as pipe:
            pipe.hset(self._name, mapping={"token": token.value, "expires_at": str(token.expires_at)})
            pipe.expireat(self._name, int(token.expires_at) + 1)
            pipe.execute()
        return token

    def _without_redis(self, fetch: Fetch) -> AccessToken:
        with self._own_lock:
            if self._own is None or not self._own.lasts(self._now()):
                self._own = self._fetched(fetch)
            return self._own

    def _fetched(self, fetch: Fetch) -> AccessToken:
        value, life = fetch()
        # `stable_token` may hand out one that ends within the margin; then it is used until its very end.
        return AccessToken(value, self._now() + max(life, MARGIN_S + 10))


def _decoded(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
