"""The platform away for an hour: nothing lost, nothing twice, nothing after the start (promise I5). And what the mailer
does about each error code, counted at the sandbox (wechat-platform.md section 5).
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis
from sqlalchemy import func, select
from werkzeug.serving import make_server

from bot.domain.kinds import NoticeKind
from bot.sandbox.app import create_sandbox
from bot.sandbox.box import EXTENSION
from bot.sandbox.settings import SandboxSettings
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import notice
from bot.store.tokens import TokenStore
from bot.wechat import gateway as gateway_module
from tests.factories import NOW
from tests.services.notices_rows import add_registrations, queue
from tests.wechat.platform import CUT, open_platform
from tests.wechat.pushes import APPID, TOKEN
from tests.wechat.test_gateway import free_port
from tests.wechat.test_mailing import ACCOUNT, Office

TEXT = "message/custom/send"


def post(db: Database, keys: Keys, number: int) -> None:
    """So many notices of something in a day, and as many reminders that are too late in twenty minutes."""
    with db.writing() as tx:
        _, registrations = add_registrations(tx, keys, number, starts_at=NOW + timedelta(days=1))
        for one in registrations:
            queue(tx, one, NoticeKind.PROMOTED)
            queue(tx, one, NoticeKind.OCCURRENCE_CHANGED, moment="soon", not_after=NOW + timedelta(minutes=20))


def count(db: Database) -> Counter[str]:
    """How many notices are in each state."""
    with db.reading() as tx:
        rows = tx.execute(select(notice.c.state, func.count()).group_by(notice.c.state))
        return Counter({row[0]: row[1] for row in rows})


def test_an_hour_without_a_connection_loses_nothing_and_uses_up_no_attempt(
    db: Database, redis: Redis, keys: Keys
) -> None:
    """Seen to fail with a failed connection counted as an attempt."""
    TokenStore(redis, APPID).get(lambda: ("t", 7200))
    dead = Office(db, redis, f"http://127.0.0.1:{free_port()}")
    post(db, keys, 30)
    for _ in range(120):
        dead.run(timedelta(seconds=30))
    assert count(db) == {"pending": 60}
    with db.reading() as tx:
        assert set(tx.execute(select(notice.c.attempts)).scalars()) == {0}
    with open_platform() as platform:
        office = Office(db, redis, platform.url)
        office.now = dead.now + timedelta(minutes=2)
        office.run()
        told = Counter(body["touser"] for body in platform.of(TEXT))
    assert set(told.values()) == {1}
    assert len(told) == 30
    assert count(db) == {"sent": 30, "dropped": 30}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_single_notice_outlasts_an_hour_of_refusals(db: Database, redis: Redis, keys: Keys) -> None:
    """Seen to fail with six tries: the last was made after 51 minutes, and the notice waited for the next answer."""
    with open_platform() as platform:
        office = Office(db, redis, platform.url)
        with db.writing() as tx:
            _, (one,) = add_registrations(tx, keys, 1, starts_at=NOW + timedelta(days=1))
            queue(tx, one, NoticeKind.PROMOTED)
        platform.next(TEXT, *[{"errcode": 40001, "errmsg": "no"}] * 500)
        for _ in range(130):
            office.run(timedelta(seconds=30))
        assert count(db) == {"pending": 1}
        platform.answers.clear()
        office.run(timedelta(hours=1))
    assert count(db) == {"sent": 1}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_hour_of_lost_answers_leaves_one_notice_unknown_and_not_all(db: Database, redis: Redis, keys: Keys) -> None:
    """Seen to fail without the pause: every notice became unknown."""
    with open_platform() as platform:
        office = Office(db, redis, platform.url)
        TokenStore(redis, APPID).get(lambda: ("t", 7200))
        post(db, keys, 30)
        for path in (TEXT, "get_api_domain_ip"):
            platform.next(path, *[CUT] * 500)
        for _ in range(120):
            office.run(timedelta(seconds=30))
            office.mailer._answered_at = 0.0
        assert count(db) == {"pending": 59, "unknown": 1}
        asked = len(platform.of("get_api_domain_ip"))
        assert 40 <= asked <= 80
        platform.answers.clear()
        platform.calls.clear()
        office.run(timedelta(minutes=2))
        told = Counter(body["touser"] for body in platform.of(TEXT))
    assert set(told.values()) == {1}
    assert count(db)["sent"] == 29
    assert count(db)["unknown"] == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_when_only_sending_is_cut_each_pause_costs_one_notice_at_most(db: Database, redis: Redis, keys: Keys) -> None:
    with open_platform() as platform:
        office = Office(db, redis, platform.url)
        post(db, keys, 30)
        platform.next(TEXT, *[CUT] * 500)
        for _ in range(20):  # ten minutes
            office.run(timedelta(seconds=30))
        assert count(db)["unknown"] <= 15


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one sandbox for all."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    folder: Path = tmp_path_factory.mktemp("sandbox")
    settings = SandboxSettings("http://127.0.0.1:9/wechat", TOKEN, APPID, ACCOUNT.secret, folder, "http://127.0.0.1")
    app = create_sandbox(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions[EXTENSION].db.close()


def calls_of(sandbox: str, api: str) -> int:
    """How many calls of an API the sandbox has had."""
    told: dict[str, Any] = requests.get(f"{sandbox}/sandbox/calls", params={"api": api}, timeout=5).json()
    return len(told["calls"])


CODES = {
    -1: (4, "pending", ""),  # the gateway tries it four times
    40001: (2, "pending", ""),  # once more with a new token
    40164: (1, "pending", ""),
    40003: (1, "failed", "banner"),
    43004: (1, "failed", "banner"),
    43019: (1, "failed", "banner"),
    48002: (1, "failed", "banner"),
    45009: (1, "pending", ""),
    45011: (1, "pending", ""),
    45015: (1, "failed", "banner"),
    45047: (1, "failed", "banner"),
    45002: (2, "failed", "banner"),  # once more in short
    48001: (1, "failed", "banner"),
}
"""By code: the calls of one attempt, the state of the notice and its channel."""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("code", CODES)
def test_each_refusal_costs_so_many_calls_at_the_sandbox(
    db: Database, redis: Redis, keys: Keys, sandbox: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_module, "BUSY_PAUSES_S", (0.0, 0.0, 0.0))
    for what in ("faults", "calls"):
        requests.delete(f"{sandbox}/sandbox/{what}", timeout=5)
    fault = {"api": TEXT, "errcode": code, "times": 9}
    requests.post(f"{sandbox}/sandbox/faults", json=fault, timeout=5).raise_for_status()
    office = Office(db, redis, sandbox)
    with db.writing() as tx:
        _, (one,) = add_registrations(tx, keys, 1)
        queue(tx, one)
    (state,) = office.run()
    assert (calls_of(sandbox, TEXT), state, office.row()[0]) == CODES[code]
