"""Who may talk to the sandbox: its own page and local tools, not other web sites.

A developer's tool listens on the developer's machine, where any page open in the browser can reach it. So changes are
taken only as JSON or raw bytes (which other sites cannot send without asking first), never with a foreign origin, and
only under the sandbox's own name or a bare address, so that a name pointed at this machine is of no use.
"""

import ipaddress
from urllib.parse import urlsplit

from flask import Flask, Response, request

from bot.sandbox.box import current_sandbox

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BODY_TYPES = frozenset({"application/json", "application/octet-stream"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def install_guard(app: Flask) -> None:
    """Check every request to the page and its API (not to the platform's API) and dress every answer."""
    app.before_request(_refuse_strangers)
    app.after_request(_dress)


def _refuse_strangers() -> Response | None:
    if request.path.startswith(("/cgi-bin/", "/sns/")):
        return None
    if not _is_own_name(request.host):
        return _refusal("foreign_host", 403)
    if request.method in _SAFE:
        return None
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return _refusal("foreign_origin", 403)
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return _refusal("foreign_origin", 403)
    if request.method == "POST" and request.mimetype not in _BODY_TYPES:
        return _refusal("json_needed", 415)
    return None


def _is_own_name(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    if name in ("localhost", urlsplit(current_sandbox().settings.public_url).hostname):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _refusal(code: str, status: int) -> Response:
    return Response(f'{{"error": "{code}"}}\n', status=status, content_type="application/json")


def _dress(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-cache"
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
