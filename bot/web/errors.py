"""Error pages: a sentence and a way on, as HTML, or as JSON where that is asked for."""

from __future__ import annotations

import logging
from http import HTTPStatus
from types import TracebackType

from flask import Flask, Response, jsonify, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from bot.texts.pages import error_words
from bot.web.metrics import UNMATCHED

_log = logging.getLogger(__name__)

Failure = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


def register_error_pages(app: Flask) -> None:
    """Answer every HTTP error and every unforeseen exception of the application."""
    app.register_error_handler(HTTPException, _answer)
    app.log_exception = _log_by_route  # type: ignore[method-assign,assignment]


def _log_by_route(failure: Failure) -> None:
    """Log an unforeseen exception under its route: an address may hold a ticket's token, which no log may know."""
    route = request.url_rule.rule if request.url_rule is not None else UNMATCHED
    _log.error("request_failed %s %s", request.method, route, exc_info=failure)


def _answer(error: HTTPException) -> Response | HTTPException:
    status = status_of(error)
    if status is None or status < 400:  # redirects travel as exceptions too
        return error
    headline, advice = error_words(status)
    answer = _json(headline, advice) if _wants_json() else _page(status, headline, advice)
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    for name, value in error.get_headers(request.environ):
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def status_of(error: HTTPException) -> int | None:
    """503 when the database is away or not migrated yet: trying again helps, and monitors can tell it from a bug."""
    is_store_away = isinstance(getattr(error, "original_exception", None), OperationalError)
    return 503 if is_store_away else error.code


def _json(headline: str, advice: str) -> Response:
    return jsonify(error=headline, advice=advice)


def _page(status: int, headline: str, advice: str) -> Response:
    may_pass = request.method == "GET" and (status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500)
    page = render_template("error.html", status=status, headline=headline, advice=advice, may_pass=may_pass)
    return Response(page)


def _wants_json() -> bool:
    if request.path.endswith("/state") or request.path.startswith("/staff/api/"):
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
