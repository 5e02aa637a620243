"""A sandbox with a tiny account behind it, in each of WeChat's modes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.sandbox.app import create_sandbox
from bot.sandbox.box import EXTENSION, Sandbox
from bot.sandbox.settings import SandboxSettings
from tests.sandbox.account import AES_KEY, APPID, SECRET, TOKEN, Account, serve, wait_until

Told = dict[str, Any]


class Clock:
    """A clock that a test can turn."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Rig:
    """A sandbox, its account, and short ways to use both."""

    app: Flask
    client: FlaskClient
    account: Account
    clock: Clock

    @property
    def box(self) -> Sandbox:
        box: Sandbox = self.app.extensions[EXTENSION]
        return box

    def post(self, path: str, body: Told | None = None, status: int = 200) -> Told:
        return told(self.client.post(f"/sandbox/{path}", json=body or {}), status)

    def get(self, path: str, status: int = 200) -> Told:
        return told(self.client.get(f"/sandbox/{path}"), status)

    def add_person(self, nickname: str = "张三", **wishes: Any) -> str:
        openid: str = self.post("people", {"nickname": nickname, **wishes})["person"]["openid"]
        return openid

    def act(self, openid: str, action: str, status: int = 200, **body: Any) -> Told:
        return self.post(f"people/{openid}/{action}", body, status)

    def chat(self, openid: str) -> list[Told]:
        entries: list[Told] = self.get(f"people/{openid}/chat")["entries"]
        return entries

    def token(self) -> str:
        wish = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
        value: str = told(self.client.post("/cgi-bin/stable_token", json=wish))["access_token"]
        return value

    def call(self, api: str, body: Told | None = None, **query: Any) -> Told:
        """One API call with a fresh token; a GET if there is no body."""
        query = query if "access_token" in query else {"access_token": self.token()} | query
        if body is None:
            return told(self.client.get(f"/cgi-bin/{api}", query_string=query))
        raw = json.dumps(body, ensure_ascii=False).encode()
        return told(self.client.post(f"/cgi-bin/{api}", query_string=query, data=raw))

    def errcode(self, api: str, body: Told | None = None, **query: Any) -> int:
        answer = self.call(api, body, **query)
        if answer.get("errcode", 0) != 0:
            assert " rid: " in answer["errmsg"]
        code: int = answer.get("errcode", 0)
        return code


def told(response: TestResponse, status: int = 200) -> Told:
    assert response.status_code == status, response.get_data(as_text=True)
    answer: Told = response.get_json(force=True)
    return answer


@pytest.fixture
def account() -> Iterator[Account]:
    """An account on a port of its own."""
    made = Account()
    server = serve(made)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def make_rig(account: Account, tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """Make a sandbox; settings by name."""
    rigs: list[Rig] = []

    def make(clock: Clock | None = None, **changes: Any) -> Rig:
        wanted: Told = {
            "webhook_url": account.url,
            "token": TOKEN,
            "appid": APPID,
            "secret": SECRET,
            "data_dir": tmp_path / "sandbox",
            "public_url": "http://127.0.0.1:9",
            "aes_key": AES_KEY,
        }
        turned = clock or Clock()
        app = create_sandbox(SandboxSettings(**(wanted | changes)), clock=turned)
        rigs.append(Rig(app, app.test_client(), account, turned))
        return rigs[-1]

    yield make
    for rig in rigs:
        wait_until(lambda rig=rig: rig.box.later.pending == 0)
        rig.box.db.close()


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """A sandbox in plain mode with a verified service account."""
    return make_rig()
