"""The application that the commands run in, over an empty house of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr

from bot.app import create_app
from bot.commands import LazyCommands
from bot.store.database import Database
from config.settings import Settings
from tests.conftest import TEST_SECRET


@pytest.fixture
def empty_app(tmp_path: Path, sqlite_template: Path) -> Flask:
    """A migrated, empty house."""
    shutil.copy(sqlite_template, tmp_path / "shuqian.db")
    settings = Settings(
        data_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'shuqian.db'}",
        secret_key=SecretStr(TEST_SECRET),
        wechat_token=SecretStr("token"),
    )
    app = create_app(settings)
    app.cli = LazyCommands("bot.cli")
    return app


def stores(app: Flask) -> Database:
    """The database of the application."""
    database: Database = app.extensions["shuqian"].db
    return database
