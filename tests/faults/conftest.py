"""One running stack for each kind of database, shared by the tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from bot.store.database import open_database
from bot.store.pii import Keys
from tests.conftest import TEST_SECRET, PostgresServer
from tests.conversation.conftest import chat  # noqa: F401 - a fixture of this folder too
from tests.factories import add_house
from tests.faults.line import Line
from tests.faults.stack import Stack
from tests.faults.town import Town


@contextmanager
def new_database(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The address of an empty, migrated database that lives longer than one test."""
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "shuqian.db")
        yield f"sqlite:///{folder / 'shuqian.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"f_{uuid4().hex[:12]}"
    server.run(f"CREATE DATABASE {name} TEMPLATE template_shuqian")
    try:
        yield server.address(name)
    finally:
        server.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def new_town(kind: str, request: pytest.FixtureRequest, folder: Path, **settings: str) -> Iterator[Town]:
    """A stack with Redis and web processes, and a house in its database."""
    with new_database(kind, request, folder) as url:
        stack = Stack(folder, url, **settings)
        db = open_database(url)
        try:
            with db.writing() as tx:
                house = add_house(tx)
            stack.start_redis()
            stack.start_web()
            yield Town(stack, db, house, Line(stack.port), Keys(TEST_SECRET))
        finally:
            stack.stop()
            db.dispose()


# All tests of one town on one worker of xdist: a second town would only cost.
TOWNS = [pytest.param(kind, marks=pytest.mark.xdist_group(f"town-{kind}")) for kind in ("sqlite", "postgresql")]


@pytest.fixture(scope="session", params=TOWNS)
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Two web workers over each kind of database."""
    with new_town(request.param, request, tmp_path_factory.mktemp("town")) as running:
        yield running
