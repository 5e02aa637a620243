"""The whole chat contract at every level of rights, over the whole line: a phone in the sandbox, signed pushes, answers
read as strictly as WeChat reads them.

The dialogues are those that specify the chat; as many of them as it takes to hear every phrase of the contract.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import delete
from werkzeug.serving import make_server

from bot.app import create_app
from bot.domain.capability import LEVEL_OF, Capability, CapabilityState, Level
from bot.sandbox import phone
from bot.sandbox.app import create_sandbox
from bot.sandbox.box import EXTENSION, Sandbox
from bot.sandbox.settings import Level as SandboxLevel
from bot.sandbox.settings import SandboxSettings
from bot.store.capabilities import save_states
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import metadata, programme_edition
from config.settings import load_settings
from tests.conftest import TEST_SECRET
from tests.conversation.conftest import Chat
from tests.conversation.play import Dialogue, Play, read_dialogues
from tests.conversation.test_dialogues import CONTRACT
from tests.conversation.town import add_programme
from tests.factories import NOW
from tests.faults.stack import free_port
from tests.wechat.pushes import APPID, TOKEN

SECRET = "secret-of-the-tests"


def _said(steps: Dialogue) -> str:
    return " ".join(str(step.get(name, "")) for step in steps for name in ("答", "通知"))


def _cover() -> dict[str, Dialogue]:
    """Dialogues in which every phrase of the contract is heard, the richest first."""
    left, chosen, dialogues = set(CONTRACT), {}, dict(read_dialogues())
    heard = {name: {phrase for phrase in CONTRACT if phrase in _said(steps)} for name, steps in dialogues.items()}
    while left:
        best = max(heard, key=lambda name: len(heard[name] & left))
        assert heard[best] & left, left
        chosen[best] = dialogues[best]
        left -= heard[best]
    return chosen


CHOSEN = _cover()


@dataclass
class LineChat(Chat):
    """A chat that reaches the product by the sandbox alone; people follow when they first do something."""

    box: Sandbox = field(kw_only=True)
    app: Flask = field(kw_only=True)

    def openid_of(self, who: str) -> str:
        return "o" + who.encode().hex()

    def say(self, who: str, text: str) -> str:
        return self._act(phone.say, who, text)

    def tap(self, who: str, button: str) -> str:
        return self._act(phone.tap, who, button)

    def scan(self, who: str, code: str) -> str:
        return self._act(phone.scan, who, code, "SCAN")

    def follow(self, who: str, scene: str | None = None) -> str:
        return self._act(phone.follow, who, scene, followed=False)

    def unfollow(self, who: str) -> str:
        return self._act(phone.unfollow, who)

    def send_other(self, who: str, kind: str) -> str:
        assert kind in ("image", "voice", "location", "link", "video", "shortvideo"), kind
        return self._act(phone.send_media, who, "image", b"\x89PNG\r\n\x1a\n", "image/png")

    def _act(self, act: Callable[..., phone.Result], who: str, *what: object, followed: bool = True) -> str:
        # Two like scans within a second would count as one (design section 5).
        created = {"create_time": int(self.now.timestamp()) + next(self._counter) % 60}
        openid = self.openid_of(who)
        self._make_person(openid, who, followed=followed)
        with self.app.app_context():
            told = act(self.box, openid, *what, created)
        reply = told["reply"]
        assert reply["kind"] in ("text", "news", "none"), told
        words = reply.get("text", "")
        for article in reply.get("articles", ()):
            words += "\n".join((article["title"], article["description"], article["url"]))
        return str(words)

    def _make_person(self, openid: str, who: str, *, followed: bool) -> None:
        self.box.db.run(
            "INSERT OR IGNORE INTO people (openid, nickname, followed, created_at) VALUES (?, ?, ?, ?)",
            *(openid, who, int(followed), self.box.clock()),
        )


@contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    """A server for one application."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def chat(
    database_url: str, db: Database, keys: Keys, redis_url: str, redis: Redis, tmp_path: Path
) -> Iterator[LineChat]:
    """Product and sandbox with one clock, each on a port of its own."""
    port = free_port()
    holder: list[LineChat] = []
    settings = load_settings(
        data_dir=tmp_path,
        database_url=database_url,
        redis_url=redis_url,
        secret_key=TEST_SECRET,
        port=port,
        wechat_appid=APPID,
        wechat_secret=SECRET,
        wechat_token=TOKEN,
        wechat_api_base=f"http://127.0.0.1:{port + 1}",
        contact="0839-3262000",
        account_name="广元市图书馆",
    )
    app = create_app(settings, lambda: holder[0].now)
    address = f"http://127.0.0.1:{port + 1}"
    wanted = SandboxSettings(f"http://127.0.0.1:{port}/wechat", TOKEN, APPID, SECRET, tmp_path / "sandbox", address)
    sandbox = create_sandbox(wanted, clock=lambda: holder[0].now.timestamp())
    box: Sandbox = sandbox.extensions[EXTENSION]
    holder.append(LineChat(None, db, keys, redis, NOW, box=box, app=sandbox))  # type: ignore[arg-type]
    with ExitStack() as running:
        running.enter_context(served(app, port))
        running.enter_context(served(sandbox, port + 1))
        yield holder[0]
    box.db.close()
    app.extensions["shuqian"].db.dispose()


@pytest.mark.parametrize("level", list(Level), ids=lambda level: level.name)
def test_every_phrase_of_the_contract_is_heard_at_every_level(chat: LineChat, level: Level) -> None:
    chat.box.set_level(SandboxLevel(level))
    for name, steps in CHOSEN.items():
        begin_anew(chat, level)
        Play(chat, f"{level.name} {name}").run(steps)


def begin_anew(chat: LineChat, level: Level) -> None:
    """The programme, the rights of a level, and nothing that an earlier dialogue left."""
    chat.now = NOW
    chat.redis.flushall()
    chat.box.db.run("DELETE FROM people")
    with chat.db.writing() as tx:
        for table in reversed(metadata.sorted_tables):
            if table is not programme_edition:
                tx.execute(delete(table))
        add_programme(tx, chat.keys)
        save_states(tx, [_state(each, level) for each in Capability], NOW)


def _state(capability: Capability, level: Level) -> tuple[Capability, CapabilityState, str]:
    granted = level >= LEVEL_OF[capability]
    return capability, CapabilityState.GRANTED if granted else CapabilityState.REFUSED, "test"
