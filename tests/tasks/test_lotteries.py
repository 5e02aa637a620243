"""The draw in a real worker: seeds published in time, due lots drawn, two beats harmless."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from bot.domain.clock import utc_now
from bot.domain.party import Party
from bot.services.registrations import sign_up
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.sign_up_tables import lottery
from bot.store.tables import notice, occurrence, registration
from tests.factories import add_event, add_house, add_occurrence, add_reader
from tests.tasks.conftest import Crew
from tests.wechat.conversations import wait_until


def test_seeds_are_published_and_due_lots_are_drawn_once_by_two_workers(crew: Crew, db: Database, keys: Keys) -> None:
    now = utc_now()
    with db.writing() as tx:
        house = add_house(tx)
        event_id = add_event(tx, house, rules={"allocation": "lottery"})
        times = {"starts_at": now + timedelta(days=3), "closes_at": now + timedelta(hours=1)}
        due = add_occurrence(tx, house, 12, event_id=event_id, capacity=2, **times)
        opened = add_occurrence(tx, house, 13, event_id=event_id, **times)
        for number in range(5):
            one = add_reader(tx, f"r{number}", keys, phone=f"+861380013800{number}")
            sign_up(tx, one, due, Party(1, 0), None, keys, now)
        tx.execute(update(occurrence).where(occurrence.c.id == due.id).values(closes_at=now))
    for _ in range(2):
        crew.start()
    for _ in range(4):
        crew.run("tasks.lotteries.draw_due")

    def is_done() -> bool:
        with db.reading() as tx:
            rows = {row[0]: row[1] for row in tx.execute(select(lottery.c.occurrence_id, lottery.c.drawn_at))}
        return rows.get(due.id) is not None and opened.id in rows

    wait_until(is_done, 60)
    wait_until(lambda: crew.log.read_text().count("draw_due[") >= 8, 60)  # received and succeeded, each of the four
    with db.reading() as tx:
        assert sorted(tx.scalars(select(registration.c.status))) == ["offered"] * 2 + ["waitlisted"] * 3
        assert sorted(tx.scalars(select(notice.c.kind))) == ["lottery_lost"] * 3 + ["lottery_won"] * 2
    crew.stop()
    assert "Traceback" not in crew.log.read_text()
