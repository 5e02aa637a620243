"""What must be true before anything is started. Each fault is one plain sentence, never a traceback."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TextIO


class CannotStartError(Exception):
    """The house cannot be started; the text is one plain sentence for the person at the terminal."""


def check_data_dir(data_dir: Path) -> None:
    """Make the data folder and write into it once; raise CannotStartError where that fails."""
    try:
        for folder in (data_dir, data_dir / "log"):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (data_dir / "run", data_dir / "redis"):
            folder.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=data_dir) as probe:
            probe.write(b"writable")
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise CannotStartError(
            f"The data folder {data_dir} cannot be written ({reason}); set DATA_DIR to a folder that can."
        ) from None


def check_port(host: str, port: int, name: str) -> None:
    """Raise CannotStartError unless `host:port` can be listened on right now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # Without this a port in TIME_WAIT, left by a run that has just ended, would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise CannotStartError(
                f"Port {port} for the {name} cannot be used on {host} ({reason}); "
                "stop what holds it or choose another with PORT."
            ) from None


def lock_data_dir(data_dir: Path) -> TextIO:
    """Hold the data folder for this process until it ends, however it ends.

    Raises CannotStartError when another launcher holds it. The caller keeps the returned file open.
    """
    lock = (data_dir / "run" / "launcher.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise CannotStartError(
            f"Another run already uses the data folder {data_dir}; stop it first or set another DATA_DIR."
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


SOCKET_PATH_LIMIT = 90  # the kernel's is 107 bytes; supervisord binds its socket under a longer, temporary name first


def socket_dir(run_dir: Path) -> Path:
    """A private folder (0700) for sockets: `run_dir` itself, or a short one where its path is too long for a socket.

    The short folder is remembered in `run_dir`, so the next run finds and reuses it.
    """
    if len(os.fsencode(run_dir / "supervisor.sock")) <= SOCKET_PATH_LIMIT:
        return run_dir
    note = run_dir / "socket-dir"
    with suppress(OSError):
        remembered = Path(note.read_text().strip())
        status = remembered.lstat()
        if status.st_uid == os.getuid() and status.st_mode & 0o777777 == 0o40700:
            return remembered
    short = Path(tempfile.mkdtemp(prefix="shuqian-"))
    note.write_text(f"{short}\n")
    return short
