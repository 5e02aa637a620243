"""Reports on the desk of staff: who reads, who writes, and that every look and word is on record."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.domain.kinds import Role
from bot.services.report_desk import (
    LONGEST_SLOT,
    NoSuchDocument,
    NoSuchSlot,
    NotForThisRole,
    SlotCleared,
    SlotTooLong,
    SlotWritten,
    list_slots,
    list_versions,
    read_document,
    set_slot,
)
from bot.services.reports import freeze
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import audit
from tests.services.report_rows import AFTER, HOUR, Moving, add_staff, add_week, press_of

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_documents_are_read_by_organisers_and_every_look_is_noted(db: Database, keys: Keys) -> None:
    week = add_week(db)
    campaign_id = week.house.campaign_id
    with db.writing() as tx:
        freeze(tx, campaign_id, keys, HOUR, actor="task")
    press_of(db, keys, Moving(HOUR)).draw_versions()
    with db.writing() as tx:
        read = read_document(tx, week.organiser, campaign_id, None, 1, "report.txt", HOUR)
        assert read == b"1 80 3000 []"
        assert read_document(tx, week.organiser, campaign_id, None, 2, "report.txt", HOUR) == NoSuchDocument()
        assert read_document(tx, week.organiser, campaign_id, None, 1, "../x", HOUR) == NoSuchDocument()
        assert read_document(tx, week.venue, campaign_id, None, 1, "report.txt", HOUR) == NotForThisRole()
        looks = tx.execute(select(audit).where(audit.c.action == "read report.txt")).all()
        assert [row.actor for row in looks] == [f"staff:{week.organiser.id}"]
        shown = list_versions(tx, week.organiser, campaign_id)
        assert isinstance(shown, list)
        assert [(each.version.number, each.files) for each in shown] == [(1, ("report.txt", "public.docx"))]
        assert list_versions(tx, week.venue, campaign_id) == NotForThisRole()


def test_a_branch_writes_into_its_own_report_and_the_issuing_library_into_the_campaigns(db: Database) -> None:
    week = add_week(db)
    campaign_id = week.house.campaign_id
    with db.writing() as tx:
        city = add_staff(tx, Role.ORGANISER, week.house.library_id, "o-city")

        def write(member: object, library_id: int | None) -> object:
            return set_slot(tx, member, campaign_id, library_id, "conclusion", "办得好。", AFTER)  # type: ignore[arg-type]

        assert write(week.organiser, None) == NotForThisRole()
        assert isinstance(write(week.organiser, week.branch_id), SlotWritten)
        assert write(city, week.branch_id) == NotForThisRole()
        assert isinstance(write(city, None), SlotWritten)
        assert isinstance(write(week.manager, week.branch_id), SlotWritten)
        assert write(week.venue, None) == NotForThisRole()
        actors = set(tx.scalars(select(audit.c.actor).where(audit.c.action == "write_slot")))
        assert actors == {f"staff:{each.id}" for each in (week.organiser, city, week.manager)}


@one_database
def test_a_slot_is_written_over_cleared_and_bounded(db: Database) -> None:
    week = add_week(db)
    campaign_id, boss = week.house.campaign_id, week.manager
    with db.writing() as tx:
        for words in ("一", "二"):
            set_slot(tx, boss, campaign_id, None, "title", words, AFTER)
        written = list_slots(tx, boss, campaign_id)
        assert isinstance(written, list)
        assert [slot.words for slot in written] == ["二"]
        assert set_slot(tx, boss, campaign_id, None, "title", " \n", AFTER) == SlotCleared()
        assert set_slot(tx, boss, campaign_id, None, "title", "", AFTER) == NoSuchSlot()
        assert set_slot(tx, boss, campaign_id, None, "title", "字" * (LONGEST_SLOT + 1), AFTER) == SlotTooLong()
        assert set_slot(tx, boss, campaign_id, None, "n" * 61, "x", AFTER) == SlotTooLong()
        assert list_slots(tx, week.venue, campaign_id) == NotForThisRole()
