"""/metrics tells how many notices are in each state, so that an alarm can ring for those that reached nobody."""

from __future__ import annotations

from pathlib import Path

from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import update

from bot.domain.kinds import NoticeState
from bot.store.database import Database, open_database
from bot.store.pii import Keys
from bot.store.tables import notice
from tests.services.notices_rows import add_registrations, queue
from tests.web.stage import StageClock, build_app


def test_notices_are_counted_by_state_and_states_without_any_stand_at_nought(
    client: FlaskClient, db: Database, keys: Keys
) -> None:
    with db.writing() as tx:
        for one in add_registrations(tx, keys, 3)[1]:
            queue(tx, one)
        tx.execute(update(notice).where(notice.c.id < 3).values(state=NoticeState.FAILED))
    counted = client.get("/metrics").text.splitlines()
    expected = dict.fromkeys(NoticeState, 0.0) | {NoticeState.FAILED: 2.0, NoticeState.PENDING: 1.0}
    for state, number in expected.items():
        assert f'shuqian_notices{{state="{state}"}} {number}' in counted


def test_requests_are_told_though_the_database_is_away(
    redis: Redis, keys: Keys, clock: StageClock, tmp_path: Path
) -> None:
    empty = open_database(f"sqlite:///{tmp_path / 'empty.db'}")  # not even a table
    client = build_app(empty, redis, keys, clock).test_client()
    client.get("/healthz")
    answer = client.get("/metrics")
    empty.dispose()
    assert answer.status_code == 200
    assert "shuqian_http_requests_total" in answer.text
    assert "shuqian_notices" not in answer.text
