"""The load: eight clients, each a process of its own with one kept-alive connection.

The clients share the processors with the server, so a client does next to nothing: its requests are built before the
clock runs, and it only looks whether the expected words are in the answer.
"""

from __future__ import annotations

import gc
import multiprocessing
import socket
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

CLIENTS = 8
TIMEOUT_S = 30.0
_fork = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Round:
    """What all clients saw together. `waits` are seconds from each request to its answer."""

    seconds: float
    waits: tuple[float, ...]
    good: int

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.waits) / self.seconds


class LoadFailed(Exception):
    """A client lost its server."""


def run_round(port: int, requests: Sequence[bytes], expected: str, clients: int = CLIENTS) -> Round:
    """Send every request once, spread over the clients, and wait for all answers; raise LoadFailed."""
    barrier = _fork.Barrier(clients)
    children = []
    for client in range(clients):
        receiver, sender = _fork.Pipe(duplex=False)
        own = requests[client::clients]
        child = _fork.Process(target=_drive, args=(port, own, expected.encode(), barrier, sender), daemon=True)
        child.start()
        sender.close()
        children.append((child, receiver))
    seen = []
    for child, receiver in children:
        try:
            seen.append(receiver.recv())
        except EOFError:
            raise LoadFailed("a client ended early; is the server up?") from None
        finally:
            receiver.close()
        child.join()
    began, ended = min(one[0] for one in seen), max(one[1] for one in seen)
    return Round(ended - began, tuple(wait for one in seen for wait in one[2]), sum(one[3] for one in seen))


def _drive(port: int, requests: Sequence[bytes], expected: bytes, barrier: Barrier, results: Connection) -> None:
    gc.disable()
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        barrier.wait(TIMEOUT_S)
        waits, good = [], 0
        began = before = time.perf_counter()
        for request in requests:
            line.sendall(request)
            answer = _read_answer(line)
            after = time.perf_counter()
            waits.append(after - before)
            good += expected in answer
            before = after
    results.send((began, before, waits, good))


def _read_answer(line: socket.socket) -> bytes:
    received = line.recv(65536)
    while b"\r\n\r\n" not in received:
        received += _more(line)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    while len(body) < length:
        body += _more(line)
    return body


def _more(line: socket.socket) -> bytes:
    part = line.recv(65536)
    if not part:
        raise LoadFailed("the server closed the connection")
    return part


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with its range."""

    median: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    """The median and range of some figures."""
    return Spread(statistics.median(values), min(values), max(values))


def percentile(rounds: Sequence[Round], share: float) -> float:
    """The wait in seconds that this share of all answers kept within."""
    waits = sorted(wait for one in rounds for wait in one.waits)
    return waits[min(len(waits) - 1, int(len(waits) * share))]
