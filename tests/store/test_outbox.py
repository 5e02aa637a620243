"""Claims on the outbox: no two workers ever send the same notice."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import select, update

from bot.domain.kinds import NoticeState
from bot.services.notices import LEASE, SENDING, claim_letters
from bot.store import outbox
from bot.store.database import Database, open_database
from bot.store.outbox import Settled
from bot.store.pii import Keys
from bot.store.tables import notice
from tests.factories import NOW
from tests.services.notices_rows import add_registrations, queue, states


def fill(db: Database, keys: Keys, count: int) -> None:
    """That many due notices."""
    with db.writing() as tx:
        for one in add_registrations(tx, keys, count)[1]:
            queue(tx, one)


def test_four_workers_share_the_notices_without_a_double(db: Database, database_url: str, keys: Keys) -> None:
    """Seen to fail with the lease taken out of `claim_due` and the condition out of `start_sending`."""
    fill(db, keys, 40)
    sent: list[int] = []

    def work() -> None:
        own = open_database(database_url)
        while True:
            with own.writing() as tx:
                claimed = outbox.claim_due(tx, NOW, 3, LEASE)
            if not claimed:
                break
            for notice_id in claimed:
                with own.writing() as tx:
                    letters = claim_letters(tx, notice_id, NOW + LEASE, NOW)
                sent.extend(letter.id for letter in letters)
        own.dispose()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(sent) == len(set(sent)) == 40


def test_lease_of_a_dead_worker_ends_and_another_takes_over(db: Database, keys: Keys) -> None:
    fill(db, keys, 1)
    with db.writing() as tx:
        (claimed,) = outbox.claim_due(tx, NOW, 9, LEASE)
        assert outbox.claim_due(tx, NOW + LEASE / 2, 9, LEASE) == []
        later = NOW + LEASE + timedelta(seconds=1)
        assert outbox.claim_due(tx, later, 9, LEASE) == [claimed]
        assert not outbox.start_sending(tx, claimed, NOW + LEASE, later, SENDING)  # the first one was only slow
        assert outbox.start_sending(tx, claimed, later + LEASE, later, SENDING)


def test_lease_that_has_ended_is_lost_though_nobody_took_the_notice(db: Database, keys: Keys) -> None:
    """Seen to fail without the look at the moment: a letter begun at the end of its batch's lease was taken for dead in
    the middle of its call.
    """
    fill(db, keys, 1)
    with db.writing() as tx:
        (claimed,) = outbox.claim_due(tx, NOW, 9, LEASE)
        assert not outbox.start_sending(tx, claimed, NOW + LEASE, NOW + LEASE, SENDING)
        assert states(tx) == ["pending"]


def test_sending_has_a_lease_of_its_own(db: Database, keys: Keys) -> None:
    """Seen to fail with the batch's lease kept."""
    fill(db, keys, 1)
    with db.writing() as tx:
        (claimed,) = outbox.claim_due(tx, NOW, 9, LEASE)
        late = NOW + LEASE - timedelta(seconds=1)
        assert outbox.start_sending(tx, claimed, NOW + LEASE, late, SENDING)
        assert outbox.mark_lost(tx, late + SENDING - timedelta(seconds=1)) == 0
        assert outbox.mark_lost(tx, late + SENDING) == 1


def test_notices_given_back_are_free_at_once(db: Database, keys: Keys) -> None:
    fill(db, keys, 2)
    with db.writing() as tx:
        first, second = outbox.claim_due(tx, NOW, 9, LEASE)
        assert outbox.start_sending(tx, first, NOW + LEASE, NOW, SENDING)
        outbox.give_back(tx, [first, second], NOW + LEASE)
        assert outbox.claim_due(tx, NOW, 9, LEASE) == [second]
        assert outbox.mark_lost(tx, NOW) == 0  # what is being sent keeps its lease


def test_what_a_dead_worker_was_sending_becomes_unknown_and_is_never_claimed(db: Database, keys: Keys) -> None:
    """Seen to fail with `sending` among the states that `claim_due` takes."""
    fill(db, keys, 1)
    with db.writing() as tx:
        (claimed,) = outbox.claim_due(tx, NOW, 9, LEASE)
        assert outbox.start_sending(tx, claimed, NOW + LEASE, NOW, SENDING)
        assert outbox.mark_lost(tx, NOW + SENDING / 2) == 0
        later = NOW + SENDING * 2
        assert outbox.claim_due(tx, later, 9, LEASE) == []
        assert outbox.mark_lost(tx, later) == 1
        assert states(tx) == ["unknown"]
        assert not outbox.settle_bundle(tx, [claimed], Settled(NoticeState.SENT), later)


def test_notice_that_goes_back_is_due_again_later(db: Database, keys: Keys) -> None:
    fill(db, keys, 1)
    with db.writing() as tx:
        (claimed,) = outbox.claim_due(tx, NOW, 9, LEASE)
        outbox.start_sending(tx, claimed, NOW + LEASE, NOW, SENDING)
        again = NOW + timedelta(minutes=1)
        assert outbox.settle_bundle(tx, [claimed], Settled(NoticeState.PENDING, error_code=-1, due_at=again), NOW)
        assert not outbox.has_due(tx, NOW + timedelta(seconds=59))
        assert outbox.has_due(tx, again)
        assert outbox.claim_due(tx, again, 9, LEASE) == [claimed]
        assert tx.execute(select(notice.c.attempts, notice.c.error_code)).one() == (1, -1)


def test_oldest_are_claimed_first(db: Database, keys: Keys) -> None:
    fill(db, keys, 3)
    with db.writing() as tx:
        ids = list(tx.execute(select(notice.c.id).order_by(notice.c.id)).scalars())
        tx.execute(update(notice).where(notice.c.id == ids[2]).values(due_at=NOW - timedelta(hours=1)))
        assert outbox.claim_due(tx, NOW, 1, LEASE) == [ids[2]]


def test_message_that_did_not_arrive_goes_another_way_once_and_then_waits_for_the_reader(
    db: Database, keys: Keys
) -> None:
    fill(db, keys, 1)
    with db.writing() as tx:
        (claimed,) = outbox.claim_due(tx, NOW, 9, LEASE)
        outbox.start_sending(tx, claimed, NOW + LEASE, NOW, SENDING)
        outbox.settle_bundle(tx, [claimed], Settled(NoticeState.SENT, "template", platform_id=77), NOW)
        assert not outbox.note_failed_delivery(tx, 78, "failed:user block", NOW)
        assert outbox.note_failed_delivery(tx, 77, "failed:user block", NOW)
        assert outbox.get_letter(tx, claimed).undelivered_by == "template"
        assert outbox.claim_due(tx, NOW, 9, LEASE) == [claimed]
        outbox.start_sending(tx, claimed, NOW + LEASE, NOW, SENDING)
        outbox.settle_bundle(tx, [claimed], Settled(NoticeState.SENT, "notice", error="after template"), NOW)
        assert outbox.note_failed_notice(tx, "o-reader-0", "notice", "43101", NOW, NOW)
        assert outbox.count_by_state(tx) == {"failed": 1}
        assert len(outbox.list_banners(tx, "o-reader-0", 9)) == 1
