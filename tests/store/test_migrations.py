"""The schema's history leads to the tables that the code speaks of."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import bot.store
import bot.store.door_tables
import bot.store.sign_up_tables
import bot.store.staff_tables
from bot.store.database import Database, open_database
from bot.store.migrate import is_current, newest_revision, upgrade
from bot.store.tables import metadata


def test_migrations_lead_to_exactly_the_tables_of_the_code(db: Database) -> None:
    with db.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_upgrading_again_changes_nothing(db: Database) -> None:
    assert is_current(db)
    upgrade(db)
    assert is_current(db)


def test_file_names_of_migrations_tell_their_revisions_and_their_order() -> None:
    """The web processes read the newest revision off the file names, because Alembic is too heavy for them."""
    scripts = ScriptDirectory(str(Path(bot.store.__file__).parent / "migrations"))
    newest_first = list(scripts.walk_revisions())
    assert [Path(script.path).name.partition("_")[0] for script in newest_first] == [
        script.revision for script in newest_first
    ]
    assert sorted((script.revision for script in newest_first), reverse=True) == [
        script.revision for script in newest_first
    ]
    assert newest_revision() == scripts.get_current_head()


def test_an_empty_database_is_not_current(tmp_path: Path) -> None:
    empty = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    assert not is_current(empty)
    empty.dispose()
