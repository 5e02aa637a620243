"""/staff/account: what the public account may do and how the house is; the same diagnosis as `flask doctor`."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug import Response as WerkzeugResponse

from bot.domain.kinds import Role
from bot.services.diagnosis import diagnose
from bot.store.probes import want_probe
from bot.texts.diagnosis import report_of
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.staff_session import signed_in

staff_account = Blueprint("staff_account", __name__, template_folder="templates")
staff_account.after_request(forbid_keeping)


@staff_account.get("/staff/account")
def show() -> Response:
    """The diagnosis, for managers and keepers."""
    signed_in(Role.MANAGER)
    context = page_context()
    found = diagnose(context.db, context.redis, context.deployment, context.clock())
    return Response(render_template("staff_account.html", report=report_of(found)))


@staff_account.post("/staff/account")
def ask() -> WerkzeugResponse:
    """Have the worker ask the platform anew; without Redis the page that follows says what is wrong."""
    visitor = signed_in(Role.MANAGER)
    want_probe(page_context().redis, f"page {visitor.member.role.value}")
    return redirect(url_for("staff_account.show"), 303)
