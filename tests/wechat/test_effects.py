"""What the platform's news changes in our tables, once however often it is told, and never at the cost of an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from redis import Redis
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.services.erasure import erase_reader
from bot.store.alarms import AlarmKind, list_alarms
from bot.store.database import Database
from bot.store.early_reports import EarlyReports
from bot.store.pii import Keys
from bot.store.probes import WANTED
from bot.store.tables import reader
from bot.store.wechat_tables import subscription
from bot.wechat.account import Mode
from bot.wechat.effects import Effects
from bot.wechat.farewells import NAME, Farewells
from bot.wechat.parser import read_push
from bot.wechat.pushes import Farewell, News
from bot.wechat.xml import read_xml
from tests.factories import add_reader
from tests.wechat.house import House
from tests.wechat.pushes import READER, event_push, sealed, signed

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
AT = int(NOW.timestamp())

Tell = Callable[..., None]


@pytest.fixture
def tell(db: Database, redis: Redis, keys: Keys) -> Tell:
    """Let a push take effect: its name, its moment in seconds after `NOW`, its parts."""
    effects = Effects(db, redis, keys, lambda: NOW)

    def apply(name: str, later: int = 0, **parts: object) -> None:
        content = read_push(read_xml(event_push(name, sender=READER, at=AT + later, **parts))).content
        assert isinstance(content, News)
        effects.apply(content)

    return apply


def choice(word: str, template: str = "T1") -> dict[str, object]:
    """The parts of a push about one template."""
    return {"SubscribeMsgPopupEvent": {"List": {"TemplateId": template, "SubscribeStatusString": word}}}


def leaves(db: Database) -> list[tuple[str, bool]]:
    """Templates for which leave was given, and whether it still holds."""
    query = select(subscription.c.template_id, subscription.c.used_at.is_(None)).order_by(subscription.c.id)
    with db.reading() as tx:
        return [(row[0], bool(row[1])) for row in tx.execute(query)]


@pytest.fixture
def known(db: Database, keys: Keys) -> int:
    """A reader of ours."""
    with db.writing() as tx:
        return add_reader(tx, READER, keys)


def test_leave_that_is_told_twice_is_leave_for_one_notice(db: Database, tell: Tell, known: int) -> None:
    """Seen to fail with the moment of the telling in place of the choice's."""
    tell("subscribe_msg_popup_event", **choice("accept"))
    tell("subscribe_msg_popup_event", **choice("accept"))
    tell("subscribe_msg_popup_event", **choice("accept", "T2"))
    assert leaves(db) == [("T1", True), ("T2", True)]
    tell("subscribe_msg_popup_event", 9, **choice("accept"))
    assert leaves(db) == [("T1", True), ("T2", True), ("T1", True)]


@pytest.mark.parametrize("name", ["subscribe_msg_popup_event", "subscribe_msg_change_event"])
def test_refusal_ends_what_was_given_before_it_and_a_repeat_brings_it_not_back(
    db: Database, tell: Tell, known: int, name: str
) -> None:
    """Seen to fail where a withdrawn leave was deleted."""
    tell("subscribe_msg_popup_event", **choice("accept"))
    tell("subscribe_msg_popup_event", **choice("accept", "T2"))
    tell("subscribe_msg_popup_event", 20, **choice("accept"))
    tell(name, 10, **choice("reject"))
    tell("subscribe_msg_popup_event", **choice("accept"))
    assert leaves(db) == [("T1", False), ("T2", True), ("T1", True)]


@pytest.mark.parametrize("mode", [Mode.PLAIN, Mode.SAFE])
def test_leave_comes_through_the_webhook(db: Database, redis: Redis, keys: Keys, known: int, mode: Mode) -> None:
    house = House(db, redis, keys, mode)
    for _ in range(2):
        body = event_push("subscribe_msg_popup_event", sender=READER, at=AT, **choice("accept"))
        assert house.send(signed(body) if mode is Mode.PLAIN else sealed(body)) == b"success"
    assert leaves(db) == [("T1", True)]


