"""/staff/people: who works here and on which devices, and the end of a role or of one device.

Each button is inside a fold that opens at the first tap and ends somebody at the second: it works without script.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from bot.domain.colleagues import NotOrganising, NotYours, StopOutcome
from bot.domain.kinds import Role
from bot.services.audit import note_look
from bot.services.colleagues import STAFF_LIST, list_colleagues, stop_device, stop_person
from bot.texts import colleagues as words
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.staff_session import Visitor, refuse, signed_in

staff_people = Blueprint("staff_people", __name__, template_folder="templates")
staff_people.after_request(forbid_keeping)

_LARGEST_ID = 2**63 - 1


@staff_people.get("/staff/people")
def show() -> Response:
    """The staff whom the visitor looks after."""
    return _page(signed_in(Role.ORGANISER))


@staff_people.post("/staff/people")
def stop() -> Response:
    """`person` or `device`: whose role ends, or which session."""
    visitor, context = signed_in(Role.ORGANISER), page_context()
    person, device = (request.form.get(name, type=int) or 0 for name in ("person", "device"))
    now = context.clock()
    outcome: StopOutcome = NotYours()
    with context.db.writing() as tx:
        if 0 < person <= _LARGEST_ID:
            outcome = stop_person(tx, visitor.member, person, now)
        elif 0 < device <= _LARGEST_ID:
            outcome = stop_device(tx, visitor.member, device, now)
    return _page(visitor, words.stopped(outcome))


def _page(visitor: Visitor, news: str = "") -> Response:
    context = page_context()
    now = context.clock()
    with context.db.writing() as tx:
        found = list_colleagues(tx, visitor.member, now)
        note_look(tx, visitor.member, STAFF_LIST, f"library:{visitor.member.library_id or 0}", now)
    if isinstance(found, NotOrganising):
        refuse(403, "role")
    people = [words.card_of(each, visitor.member.id, visitor.member.role, visitor.session_id, now) for each in found]
    sees_account = visitor.member.role in (Role.MANAGER, Role.KEEPER)
    facts = {"people": people, "news": news, "label": visitor.member.label, "sees_account": sees_account}
    return Response(render_template("staff_people.html", **facts))
