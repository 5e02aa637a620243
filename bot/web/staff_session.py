"""Who is signed in on this browser, and which requests are taken for theirs.

Three things keep other sites from acting in the name of our staff: the cookie is not sent along with their forms
(SameSite=Lax), a request that says it comes from elsewhere is refused (Sec-Fetch-Site, Origin), and a form carries a
token that only our page can know; requests of scripts carry a header instead that no form can set.

Being signed in as somebody else (login CSRF) is kept off by the same: a code signs in only the browser that shows it,
by a secret in its cookie, and a link signs in only by a button on our own page, which says who one will be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, jsonify, redirect, render_template, request, url_for

from bot.domain.kinds import Role, includes
from bot.services.sessions import Opened, Session, find_session, form_token_of, is_form_token, note_seen
from bot.store.readers import StaffMember
from bot.texts.sessions import REFUSALS
from bot.web.context import page_context

COOKIE = "shuqian"
_AREAS = ("/staff/", "/console/")
_LOCAL_PAGES = ("/staff/", "/console/", "/T/")
_SAFE = ("GET", "HEAD", "OPTIONS")
_OWN_SITE = ("same-origin", "none")
_KEPT_S = 9 * 24 * 3600  # the cookie outlives the session by the days in which a phone still brings what it noted
_CACHED = "staff_sessions"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A member of staff on one browser."""

    member: StaffMember
    session_id: int
    expires_at: datetime


def signed_in(least: Role = Role.VENUE, only_bring: bool = False) -> Visitor:
    """The visitor. Without a session a page leads to the sign-in and the API answers 401; 403 when the role is too low.

    `only_bring`: a session that is over by its time will do, for what a phone noted without network.
    """
    session = _find(only_bring=only_bring)
    if session is None:
        _ask_to_sign_in()
    if session.member.role is not least and not includes(session.member.role, least):
        refuse(403, "role")
    return Visitor(session.member, session.id, session.expires_at)


def visitor_or_none() -> Visitor | None:
    """The visitor, if this browser is signed in."""
    session = _find(only_bring=False)
    return None if session is None else Visitor(session.member, session.id, session.expires_at)


def _find(*, only_bring: bool) -> Session | None:
    """Looked up once for each request."""
    cached: dict[bool, Session | None] = g.setdefault(_CACHED, {})
    if only_bring not in cached:
        cached[only_bring] = _look_up(only_bring=only_bring)
    return cached[only_bring]


def _look_up(*, only_bring: bool) -> Session | None:
    context = page_context()
    secret = request.cookies.get(cookie_name(COOKIE), "")
    if not secret or len(secret) > 100:
        return None
    now = context.clock()
    with context.db.reading() as tx:
        session = find_session(tx, secret, context.keys, now, only_bring=only_bring)
    if session is not None and session.is_due:
        with context.db.writing() as tx:
            note_seen(tx, session.id, secret, context.keys, now)
    return session


# --- cookies ---------------------------------------------------------------------------------------------------------


def cookie_name(name: str) -> str:
    """A cookie's name; on https with the prefix that ties it to this host alone (RFC 6265bis 4.1.3)."""
    return f"__Host-{name}" if is_https() else name


def is_https() -> bool:
    """Whether readers reach us by https."""
    return page_context().public_url.startswith("https://")


def keep_signed_in(answer: Response, opened: Opened) -> Response:
    """Hand the session's secret to the browser."""
    name = cookie_name(COOKIE)
    answer.set_cookie(name, opened.secret, max_age=_KEPT_S, secure=is_https(), httponly=True, samesite="Lax", path="/")
    return answer


def forget_signed_in(answer: Response) -> Response:
    """Take the session's secret off the browser."""
    name = cookie_name(COOKIE)
    answer.delete_cookie(name, secure=is_https(), httponly=True, samesite="Lax", path="/")
    return answer


# --- requests that change something ----------------------------------------------------------------------------------


def guard_staff(app: Flask, *, without_session: tuple[str, ...] = (), larger: Mapping[str, int] | None = None) -> None:
    """Refuse requests that other sites made; every form of /staff must carry its token.

    `without_session`: endpoints that take a form from somebody who is not signed in yet; `larger`: those that take more
    bytes than others, from somebody who is.
    """
    most = larger or {}

    @app.before_request
    def _guard() -> None:
        if request.method in _SAFE or not request.path.startswith(_AREAS):
            return
        if not is_from_here():
            refuse(403, "elsewhere")
        if request.path.startswith("/staff/api/"):
            _check_script()
        elif request.endpoint is not None and request.endpoint not in without_session:
            if request.endpoint in most and visitor_or_none() is not None:
                request.max_content_length = most[request.endpoint]
            _check_form()

    app.jinja_env.globals.update(form_token=form_token)


def form_token() -> str:
    """The hidden field `form_token` of every form; empty for who is not signed in."""
    session = _find(only_bring=True)
    return form_token_of(session.id, page_context().keys) if session else ""


def is_from_here() -> bool:
    """Whether a form comes from a page of ours.

    Old browsers send neither header, new ones both; `Origin: null` says nothing of its own.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in _OWN_SITE:
        return False
    if origin is None or (origin == "null" and site is not None):
        return True
    return urlsplit(origin).netloc in (request.host, urlsplit(page_context().public_url).netloc)


def _check_script() -> None:
    if request.headers.get("X-Shuqian") != "1":
        refuse(403, "script")
    if request.mimetype != "application/json" and not request.mimetype.startswith("image/"):
        refuse(400, "content")


def _check_form() -> None:
    session = _find(only_bring=True)  # whether it still may is for the page to say
    if session is None:
        _ask_to_sign_in()
    if not is_form_token(request.form.get("form_token", ""), session.id, page_context().keys):
        refuse(403, "form")


# --- answers ---------------------------------------------------------------------------------------------------------


def local_page(path: str | None) -> str | None:
    """A page of ours that one may be led on to after signing in; never another site's."""
    if not path or not path.startswith(_LOCAL_PAGES) or len(path) > 300 or not path.isascii() or not path.isprintable():
        return None
    return None if "\\" in path or "//" in path or ".." in path else path


def refuse(status: int, reason: str) -> NoReturn:
    """End the request with a headline and what to do, as a page or as JSON."""
    headline, advice = REFUSALS[reason]
    if is_api():
        answer = jsonify(error=headline, advice=advice)
    else:
        page = render_template("error.html", status=status, headline=headline, advice=advice, may_pass=False)
        answer = Response(page)
    _end(answer, status)


def is_api() -> bool:
    """Whether a script of ours asks."""
    return request.path.startswith("/staff/api/")


def _ask_to_sign_in() -> NoReturn:
    if is_api():
        headline, advice = REFUSALS["signed_out"]
        _end(jsonify(error=headline, advice=advice, sign_in=url_for("sign_in.show_code")), 401)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    answer = redirect(url_for("sign_in.show_code", next=local_page(wanted)))
    _end(Response(answer.get_data(), 302, {"Location": answer.location}), 302)


def _end(answer: Response, status: int) -> NoReturn:
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    abort(answer)
