"""The whole house at rest: memory, and how long it takes to start."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.processes import ROOT
from tests.bench import pushes
from tests.bench.report import Line, below
from tests.bench.stage import clean_environment, free_port

MEMORY_BAR_MB, SECOND_START_BAR_S, CLONE_BAR_S = 500.0, 5.0, 120.0
START_S = 300.0
SETTLE_S = 8.0
"""After `ready` the worker still loads its tasks."""


@dataclass(frozen=True, slots=True)
class House:
    """A running house. `seconds` from its start until it said `ready`."""

    pid: int
    port: int
    seconds: float


def measure_rest() -> list[Line]:
    """A first start in an empty folder, memory at rest, a second start."""
    with _temporary_folder() as data:
        with _house(data) as first:
            time.sleep(SETTLE_S)
            resident, proportional, processes = _memory(first.pid)
        with _house(data) as second:
            pass
    return [
        below(f"at rest, {processes} processes, resident", resident, MEMORY_BAR_MB, "MB"),
        Line("  shared pages counted once", f"{proportional:.1f} MB"),
        Line("first start until ready", f"{first.seconds:.1f} s"),
        below("second start until ready", second.seconds, SECOND_START_BAR_S, "s"),
    ]


def measure_clone() -> list[Line]:
    """From `git clone` through `make run` to the first answer in the chat; downloads all packages."""
    with _temporary_folder() as folder:
        began = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "clone")], check=True)
        with _house(folder / "data", ["make", "run"], folder / "clone") as house:
            answer = _ask(house.port)
            took = time.monotonic() - began
    if "图书馆" not in answer:
        return [Line("from clone to the first answer", "no answer", f"< {CLONE_BAR_S:g} s", ok=False)]
    return [below("from clone to the first answer", took, CLONE_BAR_S, "s")]


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sq-rest-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _house(data: Path, command: list[str] | None = None, where: Path = ROOT) -> Iterator[House]:
    port = free_port(2)
    environment = clean_environment() | {"DATA_DIR": str(data), "PORT": str(port), "WECHAT_TOKEN": pushes.TOKEN}
    began = time.monotonic()
    process = subprocess.Popen(
        command or [sys.executable, "-m", "config.launcher"],
        cwd=where,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        _wait_until_ready(process)
        yield House(process.pid, port, time.monotonic() - began)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    said = []
    deadline = time.monotonic() + START_S
    for line in process.stdout:
        if line.strip() == "ready":
            return
        said.append(line)
        if time.monotonic() > deadline:
            break
    raise RuntimeError("the house did not start: " + "".join(said[-3:]))


def _ask(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        request = pushes.typed("活动", "o-bench-first-reader")
        line.sendall(request.replace(b"Host: bench\r\n", b"Host: bench\r\nConnection: close\r\n"))
        return b"".join(iter(lambda: line.recv(65536), b"")).decode()


def _memory(root: int) -> tuple[float, float, int]:
    """Resident and proportional megabytes of a process and all its descendants, and how many they are."""
    family = _family(root)
    kilobytes = {"Rss": 0, "Pss": 0}
    for pid in family:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in kilobytes:
                kilobytes[name] += int(value.split()[0])
    return kilobytes["Rss"] / 1024, kilobytes["Pss"] / 1024, len(family)


def _family(root: int) -> list[int]:
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                # The name stands in brackets and may hold anything, so what follows the last bracket is read.
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    family = [root]
    for member in family:
        family += [pid for pid, parent in parents.items() if parent == member]
    return family
