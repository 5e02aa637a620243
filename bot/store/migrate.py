"""Bring a database to the newest schema (Alembic), and say whether it is there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import column, inspect, select, table

from bot.store.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"
_VERSION = table("alembic_version", column("version_num"))


def upgrade(database: Database) -> None:
    """Apply all missing migrations, in one transaction."""
    if is_current(database):
        return
    # Only here: web processes ask whether the schema is current, and would carry eight megabytes for nothing.
    from alembic import command
    from alembic.config import Config

    config = Config()  # needs no ini file
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Whether the schema is the newest."""
    with database.reading() as connection:
        if not inspect(connection).has_table(_VERSION.name):
            return False
        return connection.scalar(select(_VERSION.c.version_num)) == newest_revision()


@cache
def newest_revision() -> str:
    """The newest migration, by its file name: NUMBER_words.py, where the number is the revision."""
    return max(path.stem.partition("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*_*.py"))
