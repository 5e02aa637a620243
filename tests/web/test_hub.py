"""What a stream says and when, without a server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder

from bot.domain.clock import utc_now
from bot.store.database import Database
from bot.web.live import Hub, Pace, Stream, stream_of
from tests.faults.stack import wait_for
from tests.web.stage import AT_THE_DOOR, Stage

_seated: list[Stream] = []
QUICK = Pace(look=0.02, look_anyway=60, beat=0.05, life=60)


@pytest.fixture(autouse=True)
def _watchers_end_first(db: Database) -> Iterator[None]:
    """A watcher whose last listener has left gives its connection back before the database is closed."""
    yield
    while _seated:  # also after a failure
        _seated.pop().close()
    wait_for(lambda: "live-hub" not in {thread.name for thread in threading.enumerate()}, "nobody watches")


@pytest.fixture
def hub(db: Database) -> Hub:
    """One seat, and looks every moment."""
    return Hub(db, utc_now, seats=1, pace=QUICK)


def facts(piece: bytes) -> list[dict[str, object]]:
    """The attendance in a piece."""
    return [json.loads(line[6:]) for line in piece.decode().splitlines() if line.startswith("data: {")]


def next_facts(stream: Iterator[bytes]) -> dict[str, object]:
    """The next attendance, past signs of life."""
    return next(each for piece in stream for each in facts(piece))


def seated(hub: Hub, occurrence_id: int) -> Stream:
    """A stream that has a seat."""
    stream = hub.open([occurrence_id])
    _seated.append(stream)
    assert stream.take_seat()
    return stream


def test_who_came_is_told_with_the_moment_and_undoing_takes_it_back(hub: Hub, stage: Stage) -> None:
    held = stage.occurrence()
    guest = stage.registration(held)
    stream = seated(hub, held)
    first = next_facts(stream)
    assert first == {"number": 12, "came": 0, "expected": 2, "walk_ins": 0, "left": 38, "last_at": None}
    stage.check_in(guest, held, AT_THE_DOOR)
    assert next_facts(stream) == first | {"came": 2, "last_at": int(AT_THE_DOOR.timestamp() * 1000)}
    stream.close()


def test_what_was_written_between_the_first_look_and_the_seat_is_told(db: Database, stage: Stage) -> None:
    """Seen to fail when a new listener is no reason to look: the watcher had seen the write before it sat."""
    hub = Hub(db, utc_now, seats=2, pace=QUICK)
    held, other = stage.occurrence(), stage.occurrence()
    neighbour = seated(hub, other)
    next(neighbour)
    stream = hub.open([held])
    stage.walk_ins(held, 4)
    stage.walk_ins(other, 1)
    assert next_facts(neighbour)["walk_ins"] == 1
    _seated.append(stream)
    assert stream.take_seat()
    assert next_facts(stream)["walk_ins"] == 0
    for _ in range(100):
        piece = next(stream)
        if facts(piece):
            break
    assert [each["walk_ins"] for each in facts(piece)] == [4]
    neighbour.close()
    stream.close()


def test_without_a_seat_a_stream_says_how_things_are_and_ends(hub: Hub, stage: Stage) -> None:
    held = stage.occurrence()
    first = seated(hub, held)
    second = hub.open([held])
    assert not second.take_seat()
    (only,) = second
    assert only.startswith(b"retry: 3000\n\n")
    assert len(facts(only)) == 1
    first.close()
    seated(hub, held).close()


def test_a_stream_ends_after_its_life_and_gives_signs_of_it_before(db: Database, stage: Stage) -> None:
    hub = Hub(db, utc_now, pace=Pace(look=0.02, beat=0.05, life=0.4))
    stream = seated(hub, stage.occurrence())
    pieces = list(stream)
    stream.close()
    assert pieces.count(b"event: beat\ndata:\n\n") >= 2


def test_streams_end_when_the_database_cannot_be_read_and_the_next_one_is_watched_again(
    hub: Hub, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = stage.occurrence()
    stream = seated(hub, held)
    next(stream)

    def broken(*_: object) -> None:
        raise OSError("disk")

    with monkeypatch.context() as patch:
        patch.setattr(hub, "_look", broken)
        stage.walk_ins(held, 1)
        list(stream)
    stream.close()
    again = seated(hub, held)
    assert next_facts(again)["walk_ins"] == 1
    stage.walk_ins(held, 1)
    assert next_facts(again)["walk_ins"] == 2
    again.close()


def test_a_question_whether_anything_was_written_is_yes_once_for_each_write(db: Database, stage: Stage) -> None:
    with db.watching() as has_changed:
        assert has_changed()
        wait_for(lambda: not has_changed(), "rest")  # of a server that others use as well
        stage.occurrence()
        assert has_changed()
        wait_for(lambda: not has_changed(), "rest")


def test_asking_for_the_head_only_takes_no_seat(small_app: Flask, small_db: Database) -> None:
    small_app.add_url_rule("/live", "live", lambda: stream_of([1]))
    answer = small_app.test_client().open(EnvironBuilder(path="/live", method="HEAD"))
    assert (answer.status_code, answer.data) == (200, b"")
    assert small_app.test_client().get("/live").data == b"retry: 3000\n\n"
