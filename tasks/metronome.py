"""The scheduler: `python -m tasks.metronome`. It sends the names of tasks and loads nothing of the product.

Not even the settings, and not Celery's command line either: it needs one address, and must cost next to nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celery.signals import setup_logging

from config.environment import configured_environment
from config.log import configure_logging
from config.redis_server import embedded_url
from tasks.broker import create_celery

_configured = configured_environment()
_data_dir = Path(_configured.get("DATA_DIR", "").strip() or "data")

app = create_celery(_configured.get("REDIS_URL", "").strip() or embedded_url(_data_dir))


@setup_logging.connect
def _configure_logging(**_: Any) -> None:
    configure_logging(_configured.get("LOG_LEVEL", "").strip() or "INFO")


if __name__ == "__main__":
    app.Beat(quiet=True).run()
