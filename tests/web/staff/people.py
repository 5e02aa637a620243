"""A library with its pages and its chat, for tests of who is signed in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from bot.conversation.engine import Conversation
from bot.conversation.talk import Desk
from bot.domain.kinds import Role
from bot.services.staff import invite_staff
from bot.store.attempts import Attempts
from bot.store.database import Database
from bot.store.dialogues import Dialogues
from bot.store.pii import Keys
from tests.conversation.conftest import Chat
from tests.web.stage import PUBLIC_URL, Stage, StageClock

ANDROID = (
    "Mozilla/5.0 (Linux; Android 8.1.0; vivo X9 Build/OPM1) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/78.0 MQQBrowser/6.2 Mobile Safari/537.36 MicroMessenger/8.0.2"
)
_FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
_CODE = re.compile(r'aria-label="((?:\d ){5}\d)"')


@dataclass
class House:
    """Browsers and phones of its staff."""

    app: Flask
    db: Database
    redis: Redis
    keys: Keys
    stage: Stage
    clock: StageClock

    def __post_init__(self) -> None:
        desk = Desk(self.keys, Attempts(self.redis, self.keys), PUBLIC_URL, "", "书香利州")
        self._chat = Chat(Conversation(desk, Dialogues(self.keys)), self.db, self.keys, self.redis)

    def say(self, who: str, text: str) -> str:
        """A message to the account."""
        self._chat.now = self.clock.now
        return self._chat.say(who, text)

    def hire(self, who: str, role: Role = Role.VENUE, *serves: int, library_id: int | None = None) -> None:
        """Give somebody a role."""
        with self.db.writing() as tx:
            code = invite_staff(tx, role, self.keys, self.clock.now, library_id=library_id, occurrence_ids=serves)
        assert "绑定成功" in self.say(who, f"绑定 {code}")

    def browser(self, agent: str = ANDROID) -> FlaskClient:
        """A browser of its own."""
        client = self.app.test_client()
        client.environ_base["HTTP_USER_AGENT"] = agent
        return client

    def enter(self, who: str) -> FlaskClient:
        """A browser that somebody signed in by a link."""
        client = self.browser()
        answer = client.post(link_in(self.say(who, "扫码")))
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return client


def link_in(words: str) -> str:
    """The path of the link in an answer."""
    found = re.search(r"https://[^/\s]+(/staff/enter/\S+)", words)
    assert found, words
    return found[1]


def code_on(page: str) -> str:
    """The code that a sign-in page shows."""
    found = _CODE.search(page)
    assert found, page
    return found[1].replace(" ", "")


def form_token_on(page: str) -> str:
    """The token in a page's forms."""
    found = _FORM_TOKEN.search(page)
    assert found, page
    return found[1]
