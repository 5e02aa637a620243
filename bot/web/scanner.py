"""The scanner's page: a shell without anybody's data, and the same work as plain forms for browsers without script.

The plain page goes the same way as the API: one act with an id of its own, so that a form sent twice counts once.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.domain.act_reading import moment_ms
from bot.services.door_lists import ServedDoor, list_served_doors
from bot.services.scans import takes_walk_ins
from bot.texts.door_offline import OFFLINE
from bot.texts.moments import time_words
from bot.texts.scanner import AUDIENCES, PAGE, TALLY_EXAMPLE, TICKET_EXAMPLE
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.staff_acts import Upload, answer_acts
from bot.web.staff_session import Visitor, signed_in

scanner = Blueprint("scanner", __name__, url_prefix="/staff")

SCRIPTS = (
    "live.js",
    "scanner_page.js",
    "scanner_signals.js",
    "scanner_answer.js",
    "scanner_camera.js",
    "scanner_ways.js",
    "scanner_sheets.js",
    "door_words.js",
    "door_store.js",
    "door_offline.js",
    "door_sync.js",
    "door_state.js",
    "door_acts.js",
    "door_lists.js",
    "door_scan.js",
    "door_counts.js",
    "door.js",
    "scanner.js",
)
"""In the order in which they need each other."""

STEPS = (1, 5, 10)
"""Walk-ins by one tap."""

Json = dict[str, Any]


@scanner.get("/")
def show_home() -> AnyResponse:
    """What staff have on their phones begins here."""
    return redirect(url_for("scanner.show_scanner"))


@scanner.get("/scan")
def show_scanner() -> Response:
    """The shell: the same for everybody, so that the service worker may keep it; who is here comes by the API."""
    response = Response(render_shell())
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def render_shell() -> str:
    """The page's text; the service worker's version follows from it."""
    texts = {"words": {**PAGE, **OFFLINE}, "ticket_example": TICKET_EXAMPLE, "tally_example": TALLY_EXAMPLE}
    return render_template("scan.html", scripts=SCRIPTS, **texts)


@scanner.get("/scan/plain")
def show_plain() -> Response:
    """The door as forms."""
    return _plain(signed_in(), request.args.get("door", type=int), None, None)


@scanner.post("/scan/plain")
def take_plain() -> Response:
    """One act of a form, answered on the page that follows."""
    visitor, context = signed_in(), page_context()
    number = request.form.get("door", type=int)
    now = context.clock()
    sent = _act_of_form(number, moment_ms(now))
    device = f"plain-{visitor.session_id}"
    [answer] = answer_acts(Upload(context, visitor.member, visitor.session_id, device, now, now), [sent])
    return _plain(visitor, number, sent, answer)


def _act_of_form(number: int | None, at: int) -> Json:
    form = request.form
    act: Json = {"id": form.get("id"), "kind": form.get("kind"), "occurrence": number, "at": at}
    if act["kind"] == "scan":
        act |= {"code": form.get("code", ""), "way": "typed", "admitted": form.get("admitted") == "1"}
        act["people"] = form.get("people", type=int)
    elif act["kind"] == "walk_in":
        act |= {"people": form.get("people", type=int), "audience": form.get("audience", "")}
    elif act["kind"] == "tally":
        act["words"] = form.get("words", "")
    else:
        act["of"] = form.get("of", "")
    return act


def _plain(visitor: Visitor, number: int | None, sent: Json | None, answer: Json | None) -> Response:
    context = page_context()
    now = context.clock()
    with context.db.reading() as tx:
        doors = list_served_doors(tx, visitor.member, now)
    door = _chosen(doors, number)
    page = render_template(
        "scan_plain.html",
        doors=doors,
        door=door,
        when=time_words(door.facts) if door else "",
        walk_ins=door is not None and takes_walk_ins(visitor.member, door.facts),
        sent=sent,
        answer=answer,
        new_id=lambda: str(uuid4()),
        audiences=AUDIENCES,
        steps=STEPS,
        ticket_example=TICKET_EXAMPLE,
        tally_example=TALLY_EXAMPLE,
    )
    return forbid_keeping(Response(page))


def _chosen(doors: list[ServedDoor], number: int | None) -> ServedDoor | None:
    """The door asked for, else the first, which is today's next."""
    return next((door for door in doors if door.facts.number == number), doors[0] if doors else None)
