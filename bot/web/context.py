"""What the pages need from the composition root, kept on the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, cast

from flask import Flask, current_app
from redis import Redis

from bot.domain.clock import Clock
from bot.domain.diagnosis import Deployment
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.scene_codes import SceneCodes
from bot.web.guessing import GuessBrake
from bot.web.metrics import RequestMetrics
from bot.web.poster_desk import PosterDesk

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
    sign_page: SignPage | None = None
    deployment: Deployment = field(default_factory=Deployment)
    posters: PosterDesk = field(default_factory=PosterDesk)


class SignedPage(Protocol):
    """What WeChat's scripts take to open the phone's own scanner on a page."""

    @property
    def app_id(self) -> str:
        """The account's id."""

    @property
    def timestamp(self) -> str:
        """Seconds, as text."""

    @property
    def nonce(self) -> str:
        """What makes each signature differ."""

    @property
    def signature(self) -> str:
        """The signature of the page's address."""


SignPage = Callable[[str], SignedPage | None]
"""Signs the address of a page; None where the account cannot, or not yet. Must not wait long."""


def install_context(app: Flask, context: PageContext) -> None:
    """Keep the context on the application."""
    app.extensions[_NAME] = context


def page_context() -> PageContext:
    """The context of the application that serves this request."""
    return cast(PageContext, current_app.extensions[_NAME])
