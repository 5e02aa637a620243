"""`make run` as a person meets it when something is wrong: one plain sentence, status 2, no traceback."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.preflight import check_data_dir, lock_data_dir

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ("DATA_DIR", "SECRET_KEY", "PORT", "HOST", "SANDBOX", "DEMO", "REDIS_URL", "DATABASE_URL")


@pytest.fixture
def free_port() -> int:
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


def launch(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher in `folder`, away from a `.env` of the person who runs the tests."""
    own = {
        name: value
        for name, value in os.environ.items()
        if name not in SETTINGS and not name.startswith(("WECHAT_", "COV_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "config.launcher"],
        cwd=folder,
        env={**own, "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_one_sentence(outcome: subprocess.CompletedProcess[str], start: str) -> None:
    """Exactly one line of complaint that begins with `start`, and the status that says so."""
    assert outcome.stderr.startswith(start), outcome.stderr
    assert outcome.stderr.count("\n") == 1, outcome.stderr
    assert (outcome.stdout, outcome.returncode) == ("", 2)


def test_a_taken_web_port_is_named(tmp_path: Path, free_port: int) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", free_port))
        holder.listen()
        assert_one_sentence(launch(tmp_path, PORT=str(free_port)), f"Port {free_port} for the web pages cannot be used")


def test_a_taken_sandbox_port_is_named_only_when_the_sandbox_runs(tmp_path: Path, free_port: int) -> None:
    with socket.socket() as holder, socket.socket() as web:
        for each, port in ((web, free_port), (holder, free_port + 1)):
            each.bind(("127.0.0.1", port))
            each.listen()
        alone = launch(tmp_path, PORT=str(free_port), SANDBOX="0")
        assert_one_sentence(alone, f"Port {free_port} for the web pages cannot be used")
        web.close()
        assert_one_sentence(
            launch(tmp_path, PORT=str(free_port)), f"Port {free_port + 1} for the sandbox cannot be used"
        )


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path, free_port: int) -> None:
    (tmp_path / "file").touch()
    outcome = launch(tmp_path, PORT=str(free_port), DATA_DIR=str(tmp_path / "file" / "data"))
    assert_one_sentence(outcome, f"The data folder {tmp_path}/file/data cannot be written (not a directory)")


def test_missing_settings_of_a_real_account_are_all_named_at_once(tmp_path: Path, free_port: int) -> None:
    outcome = launch(tmp_path, PORT=str(free_port), WECHAT_APPID="wx1234567890abcdef")
    assert "WECHAT_TOKEN is not set." in outcome.stderr.splitlines()
    assert "Traceback" not in outcome.stderr
    assert (outcome.stdout, outcome.returncode) == ("", 2)


def test_a_port_that_is_no_number_is_named(tmp_path: Path) -> None:
    outcome = launch(tmp_path, PORT="eight thousand")
    assert_one_sentence(outcome, "PORT ")


def test_the_environment_wins_over_the_file(tmp_path: Path, free_port: int) -> None:
    (tmp_path / ".env").write_text(f"DATA_DIR={tmp_path / 'from-file'}\nPORT=1\n")
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", free_port))
        holder.listen()
        outcome = launch(tmp_path, PORT=str(free_port))
    assert_one_sentence(outcome, f"Port {free_port} for the web pages")
    assert stat.S_IMODE((tmp_path / "from-file" / "secrets.env").stat().st_mode) == 0o600


def test_a_second_run_on_the_same_data_is_refused(tmp_path: Path, free_port: int) -> None:
    check_data_dir(tmp_path / "data")
    with lock_data_dir(tmp_path / "data"):
        assert_one_sentence(launch(tmp_path, PORT=str(free_port)), "Another run already uses the data folder")
