"""The embedded Redis: which binary is taken, and what a real one started with our configuration does."""

from __future__ import annotations

import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from config.redis_server import RedisFiles, answers, config_text, find_server, shut_down, wait_until_answering


@pytest.fixture
def files() -> Iterator[RedisFiles]:
    """A folder with a space, a quotation mark and a per cent sign in its name, short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix='sq "x" 5%3f '))
    (folder / "data").mkdir()
    yield RedisFiles(folder / "redis.conf", folder / "redis.sock", folder / "data")
    shutil.rmtree(folder)


def start(files: RedisFiles) -> subprocess.Popen[bytes]:
    """A real server, answering."""
    server = find_server()
    assert server is not None
    files.config.write_text(config_text(files))
    process = subprocess.Popen([str(server), str(files.config)], stdout=subprocess.DEVNULL)
    assert wait_until_answering(files.socket, 10)
    return process


def test_the_system_server_is_taken_first() -> None:
    assert find_server({"redis-server": "/usr/bin/redis-server"}.get) == Path("/usr/bin/redis-server")
    assert find_server({"valkey-server": "/usr/bin/valkey-server"}.get) == Path("/usr/bin/valkey-server")


def test_without_a_system_server_the_packaged_one_is_taken() -> None:
    server = find_server(lambda name: None)
    assert server is not None
    assert "site-packages" in server.parts
    said = subprocess.run([str(server), "--version"], capture_output=True, text=True, check=True).stdout
    assert said.startswith(("Redis server", "Valkey server"))


def test_a_started_server_is_private_persistent_and_never_evicts(files: RedisFiles) -> None:
    process = start(files)
    try:
        with redis.Redis.from_url(files.url) as client:
            wanted = {"appendonly": "yes", "appendfsync": "everysec", "save": "", "maxmemory-policy": "noeviction"}
            assert {name: client.config_get(name)[name] for name in wanted} == wanted
            assert client.config_get("port")["port"] == "0"
        assert stat.S_IMODE(files.socket.stat().st_mode) == 0o700
    finally:
        process.terminate()
        process.wait(10)


def test_what_was_written_survives_a_killed_server(files: RedisFiles) -> None:
    process = start(files)
    with redis.Redis.from_url(files.url) as client:
        client.set("key", "value")
    process.kill()
    process.wait(10)
    assert not answers(files.socket)
    process = start(files)
    try:
        with redis.Redis.from_url(files.url) as client:
            assert client.get("key") == b"value"
    finally:
        process.terminate()
        process.wait(10)


def test_a_server_left_behind_is_shut_down_through_its_socket(files: RedisFiles) -> None:
    process = start(files)
    assert shut_down(files.socket, 10)
    assert process.wait(10) == 0
    assert not shut_down(files.socket, 10)


def test_silence_is_no_answer(tmp_path: Path) -> None:
    assert not answers(tmp_path / "nobody.sock", timeout=0.1)
    assert not wait_until_answering(tmp_path / "nobody.sock", seconds=0.1)
