"""Transactions: what they promise whatever the database."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from bot.store.database import Database, open_database
from bot.store.tables import reader, registration

NOW = datetime(2026, 5, 27, 1, 0, tzinfo=UTC)


def test_a_failed_block_leaves_nothing_behind(db: Database) -> None:
    with pytest.raises(RuntimeError), db.writing() as tx:
        tx.execute(insert(reader).values(openid="o1", created_at=NOW))
        raise RuntimeError
    with db.reading() as tx:
        assert tx.execute(select(reader.c.id)).all() == []


def test_reading_refuses_to_write(db: Database) -> None:
    row = {"openid": "o1", "created_at": NOW}
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), db.reading() as tx:
        tx.execute(insert(reader).values(row))
    with db.writing() as tx:  # the same pooled connection writes again afterwards
        tx.execute(insert(reader).values(row))
    with db.reading() as tx:
        assert tx.execute(select(reader.c.openid)).scalars().all() == ["o1"]


def test_sqlite_commits_reach_the_disk(db: Database) -> None:
    if not db.is_sqlite:
        with db.reading() as tx:
            assert tx.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
        return
    with db.engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_moments_come_back_as_the_same_moment_in_utc(db: Database) -> None:
    in_beijing = datetime(2026, 5, 27, 9, 0, tzinfo=timezone(timedelta(hours=8)))
    with db.writing() as tx:
        tx.execute(insert(reader).values(openid="o1", created_at=in_beijing))
    with db.reading() as tx:
        stored = tx.execute(select(reader.c.created_at)).scalar_one()
    assert stored == in_beijing
    assert stored.utcoffset() == timedelta(0)


def test_moments_without_a_zone_are_refused(db: Database) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(Exception, match="without a time zone"), db.writing() as tx:
        tx.execute(insert(reader).values(openid="o1", created_at=naive))


def test_rows_that_point_nowhere_are_refused(db: Database) -> None:
    row = {
        "occurrence_id": 99, "reader_id": 99, "status": "confirmed", "adults": 1, "children": 0, "seats": 1,
        "short_code": "AAAAAA", "created_at": NOW,
    }  # fmt: skip
    with pytest.raises(IntegrityError), db.writing() as tx:
        tx.execute(insert(registration).values(row))


HOLDING = """
import sys, time
from bot.store.database import open_database
with open_database(sys.argv[1]).writing() as tx:
    print("held", flush=True)
    time.sleep(600)
"""


def write(database: Database) -> str:
    """Write a row; what came of it."""
    try:
        with database.writing() as tx:
            tx.execute(insert(reader).values(openid=None, created_at=NOW))
    except OperationalError as error:
        return str(error.orig)
    return "written"


def test_writers_behind_a_stopped_process_give_up_in_time_and_leave_no_lock_behind(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail (to hang) with a wait without end. PostgreSQL has a lock timeout of its own.

    Seen to fail as well with the thread that was left waiting keeping what it gets: the neighbour met a lock that
    nobody used.
    """
    monkeypatch.setattr("bot.store.database.BUSY_TIMEOUT_MS", 400)
    path = tmp_path / "held.db"
    shutil.copy(sqlite_template, path)
    ours, neighbour = (open_database(f"sqlite:///{path}") for _ in range(2))
    holder = [sys.executable, "-c", HOLDING, f"sqlite:///{path}"]
    with subprocess.Popen(holder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        process.send_signal(signal.SIGSTOP)
        started = time.monotonic()
        with ThreadPoolExecutor(3) as pool:
            assert list(pool.map(write, [ours] * 3)) == ["database is locked"] * 3
        assert time.monotonic() - started < 3
        process.kill()
    deadline = time.monotonic() + 10
    while write(neighbour) != "written":
        assert time.monotonic() < deadline
    assert [write(ours), write(neighbour), write(ours)] == ["written"] * 3
    ours.dispose()
    neighbour.dispose()
