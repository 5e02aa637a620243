"""Signing in by a six-digit code that staff send to the account, by a link that it gave them, or by WeChat itself where
the account may ask it; and signing out.
"""

from __future__ import annotations

from datetime import datetime
from typing import NoReturn

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from bot.services.sessions import (
    Lapsed,
    Opened,
    ShownCode,
    Waiting,
    fetch_session,
    follow_code,
    give_link,
    read_link,
    sign_out,
    use_link,
)
from bot.services.sessions import show_code as new_code
from bot.store.readers import find_person
from bot.texts.sessions import device_words
from bot.texts.staff import ROLE_WORDS
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.reader_session import ask_wechat, back_from_wechat, may_ask_wechat, openid_of_code, where_to
from bot.web.staff_session import (
    cookie_name,
    forget_signed_in,
    is_https,
    keep_signed_in,
    local_page,
    refuse,
    signed_in,
    visitor_or_none,
)
from bot.wechat.page_auth import Unknown

sign_in = Blueprint("sign_in", __name__, template_folder="templates")
sign_in.after_request(forbid_keeping)

CODES_A_MINUTE = 60
"""From one network address: a library full of volunteers shares one."""
_BROWSER = "shuqian-browser"
_BROWSER_S = 600
_SCANNER = "/staff/scan"


