"""kill -9 of a worker between the platform's deed and its own commit, counted on the readers' phones (promise I5)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.domain.clock import utc_now
from bot.domain.kinds import NoticeKind
from bot.services.notices import resend_notice
from bot.store.database import Database, open_database
from bot.store.pii import Keys
from bot.store.tables import notice, reader
from tests.factories import grant_rights
from tests.faults.conftest import new_database
from tests.faults.sandbox_phones import REMINDER, SECRET, Phones, open_phones
from tests.faults.stack import Stack, wait_for
from tests.services.notices_rows import add_registrations, queue, states

SENDING = {"message/template/send", "message/custom/send"}


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Stack, Database, Phones]]:
    """No worker yet, over the sandbox."""
    folder = tmp_path / "sandbox"
    folder.mkdir()
    with open_phones(folder) as phones, new_database(request.param, request, tmp_path) as url:
        more = {"WECHAT_SECRET": SECRET, "WECHAT_REMINDER_TEMPLATE": REMINDER, "REMINDER_OFFSETS": ""}
        stack = Stack(tmp_path, url, WECHAT_API_BASE=phones.url, **more)
        db = open_database(url)
        try:
            stack.start_redis()
            yield stack, db, phones
        finally:
            stack.stop()
            db.dispose()


def add_two(db: Database, keys: Keys, phones: Phones) -> tuple[str, str]:
    """A reader whose reminder goes by template, and one whose promotion goes by customer service."""
    openids = phones.add_follower(), phones.add_follower()
    now = utc_now()
    start = (now + timedelta(days=1)).replace(microsecond=0)
    with db.writing() as tx:
        grant_rights(tx)
        _, (reminded, promoted) = add_registrations(tx, keys, 2, starts_at=start)
        for place, openid in enumerate(openids):
            tx.execute(update(reader).where(reader.c.openid == f"o-reader-{place}").values(openid=openid))
        queue(tx, reminded, NoticeKind.REMINDER, moment=f"24h@{start:%Y%m%dT%H%M}", due_at=now, now=now)
        queue(tx, promoted, NoticeKind.PROMOTED, due_at=now, now=now)
    return openids


def test_killed_after_the_platform_acted_leaves_unknown_and_one_message_on_each_phone(
    office: tuple[Stack, Database, Phones], keys: Keys
) -> None:
    """And where a person has both sent again at once, the platform drops the template's second, and no other.

    Seen to fail with `mark_lost` giving back to `pending`: two by customer service without anybody's decision; and
    without `client_msg_id`: two by template.
    """
    stack, db, phones = office
    reminded, promoted = add_two(db, keys, phones)
    done, killed = threading.Semaphore(0), threading.Event()

    def hold(path: str) -> None:
        if path in SENDING:
            done.release()
            killed.wait(60)

    phones.after = hold
    stack.spawn_program("worker", "first")
    for lane in ("bulk", "urgent"):
        stack.run_task(f"tasks.delivery.deliver_{lane}")
    assert all(done.acquire(timeout=60) for _ in range(2))
    stack.kill("first")
    killed.set()
    assert (phones.received(reminded)["template"], phones.received(promoted).total()) == (1, 1)
    with db.writing() as tx:
        assert states(tx) == ["sending", "sending"]
        tx.execute(update(notice).values(lease_until=utc_now() - timedelta(seconds=1)))  # as if it had run out
    stack.spawn_program("worker", "second")
    for task in ("deliver_bulk", "deliver_urgent", "mark_lost"):
        stack.run_task(f"tasks.delivery.{task}")
    wait_for(lambda: all_are(db, "unknown"), "both are found")
    assert (phones.received(reminded).total(), phones.received(promoted).total()) == (1, 1)
    with db.writing() as tx:
        for each in tx.scalars(select(notice.c.id)).all():
            resend_notice(tx, each, "command", utc_now())
    for lane in ("bulk", "urgent"):
        stack.run_task(f"tasks.delivery.deliver_{lane}")
    wait_for(lambda: all_are(db, "sent"), "both are sent again")
    assert (phones.received(reminded).total(), phones.received(promoted).total()) == (1, 2)


def all_are(db: Database, state: str) -> bool:
    """Whether every notice is in this state."""
    with db.reading() as tx:
        return set(states(tx)) == {state}
