"""Open dialogues in Redis: sealed, since they may hold a name; gone after a quarter of an hour."""

from __future__ import annotations

import json
from typing import Any

from bot.store.pii import Keys
from bot.store.redis_lines import pack

KEPT_S = 15 * 60
_KEPT = str(KEPT_S).encode()
_encode = json.JSONEncoder(ensure_ascii=False).encode
_PREFIX = "shuqian:dialogue:"


class Dialogues:
    """Where each sender stands in a dialogue. Without Redis nobody is in one, and commands still work.

    Asking Redis is left to whoever asks it about the message anyway (`bot.store.inbox`): a question of its own would
    cost as much as understanding the message. `name_of` says where a dialogue lies and `read` what it was; `save` and
    `drop` give the packed command that changes it.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

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

    def save(self, sender: str, state: dict[str, Any]) -> bytes:
        """Keep where the sender stands."""
        name = self._name(sender)
        sealed = self._keys.seal(_encode(state), name)
        return pack(b"SET", name.encode(), sealed, b"EX", _KEPT)

    def drop(self, sender: str) -> bytes:
        """Leave the dialogue."""
        return pack(b"DEL", self.name_of(sender))

    def _name(self, sender: str) -> str:
        return _PREFIX + self._keys.search_hash(f"dialogue:{sender}").hex()
