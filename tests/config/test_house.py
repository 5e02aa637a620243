"""The whole house, as `make run` starts it: real processes, one after another killed, then stopped like with Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.processes import Places
from config.supervision import MARK, Supervision, poll

pytestmark = [
    pytest.mark.xdist_group("house"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc"),
]

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 90.0
STOP_SECONDS = 40.0


@dataclass
class House:
    """A launcher that said `ready`, with what it said before."""

    process: subprocess.Popen[str]
    data: Path
    port: int
    said: list[str]

    def answers(self, port: int, path: str) -> bool:
        """Whether the address gives 200."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def states(self) -> dict[str, tuple[str, int]]:
        """What its supervisor says of every process."""
        run = self.data / "run"
        return Supervision([], Places(run, run, self.data / "log"), {}).states()

    def processes(self) -> list[Path]:
        """The /proc folders of everything that runs for this data folder; Redis hides its environment."""
        mark = f"{MARK}={self.data / 'run'}".encode()
        return [folder for folder in Path("/proc").glob("[0-9]*") if mark in _environment(folder)]

    def stop(self) -> int:
        """Ctrl-C, and the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)


def _environment(folder: Path) -> list[bytes]:
    try:
        return (folder / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def two_free_ports() -> int:
    """A port that is free, and the next one too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


def start(data: Path, **settings: str) -> House:
    """Start the launcher and wait for `ready`."""
    foreign = ("WECHAT_", "REDIS_URL", "DATABASE_URL", "PUBLIC_URL", "SECRET_KEY", "DEMO", "SANDBOX")
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    port = two_free_ports()
    process = subprocess.Popen(
        [sys.executable, "-m", "config.launcher"],
        cwd=ROOT,
        env={**own, "DATA_DIR": str(data), "PORT": str(port), "HOST": "127.0.0.1", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    timer = threading.Timer(READY_SECONDS, process.kill)
    timer.start()
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line.rstrip("\n"))
        if said[-1] == "ready":
            break
    timer.cancel()
    if not said or said[-1] != "ready":
        process.wait(STOP_SECONDS)
        process.stdout.close()
    assert said and said[-1] == "ready", said
    return House(process, data, port, said)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The trial house: sample campaign and sandbox."""
    running = start(tmp_path_factory.mktemp("house"))
    yield running
    if running.process.poll() is None:
        running.stop()
    assert running.process.stdout is not None
    running.process.stdout.close()


def test_it_says_where_it_is_and_how_to_get_in(house: House) -> None:
    patterns = [
        rf"web http://127\.0\.0\.1:{house.port}",
        rf"sandbox http://127\.0\.0\.1:{house.port + 1}/sandbox",
        r"invitation organiser \S+",
        r"invitation venue \S+",
        r"ready",
    ]
    assert len(house.said) == len(patterns), house.said
    assert all(re.fullmatch(pattern, line) for pattern, line in zip(patterns, house.said, strict=True)), house.said


def test_web_and_sandbox_answer(house: House) -> None:
    assert house.answers(house.port, "/readyz")
    assert poll(lambda: house.answers(house.port + 1, "/sandbox"), READY_SECONDS, pause=0.2)


def test_at_rest_it_stays_under_half_a_gigabyte(house: House) -> None:
    """Proportional set size, summed: what the machine really holds, a page that several processes share counted once.

    The plain sum counts shared pages nine times and moves with whatever else the machine maps; `make bench` prints both.
    """
    assert poll(lambda: {state for state, _ in house.states().values()} == {"RUNNING"}, READY_SECONDS, pause=0.2)
    folders = [*house.processes(), Path(f"/proc/{house.process.pid}"), Path(f"/proc/{house.states()['redis'][1]}")]
    kilobytes = sum(
        int(line.split()[1])
        for folder in folders
        for line in (folder / "smaps_rollup").read_text().splitlines()
        if line.startswith("Pss:")
    )
    assert 50_000 < kilobytes < 500_000


def test_metrics_answer_for_all_web_processes_together(house: House) -> None:
    asked = 20  # each answered by either of the two
    for _ in range(asked):
        assert house.answers(house.port, "/healthz")
    with urllib.request.urlopen(f"http://127.0.0.1:{house.port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    counted = re.search(r'^shuqian_http_requests_total\{outcome="200",route="/healthz"\} ([\d.]+)$', text, re.MULTILINE)
    assert counted is not None, text
    assert float(counted[1]) == asked


def test_every_process_that_is_killed_comes_back(house: House) -> None:
    assert poll(lambda: {state for state, _ in house.states().values()} == {"RUNNING"}, READY_SECONDS, pause=0.2)
    before = house.states()
    assert set(before) == {"redis", "web", "worker", "beat", "sandbox"}
    for _, pid in before.values():
        os.kill(pid, signal.SIGKILL)

    def is_back() -> bool:
        now = house.states()
        return all(state == "RUNNING" and pid != before[name][1] for name, (state, pid) in now.items())

    assert poll(is_back, READY_SECONDS, pause=0.2), house.states()
    assert poll(lambda: house.answers(house.port, "/readyz"), READY_SECONDS, pause=0.2)


def test_a_supervisor_that_is_killed_is_replaced_with_everything_under_it(house: House) -> None:
    daemon = int((house.data / "run" / "supervisord.pid").read_text())
    os.kill(daemon, signal.SIGKILL)
    assert house.process.stdout is not None
    again = iter(house.process.stdout.readline, "ready\n")
    assert "The supervisor died; everything is started again.\n" in list(again)
    assert house.answers(house.port, "/readyz")
    assert int((house.data / "run" / "supervisord.pid").read_text()) != daemon


def test_ctrl_c_ends_everything_and_the_next_start_finds_the_data(house: House) -> None:
    redis = house.states()["redis"][1]
    assert house.stop() == 0
    assert house.processes() == []
    assert not Path(f"/proc/{redis}").exists()
    secrets = (house.data / "secrets.env").read_text()
    again = start(house.data, DEMO="0", SANDBOX="0")
    try:
        assert [line.split()[0] for line in again.said] == ["web", "invitation", "invitation", "ready"]
        assert set(again.states()) == {"redis", "web", "worker", "beat"}
        assert (house.data / "secrets.env").read_text() == secrets
    finally:
        assert again.stop() == 0
        assert again.process.stdout is not None
        again.process.stdout.close()
