"""What was answered to which message, so that a repeat gets the same answer and no second effect (promise I4).

Two memories. SQL keeps the answers of messages that changed something, written in the transaction of the change: it
survives a crash and a flushed Redis. Redis keeps all answers for a minute and tells repeats that the first attempt
still runs; without it everything goes on, only slower and with less courtesy.

Answers are sealed by the caller: they may hold a name.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from redis import Redis
from sqlalchemy import Connection, LargeBinary, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.prepared import Prepared
from bot.store.redis import RedisUnavailable
from bot.store.redis_lines import RedisLines, pack
from bot.store.tables import inbox

_RUNNING_MS = b"3000"
"""An attempt that is older is taken for dead. Less than a repeat waits: a killed process cuts the connection, the
platform repeats at once, and that repeat must outlive the mark, or the reader would meet silence. An attempt that is
only slow is no danger: of two that run at once one commits, and both give its answer.
"""

_REMEMBERED_MS = b"60000"
"""The platform repeats within fifteen seconds. Not longer: a reader may ask to be forgotten."""

SKIP_S = 1.0
"""After a failure Redis is left alone for this long: each try could cost its whole timeout."""

BANNERS = b"shuqian:banners"
_PREFIX = b"shuqian:inbox:"
_RUNNING, _ANSWERED = b"R", b"A"


class ClaimState(StrEnum):
    """What is known about a message at its arrival."""

    FRESH = "fresh"
    RUNNING = "running"
    ANSWERED = "answered"
    UNFILTERED = "unfiltered"  # Redis gave no answer; SQL alone decides


@dataclass(frozen=True, slots=True)
class Claim:
    """The filter's word. `answer` is the sealed first answer; `banner`: a notice waits for this person.

    `memory` is what lay under the name that the caller asked for as well.
    """

    state: ClaimState
    answer: bytes | None = None
    banner: bool = False
    memory: bytes | None = None


_UNFILTERED = Claim(ClaimState.UNFILTERED)


class Inbox:
    """The filter in Redis.

    What only keeps something is told without waiting for the reply.
    """

    def __init__(self, redis: Redis, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lines = RedisLines(redis)
        self._monotonic = monotonic
        self._skip_until = 0.0
        self.failures = 0  # of Redis, since the start of this process

    def claim(self, key: bytes, sender: str, memory: bytes) -> Claim:
        """Take the message for this attempt unless another has it, and look up `memory`; one round trip."""
        if self._skipping():
            return _UNFILTERED
        mine = _RUNNING + secrets.token_bytes(8)
        name, mark = _PREFIX + key, banner_mark(sender)
        request = pack(b"SET", name, mine, b"NX", b"PX", _RUNNING_MS) + pack(b"GET", name)
        try:
            request += pack(b"SISMEMBER", BANNERS, mark) + pack(b"GET", memory)
            _, value, banner, remembered = self._lines.ask(request, 4)
        except RedisUnavailable:
            self._failed()
            return _UNFILTERED
        if value == mine:
            return Claim(ClaimState.FRESH, banner=bool(banner), memory=remembered)
        return _known(value)

    def look(self, key: bytes) -> Claim:
        """The state without taking anything; FRESH when the attempt that ran has died."""
        try:
            return _known(self._lines.ask(pack(b"GET", _PREFIX + key), 1)[0])
        except RedisUnavailable:
            self._failed()
            return _UNFILTERED

    def remember(self, key: bytes, sealed: bytes, memo: bytes | None = None, aside: bytes = b"") -> None:
        """Keep the answer for the repeats that may follow, and give Redis the packed commands `memo` and `aside`: one
        command each, all in one piece.

        The reply to `memo` is waited for: the sender's next message may come in through another connection.
        """
        kept = pack(b"SET", _PREFIX + key, _ANSWERED + sealed, b"PX", _REMEMBERED_MS)
        commands = 1 + bool(aside)
        if memo is None:
            self._tell(aside + kept, commands)
        else:
            self._ask(memo + aside + kept, 1 + commands)

    def pass_on(self, wish: bytes) -> None:
        """Give Redis one packed command that may be lost; nobody waits for its reply."""
        self._tell(wish)

    def release(self, key: bytes) -> None:
        """Give the message back, so that a repeat is a new attempt."""
        self._tell(pack(b"DEL", _PREFIX + key))

    def mark_banner(self, sender: str) -> None:
        """A notice waits for this person's next message."""
        self._tell(pack(b"SADD", BANNERS, banner_mark(sender)))

    def rebuild_banners(self, senders: Sequence[str]) -> None:
        """Write the whole set again from SQL, which alone is true: Redis may have been flushed."""
        marks = [banner_mark(sender) for sender in senders]
        renewed = pack(b"DEL", BANNERS) + (pack(b"SADD", BANNERS, *marks) if marks else b"")
        self._ask(pack(b"MULTI") + renewed + pack(b"EXEC"), 4 if marks else 3)

    def forget_banner(self, sender: str) -> None:
        """No notice waits for this person any more."""
        self._tell(pack(b"SREM", BANNERS, banner_mark(sender)))

    def _tell(self, request: bytes, commands: int = 1) -> None:
        if self._skipping():
            return
        try:
            self._lines.tell(request, commands)
        except RedisUnavailable:
            self._failed()

    def _ask(self, request: bytes, replies: int) -> None:
        if self._skipping():
            return
        try:
            self._lines.ask(request, replies)
        except RedisUnavailable:
            self._failed()

    def _skipping(self) -> bool:
        return self._monotonic() < self._skip_until

    def _failed(self) -> None:
        self.failures += 1
        self._skip_until = self._monotonic() + SKIP_S


def _known(value: object) -> Claim:
    if not isinstance(value, bytes):
        return Claim(ClaimState.FRESH)
    if value.startswith(_ANSWERED):
        return Claim(ClaimState.ANSWERED, answer=value[len(_ANSWERED) :])
    return Claim(ClaimState.RUNNING)


def banner_mark(sender: str) -> bytes:
    """How a person stands in the set of those for whom a notice waits; not the openid itself."""
    return hashlib.sha256(sender.encode()).digest()[:12]


_SAVE = Prepared(
    {
        "sqlite": sqlite.insert(inbox).on_conflict_do_nothing().returning(inbox.c.answered_at),
        "postgresql": postgresql.insert(inbox).on_conflict_do_nothing().returning(inbox.c.answered_at),
    },
    ("key", "reader_id", "reply", "answered_at"),
)


def save_answer(tx: Connection, key: bytes, reader_id: int | None, sealed: bytes, now: datetime) -> bool:
    """Write the answer beside the change that it reports; False when the message was answered before."""
    row = {"key": key, "reader_id": reader_id, "reply": sealed, "answered_at": now}
    return _SAVE.first(tx, row) is not None


_FIND = Prepared(select(inbox.c.reply).where(inbox.c.key == bindparam("key", type_=LargeBinary)))


def find_answer(tx: Connection, key: bytes) -> bytes | None:
    """The sealed answer that was given to this message, if it changed something."""
    row = _FIND.first(tx, {"key": key})
    return None if row is None else row[0]


def sweep_answers(tx: Connection, before: datetime) -> int:
    """Delete the answers older than `before`; the platform repeats within seconds."""
    return tx.execute(delete(inbox).where(inbox.c.answered_at < before)).rowcount
