"""The schema's history leads to the tables that the code speaks of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, bindparam, insert, text

import bot.store
import bot.store.door_tables
import bot.store.sign_up_tables
import bot.store.staff_tables
from bot.store.columns import UtcDateTime
from bot.store.database import Database, open_database
from bot.store.migrate import is_current, newest_revision, upgrade
from bot.store.tables import metadata, reader, registration
from tests.conftest import PostgresServer
from tests.factories import NOW, add_house, add_occurrence


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


def test_check_ins_of_the_revision_before_count_as_before(tmp_path: Path, postgres: PostgresServer) -> None:
    """A valid one counts, a refused and an undone one do not; and a step back leaves what was valid."""
    name = f"m_{uuid4().hex[:10]}"
    postgres.run(f"CREATE DATABASE {name}")
    for url in (f"sqlite:///{tmp_path / 'old.db'}", postgres.address(name)):
        old = open_database(url)
        _run(old, command.upgrade, "0002")
        with old.writing() as tx:
            house = add_house(tx)
            place = add_occurrence(tx, house, 12).id
            tickets = [_add_old_registration(tx, place, serial) for serial in range(3)]
            _add_old_scan(tx, place, tickets[0], "ok", undone=False)
            _add_old_scan(tx, place, tickets[1], "ok", undone=True)
            _add_old_scan(tx, place, tickets[2], "already", undone=False)
        _run(old, command.upgrade, "0003")
        with old.reading() as tx:
            counted = tx.execute(text("SELECT registration_id FROM checkin WHERE counted_as = 'registered'"))
            assert list(counted.scalars()) == [tickets[0]]
        _run(old, command.downgrade, "0002")
        with old.reading() as tx:
            valid = tx.execute(text("SELECT registration_id FROM checkin WHERE result = 'ok' AND undone_at IS NULL"))
            assert list(valid.scalars()) == [tickets[0]]
        old.dispose()
    postgres.run(f"DROP DATABASE {name}")


def _run(database: Database, change: Callable[[Config, str], None], revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(bot.store.__file__).parent / "migrations"))
    with database.writing() as connection:
        config.attributes["connection"] = connection
        change(config, revision)


def _add_old_registration(tx: Connection, occurrence_id: int, serial: int) -> int:
    new = insert(reader).values(openid=f"o-{serial}", created_at=NOW, reminders=True)
    reader_id = tx.execute(new.returning(reader.c.id)).scalar_one()
    row = {"occurrence_id": occurrence_id, "reader_id": reader_id, "status": "confirmed", "adults": 1, "children": 0}
    more = {"seats": 1, "short_code": f"AAAAA{serial + 2}", "created_at": NOW, "confirmed_at": NOW}
    return int(tx.execute(insert(registration).values(**row, **more).returning(registration.c.id)).scalar_one())


def _add_old_scan(tx: Connection, occurrence_id: int, registration_id: int, result: str, *, undone: bool) -> None:
    tx.execute(
        text(
            "INSERT INTO checkin (occurrence_id, registration_id, people, result, door, received_at, forced, undone_at)"
            " VALUES (:place, :ticket, :people, :result, 'chat_scan', :at, :no, :undone)"
        ).bindparams(bindparam("at", type_=UtcDateTime()), bindparam("undone", type_=UtcDateTime())),
        {
            "place": occurrence_id,
            "ticket": registration_id,
            "people": 1 if result == "ok" else 0,
            "result": result,
            "at": NOW,
            "no": False,
            "undone": NOW if undone else None,
        },
    )
