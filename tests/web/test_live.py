"""Live streams through a real Granian with two workers of two threads each, as `make run` starts it."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from subprocess import Popen

import pytest

from bot.store.database import Database, open_database
from bot.store.pii import Keys
from tests.faults.conftest import new_database
from tests.faults.line import Line
from tests.faults.stack import Stack, wait_for
from tests.web.stage import Stage

SEATS = 24
PROMPT_S = 5.0
"""Generous: the platform's patience. Blocked threads answer after a minute, when streams end."""


class LiveStack(Stack):
    """The web process around the application of tests.web.live_app."""

    def _spawn(self, name: str, command: tuple[str, ...]) -> Popen[bytes]:
        if name == "web":
            command = (*command[:-1], "--factory", "tests.web.live_app:create")
        return super()._spawn(name, command)


class Listener:
    """One open stream, read without blocking."""

    def __init__(self, port: int, *occurrence_ids: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PROMPT_S)
        query = "&".join(f"id={each}" for each in occurrence_ids)
        self._socket.sendall(f"GET /live?{query} HTTP/1.1\r\nHost: tests\r\n\r\n".encode())
        self._socket.setblocking(False)
        self.heard = b""

    def listen(self) -> bytes:
        """All that has come so far."""
        try:
            while piece := self._socket.recv(65536):
                self.heard += piece
        except BlockingIOError:
            pass
        return self.heard

    def snapshots(self) -> list[dict[str, object]]:
        """What it was told, in order."""
        return [json.loads(line[6:]) for line in self.listen().decode().splitlines() if line.startswith("data: {")]

    def has_ended(self) -> bool:
        """Whether the last chunk has come."""
        return self.listen().endswith(b"0\r\n\r\n")

    def close(self) -> None:
        """Hang up, as a phone that is switched off."""
        self._socket.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, Stage]]:
    """Web processes over each kind of database, and rows in it."""
    folder = tmp_path_factory.mktemp("live")
    with new_database(request.param, request, folder) as url:
        metrics = folder / "metrics"
        metrics.mkdir()
        stack = LiveStack(folder, url, PROMETHEUS_MULTIPROC_DIR=str(metrics), WEB_STREAMS=str(SEATS))
        db: Database = open_database(url)
        try:
            stage = Stage(db, Keys("a secret that only the tests know"))
            stack.start_redis()
            stack.start_web()
            yield stack, stage
        finally:
            stack.stop()
            db.dispose()


@pytest.fixture
def listen(served: tuple[Stack, Stage]) -> Iterator[Callable[..., Listener]]:
    """Opens streams and closes them at the end, and waits until their seats are free again."""
    stack, _ = served
    with ExitStack() as opened:
        yield lambda *ids: opened.enter_context(closing(Listener(stack.port, *ids)))
    wait_for(lambda: open_streams(stack) == 0, "seats are free again")


def get(port: int, path: str) -> bytes:
    """A body, within the time that people wait."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PROMPT_S)) as connection:
        connection.request("GET", path)
        return connection.getresponse().read()


def open_streams(stack: Stack) -> int:
    """As the metrics say for all processes together."""
    lines = get(stack.port, "/metrics").decode().splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith("shuqian_live_streams "))


def crowd(listen: Callable[..., Listener], occurrence_id: int) -> list[Listener]:
    """More listeners than there are seats, each of them told how things are."""
    listeners = [listen(occurrence_id) for _ in range(60)]
    wait_for(lambda: all(each.snapshots() for each in listeners), "everybody knows how things are")
    return listeners


def test_sixty_streams_and_slow_readers_keep_neither_chat_nor_pages_waiting(
    served: tuple[Stack, Stage], listen: Callable[..., Listener]
) -> None:
    """Seen to fail without parking: with `take_seat` asked but the answer sent by the server's own thread."""
    stack, stage = served
    crowd(listen, stage.occurrence())
    assert 2 * SEATS >= open_streams(stack) >= SEATS
    with ExitStack() as opened:
        for _ in range(12):  # asks for eight megabytes and reads none of them
            slow = opened.enter_context(closing(socket.create_connection(("127.0.0.1", stack.port))))
            slow.sendall(b"GET /large HTTP/1.1\r\nHost: tests\r\n\r\n")
        line = Line(stack.port)
        for _ in range(20):
            assert line.say("o-at-home", "帮助")
            assert b"ok" in get(stack.port, "/healthz")
    assert line.unanswered == 0
    assert line.slowest < PROMPT_S


