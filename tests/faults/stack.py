"""The house as real processes, for one test run: Redis, web under Granian, worker, beat and sandbox, each when asked.

The commands are the ones that `make run` uses. Nothing here waits for luck: a process counts as started when it answers.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import redis as redis_library

from bot.wiring import account_of
from config.processes import ROOT, programs_of
from config.redis_server import RedisFiles, config_text
from config.settings import Settings
from tasks.broker import create_celery
from tests.conftest import TEST_SECRET, _redis_binary
from tests.wechat.pushes import APPID, TOKEN

START_S = 60.0
OWN_NAMES = ("WECHAT_", "REDIS_URL", "DATABASE_URL", "PUBLIC_URL", "SECRET_KEY", "DEMO", "SANDBOX", "REMINDER_", "WEB_")


def wait_for(holds: Callable[[], object], what: str, seconds: float = START_S) -> None:
    """Poll until it holds; fail after the deadline with what was waited for."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"in {seconds:g} s it did not happen: {what}"
        time.sleep(0.02)


def free_port() -> int:
    """A port that is free, and the next one too (the sandbox's)."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


class Stack:
    """Real processes over one database. `settings` are environment names; stop() ends everything."""

    def __init__(self, folder: Path, database_url: str, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.files = RedisFiles(folder / "redis.conf", folder / "redis.sock", folder)
        self.environment = {
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "REDIS_URL": self.files.url,
            "SECRET_KEY": TEST_SECRET,
            "PORT": str(self.port),
            "WECHAT_APPID": APPID,
            "WECHAT_SECRET": "secret-of-the-tests",
            "WECHAT_TOKEN": TOKEN,
            "SANDBOX": "0",
            "DEMO": "0",
            "QUIET_HOURS": "",  # the tests run at any hour
            **settings,
        }
        self.settings = Settings(_env_file=None, **{name.lower(): value for name, value in self.environment.items()})  # type: ignore[arg-type, call-arg, unused-ignore]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.redis = redis_library.Redis.from_url(self.files.url, socket_timeout=5)
        self._celery: Any = None

    @property
    def account(self) -> Any:
        """The public account that these processes serve."""
        return account_of(self.settings)

    # --- starting ----------------------------------------------------------------------------------------------------

    def start_redis(self) -> None:
        """Redis with the product's own configuration, on a socket of its own."""
        self.files.config.write_text(config_text(self.files))
        self._spawn("redis", (_redis_binary(), str(self.files.config)))
        wait_for(self._redis_answers, "Redis answers")

    def start_web(self) -> None:
        """Two workers with two threads each, ready to serve."""
        self.spawn_program("web")
        self.wait_until_ready()

    def wait_for_sandbox(self) -> None:
        """Until the stand-in for WeChat, on the port beside, answers."""
        wait_for(lambda: _status(self.port + 1, "/sandbox/status") == 200, "the sandbox answers")

    def spawn_program(self, program: str, name: str | None = None) -> subprocess.Popen[bytes]:
        """Start a program of the house; several of one kind need a `name` each."""
        name = name or program
        run = self.folder / name
        run.mkdir(exist_ok=True)
        command = next(each.command for each in programs_of(self.settings) if each.name == program)
        if program == "worker":
            command = (*command, "--hostname", f"{name}@tests")
        return self._spawn(name, command)

    def command(self, *arguments: str) -> str:
        """Run a `flask` command of the house and give what it prints."""
        flask = (sys.executable, "-m", "flask", "--app", "wsgi")
        done = subprocess.run([*flask, *arguments], cwd=ROOT, env=self._environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run_task(self, task: str) -> None:
        """Put a task into its queue, as beat does."""
        self._celery = self._celery or create_celery(self.settings.effective_redis_url)
        self._celery.send_task(task)

    # --- looking and hurting -----------------------------------------------------------------------------------------

    def wait_until_ready(self) -> None:
        """Until the web process says so itself."""
        wait_for(lambda: not self.mend() and _status(self.port, "/readyz") == 200, "the web process is ready")

    def web_workers(self) -> list[int]:
        """The processes that serve. Killing Granian's parent alone would leave them serving."""
        parent = self.processes["web"].pid
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        except OSError:
            return []
        return [int(pid) for pid in children if b"resource_tracker" not in _command_line(int(pid))]

    def mend(self) -> bool:
        """Start the web process again if it has ended, as the supervisor does; whether it had.

        Granian ends by itself when a worker dies within 5.5 s of its own respawn ("crash loop").
        """
        if self.processes["web"].poll() is None:
            return False
        self._end(self.processes.pop("web"))
        self.spawn_program("web")
        return True

    def kill(self, name: str) -> None:
        """kill -9, and wait until it is gone."""
        self.processes[name].kill()
        self.processes.pop(name).wait(10)

    def log(self, name: str) -> str:
        """What a process has written."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    # --- ending ------------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """End all processes of this stack, Redis last."""
        self.redis.close()
        if self._celery is not None:
            self._celery.close()
        rest = [name for name in self.processes if name != "redis"]
        for names in (rest, ["redis"] if "redis" in self.processes else []):
            for name in names:
                self.processes[name].send_signal(signal.SIGTERM)
            for name in names:
                self._end(self.processes.pop(name))

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        with suppress(ProcessLookupError):  # what a killed parent left behind; the group is ours alone
            os.killpg(process.pid, signal.SIGKILL)

    def _spawn(self, name: str, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self._environment(), stdout=log, stderr=log, start_new_session=True
            )
        return self.processes[name]

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(OWN_NAMES)}
        return own | self.environment

    def _redis_answers(self) -> bool:
        try:
            return bool(self.redis.ping())
        except redis_library.RedisError:
            return False


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
