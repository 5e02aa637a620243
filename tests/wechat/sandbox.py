"""The real sandbox in the platform's place, served on a free port of this machine, at a level that a test sets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from werkzeug.serving import make_server

from bot.sandbox.app import create_sandbox
from bot.sandbox.box import EXTENSION, Sandbox
from bot.sandbox.settings import SandboxSettings
from tests.wechat.pushes import APPID, TOKEN

SECRET = "the secret that the sandbox knows"


@dataclass(frozen=True)
class ServedSandbox:
    """Its address, and short ways to its workshop."""

    url: str
    box: Sandbox

    def post(self, tool: str, **body: Any) -> None:
        """Turn a knob: `level`, `faults`, `tokens`…"""
        answer = requests.post(f"{self.url}/sandbox/{tool}", json=body, timeout=10)
        assert answer.ok, answer.text

    def set_level(self, level: str) -> None:
        """Another kind of account."""
        self.post("level", level=level)

    def list_calls(self) -> list[dict[str, Any]]:
        """All API calls so far."""
        calls: list[dict[str, Any]] = requests.get(f"{self.url}/sandbox/calls", timeout=10).json()["calls"]
        return calls


@contextmanager
def open_sandbox(folder: Path, level: str = "L3") -> Iterator[ServedSandbox]:
    """Serve it until the end of the test."""
    settings = SandboxSettings(
        webhook_url="http://127.0.0.1:9/wechat",
        token=TOKEN,
        appid=APPID,
        secret=SECRET,
        data_dir=folder,
        public_url="http://127.0.0.1:9",
        level=level,
    )
    app = create_sandbox(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield ServedSandbox(f"http://127.0.0.1:{server.port}", app.extensions[EXTENSION])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions[EXTENSION].db.close()