@sign_in.get("/staff/sign-in")
def show_code() -> Response:
    """The code. Without script the page asks again by itself, and leads on once the code was sent."""
    going_to = _next()
    if visitor_or_none() is not None:
        return _lead(going_to)
    shown = _shown_code()
    if shown is not None:
        code, browser = shown
        standing = _follow(code, browser)
        if standing is None:
            opened = _fetch(code, browser)
            if opened is not None:
                return _enter(opened, going_to)
        elif isinstance(standing, Waiting):
            return _code_page(code, standing.expires_at, going_to)
    fresh = _new_code()
    answer = _code_page(fresh.code, fresh.expires_at, going_to)
    answer.set_cookie(
        cookie_name(_BROWSER),
        f"{fresh.code}.{fresh.browser}",
        max_age=_BROWSER_S,
        secure=is_https(),
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return answer


@sign_in.get("/staff/sign-in/state")
def tell_state() -> Response:
    """For the page's script: `waiting`, `signed_in` (with where to go on), or `lapsed` (load the page again)."""
    shown = _shown_code()
    if shown is not None:
        standing = _follow(*shown)
        if isinstance(standing, Waiting):
            return jsonify(state="waiting", left_ms=_left_ms(standing.expires_at))
        opened = _fetch(*shown) if standing is None else None
        if opened is not None:
            return _kept(jsonify(state="signed_in", next=_next()), opened)
    if visitor_or_none() is not None:
        return jsonify(state="signed_in", next=_next())
    return jsonify(state="lapsed")


@sign_in.get("/staff/sign-in/wechat")
def by_wechat() -> Response:
    """Let WeChat say who opens its browser here, in place of the code that one would type."""
    return ask_wechat(_SCANNER, url_for(".come_back")) if may_ask_wechat() else _lead(url_for(".show_code"))


@sign_in.get("/staff/sign-in/back")
def come_back() -> Response:
    """Back from WeChat: on to a link as the chat gives it. So nobody is signed in by opening an address alone, and what
    holds for such a link (once, ten minutes, audit) holds here.
    """
    going_to = where_to()
    if going_to is None or not going_to.startswith("/staff/"):
        refuse(400, "wechat")
    openid, context = openid_of_code(), page_context()
    if isinstance(openid, Unknown):
        refuse(503 if openid is Unknown.SLOW else 400, "snapshot" if openid is Unknown.SNAPSHOT else "wechat")
    now = context.clock()
    with context.db.writing() as tx:
        person = find_person(tx, openid, now)
        member = person.staff if person else None
        token = None if member is None else give_link(tx, member, context.keys, now)
    if token is None:
        refuse(403, "not_staff")
    return back_from_wechat(_lead(url_for(".show_link", token=token)))


@sign_in.get("/staff/enter/<token>")
def show_link(token: str) -> Response:
    """A link from the chat says who one will be; looking does not use it up."""
    context = page_context()
    with context.db.reading() as tx:
        member = read_link(tx, token, context.keys, context.clock())
    if member is None:
        _refuse_link()
    role = ROLE_WORDS[member.role]
    return Response(render_template("staff_enter.html", role=role, label=member.label, device=_device()))


@sign_in.post("/staff/enter/<token>")
def enter(token: str) -> Response:
    """The button under a link: signs in, once."""
    context = page_context()
    with context.db.writing() as tx:
        opened = use_link(tx, token, _device(), context.keys, context.clock())
    if opened is None:
        _refuse_link()
    return _enter(opened, _SCANNER)


def _refuse_link() -> NoReturn:
    """Genuine links are never braked: a guesser shares the library's network with its staff."""
    brake, caller = page_context().brake, f"sign-in links {request.remote_addr or ''}"
    if brake.is_guessing(caller):
        refuse(429, "links")
    brake.note_failure(caller)
    refuse(404, "link")


@sign_in.post("/staff/sign-out")
def leave() -> Response:
    """End the session on this browser; what it has not brought yet can be brought after signing in again."""
    visitor, context = signed_in(only_bring=True), page_context()
    with context.db.writing() as tx:
        sign_out(tx, visitor.session_id, visitor.member, context.clock())
    return forget_signed_in(_lead("/staff/sign-in"))


def _shown_code() -> tuple[str, str] | None:
    """The code that this browser shows and its secret, as its cookie has them."""
    code, dot, browser = request.cookies.get(cookie_name(_BROWSER), "").partition(".")
    return (code, browser) if dot and len(code) == 6 and len(browser) < 100 else None


def _follow(code: str, browser: str) -> Waiting | Lapsed | None:
    context = page_context()
    with context.db.reading() as tx:
        return follow_code(tx, code, browser, context.keys, context.clock())


def _fetch(code: str, browser: str) -> Opened | None:
    context = page_context()
    with context.db.writing() as tx:
        return fetch_session(tx, code, browser, context.keys, context.clock())


def _new_code() -> ShownCode:
    context = page_context()
    caller = f"sign-in codes {request.remote_addr or ''}"
    if context.brake.is_guessing(caller, CODES_A_MINUTE):
        refuse(429, "codes")
    context.brake.note_failure(caller)
    with context.db.writing() as tx:
        return new_code(tx, _device(), context.keys, context.clock())


def _code_page(code: str, expires_at: datetime, going_to: str) -> Response:
    page = render_template(
        "staff_sign_in.html",
        code=code,
        left_ms=_left_ms(expires_at),
        going_to=going_to,
        device=_device(),
        by_wechat=may_ask_wechat(),
    )
    return Response(page)


def _enter(opened: Opened, going_to: str) -> Response:
    return _kept(_lead(going_to), opened)


def _kept(answer: Response, opened: Opened) -> Response:
    """Signed in anew: the session that this browser had before ends."""
    before, context = visitor_or_none(), page_context()
    if before is not None:
        with context.db.writing() as tx:
            sign_out(tx, before.session_id, before.member, context.clock())
    answer.delete_cookie(cookie_name(_BROWSER), secure=is_https(), httponly=True, samesite="Lax", path="/")
    return keep_signed_in(answer, opened)


def _lead(path: str) -> Response:
    return Response(status=303, headers={"Location": path})


def _next() -> str:
    return local_page(request.args.get("next")) or _SCANNER


def _left_ms(expires_at: datetime) -> int:
    return max(0, int((expires_at - page_context().clock()).total_seconds() * 1000))


def _device() -> str:
    return device_words(request.user_agent.string)
