from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from bot.store.database import Database, open_database
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


@pytest.fixture
def small_db(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """An empty embedded database, for what does not depend on the kind of database."""
    path = tmp_path / "small.db"
    shutil.copy(sqlite_template, path)
    database = open_database(f"sqlite:///{path}")
    yield database
    database.dispose()


@pytest.fixture
def small_app(small_db: Database, redis: Redis, keys: Keys, clock: StageClock) -> Flask:
    """The pages over the embedded database."""
    return build_app(small_db, redis, keys, clock)


@pytest.fixture
def small_client(small_app: Flask) -> FlaskClient:
    """A browser of those."""
    return small_app.test_client()
