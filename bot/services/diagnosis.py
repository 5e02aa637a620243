"""One look at the house and its account, which the command and the page share."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime

from redis import Redis
from sqlalchemy import RowMapping
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.alarm import AlarmKind
from bot.domain.diagnosis import AlarmSeen, Deployment, Diagnosis, StoreState
from bot.store.account_facts import list_published_menus, read_notice_facts
from bot.store.alarms import list_alarms
from bot.store.capabilities import list_rights
from bot.store.database import Database
from bot.store.heartbeat import find_heartbeat
from bot.store.migrate import is_current
from bot.store.probes import is_wanted
from bot.store.quotas import Quotas
from bot.store.redis import RedisUnavailable


def diagnose(db: Database, redis: Redis, deployment: Deployment, now: datetime) -> Diagnosis:
    """Look at everything that can be looked at; what is away is said, not raised."""
    found = _look_at_redis(redis, Diagnosis(now, deployment, _database_state(db), StoreState.AWAY))
    if found.database is not StoreState.OK:
        return found
    with db.reading() as tx:
        return replace(
            found,
            rights=tuple(list_rights(tx)),
            alarms=tuple(_alarm_seen(row) for row in list_alarms(tx)),
            menus=tuple(list_published_menus(tx)),
            notices=read_notice_facts(tx, now),
        )


def _look_at_redis(redis: Redis, found: Diagnosis) -> Diagnosis:
    try:
        return replace(
            found,
            redis=StoreState.OK,
            worker_seen=find_heartbeat(redis),
            is_probe_wanted=is_wanted(redis),
            calls=tuple(Quotas(redis, found.deployment.appid).list_used(found.at).items()),
        )
    except RedisUnavailable:
        return found


def _alarm_seen(row: RowMapping) -> AlarmSeen:
    return AlarmSeen(**{each.name: row[each.name] for each in fields(AlarmSeen)} | {"kind": AlarmKind(row["kind"])})


def _database_state(db: Database) -> StoreState:
    try:
        return StoreState.OK if is_current(db) else StoreState.OLD
    except (SQLAlchemyError, OSError):
        return StoreState.AWAY
