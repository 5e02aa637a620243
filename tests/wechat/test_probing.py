"""What the account may do is found out by harmless calls, and told from what could not be asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.capability import LEVEL_OF, Capability, CapabilityState, Level, Right, level_of
from bot.services.rights import lose_right
from bot.store.alarms import AlarmKind, list_alarms
from bot.store.capabilities import Capabilities, list_rights
from bot.store.database import Database
from bot.store.probes import PACE_S, claim_probe, find_answered, is_wanted, take_wanted, want_probe
from bot.store.quotas import Quotas
from bot.wechat import gateway as gateway_module
from bot.wechat import probing
from bot.wechat.account import Account
from bot.wechat.errors import WeChatError
from bot.wechat.gateway import Gateway, gateway_of
from bot.wechat.probing import QUESTIONS, ProbeWatch, account_digest, ask_all, probe_account
from bot.wechat.watch import AccountWatch
from tests.factories import NOW
from tests.wechat.platform import CUT, Platform, open_platform
from tests.wechat.pushes import APPID, TOKEN
from tests.wechat.sandbox import SECRET, ServedSandbox, open_sandbox

ACCOUNT = Account(APPID, TOKEN, secret=SECRET)
G, R, U = CapabilityState.GRANTED, CapabilityState.REFUSED, CapabilityState.UNKNOWN


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[ServedSandbox]:
    """The real one."""
    with open_sandbox(tmp_path / "sandbox") as opened:
        yield opened


@pytest.fixture
def platform() -> Iterator[Platform]:
    """A small stand-in that can be made to answer anything."""
    with open_platform() as opened:
        yield opened


@pytest.fixture
def gateway(platform: Platform, redis: Redis) -> Gateway:
    """The gateway to the stand-in."""
    return gateway_of(ACCOUNT, redis, platform.url)


def rights_of(db: Database) -> dict[Capability, Right]:
    """What is written down."""
    with db.reading() as tx:
        return {each.capability: each for each in list_rights(tx)}


def probe(db: Database, redis: Redis, url: str, *, account: Account = ACCOUNT, doubts: bool = False) -> None:
    """As worker and command do it."""

    def clock() -> datetime:
        return NOW

    watch = ProbeWatch(AccountWatch(redis, db, account.appid, clock), Quotas(redis, account.appid), clock)
    gateway = gateway_of(account, redis, url, watch)
    probe_account(db, redis, account, gateway, oauth_on=True, clock=clock, doubts=doubts)


def test_each_level_of_the_sandbox_is_found_out_with_the_rights_that_belong_to_it(
    db: Database, redis: Redis, sandbox: ServedSandbox
) -> None:
    """The level goes down as rights are withdrawn, then up: every change is seen by one probe."""
    for level in (Level.L3, Level.L2, Level.L1, Level.L0, Level.L2):
        sandbox.set_level(level.name)
        probe(db, redis, sandbox.url)
        found = {each for each, right in rights_of(db).items() if right.state is G}
        assert found == {each for each, least in LEVEL_OF.items() if least <= level}
        assert level_of(found) is level
    assert {right.state for right in rights_of(db).values()} == {G, R}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_probe_is_few_calls_that_leave_nothing_behind(db: Database, redis: Redis, sandbox: ServedSandbox) -> None:
    probe(db, redis, sandbox.url)
    calls = [call for call in sandbox.list_calls() if call["api"] != "stable_token"]
    assert len(calls) == len(QUESTIONS) == 11
    refused = {call["api"]: call["answer"]["errcode"] for call in calls if call["answer"].get("errcode")}
    assert refused == {
        "menu/get": 46003,
        "message/custom/send": 40003,
        "media/get": 40007,
        "menu/trymatch": 40003,
        "message/template/subscribe": 40003,
        "qrcode/create": 40053,
        "message/subscribe/bizsend": 40003,
    }


def test_a_lost_right_raises_an_alarm_and_its_return_ends_it(
    db: Database, redis: Redis, sandbox: ServedSandbox
) -> None:
    probe(db, redis, sandbox.url)
    with db.reading() as tx:
        assert not list_alarms(tx)
    sandbox.set_level("L2")
    probe(db, redis, sandbox.url)
    with db.reading() as tx:
        alarms = {(row["kind"], row["subject"], row["code"]) for row in list_alarms(tx)}
    assert (AlarmKind.RIGHT_LOST, Capability.SCENE_QR, 48001) in alarms
    assert {subject for _, subject, _ in alarms} == {each for each, least in LEVEL_OF.items() if least is Level.L3}
    sandbox.set_level("L3")
    probe(db, redis, sandbox.url)
    with db.reading() as tx:
        assert not list_alarms(tx)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_account_that_never_had_a_right_raises_no_alarm(db: Database, redis: Redis, sandbox: ServedSandbox) -> None:
    sandbox.set_level("L0")
    probe(db, redis, sandbox.url)
    with db.reading() as tx:
        assert not list_alarms(tx)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        (CUT, "tags/get: no answer (OutcomeUnknownError)"),
        ((502, b"<html>"), "tags/get: no answer (OutcomeUnknownError)"),
        ({"errcode": -1, "errmsg": "busy"}, "tags/get: -1"),
        ({"errcode": 45009, "errmsg": "quota"}, "tags/get: 45009"),
        ({"errcode": 45011, "errmsg": "minute"}, "tags/get: 45011"),
    ],
)
def test_what_could_not_be_asked_keeps_its_state_and_only_its_evidence_says_so(
    db: Database, redis: Redis, platform: Platform, monkeypatch: pytest.MonkeyPatch, answer: object, evidence: str
) -> None:
    """Seen to fail without `_keep_known`: the right was gone as soon as the platform was busy."""
    probe(db, redis, platform.url)
    before = rights_of(db)
    monkeypatch.setattr(gateway_module, "BUSY_PAUSES_S", (0.0,))
    platform.next("tags/get", *[answer] * 2)
    probe(db, redis, platform.url)
    after = rights_of(db)
    assert before[Capability.TAGS].state is after[Capability.TAGS].state is G
    assert after[Capability.TAGS].evidence == evidence
    assert {each.state for each in after.values()} == {G}
    assert 0 < redis.ttl("shuqian:probe:answered") <= 600


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_probe_that_insists_asks_in_spite_of_an_open_circuit_and_closes_it(
    db: Database, redis: Redis, platform: Platform
) -> None:
    """As `flask doctor --probe` does, when the keeper has just entered the right secret."""
    inner = AccountWatch(redis, db, APPID, lambda: NOW)
    inner.before("tags/get")
    inner.after("tags/get", WeChatError(40164, "not on the list"))
    watches = [ProbeWatch(inner, Quotas(redis, APPID), lambda: NOW, insists=insists) for insists in (False, True)]
    patient, insistent = (
        [*ask_all(gateway_of(ACCOUNT, redis, platform.url, watch), oauth_on=True)] for watch in watches
    )
    assert {each.state for each in patient} == {U}
    assert {each.state for each in insistent} == {G}
    inner.before("tags/get")
    with db.reading() as tx:
        assert not list_alarms(tx)


@pytest.mark.parametrize("code", [40013, 40125, 40164, 61004, 40243])
def test_a_fault_of_the_settings_ends_the_probe_at_its_first_answer(
    gateway: Gateway, platform: Platform, code: int
) -> None:
    platform.next("get_api_domain_ip", {"errcode": code, "errmsg": "no"})
    findings = {each.capability: each for each in ask_all(gateway, oauth_on=True)}
    assert [api for api, _ in platform.calls if api != "stable_token"] == ["get_api_domain_ip"]
    assert {each.state for each in findings.values()} == {U}
    assert findings[Capability.API].evidence == f"get_api_domain_ip: {code}"
    assert findings[Capability.MENU].evidence == f"not asked: get_api_domain_ip: {code}"


@pytest.mark.parametrize("code", [48001, 48004, 50002])
def test_all_three_refusals_take_the_right_away(gateway: Gateway, platform: Platform, code: int) -> None:
    platform.next("tags/get", {"errcode": code, "errmsg": "no"})
    findings = {each.capability: each for each in ask_all(gateway, oauth_on=True)}
    assert findings[Capability.TAGS].state is R
    assert findings[Capability.MEDIA].state is G


def test_a_slow_platform_is_not_asked_on_after_the_budget(gateway: Gateway, platform: Platform) -> None:
    findings = ask_all(gateway, oauth_on=True, budget_s=-1)
    assert platform.calls == []
    assert {each.state for each in findings} == {U}


def test_scanning_is_believed_only_of_a_verified_account_and_oauth_only_with_its_setting(
    gateway: Gateway, platform: Platform
) -> None:
    for api in ("media/get", "tags/get"):
        platform.next(api, {"errcode": 48001, "errmsg": "no"})
    findings = {each.capability: each for each in ask_all(gateway, oauth_on=False)}
    assert findings[Capability.JS_SCAN].state is R
    assert findings[Capability.JS_SCAN].evidence == "ticket/getticket: ok; verified: media/get: 48001"
    assert findings[Capability.OAUTH].state is R
    assert "WECHAT_OAUTH is not set" in findings[Capability.OAUTH].evidence


def test_without_a_secret_nothing_is_asked_and_nothing_is_granted(
    db: Database, redis: Redis, platform: Platform
) -> None:
    probe(db, redis, platform.url)
    calls = len(platform.calls)
    probe(db, redis, platform.url, account=Account(APPID, TOKEN, secret=""))
    assert len(platform.calls) == calls
    assert {(each.state, each.evidence) for each in rights_of(db).values()} == {(U, probing.NO_SECRET)}


def test_the_rights_of_another_account_are_forgotten_even_if_the_platform_is_away(
    db: Database, redis: Redis, platform: Platform
) -> None:
    probe(db, redis, platform.url)
    other = Account("wx0000000000another", TOKEN, secret=SECRET)
    platform.next("stable_token", *[{"errcode": -1, "errmsg": "busy"}] * 4)  # a busy platform is asked four times
    probe(db, redis, platform.url, account=other)
    assert rights_of(db)[Capability.API].state is U
    assert find_answered(redis) == account_digest(other)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_storm_of_refusals_is_one_probe_in_five_minutes(db: Database, redis: Redis, platform: Platform) -> None:
    """Wishes add up to one, those that a probe itself gives rise to are fulfilled by it."""
    for _ in range(50):
        want_probe(redis, "48001 tags/get")
    assert claim_probe(redis) and not claim_probe(redis)
    assert take_wanted(redis) == "48001 tags/get"
    assert take_wanted(redis) is None
    platform.before = lambda path: want_probe(redis, path)
    probe(db, redis, platform.url)
    assert not is_wanted(redis)
    assert 0 < redis.ttl("shuqian:probe:pace") <= PACE_S


def test_a_right_refused_in_use_is_gone_for_all_and_said_once(db: Database, redis: Redis, platform: Platform) -> None:
    probe(db, redis, platform.url)
    with db.writing() as tx:
        assert Capabilities().has(tx, Capability.SCENE_QR)
        assert lose_right(tx, Capability.SCENE_QR, "qrcode/create", 48001, NOW + timedelta(minutes=1))
        assert not lose_right(tx, Capability.SCENE_QR, "qrcode/create", 48001, NOW + timedelta(minutes=2))
    with db.reading() as tx:
        assert not Capabilities().has(tx, Capability.SCENE_QR)
        assert [row["times"] for row in list_alarms(tx)] == [1]


def test_a_refusal_in_use_outweighs_an_answer_about_arguments_for_an_hour(
    db: Database, redis: Redis, sandbox: ServedSandbox
) -> None:
    """Should the platform read arguments first, rights would else come and go every five minutes.

    Seen to fail without `is_held_back`: the right was back at once, and the next call would have been refused again.
    """
    probe(db, redis, sandbox.url)
    with db.writing() as tx:
        for capability, api in ((Capability.SCENE_QR, "qrcode/create"), (Capability.TAGS, "tags/get")):
            lose_right(tx, capability, api, 48001, NOW)
    probe(db, redis, sandbox.url, doubts=True)
    rights = rights_of(db)
    assert rights[Capability.TAGS].state is G, "it was given what it asked for"
    assert rights[Capability.SCENE_QR].state is R
    assert rights[Capability.SCENE_QR].evidence == "qrcode/create: 40053; but refused in use"
    assert 0 < redis.ttl("shuqian:probe:answered") <= 3600
    with db.reading() as tx:
        assert [row["subject"] for row in list_alarms(tx)] == [Capability.SCENE_QR]
    probe(db, redis, sandbox.url)
    assert rights_of(db)[Capability.SCENE_QR].state is G
    with db.reading() as tx:
        assert not list_alarms(tx)
