"""Settling in a real worker: what is over is marked once, whatever the queue brings twice."""

from __future__ import annotations

from sqlalchemy import select

from bot.domain.clock import utc_now
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.sign_up_tables import mark
from bot.store.tables import notice
from tests.factories import NOW
from tests.services.standing_rows import open_season
from tests.tasks.conftest import Crew
from tests.wechat.conversations import wait_until


def test_occurrences_that_are_over_are_settled_through_the_queue(crew: Crew, db: Database, keys: Keys) -> None:
    season = open_season(db, keys, ban_after=1)
    season.hold((utc_now() - NOW).days - 1, absent=["a", "b"], present=["c"])
    crew.start()
    for _ in range(3):
        crew.run("tasks.standing.settle_due")
    crew.run("tasks.standing.strip_standing")
    wait_until(lambda: crew.log.read_text().count("succeeded in") >= 4, 60)
    with db.reading() as tx:
        assert tx.scalars(select(mark.c.kind)).all() == ["no_show", "no_show"]
        assert tx.scalars(select(notice.c.kind)).all() == ["suspended", "suspended"]
    crew.stop()
    assert "Traceback" not in crew.log.read_text()
