"""Prepared statements behave as SQLAlchemy's own way does: types, error classes, lost connections."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.domain.kinds import SignUp
from bot.store.database import Database
from bot.store.occurrences import FACT_COLUMNS, FACT_SOURCE, get_occurrence
from bot.store.prepared import Prepared
from bot.store.tables import event, occurrence, reader, venue
from tests.factories import NOW, add_event, add_house, add_occurrence

_READER = Prepared(select(reader.c.id, reader.c.created_at).where(reader.c.openid == bindparam("openid")))
_ADD = Prepared(insert(reader).returning(reader.c.id), ("openid", "reminders", "created_at"))


def test_values_come_back_as_through_sqlalchemy(db: Database) -> None:
    row = {"openid": "o1", "reminders": True, "created_at": NOW}
    with db.writing() as tx:
        assert _ADD.first(tx, row) is not None
    with db.reading() as tx:
        usual = tx.execute(select(reader.c.id, reader.c.created_at)).one()
        assert _READER.all(tx, {"openid": "o1"}) == [tuple(usual)]
        assert _READER.first(tx, {"openid": "o2"}) is None


def test_facts_follow_a_change_of_any_of_their_tables(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        event_id = add_event(tx, house, audience=["儿童", "家长"])
        before = add_occurrence(tx, house, 1, event_id=event_id)
        assert get_occurrence(tx, before.id) is get_occurrence(tx, before.id)
        tx.execute(event.update().values(audience=["老人"], sign_up="none"))
        tx.execute(venue.update().values(name="二楼"))
        tx.execute(occurrence.update().values(starts_at=NOW + timedelta(days=3), ends_at=NOW + timedelta(days=4)))
        after = get_occurrence(tx, before.id)
    assert before.audience == ("儿童", "家长")
    assert (after.audience, after.sign_up, after.venue) == (("老人",), SignUp.NONE, "二楼")
    assert (after.starts_at, after.ends_at) == (NOW + timedelta(days=3), NOW + timedelta(days=4))
    assert len(FACT_COLUMNS) == len(select(*FACT_COLUMNS).select_from(FACT_SOURCE).selected_columns)


def test_a_row_that_may_not_be_is_an_integrity_error(db: Database) -> None:
    row = {"openid": "o1", "reminders": True, "created_at": NOW}
    with db.writing() as tx:
        _ADD.first(tx, row)
    with pytest.raises(IntegrityError) as refused, db.writing() as tx:
        _ADD.first(tx, row)
    assert "o1" not in str(refused.value.params)
    with db.reading() as tx:
        assert len(tx.execute(select(reader.c.id)).all()) == 1


def test_a_lost_connection_is_an_operational_error_and_only_one(db: Database) -> None:
    if db.is_sqlite:
        return  # has no server to lose
    with db.writing() as first, db.reading() as second:  # two pooled connections
        second.execute(text("SELECT 1"))
        first.execute(text("SELECT 1"))
    with pytest.raises(OperationalError), db.writing() as tx:
        tx.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"))
        tx.commit()
        with db.reading() as other:
            _READER.first(other, {"openid": "o1"})
    with db.reading() as tx:
        assert _READER.first(tx, {"openid": "o1"}) is None


def test_an_insert_that_leaves_a_column_to_python_is_refused(db: Database) -> None:
    lacks_a_default = Prepared(insert(reader).returning(reader.c.id), ("openid", "created_at"))
    with pytest.raises(TypeError, match="names all its columns"), db.writing() as tx:
        lacks_a_default.first(tx, {"openid": "o1", "created_at": NOW})
