"""The statements of the hot path read a few rows by an index, however large the tables grow."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from bot.store import history, lines, occurrences, registrations, sessions
from bot.store.database import Database


def _plan(db: Database, statement: Any) -> list[str]:
    compiled = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
    names = dict.fromkeys(compiled.params)
    sql = str(compiled)
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {sql}", tuple(names[name] for name in compiled.positiontup)
        )
        return [row[3] for row in rows]


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (occurrences.SEATS_TAKEN, "ix_registration_occurrence"),
        (occurrences._SEATS_TAKEN_EACH.of("sqlite"), "ix_registration_occurrence"),
        (lines._HEAD_OF_LINE, "ix_registration_waiting"),
        (registrations._ACTIVE_OF_READER.of("sqlite"), "uq_registration_active"),
        (registrations._CLAIM.of("sqlite"), "ix_registration_occurrence"),
        (sessions._FIND.of("sqlite"), "sqlite_autoindex_staff_session"),
        (history._OWN_PLACES.of("sqlite"), "uq_registration_active"),
    ],
)
def test_partial_indexes_serve_the_statements_they_were_made_for(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Any, statement: Any, index: str
) -> None:
    from bot.store.database import open_database

    db = open_database(f"sqlite:///{sqlite_template}")
    plan = _plan(db, statement)
    db.dispose()
    assert any(index in line for line in plan), plan
    assert not any(line.startswith("SCAN registration") for line in plan), plan
