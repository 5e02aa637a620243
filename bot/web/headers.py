"""Headers on every answer: no foreign content, no framing, no guessing of types, no leaking of addresses."""

from __future__ import annotations

from flask import Flask, Response

_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # a ticket's address must not travel to another site
    "Content-Security-Policy": _POLICY,
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_A_YEAR_OF_HTTPS = "max-age=31536000"


def add_security_headers(app: Flask, *, https: bool) -> None:
    """Set the headers where a view did not set its own."""
    headers = dict(_HEADERS)
    if https:
        headers["Strict-Transport-Security"] = _A_YEAR_OF_HTTPS

    @app.after_request
    def _add(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response


def forbid_keeping(response: Response) -> Response:
    """Mark an answer that only the holder of its address may see: never stored, never indexed."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
