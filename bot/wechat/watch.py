"""What all processes remember of the platform's refusals, and what the keeper is told of them.

The memory is Redis and may be lost: then a few calls more are made in vain. Alarms are rows, and Redis is told of the
open ones again when it has forgotten them, so that success can end them.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from redis import Redis
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.clock import Clock, local
from bot.services.rights import lose_right
from bot.store.alarms import AlarmKind, end_alarm, list_alarms, raise_alarm
from bot.store.database import Database
from bot.store.probes import REFUSED, want_probe
from bot.store.quotas import Quotas
from bot.store.redis import RedisUnavailable
from bot.wechat.apis import CAPABILITY_OF
from bot.wechat.errors import Action, CircuitOpenError, QuotaSpentError, SlowDownError, WeChatError
from bot.wechat.gateway import OAUTH_API

PAUSES_S = (60, 120, 300, 600)
"""For how long the circuit stays open, each time that the trial afterwards fails again."""

TRIAL_S = 20
SLOW_S = 30
SAID_S = 60
"""An alarm that goes on is counted once in this time: thousands of refusals are not thousands of rows."""

QUIET_S = 3600
"""An alarm about a template ends when the API has had no such refusal for so long: its other templates go well all the
time."""

RECALL_S = 3600
SUBJECT = "account"
TOKEN_APIS = frozenset({"stable_token", "token"})

_PROCESS = secrets.token_hex(4)  # containers have the same process numbers
_OPEN = """
local now = tonumber(ARGV[1])
if tonumber(redis.call('HGET', KEYS[1], 'until') or '0') > now then return 0 end
local step = redis.call('HINCRBY', KEYS[1], 'step', 1)
local pause = tonumber(ARGV[2 + math.min(step, #ARGV - 2)])
redis.call('HSET', KEYS[1], 'code', ARGV[2], 'until', tostring(now + pause))
redis.call('EXPIRE', KEYS[1], pause + 86400)
redis.call('DEL', KEYS[2])
return pause
"""

log = structlog.get_logger(__name__)


class _Seen(threading.local):
    """What this thread found when it was last let through: its answer ends only what stood before it asked.

    An answer that was on its way when a circuit opened must not close it.
    """

    alarms: frozenset[str] = frozenset()
    circuit: bool = False


class AccountWatch:
    """The watch over one account's calls (protocol `bot.wechat.gateway.Watch`)."""

    def __init__(
        self, redis: Redis, db: Database, appid: str, clock: Clock, seconds: Callable[[], float] = time.time
    ) -> None:
        self._redis, self._db, self._clock, self._seconds = redis, db, clock, seconds
        self._name = f"shuqian:watch:{appid}"
        self._quotas = Quotas(redis, appid)
        self._seen = _Seen()

    def before(self, api: str) -> None:
        """Raise CircuitOpenError, QuotaSpentError or SlowDownError when the call would be in vain."""
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.hgetall(self._of(_side_of(api), "circuit"))
                pipe.exists(self._of(api, "spent"))
                pipe.exists(self._of(api, "slow"))
                pipe.smembers(f"{self._name}:alarms")
                pipe.exists(f"{self._name}:recalled")
                circuit, spent, slow, alarms, recalled = pipe.execute()
            if not recalled:
                self.recall()
            self._seen.alarms, self._seen.circuit = frozenset(str(each, "utf-8") for each in alarms), bool(circuit)
            if circuit and not self._may_try(_side_of(api), circuit):
                raise CircuitOpenError(f"{api}: stopped after {str(circuit[b'code'], 'ascii')}")
        except RedisUnavailable:
            self._seen.alarms, self._seen.circuit = frozenset(), False
            return
        if spent:
            raise QuotaSpentError(f"{api}: no calls left today")
        if slow:
            raise SlowDownError(f"{api}: asked for fewer calls")

    def after(self, api: str, error: WeChatError | None) -> None:
        """The platform has answered."""
        try:
            self._quotas.count(api, self._clock())
            if error is not None and error.is_repeated:
                return
            if api not in TOKEN_APIS and (error is None or error.action not in _PROVES_NOTHING):
                self._note_answered(_side_of(api))
            if error is None:
                self._note_success(api)
            else:
                self._note_refusal(api, error)
        except RedisUnavailable:
            return

    def recall(self) -> None:
        """Give Redis the open alarms of the database again: it may have been flushed, and success must end them."""
        try:
            if not self._redis.set(f"{self._name}:recalled", 1, nx=True, ex=RECALL_S):
                return
            with self._db.reading() as tx:
                alarms = [_name_of(row["kind"], row["subject"]) for row in list_alarms(tx)]
            if alarms:
                self._redis.sadd(f"{self._name}:alarms", *alarms)
        except RedisUnavailable:
            return
        except SQLAlchemyError as fault:
            log.error("alarms_not_read", error=type(fault).__name__)

    def _may_try(self, side: str, circuit: dict[bytes, bytes]) -> bool:
        """After the pause one caller tries, the others wait for what comes of it."""
        if self._seconds() < float(circuit[b"until"]):
            return False
        trial, mine = self._of(side, "trial"), f"{_PROCESS}:{os.getpid()}:{threading.get_ident()}".encode()
        return bool(self._redis.set(trial, mine, nx=True, ex=TRIAL_S)) or self._redis.get(trial) == mine

    def _note_answered(self, side: str) -> None:
        """Token, secret and address were accepted, whatever else the platform said."""
        if self._seen.circuit:
            self._redis.delete(self._of(side, "circuit"), self._of(side, "trial"))
            self._seen.circuit = False
            log.info("circuit_closed", side=side)
        if _name_of(AlarmKind.CONFIGURATION, side) in self._seen.alarms:
            self._end_alarm(AlarmKind.CONFIGURATION, side)

    def _note_success(self, api: str) -> None:
        for alarm in self._seen.alarms:
            kind, _, subject = alarm.partition(" ")
            match kind:
                case AlarmKind.QUOTA:  # of whichever API: it may not be called again for days
                    if not self._redis.exists(self._of(subject, "spent")):
                        self._end_alarm(AlarmKind.QUOTA, subject)
                case AlarmKind.TEMPLATE if subject == api:
                    if not self._redis.exists(f"{self._name}:recent:{alarm}"):
                        self._end_alarm(AlarmKind.TEMPLATE, subject)
                case AlarmKind.RIGHT_LOST if subject == api:
                    self._end_alarm(AlarmKind.RIGHT_LOST, subject)

    def _note_refusal(self, api: str, error: WeChatError) -> None:
        match error.action:
            case Action.OPEN_CIRCUIT | Action.REFRESH_TOKEN:  # a token that was refused even when it was new
                self._open_circuit(_side_of(api), error)
                self._raise_alarm(AlarmKind.CONFIGURATION, _side_of(api), error)
            case Action.LOSE_RIGHT:
                want_probe(self._redis, f"{REFUSED}{api} {error.code}")
                self._lose_right(api, error)
            case Action.STOP_TODAY:
                self._redis.set(self._of(api, "spent"), 1, ex=_until_midnight(self._clock()))
                self._raise_alarm(AlarmKind.QUOTA, api, error)
            case Action.SLOW_DOWN:
                self._redis.set(self._of(api, "slow"), 1, ex=SLOW_S)
            case Action.TELL_KEEPER:
                self._redis.set(f"{self._name}:recent:{_name_of(AlarmKind.TEMPLATE, api)}", 1, ex=QUIET_S)
                self._raise_alarm(AlarmKind.TEMPLATE, api, error)

    def _open_circuit(self, side: str, error: WeChatError) -> None:
        """Many calls may be refused at once: they are one reason to pause, not many."""
        names = (self._of(side, "circuit"), self._of(side, "trial"))
        numbers = (self._seconds(), error.code, *PAUSES_S)
        pause = self._redis.eval(_OPEN, len(names), *names, *(str(number) for number in numbers))
        if pause:
            log.error("circuit_opened", side=side, code=error.code, pause=pause)

    def _lose_right(self, api: str, error: WeChatError) -> None:
        """Nobody tries again until a probe has found the right back, which ends the alarm too."""
        capability = CAPABILITY_OF.get(api)
        if capability is None:
            self._raise_alarm(AlarmKind.RIGHT_LOST, api, error)
            return
        said = f"{self._name}:said:lost {capability}"
        if not self._redis.set(said, 1, nx=True, ex=SAID_S):
            return
        try:
            with self._db.writing() as tx:
                lose_right(tx, capability, api, error.code, self._clock())
        except SQLAlchemyError as fault:
            self._redis.delete(said)
            log.error("lost_right_not_written", capability=capability.value, error=type(fault).__name__)

    def _raise_alarm(self, kind: AlarmKind, subject: str, error: WeChatError) -> None:
        alarm = _name_of(kind, subject)
        self._redis.sadd(f"{self._name}:alarms", alarm)
        if not self._redis.set(f"{self._name}:said:{alarm}", 1, nx=True, ex=SAID_S):
            return
        try:
            with self._db.writing() as tx:
                raise_alarm(tx, kind, subject, error.code, str(error), self._clock())
        except (SQLAlchemyError, OSError) as fault:  # the call goes on; the next refusal raises it again
            self._redis.delete(f"{self._name}:said:{alarm}")
            log.error("alarm_not_written", alarm=alarm, error=type(fault).__name__)

    def _end_alarm(self, kind: AlarmKind, subject: str) -> None:
        alarm = _name_of(kind, subject)
        self._seen.alarms -= {alarm}
        if not self._redis.srem(f"{self._name}:alarms", alarm):
            return  # another process is ending it
        try:
            with self._db.writing() as tx:
                end_alarm(tx, kind, subject, self._clock())
        except (SQLAlchemyError, OSError) as fault:
            self._redis.sadd(f"{self._name}:alarms", alarm)
            log.error("alarm_not_ended", alarm=alarm, error=type(fault).__name__)
            return
        if kind in (AlarmKind.CONFIGURATION, AlarmKind.QUOTA):  # which nobody can raise again and again in a minute
            self._redis.delete(f"{self._name}:said:{alarm}")

    def _of(self, api: str, what: str) -> str:
        return f"{self._name}:{what}:{api}"


_PROVES_NOTHING = frozenset({Action.RETRY, Action.REFRESH_TOKEN, Action.OPEN_CIRCUIT})


def _side_of(api: str) -> str:
    """Which circuit an API hangs on. Web authorisation goes without the common token and has one of its own."""
    return OAUTH_API if api == OAUTH_API else SUBJECT


def _name_of(kind: str, subject: str) -> str:
    return f"{kind} {subject}"


def _until_midnight(now: datetime) -> int:
    """Seconds until the quotas begin anew: midnight in China, which is the library's zone (wechat-platform.md 5)."""
    here = local(now)
    midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1, int((midnight - here).total_seconds()))
