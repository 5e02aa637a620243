"""Closing a campaign in a real worker: the draft, then the freeze with its documents, each told of once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.clock import local_day, utc_now
from bot.reports.drawing import FILES
from bot.store import reports as store
from bot.store.database import Database
from bot.store.tables import campaign, notice
from tests.services.report_rows import add_week
from tests.tasks.conftest import Crew
from tests.wechat.conversations import wait_until


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_campaign_that_is_over_gets_a_draft_and_at_its_hour_a_version(crew: Crew, db: Database) -> None:
    campaign_id = add_week(db).house.campaign_id
    today, now = local_day(utc_now()), utc_now()

    def documents(number: int) -> list[str]:
        with db.reading() as tx:
            version = store.find_version(tx, campaign_id, None, number)
            return sorted(store.list_documents(tx, version.id)) if version else []

    over = {"ends_on": today - timedelta(days=1), "freezes_at": now + timedelta(days=1)}
    with db.writing() as tx:
        tx.execute(update(campaign).values(**over))
    crew.start()
    for _ in range(2):
        crew.run("tasks.reports.close_due")
    wait_until(lambda: documents(0) == sorted(FILES), 60)
    with db.writing() as tx:
        tx.execute(update(campaign).values(freezes_at=now))
    for _ in range(2):
        crew.run("tasks.reports.close_due")
    wait_until(lambda: documents(1) == sorted(FILES), 60)
    with db.reading() as tx:
        kinds = sorted(tx.scalars(select(notice.c.kind)))
    assert kinds == ["report_drafted"] * 2 + ["report_frozen"] * 2
    crew.stop()
    assert "report_failed" not in crew.log.read_text()
