"""For machines: is the process alive, can it work, what has it done."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from bot.store.database import Database
from bot.store.migrate import is_current
from bot.store.outbox import count_by_state
from bot.store.redis import RedisUnavailable
from bot.web.context import page_context
from bot.web.metrics import notice_exposition

health = Blueprint("health", __name__)

_LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


@health.after_request
def _never_keep(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@health.get("/healthz")
def live() -> Response:
    """The process answers; says nothing about its stores."""
    return jsonify(status="ok")


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """Whether both stores answer and the schema is the newest; 503 names the part that does not."""
    context = page_context()
    parts = {"database": _database_state(context.db), "redis": _redis_state()}
    is_ready = all(state == "ok" for state in parts.values())
    return jsonify(status="ok" if is_ready else "unready", **parts), 200 if is_ready else 503


@health.get("/metrics")
def metrics() -> Response:
    """Prometheus text, for a collector on this machine or one that holds the token."""
    if not _may_read_metrics():
        abort(403)
    context = page_context()
    return Response(context.metrics.exposition() + _notices(context.db), content_type=CONTENT_TYPE_LATEST)


def _notices(db: Database) -> bytes:
    try:
        with db.reading() as tx:
            return notice_exposition(count_by_state(tx))
    except (SQLAlchemyError, OSError):  # the counts of requests are wanted most when the database is away
        return b""


def _database_state(db: Database) -> str:
    try:
        return "ok" if is_current(db) else "not migrated"
    except (SQLAlchemyError, OSError):
        return "unreachable"


def _redis_state() -> str:
    try:
        page_context().redis.ping()
    except RedisUnavailable:
        return "unreachable"
    return "ok"


def _may_read_metrics() -> bool:
    token = page_context().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    came_through_proxy = any(name in request.headers for name in _FORWARDED)
    return request.remote_addr in _LOOPBACK and not came_through_proxy
