"""Two who decide an appeal at the same moment."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.kinds import Role
from bot.services.appeals import Decided, DecidedBefore, Decision, decide_appeal, take_appeal
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.readers import StaffMember
from bot.store.sign_up_tables import suspension
from bot.store.staff import save_role
from bot.store.tables import notice
from tests.factories import NOW, add_reader
from tests.services.standing_rows import SETTLED, open_season

THEN = NOW + timedelta(days=1)


@pytest.mark.parametrize("second_lifts", [True, False])
def test_of_two_decisions_at_once_one_holds_and_the_reader_is_told_once(
    db: Database, keys: Keys, second_lifts: bool
) -> None:
    """Seen to fail on PostgreSQL with `lock_reader` left out of `_locked`: both decided, and both answers were queued."""
    season = open_season(db, keys, ban_after=1)
    season.hold(0, absent=["a"])
    season.settle(NOW + SETTLED)
    with db.writing() as tx:
        code = str(tx.scalars(select(suspension.c.code)).one())
        take_appeal(tx, season.readers["a"], code, "那天孩子发烧", keys, THEN)
        own = [add_reader(tx, name, keys) for name in ("one", "two")]
        members = [
            StaffMember(save_role(tx, each, Role.ORGANISER, None, NOW), Role.ORGANISER, None, "") for each in own
        ]
    decisions: list[Decision] = []
    first_has_decided, second_tries = threading.Event(), threading.Event()

    def second() -> None:
        first_has_decided.wait(10)
        second_tries.set()
        with db.writing() as tx:
            now = THEN + timedelta(seconds=1)
            decisions.append(decide_appeal(tx, members[1], own[1], code, "再看", now, lifted=second_lifts))

    other = threading.Thread(target=second)
    other.start()
    with db.writing() as tx:
        decisions.append(decide_appeal(tx, members[0], own[0], code, "属实", THEN, lifted=True))
        first_has_decided.set()
        second_tries.wait(10)
        other.join(0.5)  # it stands at the lock; without one it would have looked by now
    other.join(30)
    assert [type(decision) for decision in decisions] == [Decided, DecidedBefore]
    with db.reading() as tx:
        assert tx.scalars(select(notice.c.kind).order_by(notice.c.id)).all().count("appeal_answered") == 1
