"""What all processes remember of refusals: circuits, spent days, alarms. Against the sandbox."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.domain.clock import utc_now
from bot.store.alarms import AlarmKind, list_alarms
from bot.store.database import Database
from bot.store.quotas import Quotas
from bot.store.redis import open_redis
from bot.store.wechat_tables import alarm
from bot.wechat import watch as watch_module
from bot.wechat.errors import CircuitOpenError, GatewayError, NotReachedError, QuotaSpentError, WeChatError
from bot.wechat.gateway import OAUTH_API, Gateway, gateway_of
from bot.wechat.watch import PAUSES_S, QUIET_S, SUBJECT, AccountWatch
from tests.wechat.pushes import APPID
from tests.wechat.workshop import ACCOUNT, SEND, Workshop

ONE_STORE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is counted at the platform and does not depend on the store."""


class Time:
    """Seconds that a test can turn."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Crew:
    """Processes of one account: each has a gateway and a watch of its own, and all have one Redis."""

    make: Callable[[], Gateway]
    time: Time
    follower: str

    def send(self, gateway: Gateway | None = None) -> None:
        """Tell the follower something."""
        (gateway or self.make()).send_text(self.follower, "您好")

    def send_at_once(self, many: int) -> list[GatewayError]:
        """As many at the same time; the errors."""
        errors: list[GatewayError] = []
        ready = threading.Barrier(many)

        def send() -> None:
            gateway = self.make()
            ready.wait()
            try:
                self.send(gateway)
            except GatewayError as error:
                errors.append(error)

        threads = [threading.Thread(target=send) for _ in range(many)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return errors


@pytest.fixture
def crew(sandbox: Workshop, redis: Redis, redis_url: str, db: Database, follower: str) -> Crew:
    """Of one sandbox's account."""
    seconds = Time()

    def make() -> Gateway:
        own = open_redis(redis_url)
        return gateway_of(ACCOUNT, own, sandbox.url, AccountWatch(own, db, APPID, utc_now, seconds))

    return Crew(make, seconds, follower)


def open_alarms(db: Database) -> list[tuple[str, str, int]]:
    """Kind, subject and code of the alarms that are on."""
    with db.reading() as tx:
        return [(row["kind"], row["subject"], row["code"]) for row in list_alarms(tx)]


def count_rows(db: Database) -> int:
    """All alarms there ever were."""
    with db.reading() as tx:
        return len(tx.execute(select(alarm.c.id)).all())


def test_a_refused_secret_stops_all_processes_until_one_trial_succeeds(
    crew: Crew, sandbox: Workshop, db: Database
) -> None:
    sandbox.order("stable_token", errcode=40125, times=2)
    one, other = crew.make(), crew.make()
    with pytest.raises(WeChatError):
        crew.send(one)
    with pytest.raises(CircuitOpenError):
        crew.send(other)
    crew.time.now += PAUSES_S[0] + 1
    with pytest.raises(WeChatError):  # the trial; refused again, so the next pause is longer
        crew.send(other)
    crew.time.now += PAUSES_S[0] + 1
    with pytest.raises(CircuitOpenError):
        crew.send(one)
    assert sandbox.count("stable_token") == 2
    assert open_alarms(db) == [(AlarmKind.CONFIGURATION, SUBJECT, 40125)]
    crew.time.now += PAUSES_S[1]
    crew.send(one)
    crew.send(other)
    assert open_alarms(db) == []


@ONE_STORE
@pytest.mark.parametrize("api", ["stable_token", SEND])
def test_many_refusals_at_once_are_one_token_call_and_one_pause(
    crew: Crew, sandbox: Workshop, redis: Redis, db: Database, api: str
) -> None:
    """Those who waited for the token see that the circuit has opened, and eight failures do not make the pause longer.

    Seen to fail without `before` in `Gateway._fetch`: eight token calls. Seen to fail with HINCRBY without the look at
    `until`: at once the longest pause.
    """
    if api == SEND:
        crew.send()
    sandbox.order(api, errcode=40164 if api == SEND else 40125, times=50)
    errors = crew.send_at_once(8)
    assert len(errors) == 8
    assert sandbox.count("stable_token") == 1
    until = float(redis.hget(f"shuqian:watch:{APPID}:circuit:{SUBJECT}", "until"))  # type: ignore[arg-type]
    assert until == crew.time.now + PAUSES_S[0]
    assert count_rows(db) == 1


@ONE_STORE
def test_lasting_token_error_of_eight_at_once_is_one_token_call(crew: Crew, sandbox: Workshop) -> None:
    """Each makes two calls at most, and one of them asks for a token: the others find that it has been asked for.

    Seen to fail with `expire` comparing the token only: the platform gives the same one, so each dropped it again.
    """
    crew.send()
    sandbox.begin_anew()
    sandbox.order(SEND, errcode=40001, times=500)
    errors = crew.send_at_once(8)
    assert {getattr(error, "code", 40001) for error in errors} == {40001}
    assert sandbox.count("stable_token") <= 1
    assert sandbox.count(SEND) <= 16
    before = sandbox.count(SEND)
    for _ in range(100):  # many are due; none of them asks while the circuit is open
        with pytest.raises(CircuitOpenError):
            crew.send()
    assert sandbox.count(SEND) == before
    assert sandbox.count("stable_token") <= 1


