"""What runs: every process of the house, in the order it starts, and the supervisord configuration made of it.

Settings and secrets reach the processes through the environment only: a command line is readable by every user
of the machine.
"""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
REDIS = "redis"
# Where a process dies at once again and again, supervisord waits one second longer after each try. It never gives up.
TRIES = 1_000_000
LOG_BYTES = 5_000_000
LOG_FILES = 3


class Stage(StrEnum):
    """When a process starts. What people wait for comes before what works in the background."""

    STORE = "store"
    BESIDE = "beside"  # needs neither Redis nor the database, so it starts while the database is prepared
    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised process. `patience` is how many seconds it gets to stop before it is killed."""

    name: str
    command: tuple[str, ...]
    patience: int = 10
    stage: Stage = Stage.FRONT


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and files of one run. `sockets` differs from `run` only where that path is too long for a socket."""

    run: Path
    sockets: Path
    log: Path
    root: Path = ROOT

    @property
    def config(self) -> Path:
        """The generated supervisord configuration."""
        return self.run / "supervisord.conf"

    @property
    def control(self) -> Path:
        """The socket over which the launcher speaks to supervisord."""
        return self.sockets / "supervisor.sock"

    @property
    def redis(self) -> Path:
        """The socket of the embedded Redis."""
        return self.sockets / "redis.sock"


def programs_of(settings: Settings) -> list[Program]:
    """The processes that use the database and Redis, as the settings ask for them."""
    programs = [_web(settings), _worker(), _beat()]
    if settings.sandbox_on:
        programs.append(_sandbox())
    return programs


def redis_program(server: Path, config: Path) -> Program:
    """The embedded Redis: starts before everything else and stops after it."""
    return Program(REDIS, (str(server), str(config)), stage=Stage.STORE)


def _web(settings: Settings) -> Program:
    workers = os.environ.get("WEB_WORKERS", "2")
    threads = os.environ.get("WEB_THREADS", "2")
    return Program(
        "web",
        (
            *(sys.executable, "-m", "granian", "--interface", "wsgi"),
            *("--host", settings.host, "--port", str(settings.port), "--no-ws", "--log-level", "warning"),
            *("--workers", workers, "--blocking-threads", threads, "--workers-kill-timeout", "5"),
            # A worker that dies comes back by itself, without a pause for its sister.
            *("--respawn-failed-workers", "--respawn-interval", "0.1"),
            "wsgi:app",
        ),
    )


def _sandbox() -> Program:
    return Program("sandbox", (sys.executable, "-m", "bot.sandbox_app"), stage=Stage.BESIDE)


def _worker() -> Program:
    # Threads, not processes: the tasks wait for the network, and each further process costs 60 MB. One may wait for the
    # platform and one for the database while a third goes on.
    celery = (sys.executable, "-m", "celery", "--app", "tasks.celery_app", "worker")
    options = ("--pool", "threads", "--concurrency", "3", "--without-gossip", "--without-mingle")
    return Program("worker", (*celery, *options, "--loglevel", "INFO"), patience=15, stage=Stage.BACK)


def _beat() -> Program:
    return Program("beat", (sys.executable, "-m", "tasks.metronome"), stage=Stage.BACK)


def supervisord_config(programs: list[Program], places: Places) -> str:
    """The configuration for supervisord: nothing starts by itself, everything that died is started again.

    The launcher starts the programs, because only it knows when Redis answers and the database is migrated.
    """
    grouped = [program.name for program in programs if program.stage is not Stage.STORE]
    sections = [
        _section("unix_http_server", {"file": str(places.control), "chmod": "0700"}),
        _section("rpcinterface:supervisor", {_RPC_OPTION: _RPC_FACTORY}),
        _section("supervisord", _daemon_options(places)),
        *(_section(f"program:{program.name}", _program_options(program, places)) for program in programs),
    ]
    if grouped:
        # One group, so that all of its members are told to stop at the same moment, and Redis only after them.
        sections.append(_section("group:house", {"programs": ",".join(grouped), "priority": "200"}))
    return "\n".join(sections)


_RPC_OPTION = "supervisor.rpcinterface_factory"
_RPC_FACTORY = "supervisor.rpcinterface:make_main_rpcinterface"


def _daemon_options(places: Places) -> dict[str, str]:
    options = {
        "nodaemon": "true",
        "silent": "true",
        "logfile": str(places.log / "supervisord.log"),
        "logfile_maxbytes": str(LOG_BYTES),
        "logfile_backups": str(LOG_FILES),
        "pidfile": str(places.run / "supervisord.pid"),
        "childlogdir": str(places.log),
        "directory": str(places.root),
        "umask": "077",
    }
    # Without this line supervisord warns about running as root; with it, the same user is simply kept.
    return options | {"user": "root"} if os.getuid() == 0 else options


def _program_options(program: Program, places: Places) -> dict[str, str]:
    return {
        "command": shlex.join(program.command),
        "directory": str(places.root),
        "priority": "100" if program.stage is Stage.STORE else "200",
        "autostart": "false",
        "autorestart": "true",
        "startsecs": "1",
        "startretries": str(TRIES),
        "stopsignal": "TERM",
        "stopwaitsecs": str(program.patience),
        "stopasgroup": "false",
        "killasgroup": "true",
        "redirect_stderr": "true",
        # This one value supervisord expands twice (4.3.0), so what it halves is doubled once more.
        "stdout_logfile": str(places.log / f"{program.name}.log").replace("%", "%%"),
        "stdout_logfile_maxbytes": str(LOG_BYTES),
        "stdout_logfile_backups": str(LOG_FILES),
    }


def _section(name: str, options: dict[str, str]) -> str:
    # supervisord expands %(…)s in values, so a per cent sign in a path has to be doubled.
    lines = (f"{option} = {value.replace('%', '%%')}" for option, value in options.items())
    return "\n".join([f"[{name}]", *lines, ""])
