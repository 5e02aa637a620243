"""Finding who must be reminded, by looking at the database."""

from __future__ import annotations

import structlog

from bot.services.notices import list_missing_reminders, queue_reminders
from tasks.celery_app import app, quiet_hours, services

log = structlog.get_logger(__name__)


@app.task
def queue_due() -> None:
    """Put the reminders that are due within the hour into the outbox; a second run adds none."""
    world = services()
    offsets, now = world.settings.reminder_offsets, world.clock()
    quiet = quiet_hours()
    with world.db.reading() as tx:  # writers are disturbed only when there is something to write
        missing = list_missing_reminders(tx, offsets, now, quiet)
    for occurrence_id, starts_at, all_day in missing:
        with world.db.writing() as tx:
            queued = queue_reminders(tx, occurrence_id, starts_at, offsets, now, all_day=all_day, quiet=quiet)
        log.info("reminders_queued", occurrence=occurrence_id, number=queued)
