"""What keeps the house from starting is said in one plain sentence."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.preflight import CannotStartError, check_data_dir, check_port, lock_data_dir, socket_dir


def test_a_new_data_folder_is_made_with_private_places_inside(tmp_path: Path) -> None:
    check_data_dir(tmp_path / "deep" / "data")
    assert stat.S_IMODE((tmp_path / "deep" / "data" / "run").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "deep" / "data" / "redis").stat().st_mode) == 0o700


def test_a_data_folder_under_a_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(CannotStartError) as refusal:
        check_data_dir(tmp_path / "file" / "data")
    assert str(refusal.value) == (
        f"The data folder {tmp_path}/file/data cannot be written (not a directory); set DATA_DIR to a folder that can."
    )


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_file_system_that_takes_no_files_is_refused_even_for_root() -> None:
    with pytest.raises(
        CannotStartError, match=r"^The data folder /proc/shuqian cannot be written \(.+\); set DATA_DIR"
    ):
        check_data_dir(Path("/proc/shuqian"))


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(CannotStartError) as refusal:
            check_port("127.0.0.1", port, "web pages")
    assert str(refusal.value) == (
        f"Port {port} for the web pages cannot be used on 127.0.0.1 (address already in use); "
        "stop what holds it or choose another with PORT."
    )


def test_a_port_that_was_just_given_up_is_free() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as every server does
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        client.connect(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()  # the server's side closes first, so its port goes to TIME_WAIT
    check_port("127.0.0.1", port, "web pages")


def test_a_second_run_on_the_same_data_is_refused(tmp_path: Path) -> None:
    check_data_dir(tmp_path)
    with lock_data_dir(tmp_path), pytest.raises(CannotStartError, match=r"^Another run already uses the data folder"):
        lock_data_dir(tmp_path)


def test_a_killed_run_does_not_keep_its_data_locked(tmp_path: Path) -> None:
    check_data_dir(tmp_path)
    program = (
        "import sys, time, pathlib, config.preflight as p; lock = p.lock_data_dir(pathlib.Path(sys.argv[1]));"
        "print('locked', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(CannotStartError):
            lock_data_dir(tmp_path)
        holder.send_signal(signal.SIGKILL)
    lock_data_dir(tmp_path).close()


def test_sockets_of_a_deep_data_folder_go_to_a_short_private_one(tmp_path: Path) -> None:
    run_dir = tmp_path / ("d" * 60) / ("e" * 60)
    run_dir.mkdir(parents=True)
    short = socket_dir(run_dir)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(short / "supervisor.sock.123456"))
        assert stat.S_IMODE(short.stat().st_mode) == 0o700
        assert socket_dir(run_dir) == short, "the next run must find what this one left"
        short.chmod(0o755)
        other = socket_dir(run_dir)
        assert other != short, "a folder that others can enter is not trusted"
        other.rmdir()
    finally:
        for file in short.iterdir():
            file.unlink()
        short.rmdir()


def test_sockets_of_an_ordinary_data_folder_stay_in_it(tmp_path: Path) -> None:
    assert socket_dir(Path("/srv/data/run")) == Path("/srv/data/run")
