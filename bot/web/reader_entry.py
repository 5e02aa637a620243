"""How a browser comes to know its reader: back from WeChat, or by a link from the chat; and how it forgets them.

Codes, states and openids stand in addresses here. They are in no log: queries are masked whole (config/log.py), and
these views log nothing of their own.
"""

from __future__ import annotations

from typing import NoReturn

from flask import Blueprint, Response, render_template, request

from bot.services.reader_sessions import is_link, open_session, use_link
from bot.store.readers import find_person
from bot.texts.sessions import device_words
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.reader_session import (
    COOKIE,
    back_from_wechat,
    explain,
    forget,
    keep_session,
    known_reader,
    openid_of_code,
    where_to,
)
from bot.wechat.page_auth import Unknown

reader_entry = Blueprint("reader_entry", __name__, template_folder="templates")
reader_entry.after_request(forbid_keeping)

HOME = "/me"


@reader_entry.get("/me/connect")
def come_back() -> Response:
    """Back from WeChat with a code, which is good once and only in the browser that was sent there."""
    going_to = where_to()
    if going_to is None or going_to.startswith("/staff/"):
        return _unless_known("state", 400, HOME)
    openid = openid_of_code()
    if isinstance(openid, Unknown):
        return _unless_known(openid.value, 503 if openid is Unknown.SLOW else 400, going_to)
    context = page_context()
    with context.db.reading() as tx:
        person = find_person(tx, openid, context.clock())
        session = None if person is None else open_session(tx, person.id, context.keys, context.clock())
    if session is None:
        explain("stranger", 403)
    return keep_session(back_from_wechat(lead(going_to)), session)


def _unless_known(problem: str, status: int, going_to: str) -> Response:
    """WeChat loads its way back twice at times: the second finds the code used, and the browser known."""
    if known_reader() is None:
        explain(problem, status)
    return back_from_wechat(lead(going_to))


@reader_entry.get("/me/enter/<token>")
def show_link(token: str) -> Response:
    """A link from the chat; looking does not use it up."""
    context = page_context()
    with context.db.reading() as tx:
        good = is_link(tx, token, context.keys, context.clock())
    if not good:
        _refuse_link()
    return Response(render_template("reader_enter.html", device=device_words(request.user_agent.string)))


@reader_entry.post("/me/enter/<token>")
def enter(token: str) -> Response:
    """The button under a link: good once."""
    context = page_context()
    with context.db.writing() as tx:
        session = use_link(tx, token, context.keys, context.clock())
    if session is None:
        _refuse_link()
    return keep_session(lead(HOME), session)


def _refuse_link() -> NoReturn:
    """Genuine links are never braked: a guesser shares the library's network with its readers."""
    brake, caller = page_context().brake, f"page links {request.remote_addr or ''}"
    if brake.is_guessing(caller):
        explain("links", 429)
    brake.note_failure(caller)
    explain("link", 404)


@reader_entry.post("/me/leave")
def leave() -> Response:
    """Forget the reader on this browser, such as one in a reading room."""
    answer = Response(render_template("reader_left.html"))
    return forget(answer, COOKIE)


def lead(path: str) -> Response:
    """On to another page of ours."""
    return Response(status=303, headers={"Location": path})
