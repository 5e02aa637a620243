from __future__ import annotations

import pytest
from flask import Flask
from redis import Redis

from bot.store.database import Database
from bot.store.pii import Keys
from tests.web.staff.people import House
from tests.web.stage import AT_THE_DOOR, Stage, StageClock


@pytest.fixture
def clock() -> StageClock:
    """Ten minutes before the start."""
    return StageClock(AT_THE_DOOR)


@pytest.fixture
def house(app: Flask, db: Database, redis: Redis, keys: Keys, stage: Stage, clock: StageClock) -> House:
    """The library with its pages and its chat."""
    return House(app, db, redis, keys, stage, clock)
