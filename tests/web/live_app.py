"""The whole web application, and one address more: a live stream that asks nobody who they are.

For a real server: `granian --factory tests.web.live_app:create`.
"""

from __future__ import annotations

from typing import cast

from flask import Flask, Response, request

from bot.app import create_app
from bot.web.live import Hub, Pace, stream_of
from bot.web.parking import park_long_answers


def create() -> Flask:
    """As wsgi.py makes it, with `GET /live?id=1&id=2` and a large answer at `/large`; signs of life come soon."""
    app = create_app()
    app.add_url_rule("/live", "live", lambda: stream_of([int(each) for each in request.args.getlist("id")]))
    app.add_url_rule("/large", "large", lambda: Response(b"x" * 8_000_000))
    cast(Hub, app.extensions["shuqian-live"]).pace = Pace(beat=0.5, life=60)
    park_long_answers()
    return app
