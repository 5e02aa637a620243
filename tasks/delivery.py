"""Sending what is due, and finding what was lost on the way."""

from __future__ import annotations

import threading
import time
from functools import cache

import structlog

from bot.domain.notice import Lane
from bot.domain.quiet import QuietHours
from bot.domain.ticket import issue_token, ticket_url
from bot.store.capabilities import Capabilities
from bot.store.early_reports import EarlyReports
from bot.store.inbox import Inbox
from bot.store.outages import Outages
from bot.store.windows import Windows
from bot.wechat.mailing import BATCH, Mailer
from bot.wechat.templates import Template, Templates
from bot.wechat.ways import Ladder, Way
from tasks.celery_app import app, services

BUDGET_S = 12.0
"""A run begins no letter after this long. It is the only limit there is: a pool of threads stops no task."""

_delivering = {lane: threading.Lock() for lane in Lane}

log = structlog.get_logger(__name__)


@app.task
def deliver_urgent() -> None:
    """Deliver what somebody waits for: freed places, cancellations, changes."""
    _deliver(Lane.URGENT)


@app.task
def deliver_bulk() -> None:
    """Deliver what many get at once: reminders."""
    _deliver(Lane.BULK)


def _deliver(lane: Lane) -> None:
    """Batch after batch, until none is left or the time is up.

    A run that meets another one of its lane in this worker leaves it all to it: while the platform is slow, runs would
    else pile up and take every thread, and no place would be given back in time.
    """
    if not _delivering[lane].acquire(blocking=False):
        return
    try:
        mailer, end = _mailer(), time.monotonic() + BUDGET_S
        while time.monotonic() < end and mailer.deliver_due(lane, BATCH, end):
            pass
    finally:
        _delivering[lane].release()


@app.task
def mark_lost() -> None:
    """Mark as unknown what a dead worker was sending; people decide about it."""
    lost = _mailer().mark_lost()
    if lost:
        log.warning("notices_of_unknown_outcome", number=lost)


@cache
def _mailer() -> Mailer:
    """One for the worker: it remembers the account's rights and templates for a while."""
    world = services()
    gateway, windows = world.gateway(), Windows(world.redis)
    return Mailer(
        db=world.db,
        gateway=gateway,
        ladder=Ladder(
            gateway,
            world.db,
            windows,
            Templates(gateway, world.db, world.clock),
            _ticket_url,
            _configured(),
            world.clock,
        ),
        windows=windows,
        outages=Outages(world.redis),
        capabilities=Capabilities(),
        inbox=Inbox(world.redis),
        early=EarlyReports(world.redis),
        clock=world.clock,
        quiet=QuietHours.parse(world.settings.quiet_hours) if world.settings.quiet_hours else None,
    )


def _configured() -> dict[Way, Template]:
    settings = services().settings
    found = {
        Way.TEMPLATE: settings.wechat_reminder_template,
        Way.NOTICE: settings.wechat_notice_template,
        Way.ONCE: settings.wechat_once_template,
    }
    return {way: Template.parse(text, for_urgent=way is Way.ONCE) for way, text in found.items() if text}


def _ticket_url(registration_id: int) -> str:
    world = services()
    return ticket_url(world.settings.effective_public_url, issue_token(registration_id, world.keys.ticket))
