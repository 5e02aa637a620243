"""A real supervisord with small real programs: what dies is started again, what is stopped leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from config.processes import Places, Program, Stage
from config.supervision import Supervision, clear_leftovers, poll

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")
PATIENCE = 15.0


@pytest.fixture
def places() -> Iterator[Places]:
    """A run with a space and a per cent sign in its path, short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="sq 5% "))
    (folder / "log").mkdir()
    (folder / "run").mkdir(mode=0o700)
    yield Places(folder / "run", folder / "run", folder / "log", root=folder)
    clear_leftovers(folder / "run", 0)
    shutil.rmtree(folder)


def supervise(places: Places, *programs: Program) -> Supervision:
    """Started, with every program running."""
    supervision = Supervision(list(programs), places, dict(os.environ))
    supervision.start()
    supervision.launch(*Stage)
    assert poll(lambda: {state for state, _ in supervision.states().values()} == {"RUNNING"}, PATIENCE)
    return supervision


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie that nobody has fetched yet does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def test_a_killed_program_is_started_again(places: Places) -> None:
    supervision = supervise(places, Program("one", SLEEP), Program("first", SLEEP, stage=Stage.STORE))
    before = supervision.states()
    for _, pid in before.values():
        os.kill(pid, signal.SIGKILL)

    def all_new() -> bool:
        now = supervision.states()
        return all(state == "RUNNING" and pid != before[name][1] for name, (state, pid) in now.items())

    assert poll(all_new, PATIENCE)
    supervision.stop()


def test_stopping_ends_every_process_and_the_first_one_last(places: Places) -> None:
    record = places.root / "order"
    program = places.root / "program.py"
    program.write_text(
        "import signal, sys, time\n"
        "def leave(*_):\n"
        "    open(sys.argv[1], 'a').write(sys.argv[2] + '\\n'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, leave)\n"
        "open(sys.argv[1] + '-' + sys.argv[2], 'w').close()\n"
        "time.sleep(600)\n"
    )
    names = ["base", "left", "right"]
    programs = [
        Program(
            name, (sys.executable, str(program), str(record), name), stage=Stage.STORE if name == "base" else Stage.BACK
        )
        for name in names
    ]
    supervision = supervise(places, *programs)
    assert poll(lambda: all(Path(f"{record}-{name}").exists() for name in names), PATIENCE)
    pids = [pid for _, pid in supervision.states().values()]
    supervision.stop()
    assert not any(is_alive(pid) for pid in pids)
    stopped = record.read_text().split()
    assert sorted(stopped) == names
    assert stopped[-1] == "base"


def test_orphans_of_a_killed_program_are_ended(places: Places) -> None:
    noted = places.root / "child"
    parent = (
        "import subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "open(sys.argv[1], 'a').write(f'{child.pid}\\n'); time.sleep(600)"
    )
    supervision = supervise(places, Program("parent", (sys.executable, "-c", parent, str(noted))))
    watcher = threading.Thread(target=supervision.watch)
    watcher.start()
    assert poll(noted.exists, PATIENCE)
    orphan = int(noted.read_text().split()[0])
    leader = supervision.states()["parent"][1]
    assert poll(lambda: leader in supervision.groups, PATIENCE)
    os.kill(leader, signal.SIGKILL)
    assert poll(lambda: not is_alive(orphan), PATIENCE)
    supervision.stop()
    watcher.join(PATIENCE)
    assert not watcher.is_alive()


def test_the_next_run_clears_what_two_crashes_left(places: Places) -> None:
    supervision = supervise(places, Program("one", SLEEP))
    pid = supervision.states()["one"][1]
    daemon = int((places.run / "supervisord.pid").read_text())
    os.kill(daemon, signal.SIGKILL)
    supervision.watch()
    assert is_alive(pid)
    assert clear_leftovers(places.run, PATIENCE) == 1
    assert not is_alive(pid)
    assert clear_leftovers(places.run, PATIENCE) == 0


def test_processes_of_another_run_are_left_alone(places: Places) -> None:
    supervision = supervise(places, Program("one", SLEEP))
    pid = supervision.states()["one"][1]
    assert clear_leftovers(places.run.parent / "other", 0) == 0
    assert is_alive(pid)
    supervision.stop()


def test_secrets_reach_the_programs_but_no_file_and_no_command_line(places: Places) -> None:
    told = places.root / "told"
    program = "import os, sys, time; open(sys.argv[1], 'w').write(os.environ['SECRET_KEY']); time.sleep(600)"
    environment = {**os.environ, "SECRET_KEY": "canary 100% %(x)s"}
    supervision = Supervision([Program("one", (sys.executable, "-c", program, str(told)))], places, environment)
    supervision.start()
    supervision.launch(Stage.FRONT)
    assert poll(lambda: told.exists() and told.read_text() == "canary 100% %(x)s", PATIENCE)
    pid = supervision.states()["one"][1]
    assert "canary" not in places.config.read_text()
    with suppress(FileNotFoundError):  # no /proc outside Linux
        assert b"canary" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    supervision.stop()
    assert not any("canary" in file.read_text() for file in places.log.iterdir())
