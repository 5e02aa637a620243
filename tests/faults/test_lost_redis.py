"""Redis holds only what may be lost: flushed, killed, frozen or away, sign-ups go on and nothing that was told is lost."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

from tests.faults.test_killed_web import check_told, crowd_signs_up
from tests.faults.town import Town

_starting = threading.Lock()


def during_sign_ups(town: Town, seconds: float, fault: Callable[[], None]) -> None:
    """Let a crowd sign up, do the damage meanwhile, and hold the answers against the database."""
    facts = town.add_occurrence(capacity=5000)
    town.line.slowest = 0.0
    begun: list[float] = []
    damage = threading.Thread(target=fault)

    def goes_on() -> bool:
        with _starting:
            if not begun:  # making readers takes a while: both the time and the damage begin with the first message
                begun.append(time.monotonic())
                damage.start()
        return time.monotonic() < begun[0] + seconds

    told = crowd_signs_up(town, facts.number, goes_on)
    damage.join()
    check_told(town, facts.id, told)
    assert len(told) > 40
    assert town.line.slowest < 5.0
    print(f"{len(told)} sign-ups, the slowest {town.line.slowest:.2f} s")


def test_flushed_again_and_again(town: Town) -> None:
    def flush() -> None:
        for _ in range(60):
            town.stack.redis.flushall()
            time.sleep(0.03)

    during_sign_ups(town, 2.0, flush)


def test_killed_and_started_again(town: Town) -> None:
    def kill() -> None:
        time.sleep(0.5)
        town.stack.kill("redis")
        time.sleep(1.5)
        town.stack.start_redis()

    try:
        during_sign_ups(town, 3.5, kill)
    finally:
        if "redis" not in town.stack.processes:
            town.stack.start_redis()
    town.stack.wait_until_ready()


def test_frozen(town: Town) -> None:
    """A server that accepts and never answers is worse than none: two seconds are waited for it, not five."""
    frozen = town.stack.processes["redis"]

    def freeze() -> None:
        time.sleep(0.3)
        frozen.send_signal(signal.SIGSTOP)
        time.sleep(3.5)
        frozen.send_signal(signal.SIGCONT)

    try:
        during_sign_ups(town, 5.5, freeze)
    finally:
        frozen.send_signal(signal.SIGCONT)
    town.stack.wait_until_ready()
