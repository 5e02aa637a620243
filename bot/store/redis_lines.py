"""Redis without ceremony, for what runs at every message.

The pooled commands of redis-py cost three times as much as its bare connection. So each thread holds one connection and
sends prepared commands over it; several commands are one round trip, and what only keeps something is not waited for.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from redis import ConnectionError, Redis


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

    def tell(self, request: bytes) -> None:
        """Send one packed command whose reply nobody needs; it is read with the next question."""
        self._line().tell(request)

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

    def ask(self, request: bytes, replies: int) -> list[Any]:
        """The replies to packed commands; what earlier commands left unread is read before them."""
        try:
            self._connection.send_packed_command([request], check_health=False)
            while self._unread:
                self._connection.read_response()
                self._unread -= 1
            return [self._connection.read_response() for _ in range(replies)]
        except BaseException:
            self._hang_up()
            raise

    def tell(self, request: bytes) -> None:
        """Send one packed command and leave its reply unread."""
        try:
            self._connection.send_packed_command([request], check_health=False)
        except BaseException:
            self._hang_up()
            raise
        self._unread += 1

    def _hang_up(self) -> None:
        self._unread = 0
        self._connection.disconnect()
