"""The ticket's page in the hands of staff: whoever serves its occurrence checks the party in by a button (design 7)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, abort, render_template, request

from bot.domain.act_reading import moment_ms
from bot.domain.door import Way
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.ticket import read_token
from bot.reports.qr import ticket_address
from bot.services.staff import serves
from bot.store.leaves import find_asker
from bot.store.tickets import TicketFacts, find_ticket
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.notice_consent import pages_for_notices
from bot.web.once import once_question
from bot.web.reader_session import known_reader
from bot.web.staff_acts import Upload, answer_acts
from bot.web.staff_session import Visitor, signed_in, visitor_or_none
from bot.web.ticket_page import build_ticket_page

ticket_check_in = Blueprint("ticket_check_in", __name__, template_folder="templates")
ticket_check_in.after_request(forbid_keeping)

_PAGE = "ticket-page"


@ticket_check_in.post("/staff/ticket/<ticket>")
def check_in(ticket: str) -> Response:
    """Check the ticket's party in, and show what came of it on its page. The same form sent twice counts once."""
    visitor, context = signed_in(), page_context()
    token = ticket.upper()
    found = find_ticket_of(token)
    if found is None:
        abort(404)
    now = context.clock()
    act = {
        "id": request.form.get("act", ""),
        "kind": "scan",
        "occurrence": found.occurrence.number,
        "code": token,
        "at": moment_ms(now),
        "way": Way.TICKET_PAGE.value,
    }
    upload = Upload(context, visitor.member, visitor.session_id, _PAGE, now, now)
    (answer,) = answer_acts(upload, [act])
    return show_ticket(token, answer)


def find_ticket_of(token: str) -> TicketFacts | None:
    """The ticket of a genuine token; a forged one costs the same query."""
    context = page_context()
    registration_id = read_token(token, context.keys.tickets)
    with context.db.reading() as tx:
        return find_ticket(tx, registration_id or 0)


def show_ticket(token: str, answer: dict[str, Any] | None = None) -> Response:
    """The ticket's page as it is now, with a button for whoever serves its occurrence."""
    context, ticket = page_context(), find_ticket_of(token)
    assert ticket is not None  # the caller found it
    number = read_token(token, context.keys.tickets) or 0
    page = build_ticket_page(ticket, ticket_address(context.public_url, token), context.clock())
    offered = str(uuid4()) if answer is None and _may_check_in(visitor_or_none(), ticket.occurrence) else None
    facts = {"page": page, "token": token, "act": offered, "answer": answer}
    return Response(render_template("ticket.html", **facts, is_own=_is_own(number), **_reminders(number)))


def _reminders(registration_id: int) -> dict[str, Any]:
    """By which ways the ticket's reader may allow messages here; the platform's notices before single ones."""
    notices = pages_for_notices() is not None
    return {"notices": notices, "once": None if notices else once_question(registration_id)}


def _is_own(registration_id: int) -> bool:
    """Whether this browser knows the reader whose ticket this is."""
    reader = known_reader()
    if reader is None:
        return False
    with page_context().db.reading() as tx:
        asker = find_asker(tx, registration_id)
    return asker is not None and asker.reader_id == reader.id


def _may_check_in(visitor: Visitor | None, facts: OccurrenceFacts) -> bool:
    if visitor is None:
        return False
    with page_context().db.reading() as tx:
        return serves(tx, visitor.member, facts)
