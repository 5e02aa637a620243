"""Open dialogues in Redis: sealed, since they may hold a name; gone after a quarter of an hour."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from redis import Redis

from bot.store.pii import Keys
from bot.store.redis import RedisUnavailable
from bot.store.redis_lines import RedisLines, pack

KEPT_S = 15 * 60
SKIP_S = 1.0  # after a failure Redis is left alone for this long: each try could cost its whole timeout
_PREFIX = "shuqian:dialogue:"


class Dialogues:
    """Where each sender stands in a dialogue. Without Redis nobody is in one, and commands still work.

    Looking one up is left to whoever asks Redis about the message anyway: `name_of` says where, `read` what it was.
    """

    def __init__(self, redis: Redis, keys: Keys, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lines = RedisLines(redis)
        self._keys = keys
        self._monotonic = monotonic
        self._skip_until = 0.0

    def name_of(self, sender: str) -> bytes:
        """Under which key of Redis the sender's dialogue lies."""
        return self._name(sender).encode()

    def read(self, sender: str, sealed: bytes | None) -> dict[str, Any] | None:
        """The dialogue that lay there, if one is open."""
        if sealed is None:
            return None
        try:
            state = json.loads(self._keys.unseal(sealed, self._name(sender)))
        except ValueError:  # written under another key or by an older version: as if there were none
            return None
        return state if isinstance(state, dict) else None

    def save(self, sender: str, state: dict[str, Any]) -> None:
        """Keep where the sender stands."""
        name = self._name(sender)
        sealed = self._keys.seal(json.dumps(state, ensure_ascii=False), name)
        self._ask(pack(b"SET", name.encode(), sealed, b"EX", str(KEPT_S).encode()))

    def drop(self, sender: str) -> None:
        """Leave the dialogue."""
        self._ask(pack(b"DEL", self.name_of(sender)))

    def _ask(self, request: bytes) -> None:
        """Wait for the reply: the sender's next message may come in through another connection."""
        if self._monotonic() < self._skip_until:
            return
        try:
            self._lines.ask(request, 1)
        except RedisUnavailable:
            self._skip_until = self._monotonic() + SKIP_S

    def _name(self, sender: str) -> str:
        return _PREFIX + self._keys.search_hash(f"dialogue:{sender}").hex()
