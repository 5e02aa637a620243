"""Answers that stay open, without a thread of the server for each.

Granian has a few threads for WSGI, and an answer that is sent piece by piece keeps its thread until it ends: two open
streams would block a web process for everybody. More threads are no way out: measured, 32 of them instead of 2 cost
the shortest messages of the chat a fifth of their rate, gated or not, since each request then wakes another thread.

So an open answer is moved to a thread of its own, made for it and gone with it (0.1 MB), while the server's thread
takes the next request. Granian has no such thing; what is used here is the inside of the version that requirements.txt
pins: its runner hands the finished answer to a line, which may be used from any thread. If that is not found, long
answers are never given a seat, and end at once: their pages ask again every few seconds, and nothing is ever blocked.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any, Protocol

_SERVER = "granian.server.mp"
_WRAP = "_wsgi_call_wrap"


class LongAnswer(ABC, Iterator[bytes]):
    """The body of an answer that may stay open. Without a seat it ends after what it has to say at once."""

    @abstractmethod
    def take_seat(self) -> bool:
        """Whether it may stay open; asked once, before the first piece."""

    @abstractmethod
    def close(self) -> None:
        """It has ended or its reader has gone; gives the seat back. May be called again."""


Headers = list[tuple[str, str]]


class _Line(Protocol):
    """What Granian sends an answer through."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer."""

    def response_iter(self, status: int, headers: Headers, body: Any) -> None:
        """Send piece by piece; returns when all is sent or nobody reads any more."""


Runner = Callable[[_Line, Any], Any]
Wrap = Callable[..., Runner]


class _ParkingLine:
    """Granian's line, except that long answers with a seat go on in a thread of their own."""

    __slots__ = ("_line", "response_bytes")

    def __init__(self, line: _Line) -> None:
        self._line = line
        self.response_bytes = line.response_bytes

    def response_iter(self, status: int, headers: Headers, body: Any) -> None:
        answer = getattr(body, "inner", None)
        if isinstance(answer, LongAnswer) and answer.take_seat():
            # Not a daemon: the process must not end under a thread that is inside the server's machine code.
            thread = Thread(target=self._line.response_iter, args=(status, headers, body), name="long-answer")
            try:
                thread.start()
            except RuntimeError:  # the machine gives no more threads
                answer.close()
            else:
                return
        self._line.response_iter(status, headers, body)


def park_long_answers() -> None:
    """Have the server that loads this application park them; without Granian nothing happens."""
    server = sys.modules.get(_SERVER)
    wrap: Wrap | None = getattr(server, _WRAP, None)
    if wrap is not None:
        setattr(server, _WRAP, _parking(wrap))


def _parking(wrap: Wrap) -> Wrap:
    def wrap_and_park(*arguments: Any) -> Runner:
        _hear_of_stop()
        run = wrap(*arguments)
        return lambda line, scope: run(_ParkingLine(line), scope)

    return wrap_and_park


_stop_pipe: int | None = None


def _hear_of_stop() -> None:
    """Have each signal that Granian handles leave a byte, which also other threads can wait for.

    Granian waits for open answers when it is told to stop, and kills its worker when they go on.
    """
    global _stop_pipe
    _stop_pipe, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)


def wait_for_stop(seconds: float) -> bool:
    """Let the time pass; True at once when this process is told to stop, and ever after."""
    if _stop_pipe is None:
        time.sleep(seconds)
        return False
    heard, _, _ = select.select([_stop_pipe], [], [], seconds)  # the byte stays there for the next who asks
    return bool(heard)
