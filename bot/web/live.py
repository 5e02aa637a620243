"""Pages that are told of every change at a door: server-sent events.

One hub in each process looks at the database about once a second while somebody listens, in one look for all, and only
when something was written. So what another process did is seen as well, and a hundred listeners cost what one does.

A stream ends by itself after about a minute. The browser comes back, and session and rights are looked at again. Beyond
the seats of a process a stream says how things are and ends at once: the browser asks again after three seconds.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, cast

import structlog
from flask import Flask, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.clock import Clock
from bot.store.database import Database
from bot.store.presence import Presence, read_presence
from bot.web.parking import LongAnswer, wait_for_stop

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = structlog.get_logger(__name__)

_NAME = "shuqian-live"
SEATS = 24
"""Open streams in each process, unless told otherwise."""
_BACK_SOON = b"retry: 1000\n\n"
_ASK_AGAIN = b"retry: 3000\n\n"
_BEAT = b"event: beat\ndata:\n\n"  # an event, not a comment: so the page knows as well that the line still stands


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. `look`: between two looks; `look_anyway`: although nothing was written, since a place that is held
    lapses by the clock; `beat`: after so long a silence a sign of life; `life`: about when a stream ends.
    """

    look: float = 1.0
    look_anyway: float = 10.0
    beat: float = 10.0
    life: float = 60.0


class Stream(LongAnswer):
    """What one page is told: how things are, then every change."""

    def __init__(self, hub: Hub, watched: Iterable[int], known: Mapping[int, Presence]) -> None:
        self.watched = frozenset(watched)
        self._hub = hub
        self._told = dict(known)
        self._words: SimpleQueue[bytes | None] = SimpleQueue()
        self._is_seated = False
        self._has_begun = False
        self._ends_at = 0.0

    def take_seat(self) -> bool:
        """Whether there was one."""
        # Not all at the same moment: phones that were opened together would come back together for ever.
        self._ends_at = monotonic() + self._hub.pace.life * random.uniform(0.8, 1.2)
        self._is_seated = self._hub.admit(self)
        return self._is_seated

    def close(self) -> None:
        """Leave the hub."""
        self._is_seated = False
        self._hub.dismiss(self)

    def __next__(self) -> bytes:
        """The next piece, whenever there is one."""
        if not self._has_begun:
            self._has_begun = True
            first = _BACK_SOON if self._is_seated else _ASK_AGAIN
            return first + b"".join(_event(presence) for presence in self._told.values())
        if not self._is_seated:
            raise StopIteration
        piece = self._wait()
        if piece is None:
            raise StopIteration
        return piece

    def _wait(self) -> bytes | None:
        left = self._ends_at - monotonic()
        if left <= 0:
            return None
        try:
            return self._words.get(timeout=min(left, self._hub.pace.beat))
        except Empty:
            return _BEAT

    def tell(self, seen: Mapping[int, Presence]) -> None:
        """Say what is other than what was said last. Called by the hub only."""
        news = {id_: seen[id_] for id_ in self.watched if id_ in seen and seen[id_] != self._told.get(id_)}
        if news:
            self._told |= news
            self._words.put(b"".join(_event(presence) for presence in news.values()))

    def prod(self) -> None:
        """A sign of life now: whose reader has gone notices and gives its seat back."""
        self._words.put(_BEAT)

    def end(self) -> None:
        """Nothing more comes."""
        self._words.put(None)


def _event(presence: Presence) -> bytes:
    facts = {
        "number": presence.number,
        "came": presence.came,
        "expected": presence.expected,
        "walk_ins": presence.walk_ins,
        "left": presence.left,
        "last_at": None if presence.last_at is None else int(presence.last_at.timestamp() * 1000),
    }
    return f"event: attendance\ndata: {json.dumps(facts, separators=(',', ':'))}\n\n".encode()


