"""Redis without ceremony, for what runs at every message.

The pooled commands of redis-py cost many times what Redis needs. So each thread holds one connection that redis-py
opens, sends prepared commands over its socket and reads the few kinds of replies that they have; several commands are
one round trip, and what only keeps something is not waited for.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from redis import ConnectionError, InvalidResponse, Redis, ResponseError


class RedisLines:
    """One line per thread. Methods raise what `RedisUnavailable` names."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._local = threading.local()

    def ask(self, request: bytes, replies: int) -> list[Any]:
        """Send `replies` packed commands and read their replies (bytes, int or None).

        Sent a second time when the connection turns out to be closed, so the commands must bear that.
        """
        line = self._line()
        try:
            return line.ask(request, replies)
        except (ConnectionError, ConnectionResetError, BrokenPipeError):
            return line.ask(request, replies)

    def tell(self, request: bytes, commands: int = 1) -> None:
        """Send so many packed commands whose replies nobody needs; they are read with the next question."""
        self._line().tell(request, commands)

    def _line(self) -> _Line:
        line: _Line | None = getattr(self._local, "line", None)
        if line is None or line.pid != os.getpid():  # a forked child must not speak on its parent's connection
            line = _Line(self._redis)
            self._local.line = line
        return line


def pack(*parts: bytes) -> bytes:
    """One command in the form in which Redis reads it."""
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


class _Line:
    """One connection, used by one thread. After any fault it is closed, so that no reply meets the wrong question."""

    def __init__(self, redis: Redis) -> None:
        pool = redis.connection_pool
        self.pid = os.getpid()
        self._connection = pool.connection_class(**pool.connection_kwargs)
        self._unread = 0
        self._received = b""

    def ask(self, request: bytes, replies: int) -> list[Any]:
        """The replies to packed commands; what earlier commands left unread is read before them."""
        try:
            socket = self._socket()
            socket.sendall(request)
            found = self._read(socket, self._unread + replies)
            unread, self._unread = self._unread, 0
            return found[unread:]
        except BaseException:
            self._hang_up()
            raise

    def tell(self, request: bytes, commands: int) -> None:
        """Send packed commands and leave their replies unread."""
        try:
            self._socket().sendall(request)
        except BaseException:
            self._hang_up()
            raise
        self._unread += commands

    def _socket(self) -> Any:
        if self._connection._sock is None:
            self._connection.connect()
        return self._connection._sock

    def _read(self, socket: Any, how_many: int) -> list[Any]:
        """So many whole replies; what came in beyond them is kept."""
        found: list[Any] = []
        received, at = self._received, 0
        while len(found) < how_many:
            try:
                reply, at = _parse(received, at)
            except _CutError:
                more = socket.recv(65536)
                if not more:
                    raise ConnectionError("Redis closed the connection") from None
                received, at = received[at:] + more, 0
            else:
                found.append(reply)
        self._received = received[at:]
        return found

    def _hang_up(self) -> None:
        self._unread = 0
        self._received = b""
        self._connection.disconnect()


class _CutError(Exception):
    """The rest of a reply is still on its way."""


def _parse(received: bytes, at: int) -> tuple[Any, int]:
    """The reply that begins at a place, and where the next one begins; raise _CutError, or what Redis says is wrong."""
    end = received.find(b"\r\n", at)
    if end < 0:
        raise _CutError
    kind, said, after = received[at : at + 1], received[at + 1 : end], end + 2
    match kind:
        case b"$":
            return _parse_bulk(received, int(said), after)
        case b":":
            return int(said), after
        case b"+":
            return said, after
        case b"_":
            return None, after
        case b"*":
            items = []
            for _ in range(int(said)):
                item, after = _parse(received, after)
                items.append(item)
            return items, after
        case b"-":
            raise ResponseError(said.decode(errors="replace"))
    raise InvalidResponse("a reply that none of our commands has")


def _parse_bulk(received: bytes, length: int, start: int) -> tuple[bytes | None, int]:
    if length < 0:
        return None, start
    end = start + length
    if len(received) < end + 2:
        raise _CutError
    return received[start:end], end + 2
