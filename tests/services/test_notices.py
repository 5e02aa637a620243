"""When a notice comes to be, and when it must not leave any more (promise I5)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.kinds import NoticeKind
from bot.services.notices import (
    LEASE,
    NotResendableError,
    claim_letters,
    list_failed_notices,
    list_missing_reminders,
    queue_reminders,
    resend_notice,
    take_banner,
)
from bot.store import outbox
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import audit, notice, occurrence, reader, registration
from tests.factories import NOW
from tests.services.notices_rows import add_registration, add_registrations, move_occurrence, queue, states

OFFSETS = [24.0, 1.0]
START = NOW + timedelta(days=2)


def scan(db: Database, now: datetime, offsets: list[float] = OFFSETS) -> int:
    """What the task does: look, then write; how many reminders were new."""
    with db.reading() as tx:
        missing = list_missing_reminders(tx, offsets, now)
    queued = 0
    for occurrence_id, starts_at, all_day in missing:
        with db.writing() as tx:
            queued += queue_reminders(tx, occurrence_id, starts_at, offsets, now, all_day=all_day)
    return queued


def before(hours: float) -> datetime:
    """That long before the start."""
    return START - timedelta(hours=hours)


def test_reminders_are_queued_at_each_offset_once_however_often_it_is_looked(db: Database, keys: Keys) -> None:
    """Seen to fail without the unique constraint and the look for rows that are there already."""
    with db.writing() as tx:
        add_registrations(tx, keys, 3)
    assert scan(db, before(25.1)) == 0
    assert [scan(db, before(25)), scan(db, before(24)), scan(db, before(20))] == [3, 0, 0]
    assert deliver(db, before(24.01)) == []
    assert [scan(db, before(2)), scan(db, before(0.5))] == [3, 0]
    assert scan(db, before(0)) == 0
    with db.reading() as tx:
        rows = tx.execute(select(notice.c.moment, notice.c.due_at, notice.c.not_after).distinct()).all()
    assert {(row.due_at, row.not_after) for row in rows} == {(before(24), before(1)), (before(1), START)}


def test_two_scans_at_once_queue_each_reminder_once(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        occurrence_id, _ = add_registrations(tx, keys, 5)
    with db.writing() as tx:
        assert queue_reminders(tx, occurrence_id, START, OFFSETS, before(3), all_day=False) == 5
        assert queue_reminders(tx, occurrence_id, START, OFFSETS, before(3), all_day=False) == 0


def test_reminder_that_was_missed_gives_way_to_the_nearer_one(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        add_registrations(tx, keys, 1)
    assert scan(db, before(0.9)) == 1
    with db.reading() as tx:
        assert tx.execute(select(notice.c.facts)).scalar_one() == {"hours": "1"}


@pytest.mark.parametrize(
    "change",
    [
        *({"status": "waitlisted", "queued_at": NOW}, {"status": "cancelled"}, {"status": "expired"}),
        {"confirmed_at": before(23)},
        {"promoted_at": before(23)},
    ],
)
def test_who_has_no_place_or_has_just_signed_up_is_not_reminded(
    db: Database, keys: Keys, change: dict[str, object]
) -> None:
    with db.writing() as tx:
        add_registrations(tx, keys, 1, **change)
    assert scan(db, before(20)) == 0


def test_who_signed_up_late_still_gets_the_nearer_reminder(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        add_registrations(tx, keys, 1, confirmed_at=before(20))
    assert [scan(db, before(10)), scan(db, before(1))] == [0, 1]


def test_reminders_off_and_readers_gone_are_left_in_peace(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        add_registrations(tx, keys, 3)
        tx.execute(update(reader).where(reader.c.openid == "o-reader-0").values(reminders=False))
        gone = {"openid": None, "name_enc": None, "phone_enc": None, "phone_hash": None, "erased_at": NOW}
        tx.execute(update(reader).where(reader.c.openid == "o-reader-1").values(**gone))
    assert scan(db, before(20)) == 1


def test_cancelled_occurrence_reminds_nobody(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        occurrence_id, _ = add_registrations(tx, keys, 1)
        tx.execute(update(occurrence).where(occurrence.c.id == occurrence_id).values(status="cancelled"))
    assert scan(db, before(20)) == 0


def test_moved_occurrence_drops_its_old_reminder_and_gets_a_new_one(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        occurrence_id, _ = add_registrations(tx, keys, 1)
    assert scan(db, before(20)) == 1
    moved = START + timedelta(days=3)
    with db.writing() as tx:
        move_occurrence(tx, occurrence_id, moved)
    deliver(db, before(20))
    assert scan(db, moved - timedelta(hours=23)) == 1
    with db.reading() as tx:
        assert states(tx) == ["dropped", "pending"]


def test_occurrence_of_a_whole_day_is_counted_from_the_morning(db: Database, keys: Keys) -> None:
    midnight = datetime.fromisoformat("2026-05-30T00:00+08:00")
    with db.writing() as tx:
        occurrence_id, _ = add_registrations(tx, keys, 1, starts_at=midnight)
        tx.execute(update(occurrence).where(occurrence.c.id == occurrence_id).values(all_day=True))
    assert scan(db, midnight - timedelta(hours=1)) == 1  # the day before, not at 23:00 "in an hour"
    assert scan(db, midnight + timedelta(hours=6, minutes=59)) == 0
    assert scan(db, midnight + timedelta(hours=7)) == 1


def test_no_offsets_no_reminders(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        add_registrations(tx, keys, 1)
    assert scan(db, before(1), []) == 0


def test_notice_exists_once(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        _, (one,) = add_registrations(tx, keys, 1)
        assert [queue(tx, one), queue(tx, one), queue(tx, one, moment="other")] == [True, False, True]


def deliver(db: Database, now: datetime) -> list[str]:
    """Claim all that is due and take the last look; what would be sent, by short code."""
    with db.writing() as tx:
        claimed = outbox.claim_due(tx, now, 50, LEASE)
    letters = []
    for notice_id in claimed:
        with db.writing() as tx:
            letters += claim_letters(tx, notice_id, now + LEASE, now)
    return [letter.short_code for letter in letters]


LOST_SENSE = {
    "registration cancelled": update(registration).values(status="cancelled", cancelled_at=NOW),
    "occurrence cancelled": update(occurrence).values(status="cancelled"),
    "occurrence begun": update(occurrence).values(starts_at=NOW, ends_at=NOW),
    "no longer of use": update(notice).values(not_after=NOW),
}


@pytest.mark.parametrize("why", sorted(LOST_SENSE))
@pytest.mark.parametrize("kind", [NoticeKind.PROMOTED, NoticeKind.REMINDER, NoticeKind.OCCURRENCE_CHANGED])
def test_notice_that_has_lost_its_sense_is_dropped_at_the_last_look(
    db: Database, keys: Keys, why: str, kind: NoticeKind
) -> None:
    """Seen to fail with `find_drop_reason` giving None."""
    with db.writing() as tx:
        _, (one,) = add_registrations(tx, keys, 1)
        queue(tx, one, kind, moment=f"24h@{START:%Y%m%dT%H%M}")
        tx.execute(LOST_SENSE[why])
    assert deliver(db, NOW) == []
    with db.reading() as tx:
        assert states(tx) == ["dropped"]


def test_reminder_of_a_reader_who_switched_them_off_meanwhile_is_dropped(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        _, (one,) = add_registrations(tx, keys, 1)
        queue(tx, one, NoticeKind.REMINDER, moment=f"24h@{START:%Y%m%dT%H%M}")
        queue(tx, one, NoticeKind.PROMOTED)
        tx.execute(update(reader).values(reminders=False))
    assert len(deliver(db, NOW)) == 1
    with db.reading() as tx:
        assert states(tx) == ["dropped", "sending"]


def test_cancelled_occurrence_tells_those_whose_places_went_with_it(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        occurrence_id, (stays, ended_with_it, gave_up) = add_registrations(tx, keys, 3)
        for one in (stays, ended_with_it, gave_up):
            queue(tx, one, NoticeKind.OCCURRENCE_CANCELLED, moment="cancelled")
        for one, at in ((ended_with_it, NOW), (gave_up, NOW + timedelta(minutes=1))):
            tx.execute(update(registration).where(registration.c.id == one).values(status="cancelled", cancelled_at=at))
        tx.execute(update(occurrence).where(occurrence.c.id == occurrence_id).values(status="cancelled"))
    assert len(deliver(db, NOW + timedelta(minutes=2))) == 2


def test_cancellation_that_was_taken_back_tells_nobody(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        _, (one,) = add_registrations(tx, keys, 1)
        queue(tx, one, NoticeKind.OCCURRENCE_CANCELLED)
    assert deliver(db, NOW) == []


def test_person_may_have_a_failed_notice_sent_again_and_that_is_written_down(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        _, (one,) = add_registrations(tx, keys, 1)
        queue(tx, one)
        tx.execute(update(notice).values(state="unknown", attempts=6, error="?"))
        (row,) = list_failed_notices(tx)
        assert (row["state"], row["number"]) == ("unknown", 12)
        resend_notice(tx, row["id"], "staff:7", NOW)
        assert tx.execute(select(audit.c.actor, audit.c.action)).all() == [("staff:7", "resend_notice")]
        with pytest.raises(NotResendableError):
            resend_notice(tx, row["id"], "staff:7", NOW)
    assert len(deliver(db, NOW)) == 1


def test_waiting_notice_is_shown_once_and_only_to_its_reader(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        occurrence_id, (one,) = add_registrations(tx, keys, 1)
        other = add_registration(tx, keys, occurrence_id, 1)
        queue(tx, one)
        queue(tx, other)
        tx.execute(update(notice).values(state="failed", channel="banner"))
        assert outbox.list_banner_openids(tx, NOW) in (["o-reader-0", "o-reader-1"], ["o-reader-1", "o-reader-0"])
        (line,) = take_banner(tx, "o-reader-0", 1000, NOW)
        assert "候补成功" in line
        assert take_banner(tx, "o-reader-0", 1000, NOW) == []
        assert states(tx) == ["sent", "failed"]


def test_waiting_notice_that_does_not_fit_waits_on(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        _, (one,) = add_registrations(tx, keys, 1)
        queue(tx, one)
        tx.execute(update(notice).values(state="failed", channel="banner"))
        assert take_banner(tx, "o-reader-0", 20, NOW) == []
        assert states(tx) == ["failed"]
