"""The second half of the launcher: stay beside the running house until it is told to stop.

`config.launcher` becomes this program once everything is ready: same process, same terminal, same lock, but without
the twenty megabytes that reading the settings took. Nothing here imports the settings.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from config.processes import Places
from config.supervision import Daemon, Supervision

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequestedError(BaseException):
    """Ctrl-C or a request to end. Not an Exception: nothing on the way may take it for a fault."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What the second half must know. `lock` is the open file that holds the data folder; `make` 0 without one."""

    run: str
    sockets: str
    log: str
    daemon: int
    lock: int
    make: int


def hand_over(watch: Watch) -> NoReturn:
    """Become the watching program. A stop signal that arrives in between waits until that program can hear it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    os.set_inheritable(watch.lock, True)
    os.execv(sys.executable, [sys.executable, "-m", "config.watch", json.dumps(asdict(watch))])


def main(arguments: list[str]) -> int:
    """Watch until told to stop; return the exit status."""
    watch = Watch(**json.loads(arguments[0]))
    os.set_inheritable(watch.lock, False)  # closed, and so released, when this becomes the launcher again
    supervision = Supervision([], Places(Path(watch.run), Path(watch.sockets), Path(watch.log)), os.environ)
    supervision.adopt(Daemon(watch.daemon))
    has_left: Callable[[], bool] = (lambda: not under_make(watch.make)) if watch.make else (lambda: False)
    try:
        listen_for_stop()
        supervision.watch(is_over=has_left)
        if not has_left():
            begin_again()
    except StopRequestedError:
        pass
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    supervision.stop()
    return 0


def begin_again() -> NoReturn:
    """Become the launcher, which clears what a crash of supervisord left and starts everything anew."""
    sys.stderr.write("The supervisor died; everything is started again.\n")
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    os.execv(sys.executable, [sys.executable, "-m", "config.launcher"])


def listen_for_stop() -> None:
    """Turn Ctrl-C, SIGTERM and a closed terminal into StopRequestedError. Under `nohup` the terminal may close."""
    for number in STOP_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)  # what arrived while one program became the other


def _stop(number: int, frame: FrameType | None) -> None:
    # From here on the house is being stopped; a second Ctrl-C must not interrupt that half-way.
    for each in STOP_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise StopRequestedError


def parent_make() -> int:
    """The process id of the make that started this process, if that still minds Ctrl-C; else 0.

    Ctrl-C reaches both. A signal sent to make alone does not: make stops catching it, and then waits for us in silence.
    """
    parent = os.getppid()
    return parent if under_make(parent) else 0


def under_make(parent: int) -> bool:
    """Whether `parent` is a make that still minds Ctrl-C; outside Linux nobody can tell, and the answer is no."""
    try:
        facts = dict(line.split(":\t", 1) for line in Path(f"/proc/{parent}/status").read_text().splitlines())
    except (OSError, ValueError):
        return False
    return facts["Name"] in {"make", "gmake"} and bool(int(facts["SigCgt"], 16) & 1 << signal.SIGINT - 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
