"""A real worker in a process of its own, over the stores of the test and a stand-in for the platform."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.capability import Capability, CapabilityState
from bot.domain.clock import utc_now
from bot.domain.kinds import NoticeKind
from bot.store.capabilities import save_states
from bot.store.database import Database
from bot.store.pii import Keys
from tasks.broker import create_celery
from tests.conftest import TEST_SECRET
from tests.services.notices_rows import add_registrations, queue
from tests.wechat.platform import Platform, open_platform

ROOT = Path(__file__).parents[2]


@pytest.fixture
def platform() -> Iterator[Platform]:
    """The stand-in."""
    with open_platform() as opened:
        yield opened


@pytest.fixture
def environment(database_url: str, redis_url: str, platform: Platform, tmp_path: Path) -> dict[str, str]:
    """What the worker is told."""
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": TEST_SECRET,
        "WECHAT_TOKEN": "token-canary",
        "WECHAT_APPID": "wx0123456789abcdef",
        "WECHAT_SECRET": "secret-canary",
        "WECHAT_API_BASE": platform.url,
        "PUBLIC_URL": "http://library.example",
        "REMINDER_OFFSETS": "24,1",
        "LOG_LEVEL": "DEBUG",  # with a line for each task; and what is kept secret is kept so at this level too
    }


class Crew:
    """Worker processes and the queue to them."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = environment
        self.log = log
        self.processes: list[subprocess.Popen[bytes]] = []
        self.app = create_celery(environment["REDIS_URL"])

    def start(self) -> subprocess.Popen[bytes]:
        """One more worker."""
        options = ["--pool", "threads", "--concurrency", "3", "--without-gossip", "--without-mingle"]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "--app", "tasks.celery_app", "worker", *options, "--loglevel", "INFO"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def run(self, task: str) -> None:
        """Put a task into its queue."""
        self.app.send_task(task)

    def stop(self) -> None:
        """End all that still run."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self.app.close()


@pytest.fixture
def crew(environment: dict[str, str], redis: Redis, tmp_path: Path) -> Iterator[Crew]:
    """No worker yet."""
    hands = Crew(environment, tmp_path / "worker.log")
    yield hands
    hands.stop()


AddNotices = Callable[[int], list[int]]


@pytest.fixture
def add_notices(db: Database, keys: Keys) -> AddNotices:
    """Queue that many notices for an occurrence of the day after tomorrow."""

    def add(count: int) -> list[int]:
        now = utc_now()
        with db.writing() as tx:
            save_states(tx, [(Capability.CUSTOMER_SERVICE, CapabilityState.GRANTED, "test")], now)
            _, registrations = add_registrations(tx, keys, count, starts_at=now + timedelta(days=2))
            for one in registrations:
                queue(tx, one, NoticeKind.PROMOTED, due_at=now, now=now)
        return registrations

    return add
