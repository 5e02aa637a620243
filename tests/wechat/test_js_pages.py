"""Pages that open the phone's own scanner: one ticket for all, and no page waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from bot.store.redis import open_redis
from bot.wechat import js_pages
from bot.wechat.account import Account
from bot.wechat.gateway import gateway_of
from bot.wechat.js_pages import PageSigner, sign_page
from tests.wechat.platform import Platform, open_platform
from tests.wechat.pushes import APPID, TOKEN

ACCOUNT = Account(APPID, TOKEN, secret="a-secret-canary-of-the-tests")
URL = "https://lib.example/staff/scan"
TICKET = {"errcode": 0, "errmsg": "ok", "ticket": "js-1", "expires_in": 7200}


@pytest.fixture
def platform() -> Iterator[Platform]:
    """The stand-in."""
    with open_platform() as opened:
        yield opened


def signer_of(platform: Platform, redis: Redis, account: Account = ACCOUNT) -> PageSigner:
    """As a web process makes it."""
    return PageSigner(account, redis, gateway_of(account, redis, platform.url))


def test_the_example_of_the_platforms_manual_comes_out() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    url = "http://mp.weixin.qq.com?params=value#fragment"
    assert sign_page(ticket, "Wm3WZYTPz0wzccnW", "1414587457", url) == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_eight_processes_fetch_one_ticket(platform: Platform, redis_url: str, redis: Redis) -> None:
    platform.next("ticket/getticket", *[TICKET] * 8)
    platform.before = lambda path: time.sleep(0.05) if path == "ticket/getticket" else None
    signers = [signer_of(platform, open_redis(redis_url)) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        signed = list(pool.map(lambda one: one(URL), signers))
    assert all(each is not None for each in signed)
    assert len(platform.of("ticket/getticket")) == 1
    assert platform.of("ticket/getticket")[0]["query"]["type"] == ["jsapi"]
    ours = signed[0]
    assert ours is not None
    assert ours.signature == sign_page("js-1", ours.nonce, ours.timestamp, URL)
    assert ours.timestamp.isdigit() and len(ours.timestamp) == 10


def test_a_slow_platform_holds_no_page_up(platform: Platform, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(js_pages, "PATIENCE_S", 0.05)
    platform.next("ticket/getticket", TICKET)
    platform.before = lambda path: time.sleep(0.5) if path == "ticket/getticket" else None
    signer = signer_of(platform, redis)
    began = time.monotonic()
    assert signer(URL) is None
    assert time.monotonic() - began < 0.4
    deadline = time.monotonic() + 5
    while signer(URL) is None:
        assert time.monotonic() < deadline, "it was fetched on meanwhile"


def test_an_account_that_may_not_is_asked_once(platform: Platform, redis: Redis) -> None:
    platform.next("ticket/getticket", {"errcode": 48001, "errmsg": "api unauthorized"}, TICKET)
    signer = signer_of(platform, redis)
    assert signer(URL) is None and signer(URL) is None
    assert len(platform.of("ticket/getticket")) == 1


def test_an_account_without_a_secret_asks_nothing(platform: Platform, redis: Redis) -> None:
    assert signer_of(platform, redis, Account(APPID, TOKEN, secret=""))(URL) is None
    assert platform.calls == []


def test_an_account_without_the_right_asks_nothing_until_it_has_it(platform: Platform, redis: Redis) -> None:
    platform.next("ticket/getticket", TICKET)
    rights: list[bool] = []
    signer = PageSigner(ACCOUNT, redis, gateway_of(ACCOUNT, redis, platform.url), lambda: bool(rights))
    assert signer(URL) is None
    assert platform.calls == []
    rights.append(True)
    assert signer(URL) is not None
