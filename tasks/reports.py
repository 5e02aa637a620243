"""Reports of campaigns that have ended: drafts, the freeze at its hour, and the documents of each version."""

from __future__ import annotations

import threading

import structlog

from bot.domain.closing import Closing
from bot.press import Press
from bot.services.reports import Frozen, freeze
from bot.store.reports import list_unfrozen
from bot.wiring import Services
from tasks.celery_app import app, services

_building = threading.Lock()

log = structlog.get_logger(__name__)


@app.task
def close_due() -> None:
    """A round over all campaigns that are over and not frozen; killed in between, the next one heals what is left."""
    world = services()
    if not _building.acquire(blocking=False):  # one at a time: drawing takes a processor for seconds
        return
    try:
        press, now = world.press(), world.clock()
        with world.db.reading() as tx:
            ended = [closing for closing in list_unfrozen(tx) if closing.has_ended(now) or closing.is_due(now)]
        for closing in ended:
            _take_further(world, press, closing)
        drawn = press.draw_versions()
        if drawn:
            log.info("report_versions_drawn", number=drawn)
    finally:
        _building.release()


def _take_further(world: Services, press: Press, closing: Closing) -> None:
    now = world.clock()
    if not closing.is_due(now):
        if press.renew_draft(closing):
            log.info("report_drafted", campaign=closing.campaign_id)
        return
    with world.db.writing() as tx:
        outcome = freeze(tx, closing.campaign_id, world.keys, now, actor="task")
    if isinstance(outcome, Frozen):
        log.info("figures_frozen", campaign=closing.campaign_id, versions=len(outcome.versions))
