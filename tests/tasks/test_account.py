"""The account's rights in a real worker: asked at its start, then daily or when wanted, never in a storm."""

from __future__ import annotations

import pytest
from redis import Redis

from bot.domain.capability import Capability, CapabilityState
from bot.store.capabilities import list_rights
from bot.store.database import Database
from bot.store.probes import is_wanted, want_probe
from bot.wechat.probing import QUESTIONS
from tests.tasks.conftest import Crew
from tests.wechat.conversations import wait_until
from tests.wechat.platform import Platform

QUESTION_APIS = {question.api for question in QUESTIONS}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_platform_is_asked_at_the_start_then_only_when_wanted_and_once_in_five_minutes(
    crew: Crew, db: Database, redis: Redis, platform: Platform
) -> None:
    """Seen to fail without `claim_probe`: the wish was fulfilled at once, and each refusal would have been a probe."""

    def asked() -> int:
        return sum(api in QUESTION_APIS for api, _ in platform.calls)

    def run_thrice() -> None:
        done = crew.log.read_text().count("succeeded in")
        for _ in range(3):
            crew.run("tasks.account.probe_account")
        wait_until(lambda: crew.log.read_text().count("succeeded in") >= done + 3, 60)

    crew.start()
    run_thrice()
    assert asked() == len(QUESTIONS)
    with db.reading() as tx:
        states = {each.capability: each.state for each in list_rights(tx)}
    assert states.pop(Capability.OAUTH) is CapabilityState.REFUSED, "WECHAT_OAUTH is not set"
    assert set(states.values()) == {CapabilityState.GRANTED}
    want_probe(redis, "48001 tags/get")
    run_thrice()
    assert asked() == len(QUESTIONS)
    assert is_wanted(redis)
    redis.delete("shuqian:probe:pace")
    run_thrice()
    assert asked() == 2 * len(QUESTIONS)
    assert not is_wanted(redis)
    crew.stop()
    assert "Traceback" not in crew.log.read_text()