class Hub:
    """All open streams of this process, and the one thread that looks for them. `count` is told how many there are."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        seats: int = SEATS,
        pace: Pace | None = None,
        count: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.pace = pace or Pace()
        self._db, self._clock, self._seats, self._count = db, clock, seats, count
        self._lock = Lock()
        self._streams: set[Stream] = set()
        self._is_watching = False
        self._someone_is_new = False
        self._may_prod_at = 0.0

    def open(self, occurrence_ids: Iterable[int]) -> Stream:
        """A stream about these occurrences, which knows how things are now."""
        ids = frozenset(occurrence_ids)
        return Stream(self, ids, self._look(ids))

    def admit(self, stream: Stream) -> bool:
        """Give the stream a seat; False when all are taken or this process ends."""
        if wait_for_stop(0):
            return False
        with self._lock:
            if len(self._streams) >= self._seats:
                self._prod_all()
                return False
            if not self._is_watching and not self._begin_to_watch():
                return False
            self._streams.add(stream)
            self._someone_is_new = True
            self._count(len(self._streams))
            return True

    def dismiss(self, stream: Stream) -> None:
        """Take the seat back."""
        with self._lock:
            self._streams.discard(stream)
            self._count(len(self._streams))

    def _prod_all(self) -> None:
        if monotonic() >= self._may_prod_at:
            self._may_prod_at = monotonic() + self.pace.look
            for stream in self._streams:
                stream.prod()

    def _begin_to_watch(self) -> bool:
        try:
            Thread(target=self._watch, name="live-hub").start()
        except RuntimeError:  # the machine gives no more threads
            return False
        self._is_watching = True
        return True

    def _watch(self) -> None:
        try:
            with self._db.watching() as has_changed:
                while self._goes_on() and not self._look_while_listened_to(has_changed):
                    pass
        except (SQLAlchemyError, OSError) as error:  # the browsers come back and see for themselves
            log.warning("live_watch_failed", error=type(error).__name__)
            self._end_all()

    def _goes_on(self) -> bool:
        with self._lock:
            self._is_watching = bool(self._streams)
            return self._is_watching

    def _look_while_listened_to(self, has_changed: Callable[[], bool]) -> bool:
        """Whether it was ended by a stop of this process, else nobody listens any more."""
        look_anyway_at = 0.0
        while self._streams:
            with self._lock:
                is_due, self._someone_is_new = self._someone_is_new or monotonic() >= look_anyway_at, False
                streams = list(self._streams)
            if has_changed() or is_due:  # asked each time, and before the look: what comes after is seen the next time
                look_anyway_at = monotonic() + self.pace.look_anyway
                seen = self._look(frozenset[int]().union(*(stream.watched for stream in streams)))
                for stream in streams:
                    stream.tell(seen)
            if wait_for_stop(self.pace.look):
                self._end_all()
                return True
        return False

    def _look(self, ids: frozenset[int]) -> dict[int, Presence]:
        with self._db.reading() as tx:
            return read_presence(tx, ids, self._clock())

    def _end_all(self) -> None:
        """Each leaves by itself, and a new one begins to watch anew."""
        with self._lock:
            self._is_watching = False
            for stream in self._streams:
                stream.end()


class _OpenResponse(Response):
    """An answer whose body reaches the server as it is, so that the server can park it."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream, mimetype="text/event-stream")
        self._stream = stream

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self.status, self.get_wsgi_headers(environ).to_wsgi_list())
        return () if environ["REQUEST_METHOD"] == "HEAD" else self._stream


def stream_of(occurrence_ids: Iterable[int]) -> Response:
    """Tell the page how full these occurrences are, now and at every change.

    Whoever calls it has looked whether the visitor may know. Events `attendance`, one for each occurrence, with data
    {number, came, expected, walk_ins, left, last_at}; events `beat` say that the line stands. With `?once` in the
    address it ends at once, for browsers without event streams.
    """
    hub = live_hub()
    stream = hub.open(occurrence_ids)
    response = (
        Response(b"".join(stream), mimetype="text/event-stream") if "once" in request.args else _OpenResponse(stream)
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def install_hub(app: Flask, hub: Hub) -> None:
    """Keep the hub on the application."""
    app.extensions[_NAME] = hub


def live_hub() -> Hub:
    """The hub of the application that serves this request."""
    return cast(Hub, current_app.extensions[_NAME])
