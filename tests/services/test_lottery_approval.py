"""Places that are drawn by lot at an event where a person decides about each registration."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.domain.kinds import NoticeKind
from bot.services.lotteries import Drawn, draw_lottery
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import notice
from tests.factories import add_house
from tests.services.test_lotteries import CLOSES, add_lottery_event, add_readers, enter_all, statuses


def test_who_is_drawn_still_waits_for_the_decision(db: Database, keys: Keys) -> None:
    """Seen to fail before: winners were confirmed past the person who decides."""
    with db.writing() as tx:
        house = add_house(tx)
        facts = add_lottery_event(tx, house, 12, rules={"approval": True}, capacity=2)
        enter_all(tx, facts, add_readers(tx, keys, 3), keys)
        assert isinstance(draw_lottery(tx, facts.id, keys, CLOSES + timedelta(seconds=1)), Drawn)
        assert sorted(statuses(tx, facts)) == ["pending", "pending", "waitlisted"]
        assert list(tx.scalars(select(notice.c.kind))) == [NoticeKind.LOTTERY_LOST]
