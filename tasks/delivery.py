"""Sending what is due, and finding what was lost on the way."""

from __future__ import annotations

import threading
import time

import structlog

from bot.domain.ticket import issue_token, ticket_url
from bot.store.capabilities import Capabilities
from bot.store.early_reports import EarlyReports
from bot.store.inbox import Inbox
from bot.wechat.mailing import BATCH, Mailer
from bot.wechat.templates import Templates
from tasks.celery_app import app, services

BUDGET_S = 12.0
"""A run begins no letter after this long. It is the only limit there is: a pool of threads stops no task."""

_delivering = threading.Lock()
_capabilities = Capabilities()

log = structlog.get_logger(__name__)


@app.task
def deliver_due() -> None:
    """Deliver due notices, batch after batch, until none is left or the time is up.

    A run that meets another one in this worker leaves it all to it: while the platform is slow, runs would else pile up
    and take every thread, and no place would be given back in time.
    """
    if not _delivering.acquire(blocking=False):
        return
    try:
        _deliver_until(time.monotonic() + BUDGET_S)
    finally:
        _delivering.release()


def _deliver_until(end: float) -> None:
    mailer = _mailer()
    while time.monotonic() < end and mailer.deliver_due(BATCH, end):
        pass


@app.task
def mark_lost() -> None:
    """Mark as unknown what a dead worker was sending; people decide about it."""
    lost = _mailer().mark_lost()
    if lost:
        log.warning("notices_of_unknown_outcome", number=lost)


def _mailer() -> Mailer:
    world = services()
    settings = world.settings
    return Mailer(
        db=world.db,
        gateway=world.gateway(),
        redis=world.redis,
        inbox=Inbox(world.redis),
        early=EarlyReports(world.redis),
        capabilities=_capabilities,
        templates=Templates.parse(
            settings.wechat_reminder_template, settings.wechat_notice_template, settings.wechat_once_template
        ),
        ticket_url=_ticket_url,
        clock=world.clock,
    )


def _ticket_url(registration_id: int) -> str:
    world = services()
    return ticket_url(world.settings.effective_public_url, issue_token(registration_id, world.keys.ticket))
