"""Headers on every answer: no foreign content, no framing, no guessing of types, no leaking of addresses."""

from __future__ import annotations

from flask import Flask, Response, request

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""Of every page but the one that shows a button of WeChat's (bot/web/notice_consent.py)."""
_EVERY_ANSWER = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),  # a ticket's address must not travel to another site
]
_WITH_FORMS = ("/staff/", "/me/")
_FORM_REFERRER = "same-origin"
"""Without a referrer browsers send `Origin: null` with our own forms (Fetch 3.2), and could not be told from others."""
_DOCUMENT = [
    ("Content-Security-Policy", POLICY),
    ("Permissions-Policy", "camera=(self), microphone=(), geolocation=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
]
_A_YEAR_OF_HTTPS = ("Strict-Transport-Security", "max-age=31536000")
_RENDERED = ("text/html", "image/svg+xml")


def add_security_headers(app: Flask, *, https: bool) -> None:
    """Add the headers; answers that no browser renders get only the general ones, because the webhook counts in µs."""
    every_answer = [*_EVERY_ANSWER, _A_YEAR_OF_HTTPS] if https else _EVERY_ANSWER
    document = [*every_answer, *_DOCUMENT]

    @app.after_request
    def _add(response: Response) -> Response:
        if response.mimetype not in _RENDERED:
            response.headers.extend(every_answer)
        for name, value in document if response.mimetype in _RENDERED else ():
            response.headers.setdefault(name, value)  # a page may have a policy of its own
        if request.path.startswith(_WITH_FORMS) or request.path == "/me":
            response.headers["Referrer-Policy"] = _FORM_REFERRER
        return response


def forbid_keeping(response: Response) -> Response:
    """Mark an answer that only the holder of its address may see: never stored, never indexed."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
