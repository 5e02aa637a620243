"""A real browser against a real server. Without Chromium these tests are skipped, and say so."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, sync_playwright
from redis import Redis
from werkzeug.serving import BaseWSGIServer

from bot.store.database import Database, open_database
from bot.store.pii import Keys
from tests.serving import answer_whole, listen
from tests.web.stage import AT_THE_DOOR, Stage, StageClock, build_app

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def take_picture(page: Page, name: str, *, full_page: bool = True) -> None:
    """A picture for the album of whoever looks at the pages: the folder named by ALBUM, and none without it."""
    if album := os.environ.get("ALBUM"):
        page.screenshot(path=Path(album) / f"{name}.png", full_page=full_page)


def chromium() -> str | None:
    """Where this machine has Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="package")  # not longer: its event loop must not run beside other tests
def launcher() -> Iterator[BrowserType]:
    """What starts Chromium; there can be one in a process."""
    if chromium() is None:
        pytest.skip("no Chromium on this machine: install it to run the browser tests")
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="package")
def browser(launcher: BrowserType) -> Iterator[Browser]:
    """Chromium of this machine."""
    launched = launcher.launch(executable_path=chromium(), args=ARGUMENTS)
    yield launched
    launched.close()


class Site:
    """The pages behind a real socket; can be stopped and started on the same port."""

    def __init__(self, db: Database, redis: Redis, keys: Keys) -> None:
        self.clock = StageClock(AT_THE_DOOR)
        self.stage = Stage(db, keys)
        self.keys = keys
        self._server: BaseWSGIServer = listen(Flask("nothing yet"))
        self._port = self._server.port
        self.url = f"http://127.0.0.1:{self._port}"
        self.app = build_app(db, redis, keys, self.clock, public_url=self.url)
        self._server.app = answer_whole(self.app)
        self._serve()

    def _serve(self) -> None:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def stop(self) -> None:
        """As if the network went away."""
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def start_again(self) -> None:
        """On the same port."""
        self._server = listen(self.app, self._port)
        self._serve()


@pytest.fixture
def site(tmp_path: Path, sqlite_template: Path, redis: Redis, keys: Keys) -> Iterator[Site]:
    """The pages over an embedded database, ten minutes before the event."""
    path = tmp_path / "site.db"
    shutil.copy(sqlite_template, path)
    database = open_database(f"sqlite:///{path}")
    running = Site(database, redis, keys)
    yield running
    running.stop()
    database.dispose()


class Watched:
    """A page, with all that it asked for and complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requested: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type in {"error", "warning"} else None,
        )

    def forget(self) -> None:
        """Before the next address."""
        self.requested.clear()
        self.complaints.clear()

    def complaints_but(self, status: int) -> list[str]:
        """All complaints but the browser's own word about an error status that is meant to be."""
        return [words for words in self.complaints if f"responded with a status of {status}" not in words]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Any]:
    """Open pages: `open_page(**context_options)` gives a watched page."""
    contexts: list[BrowserContext] = []

    def open_one(**options: Any) -> Watched:
        context = browser.new_context(**({"viewport": PHONE} | options))
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Watched(context.new_page())

    yield open_one
    for context in contexts:
        context.close()
