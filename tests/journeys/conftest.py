"""The whole house for one journey: web, worker, beat and the sandbox in WeChat's place, over the sample campaign."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.store.database import Database, open_database
from tests.faults.conftest import new_database
from tests.faults.stack import Stack, wait_for

TICKET = re.compile(r"https?://\S+/T/[A-Z2-7]+", re.IGNORECASE)


@dataclass
class Phone:
    """One person's chat in the sandbox."""

    openid: str
    sandbox: str
    session: requests.Session
    greeting: str = ""

    def say(self, words: str) -> str:
        """Type, and read the answer."""
        return self.act("say", text=words)

    def scan(self, code: str) -> str:
        """Tap 扫码签到 and hold the camera over a code."""
        return self.act("scan", result=code, key="SCAN", wait=True)

    def act(self, action: str, **body: Any) -> str:
        """Anything a phone can do; the words of the answer."""
        told = self.session.post(f"{self.sandbox}/people/{self.openid}/{action}", json=body, timeout=20).json()
        return words_of(told)

    def notices(self) -> list[str]:
        """What arrived without being asked for: the gateway's calls, shown as messages of the account."""
        entries = self.session.get(f"{self.sandbox}/people/{self.openid}/chat", timeout=10).json()["entries"]
        return [str(entry) for entry in entries if entry["side"] == "account" and entry.get("via") != "reply"]

    def menu(self) -> list[str]:
        """The names of the buttons that the phone shows."""
        chat = self.session.get(f"{self.sandbox}/people/{self.openid}/chat", timeout=10).json()
        return [button["name"] for button in chat["menu"]["buttons"]]

    def pictures(self) -> list[dict[str, Any]]:
        """Pictures that arrived."""
        chat = self.session.get(f"{self.sandbox}/people/{self.openid}/chat", timeout=10).json()
        return [each for each in chat["entries"] if each["side"] == "account" and each["kind"] == "image"]

    def wait_for_notice(self, phrase: str, seconds: float = 60.0) -> None:
        """Until a notice with these words has arrived."""
        wait_for(lambda: any(phrase in each for each in self.notices()), f"a notice with {phrase}", seconds)


def words_of(told: dict[str, Any]) -> str:
    """The words of a text answer."""
    assert told["reply"]["kind"] in ("text", "none"), told
    return str(told["reply"].get("text", ""))


@dataclass
class Whole:
    """Everything runs. `invitation` is the venue staff's, as printed; `open_now` the number of what goes on now."""

    stack: Stack
    db: Database
    invitation: str
    open_now: int
    _session: requests.Session

    def add_phone(self, nickname: str) -> Phone:
        """A new follower."""
        sandbox = f"http://127.0.0.1:{self.stack.port + 1}/sandbox"
        told = self._session.post(f"{sandbox}/people", json={"nickname": nickname}, timeout=20).json()
        return Phone(told["person"]["openid"], sandbox, self._session, words_of(told["result"]))

    def open_page(self, url: str) -> requests.Response:
        """A page of the house."""
        return self._session.get(url, timeout=10)


StartWhole = Callable[..., Whole]


@pytest.fixture
def start_whole(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StartWhole]:
    """Start the whole house over a database of a kind; settings by environment name."""
    with ExitStack() as cleanup:

        def start(kind: str, **settings: str) -> Whole:
            url = cleanup.enter_context(new_database(kind, request, tmp_path))
            stack = Stack(tmp_path, url, SANDBOX="1", **settings)
            cleanup.callback(stack.stop)
            stack.start_redis()
            stack.spawn_program("worker")
            stack.spawn_program("beat")
            stack.spawn_program("sandbox")
            printed = stack.command("start-up", "--demo")
            loaded = stack.command("demo", "load")
            stack.start_web()
            stack.wait_for_sandbox()
            db = open_database(url)
            cleanup.callback(db.dispose)
            session = cleanup.enter_context(requests.Session())
            session.trust_env = False
            invitation = re.search(r"^invitation venue (\S+)$", printed, re.MULTILINE)
            number = re.search(r"^open-now (\d+)", loaded, re.MULTILINE)
            assert invitation and number, printed + loaded
            return Whole(stack, db, invitation[1], int(number[1]), session)

        yield start
