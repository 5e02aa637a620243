"""The sandbox in the platform's place, behind a real socket, and readers whose phones open our pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select
from werkzeug.test import TestResponse

from bot.domain.capability import Capability, CapabilityState
from bot.sandbox.app import create_sandbox
from bot.sandbox.box import EXTENSION, Sandbox
from bot.sandbox.people import add_person
from bot.sandbox.settings import SandboxSettings
from bot.services.erasure import erase_reader
from bot.store.capabilities import Capabilities, save_states
from bot.store.database import Database
from bot.store.readers import get_or_add_person
from bot.store.tables import dependant
from bot.texts.sandbox import ONCE_TEMPLATE
from bot.web.context import WeChatPages
from bot.wechat.account import Account, Mode
from bot.wechat.gateway import gateway_of
from bot.wechat.page_auth import PageAuth
from tests.web.stage import DAY_BEFORE, Stage

APPID, SECRET, TOKEN = "wx0123456789abcdef", "secret-of-the-tests", "token-of-the-tests"
IN_WECHAT = {"User-Agent": "Mozilla/5.0 (Linux; Android 10) Mobile MicroMessenger/8.0.49"}
ELSEWHERE = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0"}


def make_sandbox(folder: Path, page_url: str) -> Flask:
    """A verified service account whose page domain is ours."""
    url = "http://127.0.0.1:9"
    settings = SandboxSettings(f"{url}/wechat", TOKEN, APPID, SECRET, folder, url, page_url=page_url)
    return create_sandbox(settings)


def pages_of(redis: Redis, address: str, **changes: Any) -> WeChatPages:
    """What our pages may use of an account that the sandbox at this address plays."""
    gateway = gateway_of(Account(APPID, TOKEN, SECRET, Mode.PLAIN, ()), redis, address)
    chosen = {"oauth_on": True, "once_template": ONCE_TEMPLATE} | changes
    return WeChatPages(PageAuth(APPID, gateway, address, address), **chosen)


def grant(db: Database, *capabilities: Capability) -> None:
    """The platform was asked, and said yes."""
    with db.writing() as tx:
        save_states(tx, [(each, CapabilityState.GRANTED, "test") for each in capabilities], DAY_BEFORE)


def asked_each_time() -> Capabilities:
    """Rights that are looked up anew at every question."""
    ticks = iter(range(0, 10**9, 100))
    return Capabilities(lambda: float(next(ticks)))


@dataclass
class Phones:
    """The platform and whoever holds a phone there."""

    app: Flask
    platform: FlaskClient
    stage: Stage

    @property
    def box(self) -> Sandbox:
        """The sandbox itself."""
        box: Sandbox = self.platform.application.extensions[EXTENSION]
        return box

    def add(self, nickname: str = "张三", *, known: bool = True) -> str:
        """A phone; `known`: its owner has written to the account. The openid."""
        openid = add_person(self.box.db, nickname, self.box.clock())
        if known:
            self.reader_of(openid)
        return openid

    def reader_of(self, openid: str) -> int:
        """The reader's number of a phone."""
        with self.stage.db.writing() as tx:
            return get_or_add_person(tx, openid, DAY_BEFORE).id

    def forget(self, openid: str) -> None:
        """注销, or an unfollow."""
        reader_id = self.reader_of(openid)
        with self.stage.db.writing() as tx:
            erase_reader(tx, reader_id, self.stage.keys, DAY_BEFORE)

    def browser(self, **headers: str) -> FlaskClient:
        """A browser of its own."""
        client = self.app.test_client()
        client.environ_base |= {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()}
        return client

    def wechat(self) -> FlaskClient:
        """WeChat's own browser."""
        return self.browser(**IN_WECHAT)

    def authorise(self, sent: TestResponse, openid: str) -> str:
        """Do at the platform what WeChat does for the phone's owner; the address that the browser is led back to."""
        assert sent.status_code == 302, sent.text
        answer = self.platform.get(f"{path_of(sent.location)}&person={openid}")
        assert answer.status_code == 302, answer.text
        return path_of(answer.location)

    def enter(self, openid: str, path: str = "/me") -> FlaskClient:
        """A browser that knows its reader, by the whole way through WeChat."""
        client = self.wechat()
        back = client.get(self.authorise(client.get(path), openid))
        assert (back.status_code, back.location) == (303, path), back.text
        return client

    def children_of(self, openid: str) -> list[int]:
        """The numbers of a reader's children on record."""
        with self.stage.db.reading() as tx:
            own = select(dependant.c.id).where(dependant.c.reader_id == self.reader_of(openid))
            return list(tx.scalars(own.order_by(dependant.c.id)))


def path_of(address: str) -> str:
    """Path and query of an address."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def query_of(address: str) -> dict[str, str]:
    """The query of an address, each name once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def knows(client: FlaskClient) -> bool:
    """Whether a browser knows its reader."""
    answer = client.get("/me", headers=ELSEWHERE)
    assert answer.status_code in (200, 403)
    return answer.status_code == 200
