"""我的, 入场码, 取消: a reader's own registrations."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from bot.conversation.dialogue import Cancelling
from bot.conversation.handlers.lottery import own_entry
from bot.conversation.handlers.standing import suspension_line
from bot.conversation.intents import Intent
from bot.conversation.messages import Article
from bot.conversation.talk import Talk
from bot.domain.capability import Capability
from bot.domain.eligibility import OccurrenceCancelled
from bot.domain.kinds import OccurrenceStatus, RegistrationStatus
from bot.domain.registration import AttendedAlready, Cancelled, NothingToCancel, TooLateToCancel
from bot.services.registrations import cancel_registration
from bot.store.occurrences import find_by_number, find_occurrence
from bot.store.registration_details import RegistrationDetail, list_details_of_reader
from bot.store.registrations import place_in_line
from bot.texts import cancelling, tickets
from bot.texts.refusals import refused

SHOWN_AFTER = timedelta(hours=12)
"""An occurrence stays in 我的 for the rest of the day."""


def _own(talk: Talk) -> list[RegistrationDetail]:
    return list_details_of_reader(talk.tx, talk.person.id, talk.now - SHOWN_AFTER)


def list_own(talk: Talk, _: Intent) -> str:
    """我的."""
    own = _own(talk)
    said = tickets.own_list([_entry(talk, detail) for detail in own]) if own else tickets.no_registrations()
    closed = suspension_line(talk)
    return f"{closed}\n{said}" if closed else said


def _entry(talk: Talk, detail: RegistrationDetail) -> str:
    registration = detail.registration
    waiting = registration.status is RegistrationStatus.WAITLISTED
    place = place_in_line(talk.tx, registration) if waiting else None
    url = talk.desk.ticket_url(registration.id)
    said = tickets.own_registration(detail.facts, registration, place, url, detail.checked_in_at)
    entry = own_entry(talk, detail.facts, registration)
    return f"{said}\n{entry}" if entry else said


def show_ticket(talk: Talk, intent: Intent) -> str:
    """入场码 with or without a number."""
    own = _own(talk)
    if intent.number is not None:
        own = [detail for detail in own if detail.facts.number == intent.number]
    if not own:
        return tickets.no_ticket()
    if len(own) > 1:
        return tickets.own_list([_entry(talk, detail) for detail in own])
    detail = own[0]
    if detail.facts.status is OccurrenceStatus.CANCELLED:
        return refused(detail.facts, OccurrenceCancelled())
    if detail.registration.status is not RegistrationStatus.CONFIRMED:
        return tickets.no_ticket_yet(detail.facts, detail.registration.status)
    _show_as_picture(talk, detail)
    return tickets.ticket(detail.facts, detail.registration, talk.desk.ticket_url(detail.registration.id))


def _show_as_picture(talk: Talk, detail: RegistrationDetail) -> None:
    """Beside the words: by the worker where the account may send pictures, else as a card whose picture is ours.

    A picture of ours is loaded by the reader's phone, or by the platform for it, so only an https address will do.
    """
    has = partial(talk.desk.capabilities.has, talk.tx)
    if has(Capability.CUSTOMER_SERVICE) and has(Capability.MEDIA):
        talk.wants_picture_of = detail.registration.id
    elif talk.desk.public_url.startswith("https://"):
        talk.card = Article(
            title=tickets.card_title(detail.facts),
            description=tickets.card_lines(detail.facts, detail.registration),
            picture_url=talk.desk.card_picture_url(detail.registration.id),
            url=talk.desk.ticket_url(detail.registration.id),
        )


def ask_cancel(talk: Talk, intent: Intent) -> str:
    """取消 always asks first."""
    own = _own(talk)
    if intent.number is not None:
        own = [detail for detail in own if detail.facts.number == intent.number]
    if not own:
        facts = find_by_number(talk.tx, intent.number, talk.now) if intent.number is not None else None
        return cancelling.nothing_to_cancel(facts)
    if len(own) > 1:
        return cancelling.which_to_cancel([detail.facts for detail in own])
    detail = own[0]
    if detail.checked_in_at is not None:
        return cancelling.attended_already(detail.facts)
    if detail.facts.status is OccurrenceStatus.CANCELLED:
        return refused(detail.facts, OccurrenceCancelled())
    talk.next = Cancelling(detail.facts.id)
    return cancelling.ask_cancel(detail.facts, detail.registration.party, detail.registration.status)


def confirm_cancel(talk: Talk, asked: Cancelling) -> str:
    """确认 after 取消."""
    facts = find_occurrence(talk.tx, asked.occurrence_id)
    if facts is None:
        return cancelling.nothing_to_cancel(None)
    match cancel_registration(talk.tx, facts, talk.person.id, talk.now):
        case Cancelled(_, was, late):
            talk.changed = True
            return cancelling.cancelled(facts, was, late=late)
        case TooLateToCancel(until):
            return cancelling.too_late(facts, until)
        case AttendedAlready():
            return cancelling.attended_already(facts)
        case NothingToCancel():
            return cancelling.nothing_to_cancel(facts)
