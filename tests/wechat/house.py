"""The whole of what answers at `/wechat`, as in production: the product's own conversation and its effects behind it.

What production turns into an apology or a line in the log is noted, so that a test can say that there was none.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from flask import Flask
from redis import Redis

from bot.conversation.engine import Conversation
from bot.conversation.talk import Desk
from bot.domain.clock import utc_now
from bot.store.attempts import Attempts
from bot.store.database import Database
from bot.store.dialogues import Dialogues
from bot.store.inbox import Inbox
from bot.store.pii import Keys
from bot.texts.apology import something_broke, try_again_later
from bot.wechat.account import Account, Mode
from bot.wechat.effects import Effects
from bot.wechat.pushes import News
from bot.wechat.webhook import create_webhook
from tests.wechat.pushes import AES_KEY, APPID, OTHER_AES_KEY, TOKEN, Sent, opened

STATUSES = {200, 400, 403, 411, 413}
PATIENCE_S = 5.0
"""After which the platform cuts the connection."""


class House:
    """One account in one mode."""

    def __init__(self, db: Database, redis: Redis, keys: Keys, mode: Mode) -> None:
        self.mode = mode
        self.faults: list[Exception] = []
        self._apply = Effects(db, redis, keys, utc_now).apply
        desk = Desk(keys=keys, attempts=Attempts(redis, keys), public_url="https://lib.example")
        app = Flask("house")
        app.config["PROPAGATE_EXCEPTIONS"] = True
        app.register_blueprint(
            create_webhook(
                account=Account(APPID, TOKEN, mode=mode, aes_keys=(AES_KEY, OTHER_AES_KEY)),
                db=db,
                inbox=Inbox(redis),
                keys=keys,
                conversation=Conversation(desk, Dialogues(keys)),
                listen=self._listen,
                clock=utc_now,
            )
        )
        self.wsgi: Callable[..., Any] = app.wsgi_app

    def _listen(self, news: News) -> None:
        try:
            self._apply(news)
        except Exception as error:
            self.faults.append(error)
            raise

    def send(self, sent: Sent, **environ: object) -> bytes:
        """Deliver and check that what comes back is an answer that the platform takes, in its time; the clear answer."""
        return self.request(sent.url.partition("?")[2], sent.body, **environ)

    def request(self, query: str, body: bytes, **environ: object) -> bytes:
        """The same with a query of one's own, over the bare WSGI callable."""
        built = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/wechat",
            "SERVER_NAME": "lib.example",
            "SERVER_PORT": "443",
            "wsgi.url_scheme": "https",
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **environ,
        }
        statuses: list[int] = []
        began = time.monotonic()
        answer = b"".join(self.wsgi(built, lambda status, _: statuses.append(int(status.split()[0]))))
        assert time.monotonic() - began < PATIENCE_S
        assert not self.faults
        return self._checked(statuses[0], answer)

    def _checked(self, status: int, answer: bytes) -> bytes:
        assert status in STATUSES
        if status != 200:
            assert answer == b""
            return b"%d" % status
        if answer in (b"", b"success"):
            return answer
        clear = answer if self.mode is Mode.PLAIN else opened(answer, self._key_of(answer))
        root = ElementTree.fromstring(clear)
        assert [node.tag for node in root] == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"]
        assert root.findtext("Content") not in (None, "", something_broke(), try_again_later())
        return clear

    def _key_of(self, answer: bytes) -> str:
        try:
            opened(answer)
        except (AssertionError, ValueError, IndexError):
            return OTHER_AES_KEY
        return AES_KEY
