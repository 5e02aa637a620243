"""Sending what is due, and finding what was lost on the way."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import structlog

from bot.domain.notice import Lane
from bot.domain.ticket import issue_token, ticket_url
from bot.store.early_reports import EarlyReports
from bot.store.inbox import Inbox
from bot.wechat.mailing import BATCH, Mailer
from bot.wechat.templates import Templates
from tasks.celery_app import app, quiet_hours, services

BUDGET_S = 12.0
"""A run begins no letter after this long. It is the only limit there is: a pool of threads stops no task."""

AT_ONCE = {Lane.URGENT: 4, Lane.BULK: 8}
"""Letters on their way at once: a call takes the platform 100 to 300 ms, and the rate is 20 a second. At 200 ms four
reach 14, and one reached five: who had signed up for something large that is called off would hear of it late.
"""

_delivering = {lane: threading.Lock() for lane in Lane}

log = structlog.get_logger(__name__)


@app.task
def deliver_urgent() -> None:
    """Deliver what is urgent and due, batch after batch, until none is left or the time is up.

    A run that meets another one of its lane in this worker leaves it all to it: while the platform is slow, runs would
    else pile up and take every thread, and no place would be given back in time. So two of the three threads deliver.
    """
    _deliver(Lane.URGENT)


@app.task
def deliver_bulk() -> None:
    """The same for what is not urgent. What it had no time for is left to a run that follows at once: waiting for the
    next beat would leave the rate unused, and make a burst of it after.
    """
    if _deliver(Lane.BULK):
        deliver_bulk.apply_async(expires=BUDGET_S)


def _deliver(lane: Lane) -> bool:
    """Deliver a lane with several hands; whether the time was up before all were delivered."""
    if not _delivering[lane].acquire(blocking=False):
        return False
    try:
        if not _mailer().is_due(lane):  # most runs: no threads for nothing
            return False
        end = time.monotonic() + BUDGET_S
        with ThreadPoolExecutor(AT_ONCE[lane], lane.name.lower()) as hands:
            running = [hands.submit(_deliver_until, lane, end) for _ in range(AT_ONCE[lane])]
        left = [each.result() for each in running]
    finally:
        _delivering[lane].release()
    return any(left)


def _deliver_until(lane: Lane, end: float) -> bool:
    """Whether the time was up before all were delivered."""
    mailer = _mailer()
    while mailer.deliver_due(lane, BATCH, end):
        if time.monotonic() >= end:
            return True
    return False


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
    settings = world.settings
    return Mailer(
        db=world.db,
        gateway=world.gateway(),
        redis=world.redis,
        inbox=Inbox(world.redis),
        early=EarlyReports(world.redis),
        capabilities=world.capabilities,
        templates=Templates.parse(
            settings.wechat_reminder_template, settings.wechat_notice_template, settings.wechat_once_template
        ),
        ticket_url=_ticket_url,
        clock=world.clock,
        quiet=quiet_hours(),
    )


def _ticket_url(registration_id: int) -> str:
    world = services()
    return ticket_url(world.settings.effective_public_url, issue_token(registration_id, world.keys.ticket))
