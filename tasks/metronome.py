"""The scheduler: `celery --app tasks.metronome beat`. It sends names only and loads nothing of the product itself."""

from __future__ import annotations

from typing import Any

from celery.signals import setup_logging

from config.settings import load_settings
from tasks.broker import configure_task_logging, create_celery

_settings = load_settings()

app = create_celery(_settings)


@setup_logging.connect
def _configure_logging(**_: Any) -> None:
    configure_task_logging(_settings)
