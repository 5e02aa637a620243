"""Open dialogues in Redis: sealed, since they may hold a name; gone after a quarter of an hour."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from redis import Redis

from bot.store.lines import RedisLines, pack
from bot.store.pii import Keys
from bot.store.redis import RedisUnavailable

KEPT_S = 15 * 60
SKIP_S = 1.0  # after a failure Redis is left alone for this long: each try could cost its whole timeout
_PREFIX = "shuqian:dialogue:"


class Dialogues:
    """Where each sender stands in a dialogue. Without Redis nobody is in one, and commands still work."""

    def __init__(self, redis: Redis, keys: Keys, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._lines = RedisLines(redis)
        self._keys = keys
        self._monotonic = monotonic
        self._skip_until = 0.0

    def load(self, sender: str) -> dict[str, Any] | None:
        """The dialogue of a sender, if one is open."""
        name = self._name(sender)
        sealed = self._ask(lambda: self._lines.ask(pack(b"GET", name.encode()), 1)[0])
        if not isinstance(sealed, bytes):
            return None
        try:
            state = json.loads(self._keys.unseal(sealed, name))
        except ValueError:  # written under another key or by an older version: as if there were none
            return None
        return state if isinstance(state, dict) else None

    def save(self, sender: str, state: dict[str, Any]) -> None:
        """Keep where the sender stands."""
        name = self._name(sender)
        sealed = self._keys.seal(json.dumps(state, ensure_ascii=False), name)
        self._ask(lambda: self._redis.set(name, sealed, ex=KEPT_S))

    def drop(self, sender: str) -> None:
        """Leave the dialogue."""
        self._ask(lambda: self._redis.delete(self._name(sender)))

    def _ask(self, call: Callable[[], Any]) -> Any:
        if self._monotonic() < self._skip_until:
            return None
        try:
            return call()
        except RedisUnavailable:
            self._skip_until = self._monotonic() + SKIP_S
            return None

    def _name(self, sender: str) -> str:
        return _PREFIX + self._keys.search_hash(f"dialogue:{sender}").hex()
