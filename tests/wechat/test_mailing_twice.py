"""What would be told twice, lost or held up where several things meet: bundles, leaves, pauses, closed ways."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import insert, select, update

from bot.domain.capability import Capability
from bot.domain.kinds import NoticeKind, NoticeState
from bot.domain.notice import Lane
from bot.services.notices import resend_notice
from bot.store import outbox, subscriptions
from bot.store.database import Database
from bot.store.pauses import FIRST_S, Pause
from bot.store.pii import Keys
from bot.store.reader_channels import close_channel
from bot.store.tables import notice, reader
from bot.store.wechat_tables import subscription
from bot.wechat.gateway import Gateway, Turn
from bot.wechat.templates import Templates
from tests.factories import NOW
from tests.services.notices_rows import states
from tests.services.test_notice_bundles import add_reminders, claim
from tests.wechat.platform import CUT, Platform, open_platform
from tests.wechat.test_mailing import TEMPLATE, TEXT, Office, post_notices

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BY_TEMPLATE = Templates.parse("TPL:thing2=title,time3=start", None, None)


@pytest.fixture
def platform() -> Iterator[Platform]:
    """The stand-in."""
    with open_platform() as opened:
        yield opened


def test_report_without_a_number_takes_back_all_that_were_in_the_message(db: Database, keys: Keys) -> None:
    """Seen to fail where only the latest row was taken for the leader: the others stayed `sent` and were lost."""
    ids = add_reminders(db, keys, 0, 10, 20)
    assert claim(db) == [ids]
    with db.writing() as tx:
        openid = tx.execute(select(reader.c.openid).limit(1)).scalar_one()
        assert outbox.settle_bundle(tx, ids, outbox.Settled(NoticeState.SENT, "notice"), NOW)
        outbox.note_failed_notice(tx, openid, "notice", "43101 reject", NOW - timedelta(minutes=5), NOW)
        assert states(tx) == ["pending"] * 3


def test_report_leaves_alone_what_has_since_been_told_another_way(db: Database, keys: Keys) -> None:
    """One of two that failed together heads an answer, the other is sent again and does not arrive."""
    first, second = add_reminders(db, keys, 0, 10)
    assert claim(db) == [[first, second]]
    with db.writing() as tx:
        openid = tx.execute(select(reader.c.openid).limit(1)).scalar_one()
        outbox.settle_bundle(tx, [first, second], outbox.Settled(NoticeState.FAILED, outbox.BANNER), NOW)
        assert outbox.mark_shown(tx, second, NOW)
        resend_notice(tx, first, "command", NOW)
    assert claim(db) == [[first]]
    with db.writing() as tx:
        outbox.settle_bundle(tx, [first], outbox.Settled(NoticeState.SENT, "notice"), NOW)
        outbox.note_failed_notice(tx, openid, "notice", "43101 reject", NOW - timedelta(minutes=5), NOW)
        assert states(tx) == ["pending", "sent"]


@pytest.mark.parametrize("place", [0, 1])
def test_what_did_not_arrive_one_way_joins_nothing_that_goes_this_way(db: Database, keys: Keys, place: int) -> None:
    """Seen to fail: it went the same way again, or took the other with it another way, and its mark was gone."""
    ids = add_reminders(db, keys, 0, 10)
    with db.writing() as tx:
        tx.execute(update(notice).where(notice.c.id == ids[place]).values(channel="template", error="failed"))
    assert claim(db) == [[ids[0]]]
    assert claim(db, NOW + timedelta(minutes=10)) == [[ids[1]]]


def test_only_the_leave_of_this_call_is_given_back(db: Database, keys: Keys) -> None:
    """Seen to fail with all that the notice ever used: one leave was good for two messages."""
    (first,) = add_reminders(db, keys, 0)
    with db.writing() as tx:
        reader_id = tx.execute(select(notice.c.reader_id)).scalar_one()
        for day in range(2):
            subscriptions.grant(tx, reader_id, "notice", "NTC", 0, NOW - timedelta(days=9 - day))
            assert subscriptions.use(tx, reader_id, "notice", "NTC", first, NOW + timedelta(minutes=day)) is not None
        subscriptions.give_back(tx, reader_id, "notice", first)
        unused = select(subscription.c.granted_at).where(subscription.c.used_at.is_(None))
        assert list(tx.scalars(unused)) == [NOW - timedelta(days=8)]


@pytest.mark.parametrize("code", [-1, 43101, 45009, 48001])
def test_template_whose_repeat_is_refused_may_have_arrived(
    db: Database, redis: Redis, platform: Platform, keys: Keys, code: int
) -> None:
    """Seen to fail with the refusal taken for the outcome of both: the reader was told by another way as well."""
    office = Office(db, redis, platform.url, BY_TEMPLATE)
    post_notices(db, keys, kind=NoticeKind.REMINDER)
    platform.next(TEMPLATE, CUT, *[{"errcode": code, "errmsg": "no"}] * 4)
    assert office.run() == ["unknown"]
    assert platform.of(TEXT) == []


def test_other_reminders_under_the_same_leader_are_another_message_to_the_platform(
    db: Database, redis: Redis, platform: Platform, keys: Keys
) -> None:
    """Seen to fail with the leader's number for all: the platform dropped the second, and who had joined was lost."""
    add_reminders(db, keys, 0, 10)
    office = Office(db, redis, platform.url, BY_TEMPLATE, without=frozenset({Capability.CUSTOMER_SERVICE}))
    with db.writing() as tx:  # the second is made only after the first has gone out
        first, second = tx.scalars(select(notice.c.id).order_by(notice.c.id))
        row = dict(tx.execute(select(notice).where(notice.c.id == second)).mappings().one())
        tx.execute(notice.delete().where(notice.c.id == second))
    platform.next(TEMPLATE, CUT, CUT)
    assert office.run() == ["unknown"]
    with db.writing() as tx:
        tx.execute(insert(notice).values(**row))
        resend_notice(tx, first, "command", office.now)
    assert office.run(timedelta(minutes=2)) == ["sent", "sent"]
    alone, again, both = [body["client_msg_id"] for body in platform.of(TEMPLATE)]
    assert alone == again != both


