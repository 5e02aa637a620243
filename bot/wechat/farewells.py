"""Farewells that could not be carried out at once. Who left must be forgotten, and the platform says it only once.

Kept in Redis because the database was away when they came, sealed because the openids of people who left are nobody's
business. One that is carried out twice finds nobody the second time.
"""

from __future__ import annotations

import structlog
from redis import Redis

from bot.domain.clock import Clock
from bot.services.erasure import erase_by_openid
from bot.store.database import Database
from bot.store.inbox import banner_mark
from bot.store.pii import Keys
from bot.store.redis import RedisUnavailable

NAME = "shuqian:farewells"
_PLACE = "farewells.openid"

log = structlog.get_logger(__name__)


class Farewells:
    """Who is still to be forgotten."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys

    def take(self, openid: str, db: Database, clock: Clock) -> None:
        """Remember somebody, and forget all who are remembered; without Redis this one alone, now or never."""
        try:
            self._redis.hset(NAME, banner_mark(openid), self._keys.seal(openid, _PLACE))
        except RedisUnavailable:
            with db.writing() as tx:
                erase_by_openid(tx, openid, self._keys, clock())
        else:
            self.finish(db, clock)

    def finish(self, db: Database, clock: Clock) -> int:
        """Forget all of them, one transaction each; how many. Raises what the stores raise, and keeps the rest."""
        kept: dict[bytes, bytes] = self._redis.hgetall(NAME)  # type: ignore[assignment]
        for mark, sealed in kept.items():
            self._erase(db, clock, sealed)
            self._redis.hdel(NAME, mark)
        return len(kept)

    def _erase(self, db: Database, clock: Clock, sealed: bytes) -> None:
        try:
            openid = self._keys.unseal(sealed, _PLACE)
        except ValueError:  # sealed under a SECRET_KEY that is gone: nobody can tell who it was
            log.error("farewell_unreadable")
            return
        with db.writing() as tx:
            erase_by_openid(tx, openid, self._keys, clock())
