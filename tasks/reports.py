"""Reports of campaigns that have ended: drafts, the freeze at its hour, and the documents of each version."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from functools import partial

import structlog

from bot.domain.closing import Closing
from bot.press import Press
from bot.services.reports import Frozen, freeze
from bot.store.reports import list_unfrozen
from bot.texts.report_wording import WordingRefused
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
        press, now = _press(world), world.clock()
        with world.db.reading() as tx:
            ended = [closing for closing in list_unfrozen(tx) if closing.has_ended(now) or closing.is_due(now)]
        for closing in ended:
            _each(partial(_take_further, world, press, closing), closing.campaign_id)
        for version_id in press.list_undrawn():
            _each(partial(_draw, press, version_id), version_id)
    finally:
        _building.release()


def _press(world: Services) -> Press:
    """A library's wording with faults must not keep its campaigns from their freeze: the built-in one is used then."""
    try:
        return world.press()
    except WordingRefused as error:
        log.error("report_wording_refused", faults=len(error.faults))
        return world.press(built_in_wording=True)


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


def _draw(press: Press, version_id: int) -> None:
    if press.draw_version(version_id):
        log.info("report_version_drawn", version=version_id)


def _each(work: Callable[[], None], of: int) -> None:
    """One campaign whose report cannot be drawn must not keep the others from their freeze."""
    try:
        work()
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]  # the message may quote what was noted
        log.error("report_failed", of=of, error=type(error).__name__, at=f"{place.name}:{place.lineno}")