def test_choice_of_somebody_we_do_not_know_makes_nobody_a_reader(db: Database, tell: Tell) -> None:
    tell("subscribe_msg_popup_event", **choice("accept"))
    with db.reading() as tx:
        assert tx.execute(select(reader.c.id)).all() == []
    assert leaves(db) == []


def test_choice_that_comes_after_the_farewell_leaves_no_trace(db: Database, tell: Tell, known: int, keys: Keys) -> None:
    tell("subscribe_msg_popup_event", **choice("accept"))
    with db.writing() as tx:
        erase_reader(tx, known, keys, NOW)
    tell("subscribe_msg_popup_event", 5, **choice("accept"))
    assert leaves(db) == []


@pytest.mark.parametrize("name", ["verify_expired", "annual_renew", "qualification_verify_fail", "naming_verify_fail"])
def test_verification_that_ends_or_fails_rings_once_and_has_the_rights_looked_at(
    db: Database, redis: Redis, tell: Tell, name: str
) -> None:
    for _ in range(2):
        tell(name, ExpiredTime=AT)
    with db.reading() as tx:
        (alarm,) = list_alarms(tx)
    assert (alarm["kind"], alarm["detail"]) == (AlarmKind.ANNUAL_VERIFICATION, f"{name} 2026-11-25")
    assert redis.get(WANTED) == name.encode()


@pytest.mark.parametrize("name", ["qualification_verify_success", "naming_verify_success"])
def test_verification_that_succeeds_ends_the_alarm_and_has_the_rights_looked_at(
    db: Database, redis: Redis, tell: Tell, name: str
) -> None:
    tell("verify_expired", ExpiredTime=AT)
    tell(name, ExpiredTime=AT + 31_536_000)
    with db.reading() as tx:
        assert list_alarms(tx) == []
    assert redis.get(WANTED) == name.encode()


def test_notice_that_did_not_arrive_is_kept_for_its_sender(redis: Redis, tell: Tell) -> None:
    outcome = {"TemplateId": "T1", "MsgID": 4711, "ErrorCode": 43101, "ErrorStatus": "user refuse"}
    tell("subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": outcome})
    assert EarlyReports(redis).take_for(READER) == "43101 user refuse"
    assert EarlyReports(redis).take_for(READER) is None


# Farewells that fail


def openids(db: Database) -> list[str | None]:
    """Of all readers."""
    with db.reading() as tx:
        return list(tx.scalars(select(reader.c.openid)))


def test_farewell_while_the_database_is_away_is_carried_out_when_it_is_back(
    db: Database, redis: Redis, keys: Keys, known: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail with the erasure tried again and nothing kept: the reader was known for ever."""
    effects = Effects(db, redis, keys, lambda: NOW)
    with monkeypatch.context() as broken:
        broken.setattr(db, "writing", _away)
        with pytest.raises(OperationalError):
            effects.apply(Farewell(READER))
    assert openids(db) == [READER]
    assert READER.encode() not in b"".join(value for pair in redis.hgetall(NAME).items() for value in pair)
    assert Farewells(redis, keys).finish(db, lambda: NOW) == 1
    assert openids(db) == [None]
    assert Farewells(redis, keys).finish(db, lambda: NOW) == 0


def _away() -> None:
    raise OperationalError("statement", {}, Exception("server closed the connection"))


def test_farewell_that_is_carried_out_twice_harms_nobody(db: Database, redis: Redis, keys: Keys, known: int) -> None:
    effects = Effects(db, redis, keys, lambda: NOW)
    for _ in range(2):
        effects.apply(Farewell(READER))
    assert openids(db) == [None]


def test_farewell_without_redis_is_carried_out_at_once(db: Database, keys: Keys, known: int) -> None:
    nowhere = Redis.from_url("unix:///nowhere/redis.sock")
    Effects(db, nowhere, keys, lambda: NOW).apply(Farewell(READER))
    assert openids(db) == [None]
