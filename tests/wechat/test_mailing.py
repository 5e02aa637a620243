"""Delivery: the ladder of channels, temporary and lasting refusals, and outcomes that nobody knows."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from redis import Redis
from sqlalchemy import select, update

from bot.domain.capability import Capability, CapabilityState
from bot.domain.kinds import NoticeKind
from bot.services.notices import SENDING
from bot.store import outbox
from bot.store.capabilities import Capabilities, save_states
from bot.store.database import Database
from bot.store.early_reports import EarlyReports
from bot.store.inbox import Inbox
from bot.store.pii import Keys
from bot.store.tables import notice, occurrence, registration
from bot.store.tokens import TokenStore
from bot.wechat import gateway as gateway_module
from bot.wechat.account import Account
from bot.wechat.gateway import gateway_of
from bot.wechat.mailing import Mailer
from bot.wechat.parser import DeliveryReport
from bot.wechat.reports import record_report
from bot.wechat.templates import FieldTemplate, Templates
from tests.factories import NOW
from tests.services.notices_rows import add_registrations, queue, states
from tests.wechat.conftest import MakePost
from tests.wechat.conversations import wait_until
from tests.wechat.platform import CUT, Platform, open_platform
from tests.wechat.pushes import APPID, TOKEN, fields_of, signed, text_push
from tests.wechat.test_gateway import free_port

ACCOUNT = Account(APPID, TOKEN, secret="secret-of-the-tests")
TEXT, TEMPLATE = "message/custom/send", "message/template/send"
START = NOW + timedelta(days=2)
NO_TEMPLATES = Templates()
BEFORE = f"24h@{START:%Y%m%dT%H%M}"


@pytest.fixture
def platform() -> Iterator[Platform]:
    """The stand-in."""
    with open_platform() as opened:
        yield opened


class Office:
    """A mailer over the stand-in, at a moment that the test moves, with all rights but those left out."""

    def __init__(
        self,
        db: Database,
        redis: Redis,
        url: str,
        templates: Templates = NO_TEMPLATES,
        without: frozenset[Capability] = frozenset(),
    ) -> None:
        self.now = NOW
        self.db = db
        self.redis = redis
        self.early = EarlyReports(redis)
        granted, refused = CapabilityState.GRANTED, CapabilityState.REFUSED
        with db.writing() as tx:
            save_states(tx, [(each, refused if each in without else granted, "test") for each in Capability], NOW)
        self.mailer = Mailer(
            db=db,
            gateway=gateway_of(ACCOUNT, redis, url),
            redis=redis,
            inbox=Inbox(redis),
            early=self.early,
            capabilities=Capabilities(),
            templates=templates,
            ticket_url=lambda registration_id: f"http://h/T/{registration_id}",
            clock=lambda: self.now,
        )

    def run(self, after: timedelta = timedelta()) -> list[str]:
        """Deliver what is due after some time; the states of all notices."""
        self.now += after
        while self.mailer.deliver_due():
            pass
        with self.db.reading() as tx:
            return states(tx)

    def row(self) -> tuple[str, int | None, int]:
        """Channel, code and attempts of the only notice."""
        with self.db.reading() as tx:
            found = tx.execute(select(notice.c.channel, notice.c.error_code, notice.c.attempts)).one()
        return found.channel, found.error_code, found.attempts


@pytest.fixture
def office(db: Database, redis: Redis, platform: Platform) -> Office:
    """Without a template."""
    return Office(db, redis, platform.url)


@pytest.fixture
def office_with_template(db: Database, redis: Redis, platform: Platform) -> Office:
    """With a template for reminders."""
    return Office(db, redis, platform.url, Templates.parse("TPL:thing2=title,time3=start", None, None))


def post_notices(db: Database, keys: Keys, count: int = 1, kind: NoticeKind = NoticeKind.PROMOTED) -> list[int]:
    """That many due notices; their registrations."""
    with db.writing() as tx:
        _, registrations = add_registrations(tx, keys, count)
        for one in registrations:
            queue(tx, one, kind, moment=BEFORE)
    return registrations


def test_notice_is_worded_sent_and_never_sent_again(office: Office, platform: Platform, keys: Keys) -> None:
    (one,) = post_notices(office.db, keys)
    assert [office.run(), office.run(timedelta(hours=1))] == [["sent"], ["sent"]]
    (body,) = platform.of(TEXT)
    words = body["text"]["content"]
    assert body["touser"] == "o-reader-0"
    for part in ("候补成功", "《活动12》", "一楼报告厅", f"http://h/T/{one}", "取消 12"):
        assert part in words


STATE_TOLD = {
    NoticeKind.OFFERED: "offered",
    NoticeKind.OFFER_LAPSED: "expired",
    NoticeKind.REJECTED: "declined",
    NoticeKind.LOTTERY_LOST: "waitlisted",
}


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_kind_has_its_words(office: Office, platform: Platform, keys: Keys, kind: NoticeKind) -> None:
    post_notices(office.db, keys, kind=kind)
    if kind in STATE_TOLD:
        with office.db.writing() as tx:
            tx.execute(update(registration).values(status=STATE_TOLD[kind], offer_until=NOW + timedelta(days=1)))
    if kind is NoticeKind.OCCURRENCE_CANCELLED:
        with office.db.writing() as tx:
            tx.execute(update(occurrence).values(status="cancelled"))
    assert office.run() == ["sent"]
    assert "《活动12》" in platform.of(TEXT)[0]["text"]["content"]


def test_a_change_is_told_with_the_end(office: Office, platform: Platform, keys: Keys) -> None:
    """A change may be of the end alone."""
    post_notices(office.db, keys, kind=NoticeKind.OCCURRENCE_CHANGED)
    office.run()
    assert "–" in platform.of(TEXT)[0]["text"]["content"]


def test_reminder_goes_by_template_where_one_is_set(
    office_with_template: Office, platform: Platform, keys: Keys
) -> None:
    post_notices(office_with_template.db, keys, kind=NoticeKind.REMINDER)
    assert office_with_template.run() == ["sent"]
    (body,) = platform.of(TEMPLATE)
    assert body["data"] == {"thing2": {"value": "活动12"}, "time3": {"value": "2026-05-29 09:00"}}
    assert office_with_template.row()[0] == "template"
    assert platform.of(TEXT) == []


@pytest.mark.parametrize("code", [48001, 40037, 47003, 43101, 43019, 48002, 45009])
def test_refused_template_gives_way_to_customer_service(
    office_with_template: Office, platform: Platform, keys: Keys, code: int
) -> None:
    post_notices(office_with_template.db, keys, kind=NoticeKind.REMINDER)
    platform.next(TEMPLATE, {"errcode": code, "errmsg": "no"})
    assert office_with_template.run() == ["sent"]
    assert office_with_template.row()[0] == "customer_service"


@pytest.mark.parametrize("code", [45015, 45047, 48001])
def test_notice_that_no_channel_carries_waits_visibly_for_the_next_answer(
    office: Office, platform: Platform, keys: Keys, redis: Redis, code: int
) -> None:
    post_notices(office.db, keys)
    platform.next(TEXT, {"errcode": code, "errmsg": "no"})
    assert office.run() == ["failed"]
    assert office.row() == ("banner", code, 1)
    assert office.run(timedelta(hours=1)) == ["failed"]
    assert len(platform.of(TEXT)) == 1


def test_waiting_notice_heads_the_next_answer_once(
    office: Office, platform: Platform, keys: Keys, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = datetime.now(NOW.tzinfo) + timedelta(days=2)
    with office.db.writing() as tx:
        _, (one,) = add_registrations(tx, keys, 1, starts_at=start)
        queue(tx, one)
    platform.next(TEXT, {"errcode": 45015, "errmsg": "no"})
    assert office.run() == ["failed"]
    post = make_post()
    post.send(signed(text_push("warm", sender="o-somebody-else")))
    push = signed(text_push("帮助", sender="o-reader-0"))
    first = fields_of(post.send(push).data)["Content"]
    assert first.startswith("【候补成功】12 ") and first.endswith("帮助 第0次")
    assert fields_of(post.send(push).data)["Content"] == first  # a repeat sees the same
    again = signed(text_push("帮助", sender="o-reader-0"))
    assert fields_of(post.send(again).data)["Content"] == "帮助 第0次"
    assert office.run() == ["sent"]


def test_flushed_marks_of_waiting_notices_are_written_again(office: Office, redis: Redis) -> None:
    filter_ = Inbox(redis)
    filter_.rebuild_banners(["o-1", "o-2"])
    assert filter_.claim(b"1", "o-1", b"memory").banner
    filter_.rebuild_banners([])
    assert not filter_.claim(b"2", "o-1", b"memory").banner
    filter_.mark_banner("o-1")
    assert filter_.claim(b"3", "o-1", b"memory").banner
    filter_.forget_banner("o-1")
    assert not filter_.claim(b"4", "o-1", b"memory").banner


@pytest.mark.parametrize("code", [43004, 40003])
def test_person_who_left_is_not_tried_on_other_channels(
    office_with_template: Office, platform: Platform, keys: Keys, code: int
) -> None:
    post_notices(office_with_template.db, keys, kind=NoticeKind.REMINDER)
    platform.next(TEMPLATE, {"errcode": code, "errmsg": "no"})
    assert office_with_template.run() == ["failed"]
    assert platform.of(TEXT) == []


@pytest.mark.parametrize("code", [-1, 45011, 40001, 40164])
def test_temporary_refusal_is_tried_again_with_growing_delay_until_it_is_enough(
    office: Office, platform: Platform, keys: Keys, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_module, "BUSY_PAUSES_S", (0.0, 0.0, 0.0))
    post_notices(office.db, keys)
    platform.next(TEXT, *[{"errcode": code, "errmsg": "busy"}] * 32)  # of -1 the gateway takes four at a time
    assert office.run() == ["pending"]
    assert office.run(timedelta(seconds=9)) == ["pending"]
    assert office.row()[2] == 1
    tries = [office.run(timedelta(hours=1)) for _ in range(7)]
    assert tries == [["pending"]] * 6 + [["failed"]]
    assert office.row() == ("banner", code, 8)


def test_temporary_refusal_that_passes_is_forgotten(office: Office, platform: Platform, keys: Keys) -> None:
    post_notices(office.db, keys)
    platform.next(TEXT, {"errcode": 45011, "errmsg": "busy"})
    assert [office.run(), office.run(timedelta(minutes=1))] == [["pending"], ["sent"]]
    assert len(platform.of(TEXT)) == 2


def test_request_that_never_left_is_tried_again(db: Database, redis: Redis, keys: Keys) -> None:
    TokenStore(redis, APPID).get(lambda: ("t", 7200))
    office = Office(db, redis, f"http://127.0.0.1:{free_port()}")
    post_notices(db, keys)
    assert office.run() == ["pending"]


def test_cut_connection_leaves_the_outcome_unknown_and_nothing_is_sent_again(
    office: Office, platform: Platform, keys: Keys
) -> None:
    """Seen to fail with OutcomeUnknownError treated as temporary: the reader was told twice."""
    post_notices(office.db, keys)
    platform.next(TEXT, CUT)
    assert [office.run(), office.run(timedelta(hours=2))] == [["unknown"], ["unknown"]]
    assert len(platform.of(TEXT)) == 1


def test_cut_template_is_sent_again_once_under_the_same_number(
    office_with_template: Office, platform: Platform, keys: Keys
) -> None:
    post_notices(office_with_template.db, keys, kind=NoticeKind.REMINDER)
    platform.next(TEMPLATE, CUT)
    assert office_with_template.run() == ["sent"]
    assert len({body["client_msg_id"] for body in platform.of(TEMPLATE)}) == 1
    assert len(platform.of(TEMPLATE)) == 2


def test_template_cut_twice_is_unknown(office_with_template: Office, platform: Platform, keys: Keys) -> None:
    post_notices(office_with_template.db, keys, kind=NoticeKind.REMINDER)
    platform.next(TEMPLATE, CUT, CUT)
    assert office_with_template.run() == ["unknown"]
    assert platform.of(TEXT) == []


def test_registration_cancelled_just_before_is_not_sent(office: Office, platform: Platform, keys: Keys) -> None:
    post_notices(office.db, keys)
    with office.db.writing() as tx:
        tx.execute(update(registration).values(status="cancelled", cancelled_at=NOW))
    assert office.run() == ["dropped"]
    assert platform.of(TEXT) == []


def test_registration_cancelled_while_we_wait_for_the_token_is_not_sent(
    office: Office, platform: Platform, keys: Keys
) -> None:
    """Seen to fail with the last look at the facts before the wait."""
    post_notices(office.db, keys)

    def cancel(path: str) -> None:
        if path == "stable_token":
            with office.db.writing() as tx:
                tx.execute(update(registration).values(status="cancelled", cancelled_at=NOW))

    platform.before = cancel
    assert office.run() == ["dropped"]
    assert platform.of(TEXT) == []


def test_notice_whose_token_is_refused_is_tried_later_with_the_reason_noted(
    office: Office, platform: Platform, keys: Keys
) -> None:
    post_notices(office.db, keys)
    platform.next("stable_token", {"errcode": 40125, "errmsg": "invalid appsecret"})
    assert office.run() == ["pending"]
    assert office.row() == ("", 40125, 1)
    assert office.run(timedelta(minutes=1)) == ["sent"]
    assert len(platform.of(TEXT)) == 1


def test_two_offices_at_once_send_each_notice_once(db: Database, redis: Redis, platform: Platform, keys: Keys) -> None:
    post_notices(db, keys, 30)
    offices = [Office(db, redis, platform.url) for _ in range(2)]
    threads = [threading.Thread(target=office.run) for office in offices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    told = [body["touser"] for body in platform.of(TEXT)]
    assert len(told) == len(set(told)) == 30
    wait_until(lambda: offices[0].run() == ["sent"] * 30)


def test_when_the_time_is_up_no_letter_is_begun_and_the_rest_is_free_at_once(
    office: Office, platform: Platform, keys: Keys
) -> None:
    """Seen to fail with the look at the time only between batches."""
    post_notices(office.db, keys, 3)
    assert office.mailer.deliver_due(until=time.monotonic()) == 3
    assert platform.of(TEXT) == []
    assert office.run() == ["sent"] * 3


def test_outcome_that_comes_after_the_notice_was_taken_for_lost_is_logged(
    office: Office, platform: Platform, keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    post_notices(office.db, keys)

    def lose(path: str) -> None:
        if path == TEXT:
            with office.db.writing() as tx:
                outbox.mark_lost(tx, NOW + SENDING)

    platform.before = lose
    assert office.run() == ["unknown"]
    # Which of the two streams it is depends on whether an earlier test of this process configured logging.
    logged = capsys.readouterr()
    assert "notice_settled_by_another" in logged.out + logged.err


@pytest.mark.parametrize("status", ["failed:user block", "failed: system failed", "failed:freq limit"])
def test_late_report_of_failure_sends_the_notice_another_way_once(
    office_with_template: Office, platform: Platform, keys: Keys, status: str
) -> None:
    post_notices(office_with_template.db, keys, kind=NoticeKind.REMINDER)
    platform.next(TEMPLATE, {"errcode": 0, "msgid": 4711})
    assert office_with_template.run() == ["sent"]
    office = office_with_template
    record_report(office.db, office.early, DeliveryReport(4711, "success"), NOW)
    assert office.run() == ["sent"]
    record_report(office.db, office.early, DeliveryReport(4711, status), NOW)
    assert (office.run(), office.row()[0]) == (["sent"], "customer_service")
    assert (len(platform.of(TEMPLATE)), len(platform.of(TEXT))) == (1, 1)


def test_report_that_is_faster_than_our_commit_counts_too(
    office_with_template: Office, platform: Platform, keys: Keys
) -> None:
    """Seen to fail with reports looked for in SQL only: the notice stayed sent."""
    office = office_with_template
    post_notices(office.db, keys, kind=NoticeKind.REMINDER)
    platform.next(TEMPLATE, {"errcode": 0, "msgid": 4711})

    def report(path: str) -> None:
        if path == TEMPLATE:
            record_report(office.db, office.early, DeliveryReport(4711, "failed:user block"), NOW)

    platform.before = report
    assert (office.run(), office.row()[0]) == (["sent"], "customer_service")


def test_template_setting_is_read_and_its_faults_are_named() -> None:
    assert FieldTemplate.parse(" ID ").template_id == "ID"
    assert FieldTemplate.parse("ID:thing1=title").fields == (("thing1", "title"),)
    with pytest.raises(ValueError, match="weather"):
        FieldTemplate.parse("ID:thing1=weather")