def test_a_change_reaches_the_listeners_of_every_process_and_those_without_seat_ask_again(
    served: tuple[Stack, Stage], listen: Callable[..., Listener]
) -> None:
    _, stage = served
    held = stage.occurrence()
    listeners = crowd(listen, held)
    wait_for(lambda: sum(not each.has_ended() for each in listeners) <= 2 * SEATS, "those without seat have ended")
    asked_again = [each for each in listeners if each.has_ended()]
    assert len(asked_again) >= 60 - 2 * SEATS
    assert all(b"retry: 3000" in each.heard for each in asked_again)
    stage.walk_ins(held, 3)
    open_ones = [each for each in listeners if each not in asked_again]
    wait_for(lambda: all(each.snapshots()[-1]["walk_ins"] == 3 for each in open_ones), "all are told", 15)
    assert {each.snapshots()[0]["walk_ins"] for each in listeners} == {0}


def test_one_stream_tells_of_several_occurrences_and_only_what_changed(
    served: tuple[Stack, Stage], listen: Callable[..., Listener]
) -> None:
    _, stage = served
    one, other = stage.occurrence(), stage.occurrence(capacity=None)
    listener = listen(one, other)
    wait_for(lambda: len(listener.snapshots()) == 2, "both are told")
    assert [each["left"] for each in listener.snapshots()] == [40, None]
    stage.registration(one)

    def told_last() -> tuple[object, ...]:
        last = listener.snapshots()[-1]
        return last["expected"], last["left"], last["came"], last["last_at"]

    # PostgreSQL counts people and seats in two looks: one between them is put right by the next.
    wait_for(lambda: told_last() == (2, 38, 0, None), "the change is told")
    assert [each["left"] for each in listener.snapshots()].count(None) == 1, "the other occurrence did not change"


def test_the_seat_of_a_phone_that_is_gone_is_free_again(served: tuple[Stack, Stage]) -> None:
    stack, stage = served
    listeners = [Listener(stack.port, stage.occurrence()) for _ in range(6)]
    wait_for(lambda: open_streams(stack) == 6, "all sit")
    for each in listeners:
        each.close()
    wait_for(lambda: open_streams(stack) == 0, "nobody sits")


def test_one_connection_serves_a_short_answer_after_another(served: tuple[Stack, Stage]) -> None:
    stack, stage = served
    held = stage.occurrence()
    with closing(http.client.HTTPConnection("127.0.0.1", stack.port, timeout=PROMPT_S)) as connection:
        used = set()
        for path in (f"/live?id={held}&once", "/healthz", f"/live?id={held}&once"):
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status == 200
            assert answer.read()
            used.add(connection.sock.getsockname())
    assert len(used) == 1
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"


def test_the_process_ends_in_its_time_with_streams_open(
    served: tuple[Stack, Stage], listen: Callable[..., Listener]
) -> None:
    """Granian kills workers after five seconds. Seen to fail without the byte that a signal leaves: 5.1 s."""
    stack, stage = served
    listeners = crowd(listen, stage.occurrence())
    began = time.monotonic()
    stack.processes["web"].terminate()
    assert stack.processes["web"].wait(20) == 0
    assert time.monotonic() - began < 4.5
    wait_for(lambda: all(each.has_ended() for each in listeners), "every stream has been ended properly")
    stack.mend()
    stack.wait_until_ready()


def test_a_killed_worker_is_not_counted_any_more(served: tuple[Stack, Stage], listen: Callable[..., Listener]) -> None:
    stack, stage = served
    crowd(listen, stage.occurrence())
    for pid in stack.web_workers():
        os.kill(pid, 9)
    wait_for(lambda: not stack.mend() and open_streams_or_none(stack) == 0, "the new workers count from nothing")
    assert list(Path(stack.environment["PROMETHEUS_MULTIPROC_DIR"]).iterdir())
    stack.wait_until_ready()


def open_streams_or_none(stack: Stack) -> int | None:
    """The same while nobody may answer."""
    try:
        return open_streams(stack)
    except (OSError, http.client.HTTPException):
        return None