def test_after_a_pause_one_letter_goes_first_however_many_hands_there_are(
    db: Database, redis: Redis, platform: Platform, keys: Keys
) -> None:
    """Seen to fail with a limit for each hand: eight outcomes unknown for each pause."""
    offices = [Office(db, redis, platform.url) for _ in range(8)]
    post_notices(db, keys, 30)
    pause = Pause(redis)
    pause.begin(NOW - timedelta(seconds=FIRST_S + 1))
    platform.next(TEXT, *[CUT] * 30)
    all_here = threading.Barrier(8)

    def work(office: Office) -> None:
        all_here.wait(10)
        office.mailer.deliver_due()

    hands = [threading.Thread(target=work, args=(each,)) for each in offices]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(30)
    assert len(platform.of(TEXT)) == 1
    with db.reading() as tx:
        assert sorted(states(tx)) == ["pending"] * 29 + ["unknown"]
    platform.answers.clear()
    assert offices[0].run(timedelta(minutes=2)).count("sent") == 29


def test_clock_set_back_does_not_make_the_pause_longer(
    db: Database, redis: Redis, platform: Platform, keys: Keys
) -> None:
    """Seen to fail: nothing was sent for the hour that the clock had been ahead."""
    Pause(redis).begin(NOW + timedelta(hours=1))
    office = Office(db, redis, platform.url)
    post_notices(db, keys)
    assert office.run() == ["sent"]


@pytest.mark.parametrize("channel", ["all", "customer_service"])
def test_way_closed_days_ago_is_tried_again_since_nobody_remembers_who_wrote(
    db: Database, redis: Redis, platform: Platform, keys: Keys, channel: str
) -> None:
    """Who wrote three days ago is not known any more. Seen to fail: that reader was never sent anything again."""
    office = Office(db, redis, platform.url)
    post_notices(db, keys)
    with db.writing() as tx:
        reader_id = tx.execute(select(notice.c.reader_id)).scalar_one()
        close_channel(tx, reader_id, channel, 43004, NOW - timedelta(hours=47))
    assert office.run() == ["failed"]
    assert platform.of(TEXT) == []
    platform.next(TEXT, {"errcode": 43004, "errmsg": "no"})
    for hours in (2, 0, 1):  # after a refusal it is closed for two more days
        with db.writing() as tx:
            tx.execute(update(notice).values(state="pending", channel=""))
        assert office.run(timedelta(hours=hours)) == ["failed"]
    assert len(platform.of(TEXT)) == 1


def test_leased_letter_of_a_batch_that_broke_off_is_free_at_once(
    db: Database, redis: Redis, platform: Platform, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nineteen others would wait two minutes for the end of the lease."""
    office = Office(db, redis, platform.url)
    post_notices(db, keys, 3)
    send, claims = Gateway.wait_for_turn, iter([True])

    def wait_for_turn(gateway: Gateway, lane: Lane) -> Turn:
        if next(claims, False):
            raise MemoryError
        return send(gateway, lane)

    monkeypatch.setattr(Gateway, "wait_for_turn", wait_for_turn)
    with pytest.raises(MemoryError):
        office.mailer.deliver_due()
    assert office.run() == ["sent"] * 3
