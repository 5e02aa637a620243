from __future__ import annotations

import pytest
from flask import Flask

from bot.store.database import Database
from bot.store.pii import Keys
from tests.web.doors.phones import Phone, facts_of, sign_in
from tests.web.stage import AT_THE_DOOR, Stage, StageClock


@pytest.fixture
def clock() -> StageClock:
    """Ten minutes before the start."""
    return StageClock(AT_THE_DOOR)


@pytest.fixture
def place(stage: Stage) -> int:
    """The occurrence that takes place."""
    return stage.occurrence()


@pytest.fixture
def phone(app: Flask, db: Database, keys: Keys, stage: Stage, place: int) -> Phone:
    """A volunteer's phone."""
    return sign_in(app, db, keys, facts_of(stage, place).number, serves=(place,))
