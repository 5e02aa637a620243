"""The account's menus, and the tag that shows the one for staff: kept as they should be."""

from __future__ import annotations

import threading

import structlog

from bot.store.redis import RedisUnavailable
from bot.wechat.errors import GatewayError
from bot.wechat.menu_round import keep_menus as keep
from tasks.celery_app import app, services

_keeping = threading.Lock()

log = structlog.get_logger(__name__)


@app.task
def keep_menus() -> None:
    """A round, also the first thing after a deploy; while the platform is away it ends at its first call."""
    world = services()
    if not world.account.secret or not _keeping.acquire(blocking=False):  # one at a time: the platform may be slow
        return
    try:
        keep(world.db, world.redis, world.gateway(), world.account.appid, world.capabilities, world.clock)
    except GatewayError as error:
        log.warning("menus_not_kept", error=type(error).__name__)  # the next round tries again
    except RedisUnavailable:
        return
    finally:
        _keeping.release()
