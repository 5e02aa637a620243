"""Keeping the house in order: places held too long, answers nobody will ask for again, and a sign of life."""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.services.approvals import expire_pending as end_undecided
from bot.services.checkins import release_unused
from bot.services.registrations import expire_holds as give_back_holds
from bot.services.retention import SCRUBBED, is_night, is_scrub_due, note_scrub
from bot.services.retention import strip_expired_data as strip_data
from bot.services.sessions import sweep_sessions as sweep_staff_sessions
from bot.services.waitlists import expire_offers as pass_offers_on
from bot.services.waitlists import serve_free_seats
from bot.store.heartbeat import beat_heart as note_heartbeat
from bot.store.inbox import Inbox, sweep_answers
from bot.store.outbox import list_banner_openids
from bot.wechat.farewells import Farewells
from tasks.celery_app import app, services

ANSWERS_KEPT = timedelta(days=1)

log = structlog.get_logger(__name__)


@app.task
def expire_holds() -> None:
    """Give back places whose sign-up was not finished in time, and let the waitlists move."""
    world = services()
    with world.db.writing() as tx:
        changed = give_back_holds(tx, world.clock())
        served = serve_free_seats(tx, world.clock())
    if changed or served:
        log.info("holds_expired", occurrences=changed, served=served)


@app.task
def expire_offers() -> None:
    """End offers that nobody answered in time, and make them to the next in line."""
    world = services()
    with world.db.writing() as tx:
        changed = pass_offers_on(tx, world.clock())
    if changed:
        log.info("offers_expired", offers=changed)


@app.task
def expire_pending() -> None:
    """End registrations that nobody decided about before the start."""
    world = services()
    with world.db.writing() as tx:
        ended = end_undecided(tx, world.clock())
    if ended:
        log.info("pending_expired", registrations=ended)


@app.task
def release_seats() -> None:
    """Free the seats of those who have not come, where the rules say so."""
    world = services()
    with world.db.writing() as tx:
        released = release_unused(tx, world.clock())
    if released:
        log.info("seats_released", registrations=released)


@app.task
def finish_farewells() -> None:
    """Forget those who left while the database was away."""
    world = services()
    forgotten = Farewells(world.redis, world.keys).finish(world.db, world.clock)
    if forgotten:
        log.info("farewells_finished", readers=forgotten)


@app.task
def sweep_inbox() -> None:
    """Delete answers that no repeat will ask for any more."""
    world = services()
    with world.db.writing() as tx:
        sweep_answers(tx, world.clock() - ANSWERS_KEPT)


@app.task
def sweep_sessions() -> None:
    """Delete sign-ins that lapsed and sessions of staff that are long over."""
    world = services()
    with world.db.writing() as tx:
        sign_ins, sessions = sweep_staff_sessions(tx, world.clock())
    if sign_ins or sessions:
        log.info("sessions_swept", sign_ins=sign_ins, sessions=sessions)


@app.task
def strip_expired_data() -> None:
    """Delete personal data that was promised to be gone by now."""
    world = services()
    with world.db.writing() as tx:
        stripped = strip_data(tx, world.clock())
    log.info("personal_data_stripped", registrations=stripped.registrations, readers=stripped.readers)


@app.task
def scrub_files() -> None:
    """Leave no trace of what was deleted in the database's files; when others are in the way, the next run does it."""
    world = services()
    now = world.clock()
    with world.db.reading() as tx:
        due = is_scrub_due(tx, now)
    if due and world.db.scrub(SCRUBBED, at_night=is_night(now)):
        with world.db.writing() as tx:
            note_scrub(tx, now)
        log.info("files_scrubbed")


@app.task
def rebuild_banners() -> None:
    """Tell Redis again for whom a notice waits; it may have been flushed."""
    world = services()
    with world.db.reading() as tx:
        waiting = list_banner_openids(tx, world.clock())
    Inbox(world.redis).rebuild_banners(waiting)


@app.task
def beat_heart() -> None:
    """Written through the queue: that a worker is alive does not yet mean that it takes tasks."""
    world = services()
    note_heartbeat(world.redis, world.clock())
