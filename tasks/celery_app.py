"""The worker: `celery --app tasks.celery_app worker`."""

from __future__ import annotations

import threading
from typing import Any

from celery.signals import setup_logging

from bot.domain.quiet import QuietHours
from bot.wiring import Services, build_services
from config.log import configure_logging, secret_values
from config.settings import load_settings
from tasks.broker import create_celery

TOPICS = (
    "tasks.account",
    "tasks.delivery",
    "tasks.lotteries",
    "tasks.menus",
    "tasks.photos",
    "tasks.posters",
    "tasks.reminders",
    "tasks.reports",
    "tasks.screens",
    "tasks.standing",
    "tasks.tickets",
    "tasks.upkeep",
)

_settings = load_settings()
_building = threading.Lock()
_built: list[Services] = []

app = create_celery(_settings.effective_redis_url, TOPICS)


def services() -> Services:
    """The stores of this worker, opened at the first task and kept."""
    with _building:
        if not _built:
            _built.append(build_services(_settings))
        return _built[0]


def quiet_hours() -> QuietHours | None:
    """The hours in which nothing is sent that can wait; None when there are none."""
    text = services().settings.effective_quiet_hours
    return QuietHours.parse(text) if text else None


@setup_logging.connect
def _configure_logging(**_: Any) -> None:
    """The same log as everywhere, in place of Celery's own."""
    configure_logging(_settings.log_level, secret_values(_settings))
