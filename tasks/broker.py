"""How Celery speaks with its broker: limits, routes, schedule. Redis may lose the queue; the database is what counts.

Tasks are acknowledged before they run: Celery 5.7.0 workers end when Redis goes away during a late-acknowledged task,
and nothing is lost by it here, since the next scan finds whatever was not done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from celery import Celery
from kombu import Queue

from config.beat import SCHEDULE
from config.queues import LIMITS, QUEUES, ROUTES, UPKEEP, VISIBILITY_TIMEOUT_S

REDIS_TIMEOUT_S = 2.0


def create_celery(redis_url: str, topics: Sequence[str] = ()) -> Celery:
    """An application over this Redis that knows the tasks of the given modules."""
    app = Celery("shuqian", broker=broker_url(redis_url), include=list(topics))
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=False,
        task_soft_time_limit=LIMITS.soft,
        task_time_limit=LIMITS.hard,
        task_create_missing_queues=False,
        task_queues=[Queue(name) for name in QUEUES],
        task_default_queue=UPKEEP,
        task_routes={task: {"queue": queue} for task, queue in ROUTES.items()},
        task_publish_retry=True,
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0.1, "interval_max": 0.1},
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
        broker_transport_options=_transport(),
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        beat_schedule=_schedule(),
        # In memory: what a restart makes late is done by the next round, and a file can be left broken by a crash.
        beat_scheduler="celery.beat:Scheduler",
        timezone="UTC",
    )
    return app


def broker_url(redis_url: str) -> str:
    """The address in kombu's words, which calls a unix socket otherwise than redis-py does."""
    path = redis_url.removeprefix("unix://")
    return redis_url if path == redis_url else f"redis+socket://{path}"


def _transport() -> dict[str, Any]:
    return {
        "visibility_timeout": VISIBILITY_TIMEOUT_S,
        "unacked_restore_interval": 5,
        "socket_timeout": REDIS_TIMEOUT_S,
        "socket_connect_timeout": REDIS_TIMEOUT_S,
    }


def _schedule() -> dict[str, dict[str, Any]]:
    # Scans must not pile up while no worker is there. The margin is for hosts whose clocks differ by some seconds.
    return {
        task: {"task": task, "schedule": seconds, "options": {"expires": 3 * seconds + 10, "queue": ROUTES[task]}}
        for task, seconds in SCHEDULE
    }
