"""The rate that all workers keep together: threads, processes, lanes, and a process that has lost Redis."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

from redis import Redis

from bot.domain.notice import Lane
from bot.store.limits import ALONE_SHARE, RateLimit
from bot.store.redis import open_redis
from bot.store.tokens import TokenStore
from bot.wechat.gateway import BULK_RESERVE, BURST, Gateway, gateway_of
from tests.wechat.platform import open_platform
from tests.wechat.test_gateway import ACCOUNT, APPID

NOWHERE = "unix:///nowhere/redis.sock"

GRAB = """
import sys, time
from bot.store.limits import RateLimit
from bot.store.redis import open_redis
redis = open_redis(sys.argv[1])
limit = RateLimit(redis, "p", per_second=40, burst=10)
redis.incr("ready")
while not redis.exists("go"):
    time.sleep(0.001)
taken = 0
while redis.exists("go"):
    taken += limit.take() == 0
    time.sleep(0.001)
print(taken)
"""


def test_four_processes_together_keep_one_rate(redis_url: str, redis: Redis) -> None:
    command = [sys.executable, "-c", GRAB, redis_url]
    crew = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    while int(redis.get("ready") or 0) < len(crew):  # type: ignore[arg-type]
        assert all(process.poll() is None for process in crew)
        time.sleep(0.005)
    redis.set("go", 1)
    began = time.monotonic()
    time.sleep(1.0)
    redis.delete("go")
    taken = sum(int(process.communicate(timeout=20)[0]) for process in crew)
    lasted = time.monotonic() - began
    assert 10 + 40 * 0.8 <= taken <= 10 + 40 * lasted + 1


def test_many_threads_take_no_more_than_there_are(redis_url: str, redis: Redis) -> None:
    limit = RateLimit(open_redis(redis_url), "t", per_second=0.01, burst=25)
    taken: list[float] = []
    threads = [threading.Thread(target=lambda: taken.extend(limit.take() for _ in range(10))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(wait == 0 for wait in taken) == 25


def test_bulk_leaves_the_last_turns_to_what_is_urgent(redis: Redis) -> None:
    limit = RateLimit(redis, "lanes", per_second=0.01, burst=BURST)
    bulk = [limit.take(BULK_RESERVE) for _ in range(BURST)]
    assert sum(wait == 0 for wait in bulk) == BURST - BULK_RESERVE
    urgent = [limit.take() for _ in range(BURST)]
    assert sum(wait == 0 for wait in urgent) == BULK_RESERVE


def test_urgent_call_does_not_wait_behind_a_thousand_bulk_ones(redis: Redis) -> None:
    """Bulk of two threads takes what it can all the time; what is urgent goes at once, each time."""
    with open_platform() as platform:
        TokenStore(redis, APPID).get(lambda: ("t", 7200))
        limit = RateLimit(redis, "mixed", per_second=100, burst=BURST)
        gateway = Gateway(ACCOUNT, TokenStore(redis, APPID), limit, platform.url)
        done = threading.Event()

        def press() -> None:
            while not done.is_set():
                gateway.wait_for_turn(Lane.BULK)

        crowd = [threading.Thread(target=press) for _ in range(2)]
        for thread in crowd:
            thread.start()
        while limit.take(BULK_RESERVE) == 0:  # until bulk has used up its part
            continue
        waits = [limit.take() for _ in range(5)]
        done.set()
        for thread in crowd:
            thread.join()
    assert waits == [0.0] * 5


def test_without_redis_a_process_keeps_a_part_of_the_rate() -> None:
    """Seen to fail with `return 0.0` in place of the process's own bucket."""
    now = 0.0
    limit = RateLimit(open_redis(NOWHERE), "r", per_second=20, burst=BURST, seconds=lambda: now)
    bulk = [limit.take(BULK_RESERVE) for _ in range(BURST)]
    assert sum(wait == 0 for wait in bulk) == (BURST - BULK_RESERVE) // ALONE_SHARE
    urgent = [limit.take() for _ in range(BURST)]
    assert sum(wait == 0 for wait in [*bulk, *urgent]) == BURST // ALONE_SHARE
    now += 1.0
    assert sum(limit.take() == 0 for _ in range(BURST)) == 20 // ALONE_SHARE


def test_bulk_gets_its_turn_even_where_the_reserve_is_all_there_is() -> None:
    limit = RateLimit(open_redis(NOWHERE), "r", per_second=4, burst=4)
    assert limit.take(BULK_RESERVE) == 0


def test_gateway_without_redis_still_sends() -> None:
    with open_platform() as platform:
        gateway = gateway_of(ACCOUNT, open_redis(NOWHERE), platform.url)
        for _ in range(3):
            gateway.send_text("o-1", "x")
        assert len(platform.of("message/custom/send")) == 3
