"""One exchange over HTTP that ends: by a deadline for the whole answer, and with no more bytes than an answer may have.

The timeout of `requests` counts from byte to byte: an answer that drips holds its caller for ever, and one without an
end fills the memory. Here every look at the socket, for head and body alike, gets what is left of one deadline.
"""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager

MAX_ANSWER = 1024 * 1024
"""Bytes, unpacked. The longest answers that we ask for are lists of templates and menus: tens of kilobytes."""


class TooLongError(requests.RequestException):
    """The answer has more bytes than any that we ask for."""


def exchange(method: str, address: str, *, connect_s: float, answer_s: float, **options: Any) -> tuple[int, bytes]:
    """Status and body of one answer. `connect_s`: for the connection; `answer_s`: from its first byte to the last.

    Raises what `requests` raises. No connection is used twice, and no redirect followed.
    """
    with requests.Session() as session:
        adapter = _Adapter()
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        answer = session.request(
            method, address, timeout=(connect_s, answer_s), allow_redirects=False, stream=True, **options
        )
        body = b"".join(_bounded(answer))
        return answer.status_code, body


def _bounded(answer: requests.Response) -> list[bytes]:
    """The pieces of the body, unpacked as they come: a small one may stand for a huge one."""
    pieces, left = [], MAX_ANSWER
    for piece in answer.iter_content(16 * 1024):
        left -= len(piece)
        if left < 0:
            raise TooLongError
        pieces.append(piece)
    return pieces


class _UntilDeadline(io.RawIOBase):
    """The bytes of a socket until its timeout has passed as a whole, counted from now."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        super().__init__()
        self._sock, self._raw = sock, raw
        timeout = sock.gettimeout()
        self._ends = None if timeout is None else time.monotonic() + timeout

    def readable(self) -> bool:
        """It can be read from, and nothing else."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Wait for bytes as long as is left; raise TimeoutError after that."""
        if self._ends is not None:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer took too long")
            self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let the socket go."""
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """Reads through the deadline, from the first line of the head on."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_UntilDeadline(sock, self.fp.detach()))


class _Plain(HTTPConnection):
    response_class = _Response


class _Secure(HTTPSConnection):
    response_class = _Response


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Adapter(HTTPAdapter):
    """Connections with a deadline, also through a proxy that the environment names."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As the library does it, with connections of ours."""
        super().init_poolmanager(*args, **kwargs)
        _give_deadlines(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """As the library does it, with connections of ours."""
        manager = super().proxy_manager_for(*args, **kwargs)
        _give_deadlines(manager)
        return manager


def _give_deadlines(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
