"""Settling who came after each occurrence, repairing what the records contradict, and forgetting old marks."""

from __future__ import annotations

import structlog

from bot.services.standing import list_due, list_mistaken, settle_occurrence, void_if_came
from bot.services.standing import strip_standing as strip
from tasks.celery_app import app, services

log = structlog.get_logger(__name__)


@app.task
def settle_due() -> None:
    """Settle each occurrence that is over in a transaction of its own, then look again at the last days.

    Killed in between, the next run goes on where this one stopped; a second run at the same time finds nothing to do.
    """
    world = services()
    now = world.clock()
    with world.db.reading() as tx:  # writers are disturbed only when there is something to write
        due, mistaken = list_due(tx, now), list_mistaken(tx, now)
    for occurrence_id in due:
        with world.db.writing() as tx:
            settled = settle_occurrence(tx, occurrence_id, now)
        log.info(
            "occurrence_settled",
            occurrence=occurrence_id,
            places=settled.places,
            against=settled.against,
            suspended=settled.suspended,
        )
    for registration_id in mistaken:
        with world.db.writing() as tx:
            taken_back = void_if_came(tx, registration_id, now)
        log.info("mark_taken_back", registration=registration_id, done=taken_back)


@app.task
def strip_standing() -> None:
    """Delete marks and suspensions whose time is over."""
    world = services()
    with world.db.writing() as tx:
        marks, suspensions = strip(tx, world.clock())
    if marks or suspensions:
        log.info("standing_stripped", marks=marks, suspensions=suspensions)
