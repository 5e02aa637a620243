"""What the account may do, asked daily and when somebody has reason to doubt it."""

from __future__ import annotations

import threading

import structlog

from bot.store.probes import REFUSED, claim_probe, find_answered, is_wanted, take_wanted
from bot.store.redis import RedisUnavailable
from bot.wechat.probing import account_digest
from bot.wechat.probing import probe_account as probe
from tasks.celery_app import app, services

_probing = threading.Lock()

log = structlog.get_logger(__name__)


@app.task
def probe_account() -> None:
    """Ask the platform when it is due or wanted; nearly always this is two looks at Redis.

    Due: never asked (as far as Redis knows), a day ago, some minutes ago where something was left open, or the account
    is another one. However many want it, it is asked once in five minutes.
    """
    world = services()
    if not _probing.acquire(blocking=False):  # one at a time: the platform may be slow
        return
    try:
        is_due = find_answered(world.redis) != account_digest(world.account)
        if not (is_due or is_wanted(world.redis)) or not claim_probe(world.redis):
            return
        reason = take_wanted(world.redis) or "due"
        changed = probe(
            world.db,
            world.redis,
            world.account,
            world.probing_gateway(),
            oauth_on=world.settings.oauth_on,
            clock=world.clock,
            doubts=reason.startswith(REFUSED),
        )
        log.info("account_probed", reason=reason, changed=len(changed))
    except RedisUnavailable:
        return  # the next beat
    finally:
        _probing.release()
