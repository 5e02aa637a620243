"""A worker is killed with -9 while it draws lots: nothing of the draw is there, and the next worker makes all of it."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import OperationalError

from bot.domain.clock import utc_now
from bot.domain.lottery import Lot, find_flaws, read_published
from bot.services.lotteries import open_lottery
from bot.store.database import Database, open_database
from bot.store.lotteries import find_lottery
from bot.store.pii import Keys
from bot.store.tables import notice, reader, registration
from tests.factories import add_event, add_house, add_occurrence
from tests.faults.conftest import new_database
from tests.faults.stack import Stack, wait_for

ENTRIES, SEATS = 4000, 300
HALFWAY_S = 0.04
"""A draw of so many lasts several times as long."""


@pytest.fixture(params=["sqlite", "postgresql"])
def hall(request: pytest.FixtureRequest, tmp_path: Path, keys: Keys) -> Iterator[tuple[Stack, Database, int]]:
    """An occurrence whose entry window has just ended, and four thousand entries."""
    with new_database(request.param, request, tmp_path) as url:
        stack, db = Stack(tmp_path, url), open_database(url)
        try:
            yield stack, db, add_entries(db, keys)
        finally:
            stack.stop()
            db.dispose()


def add_entries(db: Database, keys: Keys) -> int:
    """The occurrence."""
    now = utc_now()
    with db.writing() as tx:
        house = add_house(tx)
        event_id = add_event(tx, house, "绘本", rules={"allocation": "lottery"})
        times = {"starts_at": now + timedelta(days=3), "closes_at": now - timedelta(minutes=1)}
        facts = add_occurrence(tx, house, 12, event_id=event_id, capacity=SEATS, **times)
        open_lottery(tx, facts.id, keys, now)
        people = [{"openid": f"o-{at}", "created_at": now} for at in range(ENTRIES)]
        tx.execute(insert(reader), people)
        row = {"occurrence_id": facts.id, "status": "entered", "adults": 1, "children": 0, "seats": 1}
        ids = list(tx.scalars(select(reader.c.id).order_by(reader.c.id)))
        entries = [
            {**row, "reader_id": reader_id, "entry_number": at, "short_code": f"{at:06}", "created_at": now}
            for at, reader_id in enumerate(ids, 1)
        ]
        tx.execute(insert(registration), entries)
    return facts.id


def is_drawing(db: Database, occurrence_id: int) -> bool:
    """Whether somebody holds what a draw holds: SQLite's one writer's lock, or the occurrence's row."""
    if db.is_sqlite:
        with Path(f"{db.engine.url.database}.lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False
    try:
        with db.writing() as tx:
            tx.execute(text(f"SELECT 1 FROM occurrence WHERE id = {occurrence_id} FOR NO KEY UPDATE NOWAIT"))
    except OperationalError:
        return True
    return False


def states(db: Database, occurrence_id: int) -> dict[str, int]:
    """How many registrations are in each state."""
    query = select(registration.c.status, func.count()).where(registration.c.occurrence_id == occurrence_id)
    with db.reading() as tx:
        return {row[0]: row[1] for row in tx.execute(query.group_by(registration.c.status))}


def test_a_worker_that_dies_while_it_draws_leaves_all_to_the_next(hall: tuple[Stack, Database, int]) -> None:
    """Told once each, drawn once, by the published seed. Seen to fail with a commit behind `claim_draw`."""
    stack, db, occurrence_id = hall
    stack.start_redis()
    stack.spawn_program("worker")
    stack.run_task("tasks.lotteries.draw_due")
    deadline = time.monotonic() + 60
    began = None
    while began is None or time.monotonic() - began < HALFWAY_S:
        assert time.monotonic() < deadline, "nobody draws for so long"
        began = (began or time.monotonic()) if is_drawing(db, occurrence_id) else None
        time.sleep(0.001)
    stack.kill("worker")
    assert states(db, occurrence_id) == {"entered": ENTRIES}
    with db.reading() as tx:
        assert tx.execute(select(func.count()).select_from(notice)).scalar_one() == 0
    stack.spawn_program("worker", "next")
    for _ in range(2):
        stack.run_task("tasks.lotteries.draw_due")
    wait_for(lambda: "entered" not in states(db, occurrence_id), "lots are drawn")
    assert states(db, occurrence_id) == {"offered": SEATS, "waitlisted": ENTRIES - SEATS}
    with db.reading() as tx:
        drawn = find_lottery(tx, occurrence_id)
        assert drawn is not None
        result = read_published(drawn.result)
        told = tx.execute(select(notice.c.registration_id, func.count()).group_by(notice.c.registration_id)).all()
    assert find_flaws(result) == []
    assert (len(result.of(Lot.WON)), len(result.of(Lot.SUBSTITUTE))) == (SEATS, ENTRIES - SEATS)
    assert sorted(row[1] for row in told) == [1] * ENTRIES
