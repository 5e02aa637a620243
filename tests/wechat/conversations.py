"""A small conversation that counts effects in real tables; it stands where the product's own one stands."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from bot.conversation.messages import Message, OtherMessage, PictureMessage, Reply, TextMessage, TextReply, Unfollow
from bot.store.tables import audit


class CountingTurn:
    """`+` writes a row; anything else only reads."""

    def __init__(self, talk: CountingConversation, message: Message) -> None:
        self._talk = talk
        self._message = message
        self.words = message.text if isinstance(message, TextMessage) else type(message).__name__
        self.writes = self.words.startswith("+")
        self.may_repeat_answer = False
        self.changed = False
        self.reader_id: int | None = None

    def run(self, tx: Connection, now: datetime) -> Reply | None:
        """Count, and say which number it was."""
        self._talk.before(self)
        if isinstance(self._message, Unfollow | PictureMessage | OtherMessage):
            return None
        if self.writes:
            tx.execute(insert(audit).values(at=now, actor="test", action="count", subject=self.words, detail={}))
            self.changed = True
        number = tx.execute(select(func.count()).select_from(audit)).scalar_one()
        return TextReply(f"{self.words} 第{number}次")

    def memo(self) -> None:
        """Note that the turn has ended."""
        self._talk.remembered.append(self.words)

    def wish(self) -> None:
        """Nothing."""


class CountingConversation:
    """Makes turns; `before` runs inside each one and may wait or fail."""

    def __init__(self) -> None:
        self.before: Callable[[CountingTurn], None] = lambda turn: None
        self.remembered: list[str] = []
        self.heard: list[Message] = []

    def memory_of(self, message: Message) -> bytes:
        """It keeps nothing in Redis."""
        return b"nothing"

    def prepare(self, message: Message, memory: bytes | None) -> CountingTurn:
        """The turn of a message."""
        self.heard.append(message)
        return CountingTurn(self, message)


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Poll until the condition holds; fail when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def in_parallel(*jobs: Callable[[], bytes]) -> list[bytes]:
    """Run the jobs at the same time; their results in order."""
    results: list[bytes] = [b""] * len(jobs)

    def run(place: int) -> None:
        results[place] = jobs[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results
