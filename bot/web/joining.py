"""/J/CODE: what an invitation's QR opens, and the QR itself, so that an organiser can show it on a screen.

The page is the same for a code that was never given: only sending it to the account tells whether it is good, and
that is limited there. Pictures cost work, so whoever asks for many addresses has to wait.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from bot.domain.ticket import invitation_url, read_invitation
from bot.reports.qr import coarse, qr_png
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.refusals import refuse_unknown_address
from bot.web.staff_session import refuse

joining = Blueprint("joining", __name__, template_folder="templates")
joining.after_request(forbid_keeping)

VIEWS_A_MINUTE = 120


@joining.get("/J/<invitation>")
@joining.get("/j/<invitation>")
def show(invitation: str) -> Response:
    """CODE or CODE.png, in any case."""
    typed, _, suffix = invitation.partition(".")
    code = read_invitation(typed)
    if code is None or suffix.lower() not in ("", "png"):
        refuse_unknown_address()
    context = page_context()
    caller = f"invitations {request.remote_addr or ''}"
    if context.brake.is_guessing(caller, VIEWS_A_MINUTE):
        refuse(429, "invitations")
    context.brake.note_failure(caller)
    if suffix:
        return Response(qr_png(coarse(invitation_url(context.public_url, code))), mimetype="image/png")
    return Response(render_template("join.html", code=code))
