"""Promise I8 at the webhook: what is kept for repeats leads to nobody once the reader is gone, keys or no keys."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import pytest
from redis import Redis
from sqlalchemy import select

from bot.store.database import Database
from bot.store.inbox import Inbox
from bot.store.pii import Keys
from bot.store.tables import inbox, metadata, reader
from tests.conftest import TEST_SECRET
from tests.factories import add_house, add_occurrence
from tests.wechat.line import Line
from tests.wechat.pushes import event_push, fields_of

OPENID = "o-reader-who-leaves"


class TransparentKeys(Keys):
    """The deployment's keys, with a note of everything that they sealed."""

    def __init__(self) -> None:
        super().__init__(TEST_SECRET)
        self.opened: dict[bytes, str] = {}

    def seal(self, value: str, place: str) -> bytes:
        """Seal and note."""
        sealed = super().seal(value, place)
        self.opened[sealed] = value
        return sealed


def leave_by_unfollow(line: Line) -> bytes:
    line.say(OPENID, "提醒 关")
    return event_push("unsubscribe", sender=OPENID)


def leave_by_erasing(line: Line) -> bytes:
    assert "「确认」" in line.say(OPENID, "注销")
    return line.typed(OPENID, "确认")


LEAVES = pytest.mark.parametrize("leave", [leave_by_unfollow, leave_by_erasing], ids=["unfollow", "erase"])


def kept_by(db: Database, redis: Redis, keys: TransparentKeys) -> list[str]:
    """Every value in every table and every answer in Redis, opened where the keys open it."""
    with db.reading() as tx:
        values = [value for table in metadata.sorted_tables for row in tx.execute(select(table)) for value in row]
    values += [(redis.get(name) or b"")[1:] for name in redis.keys("shuqian:inbox:*")]  # behind the mark of an answer
    return [keys.opened.get(value, repr(value)) if isinstance(value, bytes) else str(value) for value in values]


@LEAVES
def test_nothing_kept_restores_who_has_left(db: Database, redis: Redis, leave: Callable[[Line], bytes]) -> None:
    """Seen to fail with the whole answer sealed, and with it saved under the reader."""
    keys = TransparentKeys()
    line = Line(db, redis, keys)
    with db.writing() as tx:
        add_occurrence(tx, add_house(tx), 12, closes_at=None, starts_at=line.in_two_days)
    line.say(OPENID, "报名 12 张三 13800138000 1人")
    assert "报名成功" in line.say(OPENID, "同意")
    assert any(OPENID in value for value in kept_by(db, redis, keys))
    line.deliver(leave(line))
    with db.reading() as tx:
        assert tx.execute(select(reader.c.openid)).scalars().all() == [None]
        assert tx.execute(select(inbox.c.reader_id)).scalars().all() == [None]  # of the farewell alone
    assert not [value for value in kept_by(db, redis, keys) if OPENID in value]


@LEAVES
def test_repeat_of_the_farewell_gets_the_same_bytes(
    db: Database, redis: Redis, keys: Keys, leave: Callable[[Line], bytes]
) -> None:
    """Also a second later and with Redis flushed: the moment of the first answer is kept with its words."""
    line = Line(db, redis, keys)
    push = leave(line)
    first = line.deliver(push)
    line.now += line.second
    assert line.deliver(push) == first
    redis.flushall()
    assert line.deliver(push) == first
    if first:
        assert fields_of(first.encode())["ToUserName"] == OPENID


def test_answers_are_remembered_for_a_minute_only(redis: Redis) -> None:
    key = secrets.token_bytes(32)
    Inbox(redis).remember(key, b"answer")
    deadline = time.monotonic() + 5
    while (left := redis.pttl(b"shuqian:inbox:" + key)) < 0:  # `remember` does not wait for Redis
        assert time.monotonic() < deadline
    assert left <= 60_000
