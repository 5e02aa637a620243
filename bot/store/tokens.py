"""The platform's access token, shared by all processes: one fetches it, the others wait for it.

The expiry lies beside the token, so that nobody guesses it. Without Redis each process keeps a token of its own, which
`stable_token` allows: it gives the same one to all. The ticket that signs pages lives in a store of its own kind here.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from redis import Redis

from bot.store.redis import RedisUnavailable

MARGIN_S = 300
"""The platform keeps an old token alive for five minutes beside the new one; within them nobody uses the old."""

FORCED_EVERY_S = 4_500
"""Forcing a new token is allowed 20 times a day (wechat-platform.md 2): this makes 19."""

_STUCK_S = 1_200  # longer than the longest pause of an open circuit: the trial after it must find it
_LOCK_MS = 25_000
_WAIT_S = 8.0
_POLL_S = 0.05

_DROP_IF_SAME = """
if redis.call('HGET', KEYS[1], 'token') == ARGV[1] and redis.call('HGET', KEYS[1], 'serial') == ARGV[2] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""
_UNLOCK_IF_MINE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
_CLAIM_FORCE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
if redis.call('SET', KEYS[2], 1, 'NX', 'EX', ARGV[2]) then return 1 end
return 0
"""


class TokenPendingError(Exception):
    """Another caller is fetching the token and has not been answered yet; nothing was asked for this one."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and when it ends, in seconds of the system's clock."""

    value: str
    expires_at: float
    serial: str = ""
    """Of the fetch: the platform may give the same token again, and then that has been tried."""
    is_new: bool = False
    """Whether the caller who holds it has fetched it just now."""

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
        """The token in force, as `lease` gives it."""
        return self.lease(fetch).value

    def lease(self, fetch: Fetch) -> AccessToken:
        """The token in force, fetched by one caller when there is none.

        Raises what `fetch` raises, and TokenPendingError after eight seconds behind somebody else's fetch.
        """
        try:
            return self._find() or self._refresh(fetch)
        except RedisUnavailable:
            return self._without_redis(fetch)

    def expire(self, token: AccessToken) -> None:
        """Forget the token if it is still this one of this fetch: another process may have asked again already."""
        with self._own_lock:
            if self._own is not None and self._own.serial == token.serial:
                self._own = None
        try:
            self._redis.eval(_DROP_IF_SAME, 1, self._name, token.value, token.serial)
        except RedisUnavailable:
            return

    def note_stuck(self, token: AccessToken) -> None:
        """The platform gives out this token and refuses it: the next who is refused it may force a new one."""
        try:
            self._redis.set(f"{self._name}:stuck", token.value, ex=_STUCK_S)
        except RedisUnavailable:
            return

    def claim_force(self, token: AccessToken) -> bool:
        """Whether a new token in place of this one may be forced now: it is stuck, and none was for 75 minutes."""
        names = (f"{self._name}:stuck", f"{self._name}:forced")
        try:
            return bool(self._redis.eval(_CLAIM_FORCE, 2, *names, token.value, str(FORCED_EVERY_S)))
        except RedisUnavailable:
            return False

    def _find(self) -> AccessToken | None:
        value, ends, serial = self._redis.hmget(self._name, ["token", "expires_at", "serial"])
        if value is None or ends is None:
            return None
        token = AccessToken(_decoded(value), float(ends), _decoded(serial or ""))
        return token if token.lasts(self._now()) else None

    def _refresh(self, fetch: Fetch) -> AccessToken:
        mine, deadline = secrets.token_hex(8), time.monotonic() + _WAIT_S
        while not self._redis.set(self._lock_name, mine, nx=True, px=_LOCK_MS):
            if time.monotonic() > deadline:
                raise TokenPendingError("the token is being fetched")
            time.sleep(_POLL_S)
            found = self._find()
            if found is not None:
                return found
        try:
            return self._find() or self._keep(self._fetched(fetch))
        finally:
            self._unlock(mine)

    def _keep(self, token: AccessToken) -> AccessToken:
        """Share the token; should Redis go away at this very moment, the process has it for itself."""
        with self._own_lock:
            self._own = token
        try:
            with self._redis.pipeline() as pipe:
                pipe.hset(
                    self._name,
                    mapping={"token": token.value, "expires_at": str(token.expires_at), "serial": token.serial},
                )
                pipe.expireat(self._name, int(token.expires_at) + 1)
                pipe.execute()
        except RedisUnavailable:
            return token
        return token

    def _unlock(self, mine: str) -> None:
        try:
            self._redis.eval(_UNLOCK_IF_MINE, 1, self._lock_name, mine)
        except RedisUnavailable:
            return  # it ends by itself

    def _without_redis(self, fetch: Fetch) -> AccessToken:
        with self._own_lock:
            if self._own is not None and self._own.lasts(self._now()):
                return replace(self._own, is_new=False)
            self._own = self._fetched(fetch)
            return self._own

    def _fetched(self, fetch: Fetch) -> AccessToken:
        value, life = fetch()
        # `stable_token` may hand out one that ends within the margin; then it is used until its very end.
        ends = self._now() + max(life, MARGIN_S + 10)
        return AccessToken(value, ends, serial=secrets.token_hex(8), is_new=True)


def _decoded(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
