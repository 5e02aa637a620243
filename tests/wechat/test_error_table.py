"""Every error code with a branch of its own, met at the sandbox: how many calls are made, and what is remembered.

The table is wechat-platform.md section 5. What the mailer, the menus and the pictures do about a code is tested there.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from redis import Redis

from bot.domain.capability import Capability
from bot.store.alarms import AlarmKind, list_alarms
from bot.store.database import Database
from bot.store.probes import WANTED
from bot.wechat.errors import MEANINGS, Action, CircuitOpenError, GatewayError, QuotaSpentError, SlowDownError
from bot.wechat.gateway import Gateway
from bot.wechat.watch import SUBJECT
from tests.wechat.pushes import APPID
from tests.wechat.workshop import SEND, Workshop

TABLE = {
    Action.RETRY: {-1},
    Action.REFRESH_TOKEN: {40001, 40014, 42001},
    Action.OPEN_CIRCUIT: {40013, 40125, 40164, 61004, 40243},
    Action.UNREACHABLE: {40003, 43004},
    Action.REUPLOAD: {40007},
    Action.TELL_KEEPER: {40037, 47003, 41030},
    Action.OPT_OUT: {43019, 48002, 43101},
    Action.STOP_TODAY: {45009},
    Action.SLOW_DOWN: {45011},
    Action.NEXT_CHANNEL: {45015, 45047},
    Action.SHORTEN: {45002, 45008},
    Action.REPUBLISH: {46003, 65303, 65320, 65316},
    Action.LOSE_RIGHT: {48001, 48004, 50002},
}
"""Section 5, row by row."""

ALARMS = {
    Action.OPEN_CIRCUIT: (AlarmKind.CONFIGURATION, SUBJECT),
    Action.REFRESH_TOKEN: (AlarmKind.CONFIGURATION, SUBJECT),
    Action.LOSE_RIGHT: (AlarmKind.RIGHT_LOST, Capability.CUSTOMER_SERVICE),
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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # counted at the platform, whatever the store
@pytest.mark.parametrize("code", MEANINGS)
def test_a_lasting_error_costs_as_many_calls_as_its_action_allows(
    watched: Gateway, sandbox: Workshop, redis: Redis, db: Database, follower: str, code: int
) -> None:
    action = MEANINGS[code][1]
    sandbox.order(SEND, errcode=code, times=50)
    with pytest.raises(GatewayError) as caught:
        watched.send_text(follower, "您好")
    assert getattr(caught.value, "code", None) == code
    assert getattr(caught.value, "rid", ""), "the platform's number for its support"
    assert sandbox.count(SEND) == CALLS.get(action, 1)
    assert sandbox.count("stable_token") <= 1
    with db.reading() as tx:
        alarms = [(AlarmKind(row["kind"]), row["subject"], row["code"]) for row in list_alarms(tx)]
    assert alarms == ([(*ALARMS[action], code)] if action in ALARMS else [])
    assert bool(redis.get(WANTED)) == (action is Action.LOSE_RIGHT)
    before = sandbox.count(SEND)
    with pytest.raises(GatewayError) as again:
        watched.send_text(follower, "您好")
    if action in CLOSED_BY:
        assert type(again.value) is CLOSED_BY[action]
        assert sandbox.count(SEND) == before, "no further call while it would be in vain"


def test_the_table_is_the_one_of_the_reference() -> None:
    assert {code: action for action, codes in TABLE.items() for code in codes} == {
        code: action for code, (_, action) in MEANINGS.items()
    }


COLD = """
import os, sys
from bot.store.redis import open_redis
from bot.wechat.account import Account
from bot.wechat.errors import WeChatError
from bot.wechat.gateway import gateway_of
url, redis_url, appid = sys.argv[1:]
account = Account(appid, "a-token", secret="secret-of-the-tests")
children = []
for _ in range(8):  # nothing is open yet: each has its own connections, and only the loading was done together
    child = os.fork()
    if child == 0:
        try:
            gateway_of(account, open_redis(redis_url), url).send_text("o-nobody", "x")
        except WeChatError as error:
            os._exit(0 if error.code == 40003 else 1)
        finally:
            os._exit(2)
    children.append(child)
sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


def test_eight_cold_processes_fetch_one_token(sandbox: Workshop, redis_url: str, redis: Redis) -> None:
    """Seen to fail without the lock in `TokenStore._refresh`: eight."""
    sandbox.order("stable_token", mode="slow", seconds=0.5)  # long enough that all of them want one
    done = subprocess.run([sys.executable, "-c", COLD, sandbox.url, redis_url, APPID], timeout=60, check=False)
    assert done.returncode == 0
    assert sandbox.count(SEND) == 8
    assert sandbox.count("stable_token") == 1
