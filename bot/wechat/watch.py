"""What all processes remember of the platform's refusals, and what the keeper is told of them.

The memory is Redis and may be lost: then one call more is made in vain. Alarms are rows.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from redis import Redis
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.clock import Clock, local
from bot.store.alarms import AlarmKind, end_alarm, list_alarms, raise_alarm
from bot.store.database import Database
from bot.store.probes import want_probe
from bot.store.quotas import Quotas
from bot.store.redis import RedisUnavailable
from bot.wechat.errors import Action, CircuitOpenError, QuotaSpentError, SlowDownError, WeChatError

PAUSES_S = (60, 120, 300, 600)
"""For how long the circuit stays open, each time that the trial afterwards fails again."""

TRIAL_S = 20
SLOW_S = 30
SAID_S = 60
"""An alarm that goes on is counted once in this time: thousands of refusals are not thousands of rows."""

SUBJECT = "account"

log = structlog.get_logger(__name__)


class AccountWatch:
    """The watch over one account's calls (protocol `bot.wechat.gateway.Watch`)."""

    def __init__(
        self, redis: Redis, db: Database, appid: str, clock: Clock, seconds: Callable[[], float] = time.time
    ) -> None:
        self._redis, self._db, self._clock, self._seconds = redis, db, clock, seconds
        self._name = f"shuqian:watch:{appid}"
        self._quotas = Quotas(redis, appid)
        self._open_alarms: frozenset[str] = frozenset()

    def before(self, api: str) -> None:
        """Raise CircuitOpenError, QuotaSpentError or SlowDownError when the call would be in vain."""
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.hgetall(f"{self._name}:circuit")
                pipe.exists(self._of(api, "spent"))
                pipe.exists(self._of(api, "slow"))
                pipe.smembers(f"{self._name}:alarms")
                circuit, spent, slow, alarms = pipe.execute()
            self._open_alarms = frozenset(str(each, "utf-8") for each in alarms)
            if circuit and not self._may_try(circuit):
                raise CircuitOpenError(f"{api}: stopped after {str(circuit[b'code'], 'ascii')}")
        except RedisUnavailable:
            return
        if spent:
            raise QuotaSpentError(f"{api}: no calls left today")
        if slow:
            raise SlowDownError(f"{api}: asked for fewer calls")

    def after(self, api: str, error: WeChatError | None) -> None:
        """The platform has answered."""
        try:
            self._quotas.count(api, self._clock())
            if error is None:
                self._note_success(api)
            else:
                self._note_refusal(api, error)
        except RedisUnavailable:
            return

    def recall(self) -> None:
        """Give Redis the open alarms of the database again: it may have been flushed, and success must end them."""
        with self._db.reading() as tx:
            alarms = [f"{row['kind']} {row['subject']}" for row in list_alarms(tx)]
        try:
            if alarms:
                self._redis.sadd(f"{self._name}:alarms", *alarms)
        except RedisUnavailable:
            return

    def _may_try(self, circuit: dict[bytes, bytes]) -> bool:
        """After the pause one caller tries, the others wait for what comes of it."""
        if self._seconds() < float(circuit[b"until"]):
            return False
        trial, mine = f"{self._name}:trial", f"{os.getpid()}:{threading.get_ident()}".encode()
        return bool(self._redis.set(trial, mine, nx=True, ex=TRIAL_S)) or self._redis.get(trial) == mine

    def _note_success(self, api: str) -> None:
        for alarm in self._open_alarms:
            kind, _, subject = alarm.partition(" ")
            if subject in (api, SUBJECT) and kind != AlarmKind.RIGHT_LOST:
                self._redis.delete(f"{self._name}:circuit", f"{self._name}:trial")
                self._end_alarm(AlarmKind(kind), subject)

    def _note_refusal(self, api: str, error: WeChatError) -> None:
        match error.action:
            case Action.OPEN_CIRCUIT | Action.REFRESH_TOKEN:  # a token that was refused even when it was new
                self._open_circuit(error)
                self._raise_alarm(AlarmKind.CONFIGURATION, SUBJECT, error)
            case Action.LOSE_RIGHT:
                want_probe(self._redis, f"{api} {error.code}")
                self._raise_alarm(AlarmKind.RIGHT_LOST, api, error)
            case Action.STOP_TODAY:
                self._redis.set(self._of(api, "spent"), 1, ex=_until_midnight(self._clock()))
                self._raise_alarm(AlarmKind.QUOTA, api, error)
            case Action.SLOW_DOWN:
                self._redis.set(self._of(api, "slow"), 1, ex=SLOW_S)
            case Action.TELL_KEEPER:
                self._raise_alarm(AlarmKind.TEMPLATE, api, error)

    def _open_circuit(self, error: WeChatError) -> None:
        name = f"{self._name}:circuit"
        step = int(self._redis.hincrby(name, "step", 1)) - 1
        until = self._seconds() + PAUSES_S[min(step, len(PAUSES_S) - 1)]
        self._redis.hset(name, mapping={"code": error.code, "until": until})
        self._redis.delete(f"{self._name}:trial")
        log.error("circuit_opened", code=error.code, pause=PAUSES_S[min(step, len(PAUSES_S) - 1)])

    def _raise_alarm(self, kind: AlarmKind, subject: str, error: WeChatError) -> None:
        alarm = f"{kind} {subject}"
        self._redis.sadd(f"{self._name}:alarms", alarm)
        if not self._redis.set(f"{self._name}:said:{alarm}", 1, nx=True, ex=SAID_S):
            return
        try:
            with self._db.writing() as tx:
                raise_alarm(tx, kind, subject, error.code, str(error), self._clock())
        except SQLAlchemyError as fault:  # the call goes on; the next refusal raises it again
            self._redis.delete(f"{self._name}:said:{alarm}")
            log.error("alarm_not_written", alarm=alarm, error=type(fault).__name__)

    def _end_alarm(self, kind: AlarmKind, subject: str) -> None:
        try:
            with self._db.writing() as tx:
                end_alarm(tx, kind, subject, self._clock())
        except SQLAlchemyError as fault:
            log.error("alarm_not_ended", alarm=f"{kind} {subject}", error=type(fault).__name__)
            return
        self._redis.srem(f"{self._name}:alarms", f"{kind} {subject}")
        self._redis.delete(f"{self._name}:said:{kind} {subject}")
        self._open_alarms -= {f"{kind} {subject}"}

    def _of(self, api: str, what: str) -> str:
        return f"{self._name}:{what}:{api}"


def _until_midnight(now: datetime) -> int:
    """Seconds until the quotas begin anew: midnight in China, which is the library's zone (wechat-platform.md 5)."""
    here = local(now)
    midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1, int((midnight - here).total_seconds()))
