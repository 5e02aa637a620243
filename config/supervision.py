"""supervisord in the hands of the launcher: start it, tell it what to start, stop it, clear what a crash left."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from config.preflight import CannotStartError
from config.processes import Places, Program, Stage, supervisord_config

# Every process of a run inherits this name with the run folder as value. That is how a later run recognises what an
# earlier one left behind: a pid from a file may meanwhile belong to somebody else.
MARK = "SHUQIAN_RUN"
START_SECONDS = 10.0
STOP_SECONDS = 30.0
LAST_WORD_SECONDS = 5.0
ORPHAN_SECONDS = 5.0
WATCH_PAUSE = 1.0


class Daemon:
    """supervisord as a child of this process, also where another program of the same process started it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._has_ended = False

    def has_ended(self) -> bool:
        """Whether it ended; fetches its exit status, so that it does not stay as a zombie."""
        if not self._has_ended:
            try:
                self._has_ended = os.waitpid(self.pid, os.WNOHANG)[0] == self.pid
            except ChildProcessError:
                self._has_ended = True
        return self._has_ended

    def stop(self, seconds: float) -> None:
        """Tell it to stop and wait until it has, at most this long."""
        if not self.has_ended():
            os.kill(self.pid, signal.SIGTERM)
            poll(self.has_ended, seconds)


class Supervision:
    """One supervisord and its programs, from start to stop."""

    def __init__(self, programs: list[Program], places: Places, environment: Mapping[str, str]) -> None:
        self.programs = programs
        self.places = places
        self.environment = {**environment, MARK: str(places.run)}
        self._daemon: Daemon | None = None
        # Leaders of process groups that were seen alive, and since when they are known to be dead (0: they live).
        self.groups: dict[int, float] = {}

    def start(self) -> None:
        """Start supervisord with nothing in it running; raise CannotStartError when it does not answer."""
        self.places.config.write_text(supervisord_config(self.programs, self.places))
        with (self.places.log / "supervisord-start.log").open("wb") as output:
            # A session of its own: Ctrl-C at the terminal reaches the launcher only, which then stops all in order.
            started = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(self.places.config)],
                cwd=self.places.root,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.adopt(Daemon(started.pid))
        started.returncode = 0  # its end is fetched by Daemon; Popen must not look for it
        if not poll(self._answers, START_SECONDS):
            raise CannotStartError(f"The supervisor does not start; see {self.places.log / 'supervisord-start.log'}.")

    def adopt(self, daemon: Daemon) -> None:
        """Take over a supervisord that runs already."""
        self._daemon = daemon

    @property
    def daemon(self) -> Daemon:
        """The supervisord of this run; raises RuntimeError when none was started."""
        if self._daemon is None:
            raise RuntimeError("supervisord was not started")
        return self._daemon

    def _answers(self) -> bool:
        if self.daemon.has_ended():
            raise CannotStartError(f"The supervisor ended at once; see {self.places.log / 'supervisord-start.log'}.")
        with suppress(OSError, http.client.HTTPException, xmlrpc.client.Error):
            return bool(self._call("getState")["statecode"] == 1)
        return False

    def launch(self, *stages: Stage) -> None:
        """Tell supervisord to start the programs of these stages."""
        for program in self.programs:
            if program.stage in stages:
                self._call("startProcess", self._full_name(program), False)

    def _full_name(self, program: Program) -> str:
        return program.name if program.stage is Stage.STORE else f"house:{program.name}"

    def states(self) -> dict[str, tuple[str, int]]:
        """State name (RUNNING, BACKOFF, …) and pid (0 when not running) of every program."""
        return {str(row["name"]): (str(row["statename"]), int(row["pid"])) for row in self._call("getAllProcessInfo")}

    def watch(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Stay until supervisord itself ends or `is_over`; meanwhile end the children of every process that died.

        supervisord starts a dead process again but leaves its orphans alone. Granian's workers outlive a killed
        Granian and would answer with old code for ever. Each program leads a process group, so they can be found.
        """
        while not self.daemon.has_ended() and not is_over():
            with suppress(OSError, http.client.HTTPException, xmlrpc.client.Error):
                self._end_orphans(alive={pid for _, pid in self.states().values() if pid})
            time.sleep(WATCH_PAUSE)

    def _end_orphans(self, alive: set[int]) -> None:
        self.groups |= dict.fromkeys(alive, 0.0)
        for leader in self.groups.keys() - alive:
            since = self.groups[leader] = self.groups[leader] or time.monotonic()
            if not _end_group(leader, by_force=time.monotonic() - since > ORPHAN_SECONDS):
                del self.groups[leader]

    def stop(self) -> None:
        """Stop every program, Redis last, then supervisord. Harmless when nothing runs."""
        if self._daemon is not None:
            self._daemon.stop(STOP_SECONDS)
        clear_leftovers(self.places.run, LAST_WORD_SECONDS)

    def _call(self, method: str, *arguments: Any) -> Any:
        # A fresh connection each time: a kept one would break whenever supervisord closes it in between.
        with xmlrpc.client.ServerProxy("http://localhost", transport=_Transport(self.places.control)) as server:
            return getattr(server.supervisor, method)(*arguments)


class _Transport(xmlrpc.client.Transport):
    """Over a socket file. supervisor brings one too, and the whole of supervisor with it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = _Connection(self._path)
        self._connection = host, connection  # so that it is closed with the transport
        return connection


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


def clear_leftovers(run_dir: Path, seconds: float) -> int:
    """End whatever still runs for `run_dir`, politely for `seconds`, then by force; return how many were found.

    Works where the system shows the environment of processes (Linux). Elsewhere it finds nothing, and a process
    left behind shows itself by its port.
    """
    found: set[int] = set()
    deadline = time.monotonic() + seconds
    told: set[int] = set()
    while left := set(_marked(run_dir)):
        found |= left
        late = time.monotonic() > deadline
        for pid in left if late else left - told:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
        told |= left
        if time.monotonic() > deadline + LAST_WORD_SECONDS:
            raise CannotStartError(f"Processes of an earlier run do not end: {', '.join(map(str, sorted(left)))}.")
        time.sleep(0.05)
    return len(found)


def _marked(run_dir: Path) -> Iterator[int]:
    entry = os.fsencode(f"{MARK}={run_dir}")
    for folder in Path("/proc").glob("[0-9]*"):
        # Another user's process, or one that has just ended.
        with suppress(OSError):
            if entry in (folder / "environ").read_bytes().split(b"\0") and int(folder.name) != os.getpid():
                yield int(folder.name)


def _end_group(leader: int, *, by_force: bool) -> bool:
    """Send a signal to what is left of the group of a dead process; False when nothing is."""
    try:
        os.killpg(leader, signal.SIGKILL if by_force else signal.SIGTERM)
    except ProcessLookupError:
        return False
    return True


def poll(question: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    """Ask until the answer is yes; False when it is still no after `seconds`."""
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
