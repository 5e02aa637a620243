"""Opening lotteries when sign-up opens and drawing them when the entry window has ended, by looking at the database."""

from __future__ import annotations

import structlog

from bot.services.lotteries import Drawn, draw_lottery, list_due, list_to_open, open_lottery
from tasks.celery_app import app, services

log = structlog.get_logger(__name__)


@app.task
def draw_due() -> None:
    """Publish the digests of new seeds and draw what is due; a second run finds nothing left to do."""
    world = services()
    now = world.clock()
    with world.db.reading() as tx:  # writers are disturbed only when there is something to write
        to_open, due = list_to_open(tx, now), list_due(tx, now)
    for facts in to_open:
        with world.db.writing() as tx:
            lottery = open_lottery(tx, facts.id, world.keys, now)
        log.info("lottery_opened", occurrence=facts.id, digest=lottery.seed_digest)
    for facts in due:
        with world.db.writing() as tx:
            outcome = draw_lottery(tx, facts.id, world.keys, now)
        if isinstance(outcome, Drawn):
            log.info("lottery_drawn", occurrence=facts.id, entries=len(outcome.result.entries))
