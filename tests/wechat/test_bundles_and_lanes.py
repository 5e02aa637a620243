"""Several reminders in one message, lanes and quiet hours, down to what the phone gets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import Connection, select, update

from bot.domain.kinds import NoticeKind
from bot.domain.notice import Lane
from bot.domain.quiet import QuietHours
from bot.services.notices import queue_reminders
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import campaign, library, notice, occurrence, reader, registration, venue
from tests.factories import NOW, House, add_occurrence
from tests.services.notices_rows import add_registration, add_registrations, queue
from tests.wechat.platform import CUT, Platform
from tests.wechat.test_mailing import TEXT, Office, platform, post_notices

__all__ = ["platform"]


def house_of(tx: Connection) -> House:
    """The library that is there already."""
    keys = (tx.scalars(select(table.c.id)).first() for table in (library, campaign, venue))
    return House(*(int(key or 0) for key in keys))


# --- several reminders of one reader -----------------------------------------------------------------------------------


def remind(db: Database, keys: Keys, *minutes: int) -> None:
    """One reader with a place at occurrences that begin a day and that many minutes from now."""
    with db.writing() as tx:
        first = NOW + timedelta(days=1, minutes=minutes[0])
        held, _ = add_registrations(tx, keys, 1, starts_at=first)
        reader_id = tx.execute(select(reader.c.id)).scalar_one()
        ids = [(held, first)]
        for place, minute in enumerate(minutes[1:], 1):
            starts_at = NOW + timedelta(days=1, minutes=minute)
            other = add_occurrence(tx, house_of(tx), 12 + place, starts_at=starts_at).id
            one = add_registration(tx, keys, other, 100 + place)
            tx.execute(update(registration).where(registration.c.id == one).values(reader_id=reader_id))
            ids.append((other, starts_at))
        for occurrence_id, starts_at in ids:
            assert queue_reminders(tx, occurrence_id, starts_at, [24.0], NOW, all_day=False)


def test_three_reminders_within_an_hour_are_one_message(
    db: Database, redis: Redis, platform: Platform, keys: Keys
) -> None:
    office = Office(db, redis, platform.url)
    remind(db, keys, 0, 30, 55)
    assert office.run() == ["sent"] * 3
    (body,) = platform.of(TEXT)
    words = body["text"]["content"]
    assert "3场活动" in words and words.count("入场短码") == 3 and len(words.encode()) <= 1800
    assert office.run(timedelta(hours=2)) == ["sent"] * 3


def test_a_reminder_of_the_next_hour_goes_by_itself(db: Database, redis: Redis, platform: Platform, keys: Keys) -> None:
    office = Office(db, redis, platform.url)
    remind(db, keys, 0, 50)
    with db.writing() as tx:
        tx.execute(update(notice).where(notice.c.id == 2).values(due_at=NOW + timedelta(minutes=61)))
    assert office.run() == ["sent", "pending"]
    assert office.run(timedelta(minutes=62)) == ["sent", "sent"]
    assert len(platform.of(TEXT)) == 2


def test_what_was_given_up_is_left_out_of_the_message(
    db: Database, redis: Redis, platform: Platform, keys: Keys
) -> None:
    office = Office(db, redis, platform.url)
    remind(db, keys, 0, 30, 55)
    with db.writing() as tx:
        second = select(notice.c.registration_id).where(notice.c.id == 2).scalar_subquery()
        tx.execute(update(registration).where(registration.c.id == second).values(status="cancelled", cancelled_at=NOW))
    assert office.run() == ["sent", "pending", "sent"]
    assert office.run(timedelta(minutes=31)) == ["sent", "dropped", "sent"]
    assert "2场活动" in platform.of(TEXT)[0]["text"]["content"]


def test_a_message_of_several_that_fails_fails_for_all_and_is_tried_again_for_all(
    db: Database, redis: Redis, platform: Platform, keys: Keys
) -> None:
    office = Office(db, redis, platform.url)
    remind(db, keys, 0, 30)
    platform.next(TEXT, {"errcode": 45011, "errmsg": "slower"})
    assert office.run() == ["pending", "pending"]
    assert office.run(timedelta(minutes=1)) == ["sent", "sent"]
    assert len(platform.of(TEXT)) == 2
    platform.next(TEXT, CUT)
    with db.writing() as tx:
        tx.execute(update(notice).values(state="pending", bundle_id=None, channel="", error=""))
    assert office.run() == ["unknown", "unknown"]


def test_who_wants_no_reminders_gets_none_of_them(db: Database, redis: Redis, platform: Platform, keys: Keys) -> None:
    office = Office(db, redis, platform.url)
    remind(db, keys, 0, 30)
    with db.writing() as tx:
        tx.execute(update(reader).values(reminders=False))
    assert office.run(timedelta(minutes=30)) == ["dropped", "dropped"]
    assert platform.of(TEXT) == []


# --- lanes and quiet hours ---------------------------------------------------------------------------------------------


def test_promotions_are_claimed_before_reminders_that_were_due_earlier(
    db: Database, redis: Redis, platform: Platform, keys: Keys
) -> None:
    office = Office(db, redis, platform.url)
    post_notices(db, keys, 30, kind=NoticeKind.REMINDER)
    with db.writing() as tx:
        one = tx.scalars(select(registration.c.id)).first()
        assert one is not None
        queue(tx, one, due_at=NOW)
    assert office.mailer.deliver_due(Lane.URGENT) == 1
    assert "候补成功" in platform.of(TEXT)[0]["text"]["content"]
    assert office.mailer.deliver_due(Lane.URGENT) == 0


@pytest.mark.parametrize(
    ("kind", "hours", "goes"),
    [
        (NoticeKind.REMINDER, 7.9, False),  # ends 07:30, begins 07:54: too late then
        (NoticeKind.REMINDER, 10, True),
        (NoticeKind.PROMOTED, 7.9, False),
        (NoticeKind.PROMOTED, 30, True),
        (NoticeKind.OCCURRENCE_CHANGED, 9, False),  # who would set out for nothing has to know earlier
    ],
)
def test_what_can_wait_leaves_after_the_quiet_hours(
    db: Database, redis: Redis, platform: Platform, keys: Keys, kind: NoticeKind, hours: float, goes: bool
) -> None:
    """It is midnight, and quiet until half past seven; `goes`: it waits."""
    office = Office(db, redis, platform.url)
    night = NOW.replace(hour=16, minute=0, second=0, microsecond=0)  # midnight in China
    office.now = night
    office.mailer._quiet = QuietHours.parse("22:00-07:30")
    start = night + timedelta(hours=hours)
    with db.writing() as tx:
        _, (one,) = add_registrations(tx, keys, 1, starts_at=start)
        queue(tx, one, kind, moment=f"1h@{start:%Y%m%dT%H%M}", due_at=night)
    assert office.run() == (["pending"] if goes else ["sent"])
    if goes:
        assert office.run(timedelta(hours=7, minutes=29)) == ["pending"]
        assert office.run(timedelta(minutes=12)) == ["sent"]


def test_a_late_night_offer_that_lapses_early_is_told_at_once(
    db: Database, redis: Redis, platform: Platform, keys: Keys
) -> None:
    office = Office(db, redis, platform.url)
    office.now = NOW.replace(hour=16, minute=0, second=0, microsecond=0)
    office.mailer._quiet = QuietHours.parse("22:00-07:30")
    until = office.now + timedelta(hours=7, minutes=45)
    post_notices(db, keys, 1, NoticeKind.OFFERED)
    with db.writing() as tx:
        tx.execute(update(registration).values(status="offered", offer_until=until))
        tx.execute(
            update(occurrence).values(starts_at=NOW + timedelta(days=3), ends_at=NOW + timedelta(days=3, hours=1))
        )
        tx.execute(update(notice).values(facts={"until": until.isoformat()}, due_at=office.now))
    assert office.run() == ["sent"]


def test_reminders_of_the_coming_hour_are_made_and_wait_for_their_moment(
    db: Database, redis: Redis, platform: Platform, keys: Keys
) -> None:
    office = Office(db, redis, platform.url)
    remind(db, keys, 45)
    assert office.run() == ["pending"]
    assert office.run(timedelta(minutes=44)) == ["pending"]
    assert office.run(timedelta(minutes=1)) == ["sent"]
