"""Transactions: what they promise whatever the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.store.database import Database, open_database
from bot.store.tables import reader, registration

NOW = datetime(2026, 5, 27, 1, 0, tzinfo=UTC)


def test_a_failed_block_leaves_nothing_behind(db: Database) -> None:
    with pytest.raises(RuntimeError), db.writing() as tx:
        tx.execute(insert(reader).values(openid="o1", created_at=NOW))
        raise RuntimeError
    with db.reading() as tx:
        assert tx.execute(select(reader.c.id)).all() == []


def test_sqlite_reading_transaction_refuses_to_write(tmp_path_factory: pytest.TempPathFactory) -> None:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('db') / 'x.db'}")
    with database.writing() as tx:
        tx.exec_driver_sql("CREATE TABLE t (n INTEGER)")
    with pytest.raises(DBAPIError, match="readonly"), database.reading() as tx:
        tx.exec_driver_sql("INSERT INTO t VALUES (1)")
    with database.writing() as tx:  # the same pooled connection writes again afterwards
        tx.exec_driver_sql("INSERT INTO t VALUES (1)")
    database.dispose()


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
