"""The chat over the whole line: a phone in the sandbox, signed pushes to `/wechat`, answers read as WeChat reads them.

Product and sandbox run in this process, with one clock that the test moves.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from redis import Redis
from werkzeug.serving import make_server

from bot.app import create_app
from bot.sandbox import phone
from bot.sandbox.app import create_sandbox
from bot.sandbox.box import EXTENSION, Sandbox
from bot.sandbox.settings import SandboxSettings
from bot.store.database import Database
from bot.store.pii import Keys
from bot.wiring import Services
from config.settings import load_settings
from tests.conftest import TEST_SECRET
from tests.conversation.conftest import Chat
from tests.factories import NOW
from tests.faults.stack import free_port
from tests.wechat.pushes import APPID, TOKEN

SECRET = "secret-of-the-tests"


@dataclass
class LineChat(Chat):
    """A chat that reaches the product by the sandbox alone; people follow when they first do something."""

    box: Sandbox = field(kw_only=True)
    app: Flask = field(kw_only=True)
    services: Services = field(kw_only=True)

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


@contextmanager
def open_line(
    database_url: str, db: Database, keys: Keys, redis_url: str, redis: Redis, folder: Path, **more: object
) -> Iterator[LineChat]:
    """Product and sandbox, each on a port of its own; `more` are settings."""
    port = free_port()
    holder: list[LineChat] = []
    settings = load_settings(
        data_dir=folder,
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
        **more,
    )
    app = create_app(settings, lambda: holder[0].now)
    address = f"http://127.0.0.1:{port + 1}"
    wanted = SandboxSettings(f"http://127.0.0.1:{port}/wechat", TOKEN, APPID, SECRET, folder / "sandbox", address)
    sandbox = create_sandbox(wanted, clock=lambda: holder[0].now.timestamp())
    box: Sandbox = sandbox.extensions[EXTENSION]
    services: Services = app.extensions["shuqian"]
    holder.append(LineChat(None, db, keys, redis, NOW, box=box, app=sandbox, services=services))  # type: ignore[arg-type]
    with served(app, port), served(sandbox, port + 1):
        yield holder[0]
    box.db.close()
    services.db.dispose()
