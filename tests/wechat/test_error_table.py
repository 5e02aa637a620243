"""Every error code with a branch of its own, met at the sandbox: how many calls are made, and what is remembered.

The table is wechat-platform.md section 5. What the mailer, the menus and the pictures do about a code is tested there.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from redis import Redis
from werkzeug.serving import make_server

from bot.domain.clock import utc_now
from bot.sandbox.app import create_sandbox
from bot.sandbox.box import EXTENSION
from bot.sandbox.settings import SandboxSettings
from bot.store.alarms import AlarmKind, list_alarms
from bot.store.database import Database
from bot.store.probes import WANTED
from bot.wechat import gateway as gateway_module
from bot.wechat.account import Account
from bot.wechat.errors import MEANINGS, Action, CircuitOpenError, GatewayError, QuotaSpentError, SlowDownError
from bot.wechat.gateway import Gateway, gateway_of
from bot.wechat.watch import SUBJECT, AccountWatch
from tests.wechat.pushes import APPID, TOKEN

ACCOUNT = Account(APPID, TOKEN, secret="secret-of-the-tests")
SEND = "message/custom/send"
ALARMS = {
    Action.OPEN_CIRCUIT: (AlarmKind.CONFIGURATION, SUBJECT),
    Action.REFRESH_TOKEN: (AlarmKind.CONFIGURATION, SUBJECT),
    Action.LOSE_RIGHT: (AlarmKind.RIGHT_LOST, SEND),
    Action.STOP_TODAY: (AlarmKind.QUOTA, SEND),
    Action.TELL_KEEPER: (AlarmKind.TEMPLATE, SEND),
}
CLOSED_BY = {
    Action.OPEN_CIRCUIT: CircuitOpenError,
    Action.REFRESH_TOKEN: CircuitOpenError,
    Action.STOP_TODAY: QuotaSpentError,
    Action.SLOW_DOWN: SlowDownError,
}
CALLS = {Action.RETRY: 4, Action.REFRESH_TOKEN: 2}
"""API calls that one attempt may make; all others make one."""


@dataclass
class Workshop:
    """A sandbox on a port."""

    url: str

    def order(self, api: str, **fault: Any) -> None:
        requests.post(f"{self.url}/sandbox/faults", json={"api": api, **fault}, timeout=5).raise_for_status()

    def count(self, api: str) -> int:
        return len(requests.get(f"{self.url}/sandbox/calls", params={"api": api}, timeout=5).json()["calls"])

    def begin_anew(self) -> None:
        for what in ("faults", "calls"):
            requests.delete(f"{self.url}/sandbox/{what}", timeout=5)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """One sandbox for all."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    folder = tmp_path_factory.mktemp("sandbox")
    settings = SandboxSettings("http://127.0.0.1:9/wechat", TOKEN, APPID, ACCOUNT.secret, folder, "http://127.0.0.1")
    app = create_sandbox(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield Workshop(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()
    app.extensions[EXTENSION].db.close()


@pytest.fixture
def sandbox(opened: Workshop) -> Workshop:
    """The sandbox, with nothing of an earlier test."""
    opened.begin_anew()
    return opened


@pytest.fixture
def follower(sandbox: Workshop) -> str:
    """Somebody whose window is open."""
    told = requests.post(
        f"{sandbox.url}/sandbox/people", json={"nickname": "x", "attempts": 1, "timeout": 0.1}, timeout=5
    )
    openid = str(told.json()["person"]["openid"])
    requests.post(f"{sandbox.url}/sandbox/people/{openid}/window", json={"closed": False}, timeout=5)
    return openid


@pytest.fixture
def gateway(sandbox: Workshop, redis: Redis, db: Database, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """The real gateway under the real watch; busy pauses cut short."""
    monkeypatch.setattr(gateway_module, "BUSY_PAUSES_S", (0.0, 0.0, 0.0))
    return gateway_of(ACCOUNT, redis, sandbox.url, AccountWatch(redis, db, APPID, utc_now))


@pytest.mark.parametrize("code", MEANINGS)
def test_a_lasting_error_costs_as_many_calls_as_its_action_allows(
    gateway: Gateway, sandbox: Workshop, redis: Redis, db: Database, follower: str, code: int
) -> None:
    action = MEANINGS[code][1]
    sandbox.order(SEND, errcode=code, times=50)
    with pytest.raises(GatewayError) as caught:
        gateway.send_text(follower, "您好")
    assert getattr(caught.value, "code", None) == code
    assert getattr(caught.value, "rid", ""), "the platform's number for its support"
    assert sandbox.count(SEND) == CALLS.get(action, 1)
    assert sandbox.count("stable_token") <= (2 if action is Action.REFRESH_TOKEN else 1)
    with db.reading() as tx:
        alarms = [(AlarmKind(row["kind"]), row["subject"], row["code"]) for row in list_alarms(tx)]
    assert alarms == ([(*ALARMS[action], code)] if action in ALARMS else [])
    assert bool(redis.get(WANTED)) == (action is Action.LOSE_RIGHT)
    before = sandbox.count(SEND)
    with pytest.raises(GatewayError) as again:
        gateway.send_text(follower, "您好")
    if action in CLOSED_BY:
        assert type(again.value) is CLOSED_BY[action]
        assert sandbox.count(SEND) == before, "no further call while it would be in vain"


def test_a_refused_secret_stops_all_processes_until_one_trial_succeeds(
    gateway: Gateway, sandbox: Workshop, redis: Redis, db: Database, follower: str
) -> None:
    now = 1000.0
    watches = [AccountWatch(redis, db, APPID, utc_now, lambda: now) for _ in range(2)]
    one, other = (gateway_of(ACCOUNT, redis, sandbox.url, watch) for watch in watches)
    sandbox.order("stable_token", errcode=40125, times=2)
    with pytest.raises(GatewayError):
        one.send_text(follower, "您好")
    with pytest.raises(CircuitOpenError):
        other.send_text(follower, "您好")
    now += 61
    with pytest.raises(GatewayError):  # the trial; refused again, so the next pause is longer
        other.send_text(follower, "您好")
    now += 61
    with pytest.raises(CircuitOpenError):
        one.send_text(follower, "您好")
    assert sandbox.count("stable_token") == 2
    now += 60
    one.send_text(follower, "您好")
    other.send_text(follower, "您好")
    with db.reading() as tx:
        assert list_alarms(tx) == []


def test_a_thousand_refusals_are_few_rows(gateway: Gateway, sandbox: Workshop, db: Database, follower: str) -> None:
    sandbox.order(SEND, errcode=47003, times=40)
    for _ in range(30):
        with pytest.raises(GatewayError):
            gateway.send_text(follower, "您好")
    with db.reading() as tx:
        (alarm,) = list_alarms(tx)
    assert alarm["times"] == 1


COLD = """
import sys
from bot.store.redis import open_redis
from bot.wechat.account import Account
from bot.wechat.gateway import gateway_of
url, redis_url, appid = sys.argv[1:]
account = Account(appid, "a-token", secret="secret-of-the-tests")
try:
    gateway_of(account, open_redis(redis_url), url).send_text("o-nobody", "x")
except Exception as error:
    print(error)
"""


def test_eight_cold_processes_fetch_one_token(sandbox: Workshop, redis_url: str, redis: Redis) -> None:
    sandbox.order("stable_token", mode="slow", seconds=1.0)  # long enough that all of them want one
    command = [sys.executable, "-c", COLD, sandbox.url, redis_url, APPID]
    processes = [subprocess.Popen(command) for _ in range(8)]
    assert [process.wait(60) for process in processes] == [0] * 8
    assert sandbox.count(SEND) == 8
    assert sandbox.count("stable_token") == 1
