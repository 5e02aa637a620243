"""The sandbox on a port, and the real gateway to it under the real watch, as fixtures."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis
from werkzeug.serving import make_server

from bot.domain.clock import utc_now
from bot.sandbox.app import create_sandbox
from bot.sandbox.box import EXTENSION
from bot.sandbox.settings import SandboxSettings
from bot.store.database import Database
from bot.wechat import gateway as gateway_module
from bot.wechat.account import Account
from bot.wechat.gateway import Gateway, gateway_of
from bot.wechat.watch import AccountWatch
from tests.wechat.pushes import APPID, TOKEN

ACCOUNT = Account(APPID, TOKEN, secret="secret-of-the-tests")
SEND = "message/custom/send"


@dataclass
class Workshop:
    """A sandbox on a port."""

    url: str = ""
    ahead: float = 0.0
    """Seconds by which its clock is ahead."""

    def order(self, api: str, **fault: Any) -> None:
        """Let the next calls of an API fail."""
        requests.post(f"{self.url}/sandbox/faults", json={"api": api, **fault}, timeout=5).raise_for_status()

    def calls(self, api: str) -> list[dict[str, Any]]:
        """The calls of an API so far."""
        told = requests.get(f"{self.url}/sandbox/calls", params={"api": api}, timeout=5).json()
        return list(told["calls"])

    def count(self, api: str) -> int:
        """How many they are."""
        return len(self.calls(api))

    def begin_anew(self) -> None:
        """No faults, no calls."""
        for what in ("faults", "calls"):
            requests.delete(f"{self.url}/sandbox/{what}", timeout=5)

    def add_follower(self) -> str:
        """Somebody whose window is open."""
        wishes = {"nickname": "x", "attempts": 1, "timeout": 0.1}
        told = requests.post(f"{self.url}/sandbox/people", json=wishes, timeout=5).json()
        openid = str(told["person"]["openid"])
        requests.post(f"{self.url}/sandbox/people/{openid}/window", json={"closed": False}, timeout=5)
        return openid


@contextmanager
def open_workshop(folder: Path) -> Iterator[Workshop]:
    """Serve a sandbox on a free port of this machine."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    settings = SandboxSettings("http://127.0.0.1:9/wechat", TOKEN, APPID, ACCOUNT.secret, folder, "http://127.0.0.1")
    workshop = Workshop()
    app = create_sandbox(settings, clock=lambda: time.time() + workshop.ahead)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    workshop.url = f"http://127.0.0.1:{server.server_port}"
    yield workshop
    server.shutdown()
    server.server_close()
    app.extensions[EXTENSION].db.close()


@pytest.fixture(scope="module")
def _workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with open_workshop(tmp_path_factory.mktemp("sandbox")) as opened:
        yield opened


@pytest.fixture
def sandbox(_workshop: Workshop) -> Workshop:
    """A sandbox with nothing of an earlier test."""
    _workshop.ahead += 60  # a forced token may be had twice a minute
    _workshop.begin_anew()
    return _workshop


@pytest.fixture
def follower(sandbox: Workshop) -> str:
    """Somebody whose window is open."""
    return sandbox.add_follower()


@pytest.fixture
def watched(sandbox: Workshop, redis: Redis, db: Database, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """The real gateway to the sandbox under the real watch; busy pauses cut short."""
    monkeypatch.setattr(gateway_module, "BUSY_PAUSES_S", (0.0, 0.0, 0.0))
    return gateway_of(ACCOUNT, redis, sandbox.url, AccountWatch(redis, db, APPID, utc_now))
