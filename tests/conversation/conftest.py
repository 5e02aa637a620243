"""A conversation over real stores, with a clock that tests move."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from redis import Redis

from bot.conversation.engine import Conversation
from bot.conversation.messages import (
    CodeScan,
    Follow,
    MenuClick,
    Message,
    NewsReply,
    OtherMessage,
    TextMessage,
    TextReply,
    Unfollow,
)
from bot.conversation.talk import Desk
from bot.store.attempts import Attempts
from bot.store.database import Database
from bot.store.dialogues import Dialogues
from bot.store.pii import Keys
from bot.store.redis_lines import RedisLines
from tests.factories import NOW


@dataclass
class Chat:
    """Says things as somebody and returns the words of the answer."""

    conversation: Conversation
    db: Database
    keys: Keys
    redis: Redis
    now: datetime = NOW
    changed: bool = False
    _counter: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def openid_of(self, who: str) -> str:
        """Under which openid somebody writes; the conversation takes any name."""
        return who

    def say(self, who: str, text: str) -> str:
        """A typed message."""
        return self.send(TextMessage(who, self.now, self._key(), text))

    def tap(self, who: str, button: str) -> str:
        """A menu button."""
        return self.send(MenuClick(who, self.now, self._key(), button))

    def scan(self, who: str, code: str) -> str:
        """The chat's scanner."""
        return self.send(CodeScan(who, self.now, self._key(), "SCAN", code, True))

    def follow(self, who: str, scene: str | None = None) -> str:
        """A new follower."""
        return self.send(Follow(who, self.now, self._key(), scene))

    def unfollow(self, who: str) -> str:
        """Gone."""
        return self.send(Unfollow(who, self.now, self._key()))

    def send_other(self, who: str, kind: str) -> str:
        """A picture or the like."""
        return self.send(OtherMessage(who, self.now, self._key(), kind))

    def send(self, message: Message) -> str:
        """Through the same steps as the webhook, without its filter."""
        memory = self.redis.get(self.conversation.memory_of(message))
        turn = self.conversation.prepare(message, memory)
        with self.db.writing() if turn.writes else self.db.reading() as tx:
            reply = turn.run(tx, self.now)
        memo = turn.memo()
        if memo is not None:
            RedisLines(self.redis).ask(memo, 1)
        self.changed = turn.changed
        if reply is None:
            return ""
        if isinstance(reply, NewsReply):
            assert 0 < len(reply.instead.encode()) <= 1800, "there must be words for whom a notice waits"
            return reply.instead  # the same in words; what the card says is a test of its own
        assert isinstance(reply, TextReply)
        assert len(reply.text.encode()) <= 1800, "longer than a passive reply may be"
        return reply.text

    def _key(self) -> bytes:
        return next(self._counter).to_bytes(8, "big")


@pytest.fixture
def chat(db: Database, keys: Keys, redis: Redis) -> Chat:
    """A conversation with an empty database."""
    desk = Desk(keys, Attempts(redis, keys), "https://lib.example", "0839-3262000", "广元市图书馆")
    return Chat(Conversation(desk, Dialogues(keys)), db, keys, redis)
