"""The ticket: page, picture, calendar entry. Whoever holds the address may see it; it does not say who they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort

from bot.domain.ticket import ticket_url
from bot.reports.qr import qr_png, ticket_address
from bot.reports.ticket_pictures import ticket_picture_of
from bot.store.tickets import TicketFacts
from bot.texts import pages as texts
from bot.texts.moments import place_words
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.refusals import refuse_unknown_address
from bot.web.ticket_check_in import find_ticket_of, show_ticket
from bot.web.ticket_page import WITH_CALENDAR, decide_ticket_state, opens_a_door

tickets = Blueprint("tickets", __name__, template_folder="templates")
tickets.after_request(forbid_keeping)


@tickets.get("/t/<ticket>", strict_slashes=False)
@tickets.get("/T/<ticket>", strict_slashes=False)
def show(ticket: str) -> Response:
    """TOKEN, TOKEN.png, TOKEN.card.png or TOKEN.ics, in any case."""
    token, _, suffix = ticket.partition(".")
    answer = _ANSWERS.get(suffix.lower())
    facts = find_ticket_of(token)
    if answer is None or facts is None:
        refuse_unknown_address()
    return answer(facts, token.upper())


def _page(ticket: TicketFacts, token: str) -> Response:
    return show_ticket(token)


def _picture(ticket: TicketFacts, token: str) -> Response:
    context = page_context()
    if not opens_a_door(ticket, context.clock()):
        abort(404)
    return Response(qr_png(ticket_address(context.public_url, token)), mimetype="image/png")


def _card(ticket: TicketFacts, token: str) -> Response:
    """The cover of the ticket's news card in the chat."""
    context = page_context()
    if not opens_a_door(ticket, context.clock()):
        abort(404)
    from bot.reports.ticket_pictures import draw_card  # at the first card: Pillow is heavy

    picture = ticket_picture_of(ticket, ticket_address(context.public_url, token))
    return Response(draw_card(picture), mimetype="image/png")


def _calendar(ticket: TicketFacts, token: str) -> Response:
    # At the first entry somebody asks for: the library behind it is heavy, and most processes never need it.
    from bot.reports.calendar import CalendarFacts, calendar_entry

    context = page_context()
    facts, now = ticket.occurrence, context.clock()
    state = decide_ticket_state(ticket, now)
    if facts.starts_at is None or state not in WITH_CALENDAR:
        abort(404)
    entry = CalendarFacts(
        uid=f"{hashlib.sha256(token.encode()).hexdigest()[:24]}@{urlsplit(context.public_url).hostname}",
        title=facts.name,
        place=place_words(facts),
        note=texts.calendar_note(facts, ticket.party, ticket.short_code),
        url=ticket_url(context.public_url, token),
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        all_day=facts.all_day,
        cancelled="cancelled" in state,
        now=now,
    )
    answer = Response(calendar_entry(entry), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f'inline; filename="shuqian-{facts.number}.ics"'
    return answer


_ANSWERS: dict[str, Callable[[TicketFacts, str], Response]] = {
    "": _page,
    "png": _picture,
    "card.png": _card,
    "ics": _calendar,
}
