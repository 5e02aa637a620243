"""What the pages need from the composition root, kept on the application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app
from redis import Redis

from bot.domain.clock import Clock
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.scene_codes import SceneCodes
from bot.web.guessing import GuessBrake
from bot.web.metrics import RequestMetrics

_NAME = "shuqian-pages"


@dataclass(frozen=True, slots=True)
class PageContext:
    """Stores, keys, clock and the few settings that views read (meanings: `register_pages`)."""

    db: Database
    redis: Redis
    keys: Keys
    clock: Clock
    public_url: str
    metrics: RequestMetrics
    metrics_token: str | None
    brake: GuessBrake
    scene_codes: SceneCodes


def install_context(app: Flask, context: PageContext) -> None:
    """Keep the context on the application."""
    app.extensions[_NAME] = context


def page_context() -> PageContext:
    """The context of the application that serves this request."""
    return cast(PageContext, current_app.extensions[_NAME])
