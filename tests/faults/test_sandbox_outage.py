"""An hour's outage played at the sandbox: its answers are cut, then too slow, though each call has its effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select, update

from bot.domain.kinds import NoticeKind
from bot.services.notices import resend_notice
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import notice, reader
from bot.wechat import gateway as gateway_module
from bot.wechat.templates import Templates
from tests.factories import NOW
from tests.faults.sandbox_phones import REMINDER, Phones, open_phones
from tests.services.notices_rows import add_registrations, queue
from tests.wechat.test_mailing import Office

READERS = 12
REMINDED, PROMOTED, CHANGED = NoticeKind.REMINDER, NoticeKind.PROMOTED, NoticeKind.OCCURRENCE_CHANGED
START = NOW + timedelta(days=1)


@pytest.fixture
def phones(tmp_path: Path) -> Iterator[Phones]:
    """The sandbox."""
    with open_phones(tmp_path) as opened:
        yield opened


def add_followers(db: Database, keys: Keys, phones: Phones) -> list[str]:
    """Readers with a reminder (by template), a promotion (by customer service), and one of no use in twenty minutes."""
    openids = [phones.add_follower() for _ in range(READERS)]
    with db.writing() as tx:
        _, registrations = add_registrations(tx, keys, READERS, starts_at=START)
        for place, openid in enumerate(openids):
            tx.execute(update(reader).where(reader.c.openid == f"o-reader-{place}").values(openid=openid))
            one = registrations[place]
            queue(tx, one, REMINDED, moment=f"24h@{START:%Y%m%dT%H%M}")
            queue(tx, one, PROMOTED)
            queue(tx, one, CHANGED, moment="soon", not_after=NOW + timedelta(minutes=20))
    return openids


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_after_an_hour_of_cut_and_slow_answers_each_phone_has_each_message_once(
    db: Database, redis: Redis, keys: Keys, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail without the pause: every notice was of unknown outcome."""
    monkeypatch.setattr(gateway_module, "READ_TIMEOUT_S", 0.05)
    office = Office(db, redis, phones.url, Templates.parse(REMINDER, None, None))
    openids = add_followers(db, keys, phones)
    office.mailer._platform_answers()  # a token, from before
    for mode in ("cut", "slow"):
        phones.mend()
        phones.order("*", mode, seconds=0.1)
        for _ in range(60):
            office.mailer._answered_at = 0.0
            office.run(timedelta(seconds=30))
    assert sum(number for (_, state), number in count(db).items() if state == "unknown") <= 2
    phones.mend()
    monkeypatch.setattr(gateway_module, "READ_TIMEOUT_S", 5.0)
    for _ in range(3):
        office.run(timedelta(minutes=1))
    after = count(db)
    lost = {kind: after[kind, "unknown"] for kind in (REMINDED, PROMOTED, CHANGED)}
    assert after[REMINDED, "sent"] == READERS - lost[REMINDED]
    assert after[PROMOTED, "sent"] == READERS - lost[PROMOTED]
    assert after[CHANGED, "dropped"] == READERS - lost[CHANGED]
    with db.writing() as tx:
        unknown = (notice.c.kind == REMINDED) & (notice.c.state == "unknown")
        for each in tx.scalars(select(notice.c.id).where(unknown)).all():
            resend_notice(tx, each, "command", office.now)  # the platform drops it
    office.run()
    received = [phones.received(openid) for openid in openids]
    assert [each["template"] for each in received] == [1] * READERS
    assert sum(each.total() for each in received) == 2 * READERS + lost[CHANGED]


def count(db: Database) -> Counter[tuple[str, str]]:
    """How many notices of each kind are in each state."""
    with db.reading() as tx:
        return Counter((row.kind, row.state) for row in tx.execute(select(notice.c.kind, notice.c.state)))
