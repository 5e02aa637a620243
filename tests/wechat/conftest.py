"""An application with nothing but the webhook in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from bot.domain.clock import utc_now
from bot.store.database import Database
from bot.store.inbox import Inbox
from bot.store.pii import Keys
from bot.wechat.account import Account, Mode
from bot.wechat.pushes import News
from bot.wechat.webhook import Listener, create_webhook
from tests.wechat.conversations import CountingConversation
from tests.wechat.pushes import AES_KEY, APPID, TOKEN, Sent
from tests.wechat.workshop import _workshop, follower, sandbox, watched  # noqa: F401 - fixtures


@dataclass
class Post:
    """The webhook of one account, ready to receive."""

    client: FlaskClient
    talk: CountingConversation
    inbox: Inbox
    news: list[News]
    app: Flask

    def send(self, sent: Sent) -> TestResponse:
        """Deliver a push over a connection of its own."""
        return self.app.test_client().post(sent.url, data=sent.body)


MakePost = Callable[..., Post]


@pytest.fixture
def make_post(db: Database, redis: Redis, keys: Keys) -> MakePost:
    """Make a webhook in a mode, with its keys."""

    deployed = keys

    def make(
        mode: Mode = Mode.PLAIN,
        aes_keys: tuple[str, ...] = (AES_KEY,),
        inbox: Inbox | None = None,
        keys: Keys = deployed,
        listen: Listener | None = None,
    ) -> Post:
        talk, news = CountingConversation(), list[News]()
        inbox = inbox or Inbox(redis)
        app = Flask("webhook")
        app.config["PROPAGATE_EXCEPTIONS"] = True
        app.register_blueprint(
            create_webhook(
                account=Account(APPID, TOKEN, mode=mode, aes_keys=aes_keys),
                db=db,
                inbox=inbox,
                keys=keys,
                conversation=talk,
                listen=listen or news.append,
                clock=utc_now,
            )
        )
        return Post(app.test_client(), talk, inbox, news, app)

    return make


@pytest.fixture
def post(make_post: MakePost) -> Iterator[Post]:
    """A webhook in plain mode."""
    return make_post()
