"""Tickets as pictures, for those who asked in the chat a moment ago."""

from __future__ import annotations

import threading

from bot.store.redis import RedisUnavailable
from bot.wechat.ticket_sender import TicketSender
from tasks.celery_app import app, services

_sending = threading.Lock()


@app.task
def send_pictures() -> None:
    """Draw, upload and send what was wished for; nearly always this is one look at Redis."""
    world = services()
    if not world.account.secret or not _sending.acquire(blocking=False):  # one at a time: the platform may be slow
        return
    try:
        TicketSender(
            db=world.db,
            redis=world.redis,
            gateway=world.gateway(),
            capabilities=world.capabilities,
            keys=world.keys,
            public_url=world.settings.effective_public_url,
            clock=world.clock,
        ).send_wished()
    except RedisUnavailable:
        return
    finally:
        _sending.release()
