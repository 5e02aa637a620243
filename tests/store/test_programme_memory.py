"""The programme is kept in each process's memory under an edition that the database renews with every change."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from bot.store.database import Database
from bot.store.occurrences import find_by_number, list_upcoming
from bot.store.tables import event, library, occurrence, programme_edition, rule_template, venue
from tests.factories import NOW, House, add_event, add_house, add_occurrence


@pytest.fixture
def house(db: Database) -> House:
    """A library with one occurrence, number 1."""
    with db.writing() as tx:
        house = add_house(tx)
        add_occurrence(tx, house, 1, title="亲子阅读")
        tx.execute(insert(rule_template).values(campaign_id=house.campaign_id, name="plain", rules={}))
    return house


def edition_of(db: Database) -> str:
    """The edition that the database has now."""
    with db.reading() as tx:
        return str(tx.scalar(select(programme_edition.c.edition)))


def titles(db: Database) -> list[str]:
    """What readers are told is coming."""
    with db.reading() as tx:
        return [facts.title for facts in list_upcoming(tx, NOW)]


CHANGES = {
    "library renamed": update(library).values(name="旺苍县图书馆"),
    "library added": insert(library).values(code="n", name="新馆", aliases=[], level="county", contact="", position=9),
    "venue renamed": update(venue).values(name="二楼"),
    "rules of a template": update(rule_template).values(rules={"party_limit": 2}),
    "template deleted": delete(rule_template),
    "event renamed": update(event).values(title="别的"),
    "occurrence cancelled": update(occurrence).values(status="cancelled"),
    "occurrence deleted": delete(occurrence),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_each_change_of_what_readers_are_told_makes_another_edition(db: Database, house: House, change: Any) -> None:
    """On the migrated schema, so that a migration which loses triggers is found out.

    Seen to fail for `rule_template` with that table left out of the migration.
    """
    before = edition_of(db)
    with db.writing() as tx:
        tx.execute(change)
    assert edition_of(db) != before


def test_new_rows_make_another_edition(db: Database, house: House) -> None:
    before = edition_of(db)
    with db.writing() as tx:
        add_event(tx, house, "新的")
    between = edition_of(db)
    with db.writing() as tx:
        add_occurrence(tx, house, 2)
    assert len({before, between, edition_of(db)}) == 3


RENAME = """
import sys
from sqlalchemy import update
from bot.store.database import open_database
from bot.store.tables import event
with open_database(sys.argv[1]).writing() as tx:
    tx.execute(update(event).values(title=sys.argv[2]))
"""


def test_a_change_by_another_process_is_seen_by_the_very_next_look(
    db: Database, database_url: str, house: House
) -> None:
    """Seen to fail with the triggers dropped before the other process runs."""
    assert titles(db) == ["亲子阅读"]
    command = [sys.executable, "-c", RENAME, database_url, "改名的讲座"]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2], timeout=60)
    assert titles(db) == ["改名的讲座"]
    with db.reading() as tx:
        facts = find_by_number(tx, 1, NOW)
    assert facts is not None
    assert facts.title == "改名的讲座"


def test_a_change_is_seen_inside_its_own_transaction_and_forgotten_with_it(db: Database, house: House) -> None:
    """A counter would come to the same number again. Seen to fail with `edition = edition + 1` in the triggers."""
    assert titles(db) == ["亲子阅读"]
    for title, is_kept in (("taken back", False), ("kept", True)):
        try:
            with db.writing() as tx:
                tx.execute(update(event).values(title=title))
                assert [facts.title for facts in list_upcoming(tx, NOW)] == [title]
                if not is_kept:
                    raise InterruptedError
        except InterruptedError:
            assert titles(db) == ["亲子阅读"]
    assert titles(db) == ["kept"]


def test_what_is_over_leaves_the_list_though_nothing_was_changed(db: Database, house: House) -> None:
    """Seen to fail with `is_over` not asked of what is in memory."""
    assert titles(db) == ["亲子阅读"]
    with db.reading() as tx:
        assert list_upcoming(tx, NOW + timedelta(days=3)) == []
        facts = find_by_number(tx, 1, NOW + timedelta(days=3))
        assert facts is not None, "its number still leads to it"


def test_a_clock_that_was_set_back_finds_what_was_over(db: Database, house: House) -> None:
    """Seen to fail with `as_of` not looked at: what was over at the first look was missing from memory."""
    with db.reading() as tx:
        assert list_upcoming(tx, NOW + timedelta(days=3)) == []
    assert titles(db) == ["亲子阅读"]


def test_a_number_given_again_leads_to_what_is_not_over(db: Database, house: House) -> None:
    with db.writing() as tx:
        tx.execute(update(occurrence).values(starts_at=NOW - timedelta(days=2), ends_at=NOW - timedelta(days=1)))
        other_campaign = House(house.library_id, house.campaign_id, house.venue_id)
        newer = add_occurrence(tx, other_campaign, 7, title="新一期")
    with db.reading() as tx:
        old = find_by_number(tx, 1, NOW)
        assert old is not None
        assert old.is_over(NOW)
        assert find_by_number(tx, 7, NOW) == newer
        assert find_by_number(tx, 99, NOW) is None