@ONE_STORE
@pytest.mark.parametrize("is_cold", [True, False])
def test_lasting_token_error_costs_two_calls_and_one_token_an_attempt(
    crew: Crew, sandbox: Workshop, db: Database, is_cold: bool
) -> None:
    """Attempt after attempt; the second forces a token, the later ones do not again within 75 minutes."""
    if not is_cold:
        crew.send()
        sandbox.begin_anew()
    sandbox.order(SEND, errcode=40001, times=500)
    forced: list[bool] = []
    for attempt in range(4):
        with pytest.raises(WeChatError):
            crew.send()
        crew.time.now += PAUSES_S[-1] + 1
        assert sandbox.count(SEND) == 2 * (attempt + 1)
        forced = [call["body"]["force_refresh"] for call in sandbox.calls("stable_token")]
        assert len(forced) <= attempt + 1
    assert forced == [False, True, False, False]
    assert open_alarms(db) == [(AlarmKind.CONFIGURATION, SUBJECT, 40001)]


@ONE_STORE
def test_dead_token_that_the_platform_gives_out_again_and_again_is_replaced_by_force(
    crew: Crew, sandbox: Workshop, db: Database
) -> None:
    crew.send()
    sandbox.begin_anew()
    sandbox.order(SEND, errcode=40001, times=3)
    with pytest.raises(WeChatError):
        crew.send()
    crew.time.now += PAUSES_S[0] + 1
    crew.send()
    assert [call["body"]["force_refresh"] for call in sandbox.calls("stable_token")] == [False, True]
    assert sandbox.count(SEND) == 4
    assert open_alarms(db) == []


@ONE_STORE
@pytest.mark.parametrize("code", [45009, 45011])
def test_force_that_is_refused_stops_no_token_call(crew: Crew, sandbox: Workshop, db: Database, code: int) -> None:
    """Seen to fail with the refusal told to the watch as any other: no token was to be had until midnight."""
    crew.send()
    sandbox.begin_anew()
    sandbox.order(SEND, errcode=40001, times=3)
    with pytest.raises(WeChatError):
        crew.send()
    crew.time.now += PAUSES_S[0] + 1
    sandbox.order("stable_token", errcode=code)
    with pytest.raises(NotReachedError):
        crew.send()
    crew.send()
    assert [call["body"]["force_refresh"] for call in sandbox.calls("stable_token")] == [False, True, False]
    assert open_alarms(db) == []


def test_answer_that_was_on_its_way_when_the_circuit_opened_does_not_close_it(
    sandbox: Workshop, redis: Redis, db: Database
) -> None:
    """Seen to fail with what was found kept for the process and not for the thread."""
    watch = AccountWatch(redis, db, APPID, utc_now)
    watch.before(SEND)  # is let through …

    def be_refused() -> None:
        watch.before("menu/get")
        watch.after("menu/get", WeChatError(40013, ""))
        with pytest.raises(CircuitOpenError):
            watch.before("menu/get")

    other = threading.Thread(target=be_refused)
    other.start()
    other.join()
    watch.after(SEND, None)  # … and answered only now
    with pytest.raises(CircuitOpenError):
        watch.before(SEND)
    assert open_alarms(db) == [(AlarmKind.CONFIGURATION, SUBJECT, 40013)]


def test_any_answer_about_the_call_itself_shows_that_the_settings_are_right(
    crew: Crew, sandbox: Workshop, db: Database
) -> None:
    sandbox.order("stable_token", errcode=40164)
    with pytest.raises(WeChatError):
        crew.send()
    crew.time.now += PAUSES_S[0] + 1
    sandbox.order(SEND, errcode=45015)
    with pytest.raises(WeChatError):
        crew.send()
    assert open_alarms(db) == []
    crew.send()


def test_web_authorisation_has_a_circuit_of_its_own(redis: Redis, db: Database) -> None:
    """It goes without the token: a page must not stand still for an address missing from the allow-list, or close its
    circuit."""
    watch = AccountWatch(redis, db, APPID, utc_now)
    watch.after("stable_token", WeChatError(40164, ""))
    watch.before(OAUTH_API)
    watch.after(OAUTH_API, None)
    with pytest.raises(CircuitOpenError):
        watch.before(SEND)
    watch.after(OAUTH_API, WeChatError(40125, ""))
    with pytest.raises(CircuitOpenError):
        watch.before(OAUTH_API)
    assert {subject for _, subject, _ in open_alarms(db)} == {SUBJECT, OAUTH_API}


@ONE_STORE
def test_a_thousand_refusals_are_one_row_counted_once(crew: Crew, sandbox: Workshop, db: Database) -> None:
    sandbox.order(SEND, errcode=47003, times=40)
    for _ in range(30):
        with pytest.raises(WeChatError):
            crew.send()
    with db.reading() as tx:
        (row,) = list_alarms(tx)
    assert row["times"] == 1


