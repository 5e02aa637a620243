"""The queues and what goes through which. A task that waits for the platform must not hold up the others."""

from __future__ import annotations

from dataclasses import dataclass

DELIVERY = "delivery"
UPKEEP = "upkeep"


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """Seconds after which a task is told to stop, and after which it is stopped."""

    soft: int
    hard: int


QUEUES = (DELIVERY, UPKEEP)
"""Names of all queues; a worker serves all of them unless told otherwise."""

ROUTES = {
    "tasks.delivery.deliver_due": DELIVERY,
    "tasks.delivery.mark_lost": UPKEEP,
    "tasks.reminders.queue_due": UPKEEP,
    "tasks.upkeep.expire_holds": UPKEEP,
    "tasks.upkeep.sweep_inbox": UPKEEP,
    "tasks.upkeep.strip_expired_data": UPKEEP,
    "tasks.upkeep.rebuild_banners": UPKEEP,
    "tasks.upkeep.beat_heart": UPKEEP,
}
"""Queue of each task, by its full name. A task without an entry is refused at start."""

LIMITS = TaskLimits(soft=20, hard=30)
VISIBILITY_TIMEOUT_S = 120
"""Broker setting: at least three times the hard limit, so that no running task is handed out a second time."""
