"""The tasks in a real worker: delivery, reminders, a worker killed while sending, Redis flushed."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select, update

from bot.domain.clock import utc_now
from bot.domain.kinds import NoticeKind
from bot.services.erasure import erase_reader
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import audit, event, notice, registration
from tests.factories import add_reader, grant_rights
from tests.faults.traces import files_of
from tests.services.notices_rows import add_registrations, queue, states
from tests.tasks.conftest import AddNotices, Crew
from tests.wechat.conversations import wait_until
from tests.wechat.platform import Platform

TEXT = "message/custom/send"


def all_are(db: Database, *expected: str) -> bool:
    """Whether every notice is in one of these states."""
    with db.reading() as tx:
        return set(states(tx)) <= set(expected)


def test_due_notices_are_delivered_and_the_log_tells_no_secret(
    crew: Crew, db: Database, platform: Platform, add_notices: AddNotices
) -> None:
    add_notices(25)  # more than one batch
    crew.start()
    crew.run("tasks.delivery.deliver_urgent")
    wait_until(lambda: all_are(db, "sent"), 60)
    told = [body["touser"] for body in platform.of(TEXT)]
    assert sorted(told) == sorted({f"o-reader-{number}" for number in range(25)})
    assert "http://library.example/T/" in platform.of(TEXT)[0]["text"]["content"]
    crew.stop()
    written = crew.log.read_text()
    assert "notice_settled" in written
    for canary in ("secret-canary", "token-canary", platform.tokens[0], "o-reader-1", "K7P"):
        assert canary not in written


def test_worker_killed_while_sending_leaves_unknown_and_nobody_is_told_twice(
    crew: Crew, db: Database, platform: Platform, add_notices: AddNotices
) -> None:
    """Seen to fail with `sending` among the states that `claim_due` and `start_sending` take: told twice."""
    add_notices(1)
    arrived, may_answer = threading.Event(), threading.Event()

    def hold(path: str) -> None:
        if path == TEXT:
            arrived.set()
            may_answer.wait(30)

    platform.before = hold
    first = crew.start()
    crew.run("tasks.delivery.deliver_urgent")
    assert arrived.wait(60)
    first.kill()
    first.wait(10)
    may_answer.set()
    with db.writing() as tx:  # as if the lease had run out
        tx.execute(update(notice).values(lease_until=utc_now() - timedelta(seconds=1)))
    crew.start()
    crew.run("tasks.delivery.deliver_urgent")
    wait_until(lambda: "succeeded" in crew.log.read_text(), 60)  # the second worker looked and found nothing to send
    crew.run("tasks.delivery.mark_lost")
    wait_until(lambda: all_are(db, "unknown"), 60)
    assert len(platform.of(TEXT)) == 1


def test_reminders_are_found_queued_and_sent_though_redis_is_flushed(
    crew: Crew, db: Database, platform: Platform, redis: Redis, keys: Keys
) -> None:
    with db.writing() as tx:
        now = utc_now()
        since = {"created_at": now - timedelta(days=10), "confirmed_at": now - timedelta(days=10)}
        add_registrations(tx, keys, 3, starts_at=now + timedelta(hours=20), **since)
        grant_rights(tx)
    crew.run("tasks.reminders.queue_due")
    redis.flushall()  # the queue is gone; the next beat of the schedule makes it good
    crew.start()
    for _ in range(2):
        crew.run("tasks.reminders.queue_due")

    def queued() -> bool:
        with db.reading() as tx:
            return len(states(tx)) == 3

    wait_until(queued, 60)
    crew.run("tasks.delivery.deliver_bulk")
    wait_until(lambda: all_are(db, "sent"), 60)
    assert len(platform.of(TEXT)) == 3
    with db.reading() as tx:
        assert set(tx.execute(select(notice.c.kind)).scalars()) == {"reminder"}


def test_a_promotion_overtakes_many_reminders_on_a_slow_platform(
    crew: Crew, db: Database, platform: Platform, keys: Keys
) -> None:
    """Eight letters of the bulk are on their way at once, and a hundred and more wait when the promotion comes."""
    now = utc_now()
    start = now + timedelta(days=1)
    with db.writing() as tx:
        grant_rights(tx)
        _, (promoted, *reminded) = add_registrations(tx, keys, 121, starts_at=start)
        for one in reminded:
            queue(tx, one, NoticeKind.REMINDER, moment=f"24h@{start:%Y%m%dT%H%M}", due_at=now, now=now)
    first = threading.Event()

    def slowly(path: str) -> None:
        if path == TEXT:
            first.set()
            time.sleep(0.1)  # what the platform takes; nothing is waited for

    platform.before = slowly
    crew.start()
    crew.run("tasks.delivery.deliver_bulk")
    assert first.wait(60)
    with db.writing() as tx:
        queue(tx, promoted, NoticeKind.PROMOTED, due_at=utc_now(), now=now)
    crew.run("tasks.delivery.deliver_urgent")
    wait_until(lambda: any(body["touser"] == "o-reader-0" for body in platform.of(TEXT)), 20)
    assert len(platform.of(TEXT)) < 100


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_many_who_must_not_set_out_are_told_several_at_once(
    crew: Crew, db: Database, platform: Platform, add_notices: AddNotices
) -> None:
    """Seen to fail with one letter after the other: five a second at 200 ms, so 500 readers took 100 s."""
    add_notices(60)
    together = threading.Barrier(3)

    def meet(path: str) -> None:
        if path == TEXT and not together.broken:
            with suppress(threading.BrokenBarrierError):
                together.wait(7)  # the call itself is cut after eight

    platform.before = meet
    crew.start()
    crew.run("tasks.delivery.deliver_urgent")
    wait_until(lambda: all_are(db, "sent"), 60)
    assert not together.broken
    assert len(platform.of(TEXT)) == 60


def test_slow_platform_takes_one_thread_only(
    crew: Crew, db: Database, platform: Platform, redis: Redis, add_notices: AddNotices
) -> None:
    """Seen to fail with runs that do not skip each other: each took a batch and a thread, and the heart stood still."""
    add_notices(50)
    may_answer, sending = threading.Event(), threading.Semaphore(0)

    def hold(path: str) -> None:
        if path == TEXT:
            sending.release()
            may_answer.wait(60)

    platform.before = hold
    crew.start()
    for _ in range(3):
        crew.run("tasks.delivery.deliver_urgent")
    assert sending.acquire(timeout=60)
    crew.run("tasks.upkeep.beat_heart")
    try:
        wait_until(lambda: redis.get("shuqian:heartbeat:worker") is not None, 7)  # the call itself is cut after eight
    finally:
        may_answer.set()


def test_files_are_cleaned_through_the_queue_after_somebody_left(
    crew: Crew, db: Database, keys: Keys, tmp_path: Path
) -> None:
    openid = "o-who-left-and-is-gone-0001"
    with db.writing() as tx:
        reader_id = add_reader(tx, openid, keys)
    with db.writing() as tx:
        erase_reader(tx, reader_id, keys, utc_now())
    assert openid.encode() in files_of(db, tmp_path)
    crew.start()
    crew.run("tasks.upkeep.scrub_files")

    def cleaned() -> bool:
        with db.reading() as tx:
            return tx.execute(select(audit.c.id).where(audit.c.action == "scrub")).first() is not None

    wait_until(cleaned, 60)
    assert openid.encode() not in files_of(db, tmp_path)


def test_upkeep_runs_through_the_queue(crew: Crew, redis: Redis) -> None:
    crew.start()
    for task in ("sweep_inbox", "expire_holds", "rebuild_banners", "beat_heart"):
        crew.run(f"tasks.upkeep.{task}")
    wait_until(lambda: redis.get("shuqian:heartbeat:worker") is not None, 60)
    crew.stop()
    assert "Traceback" not in crew.log.read_text()


def test_offers_lapse_pending_ends_and_unused_seats_are_freed_without_anybody_asking(
    crew: Crew, db: Database, keys: Keys
) -> None:
    now = utc_now()
    with db.writing() as tx:
        _, (offered, pending, unused) = add_registrations(tx, keys, 3, starts_at=now - timedelta(hours=1))
        tx.execute(update(event).values(rules={"release_after_minutes": 15}))
        past = {"status": "offered", "offer_until": now - timedelta(minutes=1), "confirmed_at": None}
        tx.execute(update(registration).where(registration.c.id == offered).values(**past))
        tx.execute(update(registration).where(registration.c.id == pending).values(status="pending"))
    crew.start()
    for task in ("expire_offers", "expire_pending", "release_seats"):
        crew.run(f"tasks.upkeep.{task}")

    def is_done() -> bool:
        with db.reading() as tx:
            rows = {row.id: row for row in tx.execute(select(registration))}
        ended = [rows[each].status for each in (offered, pending)] == ["expired", "expired"]
        return ended and rows[unused].status == "confirmed" and rows[unused].released_at is not None

    wait_until(is_done, 60)
