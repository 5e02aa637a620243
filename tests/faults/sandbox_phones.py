"""The sandbox in the test's own process, and what stands on its readers' phones."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from werkzeug.serving import make_server

from bot.sandbox import chats, people
from bot.sandbox.app import create_sandbox
from bot.sandbox.box import EXTENSION, Sandbox
from bot.sandbox.settings import SandboxSettings
from bot.sandbox.windows import Window
from bot.texts.sandbox import TEMPLATES
from tests.wechat.pushes import APPID, TOKEN

SECRET = "secret-of-the-tests"
REMINDER = f"{TEMPLATES[0]['template_id']}:thing1=title,time2=start,thing3=place"
"""The setting of the sandbox's own reminder template."""


@dataclass
class Phones:
    """A sandbox at level L3 that serves at `url`. `after` is called when a call has had its effect, before its answer."""

    url: str
    box: Sandbox
    after: Callable[[str], None]

    def add_follower(self) -> str:
        """A new follower with an open window; the openid."""
        openid = people.add_person(self.box.db, "张三", self.box.clock())
        people.follow(self.box.db, openid, "", self.box.clock())
        people.set_window(self.box.db, openid, Window().after_message(self.box.clock()))
        return openid

    def received(self, openid: str) -> Counter[str]:
        """How many messages of each kind the account has sent to this phone."""
        entries = chats.list_entries(self.box.db, openid)
        return Counter(entry["kind"] for entry in entries if entry["side"] == "account")

    def order(self, api: str, mode: str, times: int = 100_000, **more: Any) -> None:
        """Let the next calls of an API fail."""
        wish = {"api": api, "mode": mode, "times": times, **more}
        assert requests.post(f"{self.url}/sandbox/faults", json=wish, timeout=5).status_code == 200

    def mend(self) -> None:
        """From now on all goes well."""
        assert requests.delete(f"{self.url}/sandbox/faults", timeout=5).status_code == 200


@contextmanager
def open_phones(folder: Path) -> Iterator[Phones]:
    """Serve on a free port; pushes find nobody."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    app = create_sandbox(SandboxSettings("http://127.0.0.1:9/wechat", TOKEN, APPID, SECRET, folder, "http://127.0.0.1"))
    phones = Phones("", app.extensions[EXTENSION], lambda path: None)

    def serve(environ: dict[str, Any], start: Any) -> list[bytes]:
        answer = list(app.wsgi_app(environ, start))
        phones.after(environ["PATH_INFO"].removeprefix("/cgi-bin/"))
        return answer

    server = make_server("127.0.0.1", 0, serve, threaded=True)
    phones.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield phones
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        phones.box.db.close()
