"""The screens at the doors: their scene QRs, made ahead."""

from __future__ import annotations

import threading

from bot.domain.capability import Capability
from bot.domain.occurrence import OccurrenceFacts
from bot.store.occurrences import find_occurrence
from bot.store.redis import RedisUnavailable
from bot.store.scene_codes import SceneCodes
from bot.wechat.door_codes import make_ahead
from tasks.celery_app import app, services

_making = threading.Lock()


@app.task
def make_scene_codes() -> None:
    """Make the QRs of the coming minute for the screens that are on, where the account may."""
    world = services()
    if not world.account.secret or not _making.acquire(blocking=False):  # one at a time: the platform may be slow
        return
    try:
        if not world.has(Capability.SCENE_QR):
            return
        gateway = world.gateway()
        make_ahead(gateway, SceneCodes(world.redis), _find_facts, world.keys.venue, world.clock())
    except RedisUnavailable:
        return  # without Redis no screen could fetch them
    finally:
        _making.release()


def _find_facts(occurrence_id: int) -> OccurrenceFacts | None:
    with services().db.reading() as tx:
        return find_occurrence(tx, occurrence_id)
