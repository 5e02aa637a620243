"""Which reader opens a page of their own, and which forms are taken for theirs.

WeChat tells us (web authorisation, `snsapi_base`) where the account has the right; everywhere else the chat gives a
link, good once. Nobody is signed in as somebody else: `state` on the way to WeChat and back must be the one in the
browser's cookie, and a link from the chat signs in only by a button on our own page. Forms carry a token of the session
besides the marks that tell other sites' requests (bot.web.staff_session).
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from typing import NoReturn

from flask import Flask, Response, abort, g, render_template, request, url_for

from bot.domain.capability import Capability
from bot.domain.signed_words import read_words, sign_words
from bot.services.reader_sessions import LIVES, KnownReader, find_session, is_form_token, page_keys
from bot.texts.reader_pages import PROBLEMS
from bot.web.context import WeChatPages, page_context
from bot.web.staff_session import cookie_name, is_from_here, is_https
from bot.wechat.page_auth import Unknown

COOKIE = "shuqian-reader"
_AWAY = "shuqian-away"
AWAY_FOR = timedelta(minutes=5)
"""How long the way to WeChat and back may take: as long as the platform keeps a code."""

BAD_CODES_A_MINUTE = 60
"""From one network address: phones of one mobile network may share one."""

_PURPOSE = "away"
_LOCAL_PAGES = ("/me", "/T/", "/staff/")
_SAFE = ("GET", "HEAD", "OPTIONS")
_CACHED = "known_reader"


def known_reader() -> KnownReader | None:
    """The reader, if this browser knows one. Looked up once for each request."""
    if _CACHED not in g:
        g.setdefault(_CACHED, _look_up())
    found: KnownReader | None = g.get(_CACHED)
    return found


def _look_up() -> KnownReader | None:
    cookie, context = request.cookies.get(cookie_name(COOKIE), ""), page_context()
    if not cookie:
        return None
    with context.db.reading() as tx:
        return find_session(tx, cookie, context.keys, context.clock())


def require_reader() -> KnownReader:
    """The reader. Without one, a page that is looked at leads to WeChat where it may, else says how to get in."""
    reader = known_reader()
    if reader is None:
        _lead_in(request.path if request.method in _SAFE else "/me")
    return reader


def _lead_in(going_to: str) -> NoReturn:
    if may_ask_wechat():
        _end(ask_wechat(going_to, url_for("reader_entry.come_back")))
    explain("unknown", 403)


# --- to WeChat and back ----------------------------------------------------------------------------------------------


def may_ask_wechat() -> bool:
    """Whether WeChat can tell who opens this page: in its own browser, and if the account has the right."""
    pages = pages_in_wechat()
    return pages is not None and pages.oauth_on and is_granted(Capability.OAUTH)


def pages_in_wechat() -> WeChatPages | None:
    """What a page may use that is opened in WeChat's own browser; None in any other."""
    pages = page_context().wechat
    if pages is None or not (pages.any_browser or "MicroMessenger" in request.user_agent.string):
        return None
    return pages


def is_granted(capability: Capability) -> bool:
    """Whether the account has a right."""
    context = page_context()
    with context.db.reading() as tx:
        return context.capabilities.has(tx, capability)


def ask_wechat(going_to: str, back: str) -> Response:
    """Send the browser to WeChat, which sends it to `back`; a cookie says what it carries then and where it goes on."""
    context = page_context()
    assert context.wechat is not None  # `may_ask_wechat`
    state = secrets.token_hex(16)
    away = sign_words(_PURPOSE, f"{state} {going_to}", context.clock() + AWAY_FOR, page_keys(context.keys)[0])
    address = context.wechat.auth.authorize_url(context.public_url + back, state)
    answer = Response(status=302, headers={"Location": address})
    keep(answer, _AWAY, away, AWAY_FOR)
    return answer


def where_to() -> str | None:
    """Where a browser goes on that comes back from WeChat with the state it took there; None for any other."""
    context = page_context()
    words = read_words(_PURPOSE, request.cookies.get(cookie_name(_AWAY), ""), page_keys(context.keys), context.clock())
    state, _, path = (words or "").partition(" ")
    given = request.args.get("state", "")
    if not state or not hmac.compare_digest(state.encode(), given.encode("ascii", "replace")):
        return None
    return own_page(path)


def own_page(path: str) -> str:
    """A page of ours that one may be led on to; never another site's."""
    plain = path.isascii() and path.isprintable() and not any(odd in path for odd in ("//", "\\", "..", "?", "#"))
    return path if plain and path.startswith(_LOCAL_PAGES) and len(path) <= 200 else "/me"


def openid_of_code() -> str | Unknown:
    """Whose code the browser brings; waits for moments only. Who brings many bad ones costs us no more calls."""
    context, code = page_context(), request.args.get("code", "")
    if context.wechat is None or not code or len(code) > 200:
        return Unknown.USED
    brake, caller = context.brake, f"page codes {request.remote_addr or ''}"
    if brake.is_guessing(caller, BAD_CODES_A_MINUTE):
        return Unknown.SLOW
    found = context.wechat.auth.whose(code)
    if found is Unknown.USED:
        brake.note_failure(caller)
    return found


def back_from_wechat(answer: Response) -> Response:
    """The way is over: what it carried is good once."""
    forget(answer, _AWAY)
    return answer


# --- cookies ---------------------------------------------------------------------------------------------------------


def keep_session(answer: Response, session: str) -> Response:
    """Hand a session to the browser."""
    return keep(answer, COOKIE, session, LIVES)


def keep(answer: Response, name: str, value: str, lives: timedelta) -> Response:
    """A cookie that no script reads and that other sites' forms do not bring along."""
    seconds, safe = int(lives.total_seconds()), is_https()
    answer.set_cookie(cookie_name(name), value, max_age=seconds, secure=safe, httponly=True, samesite="Lax", path="/")
    return answer


def forget(answer: Response, name: str) -> Response:
    """Take a cookie off the browser."""
    answer.delete_cookie(cookie_name(name), secure=is_https(), httponly=True, samesite="Lax", path="/")
    return answer


# --- forms and answers -----------------------------------------------------------------------------------------------


def guard_readers(app: Flask, *, without_session: tuple[str, ...]) -> None:
    """Refuse forms that other sites made; every form of /me/ must carry its session's token.

    `without_session`: endpoints that take a form from somebody who is not known yet.
    """

    @app.before_request
    def _guard() -> None:
        if request.method in _SAFE or not f"{request.path}/".startswith("/me/"):
            return
        if not is_from_here():
            explain("elsewhere", 403)
        if request.endpoint is not None and request.endpoint not in without_session:
            reader = require_reader()
            if not is_form_token(request.form.get("form_token", ""), reader):
                explain("form", 403)


def explain(problem: str, status: int) -> NoReturn:
    """End the request with what is in the way and what to do."""
    headline, advice = PROBLEMS[problem]
    page = render_template(
        "reader_problem.html",
        headline=headline,
        advice=advice,
        by_link=problem in ("unknown", "link", "no_right"),
        again=url_for("reader_pages.show_own") if problem in ("used", "slow", "state") else None,
    )
    answer = Response(page, status=status)
    if status == 503:
        answer.headers["Retry-After"] = "10"
    _end(answer)


def _end(answer: Response) -> NoReturn:
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    abort(answer)