def test_alarm_about_a_template_outlasts_the_success_of_others(redis: Redis, db: Database) -> None:
    """Seen to fail without the look at `recent`: every other message ended it, and the next began a new row."""
    watch, api = AccountWatch(redis, db, APPID, utc_now), "message/template/send"
    for error in [WeChatError(40037, ""), None] * 20:
        watch.before(api)
        watch.after(api, error)
    assert open_alarms(db) == [(AlarmKind.TEMPLATE, api, 40037)]
    assert count_rows(db) == 1
    recent = f"shuqian:watch:{APPID}:recent:template {api}"
    assert 0 < redis.ttl(recent) <= QUIET_S  # type: ignore[operator]
    redis.delete(recent)
    watch.before(api)
    watch.after(api, None)
    assert open_alarms(db) == []


def test_spent_day_stops_one_api_until_midnight_in_china(redis: Redis, db: Database) -> None:
    now = datetime(2026, 5, 20, 15, 59, 30, tzinfo=UTC)  # half a minute before midnight there
    watch = AccountWatch(redis, db, APPID, lambda: now)
    watch.after(SEND, WeChatError(45009, ""))
    with pytest.raises(QuotaSpentError):
        watch.before(SEND)
    spent = f"shuqian:watch:{APPID}:spent:{SEND}"
    assert 0 < redis.ttl(spent) <= 30  # type: ignore[operator]
    watch.before("menu/get")
    watch.after("menu/get", None)
    assert open_alarms(db) == [(AlarmKind.QUOTA, SEND, 45009)]
    redis.delete(spent)  # midnight
    watch.before("menu/get")
    watch.after("menu/get", None)
    assert open_alarms(db) == []
    watch.before(SEND)


@ONE_STORE
def test_calls_are_counted_by_api_and_day_with_their_repeats(
    watched: Gateway, sandbox: Workshop, redis: Redis, follower: str
) -> None:
    sandbox.order(SEND, errcode=-1, times=2)
    watched.send_text(follower, "您好")
    sandbox.order(SEND, errcode=42001)
    watched.send_text(follower, "您好")
    quotas = Quotas(redis, APPID)
    assert quotas.list_used(utc_now()) == {SEND: 5, "stable_token": 2}
    assert {api: sandbox.count(api) for api in (SEND, "stable_token")} == quotas.list_used(utc_now())
    assert quotas.list_used(utc_now() + timedelta(days=1)) == {}


def test_flushed_redis_learns_again_of_the_alarms_that_are_on(
    crew: Crew, sandbox: Workshop, redis: Redis, db: Database
) -> None:
    sandbox.order("stable_token", errcode=40164)
    with pytest.raises(WeChatError):
        crew.send()
    redis.flushall()
    crew.send()
    crew.send()
    assert open_alarms(db) == []


def test_alarms_of_others_are_not_ended_by_a_success(crew: Crew, redis: Redis, db: Database) -> None:
    with db.writing() as tx:
        for kind in (AlarmKind.ANNUAL_VERIFICATION, AlarmKind.MENU):
            watch_module.raise_alarm(tx, kind, SUBJECT, None, "", utc_now())
    crew.send()
    assert {kind for kind, _, _ in open_alarms(db)} == {AlarmKind.ANNUAL_VERIFICATION, AlarmKind.MENU}


def test_alarm_that_cannot_be_written_fails_no_call_and_is_written_later(
    crew: Crew, sandbox: Workshop, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("gone"))

    sandbox.order(SEND, errcode=47003, times=2)
    with monkeypatch.context() as patch:
        patch.setattr(watch_module, "raise_alarm", break_down)
        with pytest.raises(WeChatError):
            crew.send()
    assert open_alarms(db) == []
    with pytest.raises(WeChatError):
        crew.send()
    assert open_alarms(db) == [(AlarmKind.TEMPLATE, SEND, 47003)]


@ONE_STORE
def test_without_redis_calls_go_on_unwatched(sandbox: Workshop, db: Database, follower: str) -> None:
    away = open_redis("unix:///nowhere/redis.sock")
    gateway = gateway_of(ACCOUNT, away, sandbox.url, AccountWatch(away, db, APPID, utc_now))
    gateway.send_text(follower, "您好")
    sandbox.order(SEND, errcode=40164)
    with pytest.raises(WeChatError):
        gateway.send_text(follower, "您好")
    gateway.send_text(follower, "您好")


@ONE_STORE
def test_trial_that_never_comes_back_leaves_room_for_another(crew: Crew, sandbox: Workshop, redis: Redis) -> None:
    sandbox.order("stable_token", errcode=40125)
    with pytest.raises(WeChatError):
        crew.send()
    crew.time.now += PAUSES_S[0] + 1
    trial = f"shuqian:watch:{APPID}:trial:{SUBJECT}"
    redis.set(trial, "a process that was killed", ex=20)
    with pytest.raises(NotReachedError):
        crew.send()
    redis.delete(trial)  # the twenty seconds are over
    crew.send()
