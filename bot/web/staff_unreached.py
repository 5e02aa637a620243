"""/staff/unreached: the readers whom no message reached, with the number to call, and a button to send it again."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from bot.domain.kinds import Role
from bot.domain.unreached import MayNotSee
from bot.services.unreached import list_unreached, send_again
from bot.texts import unreached as words
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.staff_session import Visitor, refuse, signed_in

staff_unreached = Blueprint("staff_unreached", __name__, template_folder="templates")
staff_unreached.after_request(forbid_keeping)

_LARGEST_ID = 2**63 - 1


@staff_unreached.get("/staff/unreached")
def show() -> Response:
    """Whom the visitor should call."""
    return _page(signed_in(Role.ORGANISER))


@staff_unreached.post("/staff/unreached")
def resend() -> Response:
    """`notice`: which one is sent again."""
    visitor, context = signed_in(Role.ORGANISER), page_context()
    notice_id = request.form.get("notice", type=int) or 0
    wanted = notice_id if 0 < notice_id <= _LARGEST_ID else 0
    with context.db.writing() as tx:
        outcome = send_again(tx, visitor.member, wanted, context.clock())
    return _page(visitor, words.sent_again(outcome))


def _page(visitor: Visitor, news: str = "") -> Response:
    context = page_context()
    with context.db.writing() as tx:
        found = list_unreached(tx, visitor.member, context.keys, context.clock())
    if isinstance(found, MayNotSee):
        refuse(403, "role")
    return Response(
        render_template("staff_unreached.html", places=[words.place_card(each) for each in found], news=news)
    )
