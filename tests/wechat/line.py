"""The product's own conversation behind a delivery, with a clock that tests move."""

from __future__ import annotations

from datetime import datetime, timedelta

from redis import Redis

from bot.conversation.engine import Conversation
from bot.conversation.talk import Desk
from bot.domain.clock import utc_now
from bot.store.attempts import Attempts
from bot.store.database import Database
from bot.store.dialogues import Dialogues
from bot.store.inbox import Inbox
from bot.store.pii import Keys
from bot.wechat.delivery import Delivery
from bot.wechat.parser import read_push
from bot.wechat.pushes import News
from bot.wechat.xml import read_xml
from tests.wechat.pushes import fields_of, text_push


class Line:
    """Delivers pushes and gives the rendered answers."""

    second = timedelta(seconds=1)

    def __init__(self, db: Database, redis: Redis, keys: Keys) -> None:
        self.now: datetime = utc_now()
        desk = Desk(keys=keys, attempts=Attempts(redis, keys), public_url="https://lib.example")
        conversation = Conversation(desk, Dialogues(keys))
        self._delivery = Delivery(
            db=db, inbox=Inbox(redis), keys=keys, conversation=conversation, clock=lambda: self.now
        )

    @property
    def in_two_days(self) -> datetime:
        """A start that is open for sign-up."""
        return self.now + timedelta(days=2)

    def typed(self, sender: str, words: str) -> bytes:
        """A push of typed words."""
        return text_push(words, sender=sender)

    def deliver(self, body: bytes) -> str:
        """The rendered answer to a push."""
        push = read_push(read_xml(body))
        assert push.content is not None and not isinstance(push.content, News)
        return self._delivery.answer(push, push.content)

    def say(self, sender: str, words: str) -> str:
        """The words that answer typed words."""
        return str(fields_of(self.deliver(self.typed(sender, words)).encode())["Content"])
