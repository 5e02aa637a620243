"""The queues and what goes through which.

One worker serves them all with its few threads. What keeps a task that waits for the platform from holding up the
others is the task itself: one delivery of each lane runs at a time, within a budget of its own (tasks.delivery).
"""

from __future__ import annotations

from dataclasses import dataclass

DELIVERY = "delivery"
UPKEEP = "upkeep"


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """Seconds after which a task is told to stop, and after which it is stopped.

    Only a worker with processes (`--pool prefork`) can do that; ours has threads, where nothing stops a task.
    """

    soft: int
    hard: int


QUEUES = (DELIVERY, UPKEEP)
"""Names of all queues; a worker serves all of them unless told otherwise."""

ROUTES = {
    "tasks.delivery.deliver_urgent": DELIVERY,
    "tasks.delivery.deliver_bulk": DELIVERY,
    "tasks.delivery.mark_lost": UPKEEP,
    "tasks.reminders.queue_due": UPKEEP,
    "tasks.reports.close_due": UPKEEP,
    "tasks.standing.settle_due": UPKEEP,
    "tasks.standing.strip_standing": UPKEEP,
    "tasks.upkeep.expire_holds": UPKEEP,
    "tasks.upkeep.expire_offers": UPKEEP,
    "tasks.upkeep.expire_pending": UPKEEP,
    "tasks.upkeep.release_seats": UPKEEP,
    "tasks.lotteries.draw_due": UPKEEP,
    "tasks.upkeep.finish_farewells": UPKEEP,
    "tasks.upkeep.sweep_inbox": UPKEEP,
    "tasks.upkeep.sweep_sessions": UPKEEP,
    "tasks.upkeep.strip_expired_data": UPKEEP,
    "tasks.upkeep.scrub_files": UPKEEP,
    "tasks.upkeep.rebuild_banners": UPKEEP,
    "tasks.account.probe_account": UPKEEP,
    "tasks.photos.fetch_photos": UPKEEP,
    "tasks.posters.renew_poster_codes": UPKEEP,
    "tasks.screens.make_scene_codes": UPKEEP,
    "tasks.menus.keep_menus": UPKEEP,
    "tasks.tickets.send_pictures": DELIVERY,
    "tasks.upkeep.beat_heart": UPKEEP,
}
"""Queue of each task, by its full name. A task without an entry is refused at start."""

LIMITS = TaskLimits(soft=20, hard=30)
VISIBILITY_TIMEOUT_S = 120
"""Broker setting: seconds after which a task that nobody has acknowledged is handed out again. Tasks are acknowledged
when they begin, so this is for those that a dead worker had fetched and not begun.
"""
