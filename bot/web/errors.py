"""Error pages: a sentence and a way on, as HTML, or as JSON where that is asked for."""

from __future__ import annotations

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from bot.texts.pages import error_words


def register_error_pages(app: Flask) -> None:
    """Answer every HTTP error and every unforeseen exception of the application."""
    app.register_error_handler(HTTPException, _answer)


def _answer(error: HTTPException) -> Response | HTTPException:
    status = error.code
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


def _json(headline: str, advice: str) -> Response:
    return jsonify(error=headline, advice=advice)


def _page(status: int, headline: str, advice: str) -> Response:
    return Response(render_template("error.html", status=status, headline=headline, advice=advice))


def _wants_json() -> bool:
    if request.path.endswith("/state"):
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
