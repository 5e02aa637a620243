"""Claims read a few rows by an index, however many notices wait and however many have been sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, insert, literal, select

from bot.domain.notice import Lane
from bot.store import outbox
from bot.store.database import Database
from bot.store.outbox_bundles import reminders_of
from bot.store.pii import Keys
from bot.store.tables import notice
from tests.factories import NOW
from tests.services.notices_rows import add_registrations, queue

MANY = 12_000


def plan(db: Database, query: Select[Any]) -> str:
    """How this database goes about the query."""
    with db.writing() as tx:
        told = query.compile(dialect=tx.dialect, compile_kwargs={"literal_binds": True})
        verb = "EXPLAIN QUERY PLAN" if tx.dialect.name == "sqlite" else "EXPLAIN"
        rows = tx.exec_driver_sql(f"{verb} {told}".replace("%", "%%"))
        return "\n".join(str(row[-1]) for row in rows)


def test_claims_use_indexes_with_twelve_thousand_waiting(db: Database, keys: Keys) -> None:
    """Seen to fail without the index's own condition in `_due`: SQLite read and sorted the whole table."""
    with db.writing() as tx:
        _, (place,) = add_registrations(tx, keys, 1)
        queue(tx, place)
        columns = [each for each in notice.c if each.name not in ("id", "moment", "lane")]
        for letter in "abcdefghijklmn":  # twice as many each time
            more = select(*columns, notice.c.moment + letter, literal(int(Lane.BULK)))
            tx.execute(insert(notice).from_select([*columns, "moment", "lane"], more, include_defaults=False))
        assert tx.execute(select(func.count()).select_from(notice)).scalar_one() > MANY
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE notice")
    for lane in Lane:
        due = plan(db, outbox.due_first(NOW + timedelta(days=1), 20, lane))
        assert "ix_notice_due" in due
        assert "Seq Scan" not in due
        assert "TEMP B-TREE FOR ORDER BY" not in due
    assert "ix_notice_" in plan(db, reminders_of(10**6, NOW))
