"""Scene QRs of posters that end before their occurrence: made anew, so that the next print is good."""

from __future__ import annotations

import threading

from bot.domain.capability import Capability
from bot.store.capabilities import Capabilities
from bot.wechat.scene_qrs import renew_codes
from tasks.celery_app import app, services

_renewing = threading.Lock()


@app.task
def renew_poster_codes() -> None:
    """Look at all codes of coming occurrences, where the account may make them."""
    world = services()
    if not world.account.secret or not _renewing.acquire(blocking=False):  # one at a time: the platform may be slow
        return
    try:
        with world.db.reading() as tx:
            may = Capabilities().has(tx, Capability.SCENE_QR)
        if may:
            renew_codes(world.gateway(), world.db, world.clock())
    finally:
        _renewing.release()
