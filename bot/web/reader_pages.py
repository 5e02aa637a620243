"""A reader's own pages: registrations (as 我的 in the chat), and the family form (as 家庭成员, 添加孩子 and 删除孩子).

Forms work without script, keep what was typed when something is wrong with it, and store nothing of a child without the
guardian's consent in a box of its own (promise I9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from flask import Blueprint, Response, render_template, request, url_for

from bot.conversation.handlers.own import SHOWN_AFTER
from bot.domain.clock import local_day
from bot.domain.kinds import ConsentKind
from bot.domain.ticket import issue_token
from bot.services.families import (
    MOST_DEPENDANTS,
    OLDEST,
    Agreed,
    Child,
    ChildKept,
    ConsentMissing,
    FamilyFull,
    NoSuchChild,
    add_child,
    change_child,
    missing_consents,
    remove_child,
)
from bot.services.reader_sessions import KnownReader
from bot.store.companions import Dependant, list_dependants
from bot.store.history import find_suspension
from bot.store.registration_details import list_details_of_reader
from bot.store.tickets import TicketFacts, find_ticket
from bot.texts import reader_pages as texts
from bot.texts.moments import party_words, place_words, time_words
from bot.texts.standing import suspended_in_short
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.notice_consent import pages_for_notices
from bot.web.reader_entry import lead
from bot.web.reader_session import explain, require_reader
from bot.web.ticket_page import TicketState, decide_ticket_state, headline_of

reader_pages = Blueprint("reader_pages", __name__, template_folder="templates")
reader_pages.after_request(forbid_keeping)

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A registration as a line of the reader's list."""

    ticket: TicketFacts
    state: TicketState
    headline: str
    when: str
    place: str
    party: str
    token: str


@reader_pages.get("/me")
def show_own() -> Response:
    """The reader's registrations with their state and ticket."""
    reader, context = require_reader(), page_context()
    now = context.clock()
    with context.db.reading() as tx:
        details = list_details_of_reader(tx, reader.id, now - SHOWN_AFTER)
        tickets = [(each.registration.id, find_ticket(tx, each.registration.id)) for each in details]
        children = len(list_dependants(tx, reader.id, context.keys))
        closed = find_suspension(tx, reader.id, now)
    places = [_place_of(number, ticket) for number, ticket in tickets if ticket is not None]
    page = render_template(
        "me.html",
        places=places,
        children=children,
        closed=suspended_in_short(closed) if closed else None,
        notices=pages_for_notices() is not None,
        form_token=reader.form_token,
    )
    return Response(page)


def _place_of(registration_id: int, ticket: TicketFacts) -> OwnPlace:
    context = page_context()
    state, facts = decide_ticket_state(ticket, context.clock()), ticket.occurrence
    token = issue_token(registration_id, context.keys.ticket)
    words = (headline_of(ticket, state), time_words(facts), place_words(facts), party_words(ticket.party))
    return OwnPlace(ticket, state, *words, token)


# --- family ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that was not taken: what stood in it, and what is wrong, by field. `child`: that is changed, None: new."""

    form: Mapping[str, str]
    faults: Mapping[str, str]
    child: int | None = None


@reader_pages.get("/me/family")
def show_family() -> Response:
    """The children on record, and forms to add, change and remove one."""
    return _family(require_reader(), None, request.args.get("done", ""))


@reader_pages.post("/me/family")
def add() -> Response:
    """Add a child."""
    reader, context, form = require_reader(), page_context(), request.form
    agreed = Agreed(privacy=form.get("privacy") == "1", guardian=form.get("guardian") == "1")
    with context.db.writing() as tx:
        outcome = add_child(tx, reader.id, _child_of(form), agreed, context.keys, context.clock())
    match outcome:
        case ChildKept():
            return lead(url_for(".show_family", done="added"))
        case NoSuchChild():
            explain("unknown", 403)
        case ConsentMissing(kinds):
            faults = dict(texts.FAULTS[kind.value] for kind in kinds)
        case FamilyFull():
            faults = {"nickname": texts.family_full(MOST_DEPENDANTS)}
        case _:
            faults = dict([texts.FAULTS[type(outcome).__name__]])
    return _family(reader, Typed(form, faults))


@reader_pages.post("/me/family/<int:child_id>")
def change(child_id: int) -> Response:
    """Correct a child's nickname or year of birth."""
    reader, context, form = require_reader(), page_context(), request.form
    if child_id > _LARGEST_ID:
        _refuse_child()
    with context.db.writing() as tx:
        outcome = change_child(tx, reader.id, child_id, _child_of(form), context.keys, context.clock())
    match outcome:
        case ChildKept():
            return lead(url_for(".show_family", done="changed"))
        case NoSuchChild():
            _refuse_child()
        case _:
            pass
    return _family(reader, Typed(form, dict([texts.FAULTS[type(outcome).__name__]]), child_id))


@reader_pages.post("/me/family/<int:child_id>/remove")
def remove(child_id: int) -> Response:
    """Take a child off the record; the button stands behind a second look (`details`)."""
    reader, context = require_reader(), page_context()
    if child_id > _LARGEST_ID:
        _refuse_child()
    with context.db.writing() as tx:
        removed = remove_child(tx, reader.id, child_id, context.clock())
    if not removed:
        _refuse_child()
    return lead(url_for(".show_family", done="removed"))


def _refuse_child() -> NoReturn:
    """The same for a child that is gone and for somebody else's: numbers tell nothing."""
    explain("child", 404)


def _child_of(form: Mapping[str, str]) -> Child:
    """As typed; a year that is no number is no child's."""
    year = form.get("birth_year", "").strip()
    return Child(form.get("nickname", "").strip(), int(year) if year.isdecimal() and len(year) == 4 else 0)


def _family(reader: KnownReader, typed: Typed | None, done: str = "") -> Response:
    context = page_context()
    with context.db.reading() as tx:
        children: list[Dependant] = list_dependants(tx, reader.id, context.keys)
        missing = missing_consents(tx, reader.id)
    this_year = local_day(context.clock()).year
    said = texts.DONE.get(done, "").format(nickname=children[-1].nickname if children else "")
    page = render_template(
        "family.html",
        children=children,
        typed=typed,
        said="" if typed else said,
        asks_privacy=ConsentKind.PRIVACY in missing,
        asks_guardian=ConsentKind.GUARDIAN in missing,
        is_full=len(children) >= MOST_DEPENDANTS,
        full_words=texts.family_full(MOST_DEPENDANTS),
        years=(this_year - OLDEST, this_year),
        form_token=reader.form_token,
    )
    return Response(page, status=422 if typed else 200)
