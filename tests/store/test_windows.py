"""The count of customer-service messages that a reader may still be sent."""

from __future__ import annotations

from redis import Redis

from bot.store.redis import open_redis
from bot.store.redis_lines import RedisLines
from bot.store.windows import MESSAGE_S, Window, Windows, forgotten, opened_by_action, opened_by_message

SINCE = "shuqian:window:since"


def test_a_message_opens_five_and_a_click_three_more(redis: Redis) -> None:
    lines, windows = RedisLines(redis), Windows(redis)
    lines.ask(opened_by_message("o-1"), 1)
    lines.ask(opened_by_action("o-1"), 1)
    assert [windows.take("o-1") for _ in range(9)] == [Window.OPEN] * 8 + [Window.USED_UP]
    lines.ask(opened_by_message("o-1"), 1)
    assert windows.take("o-1") is Window.OPEN


def test_the_minute_is_used_before_the_two_days(redis: Redis) -> None:
    lines, windows = RedisLines(redis), Windows(redis)
    lines.ask(opened_by_message("o-1"), 1)
    lines.ask(opened_by_action("o-1"), 1)
    for _ in range(3):
        windows.take("o-1")
    (name,) = redis.keys("shuqian:window:m:*")
    assert redis.get(name) == b"5"


def test_counting_down_does_not_prolong_a_window(redis: Redis) -> None:
    RedisLines(redis).ask(opened_by_message("o-1"), 1)
    (name,) = redis.keys("shuqian:window:m:*")
    redis.expire(name, 10)
    Windows(redis).take("o-1")
    assert 0 < redis.ttl(name) <= 10


def test_silence_means_closed_only_when_it_was_watched_for_two_days(redis: Redis) -> None:
    windows = Windows(redis)
    assert windows.take("o-1") is Window.UNKNOWN
    redis.set(SINCE, int(redis.time()[0]) - MESSAGE_S - 1)
    assert windows.take("o-1") is Window.CLOSED
    redis.flushall()
    assert windows.take("o-1") is Window.UNKNOWN


def test_a_refusal_closes_until_the_reader_writes_again(redis: Redis) -> None:
    lines, windows = RedisLines(redis), Windows(redis)
    windows.close("o-1")
    assert windows.take("o-1") is Window.USED_UP
    lines.ask(opened_by_message("o-1"), 1)
    assert windows.take("o-1") is Window.OPEN


def test_who_leaves_leaves_no_trace(redis: Redis) -> None:
    lines = RedisLines(redis)
    lines.ask(opened_by_message("o-1"), 1)
    lines.ask(opened_by_action("o-1"), 1)
    lines.ask(forgotten("o-1"), 1)
    assert redis.keys("shuqian:window:[am]:*") == []


def test_without_redis_every_window_is_unknown() -> None:
    assert Windows(open_redis("unix:///nowhere/redis.sock")).take("o-1") is Window.UNKNOWN
