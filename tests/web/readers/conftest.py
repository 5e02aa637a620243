from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from werkzeug.serving import make_server

from bot.domain.capability import Capability
from bot.store.database import Database
from bot.store.pii import Keys
from tests.web.readers.platform import Phones, asked_each_time, grant, make_sandbox, pages_of
from tests.web.stage import PUBLIC_URL, Stage, StageClock, build_app


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    """The sandbox and its address; it is left as it was found."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = make_sandbox(Path(tmp_path_factory.mktemp("sandbox")), PUBLIC_URL)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield app, f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def phones(
    sandbox: tuple[Flask, str], db: Database, redis: Redis, keys: Keys, stage: Stage, clock: StageClock
) -> Phones:
    """Our pages and the platform, with every right that pages ask for."""
    platform, address = sandbox
    grant(db, Capability.OAUTH, Capability.ONCE_MESSAGE)
    app = build_app(db, redis, keys, clock, wechat=pages_of(redis, address), capabilities=asked_each_time())
    return Phones(app, platform.test_client(), stage)
