"""The schema's history leads to the tables that the code speaks of."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.store.database import Database
from bot.store.migrate import is_current, upgrade
from bot.store.tables import metadata


def test_migrations_lead_to_exactly_the_tables_of_the_code(db: Database) -> None:
    with db.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_upgrading_again_changes_nothing(db: Database) -> None:
    assert is_current(db)
    upgrade(db)
    assert is_current(db)
