from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from bot.store.database import Database
from bot.store.pii import Keys
from tests.web.stage import DAY_BEFORE, Stage, StageClock, build_app


@pytest.fixture
def clock() -> StageClock:
    """A day before the event."""
    return StageClock(DAY_BEFORE)


@pytest.fixture
def stage(db: Database, keys: Keys) -> Stage:
    """The library and its campaign."""
    return Stage(db, keys)


@pytest.fixture
def app(db: Database, redis: Redis, keys: Keys, clock: StageClock) -> Flask:
    """The pages on their own."""
    return build_app(db, redis, keys, clock)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without pictures."""
    return app.test_client()
