"""From what is known of a sign-up to its next question, or to the place. The place is held while questions are open.

What the reader typed before consenting stays in the sealed dialogue only.
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.dialogue import Question, SigningUp
from bot.conversation.handlers.applying import (
    ages_of,
    applicant_of,
    asks_ages,
    card_of,
    contact_of,
    details_of,
    guardian_consent,
    has_agreed,
    party_of,
    refusal_of,
)
from bot.conversation.names import is_full_name
from bot.conversation.talk import Talk
from bot.domain.eligibility import CardRefused, Need, find_need, smallest_party
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.questions import asked_answers, next_question
from bot.domain.registration import (
    AlreadyEntered,
    AlreadyRegistered,
    Entered,
    NoPlaceLeft,
    Pending,
    PlaceHeld,
    PlaceOffered,
    Registered,
    SignUpOutcome,
    WaitlistClosed,
    Waitlisted,
)
from bot.services.lotteries import takes_entries
from bot.services.registrations import hold_place, join_waitlist, queue_for, release_holds, sign_up
from bot.store.amendments import save_card
from bot.store.readers import save_contact
from bot.texts import consent as consent_words
from bot.texts import lottery as lottery_words
from bot.texts import sign_up as words
from bot.texts.refusals import refused

_DATA = (Question.NAME, Question.PHONE, Question.PARTY, Question.AGES, Question.CARD, Question.CUSTOM)
_NEEDS = {Need.PARTY: Question.PARTY, Need.AGES: Question.AGES, Need.CARD: Question.CARD}


def advance(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    """Ask the next open question, with the place held; when none is open, do it."""
    question = open_question(talk, facts, request)
    if question is None:
        return finish(talk, facts, request)
    refused_now = _hold_or_refuse(talk, facts, request)
    if refused_now is not None:
        return say(talk, facts, request, refused_now)
    custom = next_question(facts.questions, request.answers) if question is Question.CUSTOM else None
    talk.next = replace(
        request, asking=question, asked=request.asked or question in _DATA, custom=custom.key if custom else ""
    )
    return ask(talk, facts, talk.next)


def _hold_or_refuse(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> SignUpOutcome | None:
    """Keep the place while the question is open. In line and in a lottery there is none to keep."""
    if request.in_line:
        return refusal_of(talk, facts, request)
    party = party_of(facts, request) or smallest_party(facts.rules)
    details = details_of(talk, facts, request)
    held = hold_place(talk.tx, talk.person.id, facts, party, talk.desk.keys, talk.now, details)
    if not isinstance(held, PlaceHeld):
        return held
    talk.changed = talk.changed or held.registration is not None
    return None


def open_question(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> Question | None:
    """What must be asked next: consent, then data, each only where the event's rules ask for it (library-domain P1)."""
    contact = contact_of(talk, request)
    if not has_agreed(talk):
        return Question.CONSENT
    if not contact.name or (facts.rules.real_name and not is_full_name(contact.name)):
        return Question.NAME
    if not contact.phone:
        return Question.PHONE
    return _open_need(talk, facts, request)


def _open_need(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> Question | None:
    need = find_need(facts.rules, applicant_of(talk, facts, request))
    if need is Need.PARTY:
        return Question.PARTY
    party = party_of(facts, request)
    about_children = party is not None and party.children > 0 and not request.group
    if about_children and asks_ages(facts, party) and guardian_consent(talk) is None:
        return Question.GUARDIAN
    if need is not None:
        return _NEEDS[need]
    if next_question(facts.questions, request.answers) is not None:
        return Question.CUSTOM
    return Question.CONFIRM if request.asked else None


def ask(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    """The open question in words."""
    match request.asking:
        case Question.CONSENT:
            ask_consent = consent_words.ask_consent_in_line if request.in_line else consent_words.ask_consent
            ask_consent = lottery_words.ask_consent if takes_entries(talk.tx, facts) else ask_consent
            return ask_consent(facts.title, talk.desk.privacy_url)
        case Question.GUARDIAN:
            return consent_words.ask_guardian_consent(facts.title, talk.desk.children_url)
        case Question.NAME:
            return words.ask_name(facts, is_held=not request.in_line and not takes_entries(talk.tx, facts))
        case Question.PHONE:
            return words.ask_phone(contact_of(talk, request).name)
        case Question.PARTY:
            return words.ask_party(facts)
        case Question.AGES:
            return words.ask_ages(
                facts, party_of(facts, request) or smallest_party(facts.rules), unclear=bool(request.births)
            )
        case Question.CARD:
            return words.ask_card(facts)
        case Question.CUSTOM:
            question = next_question(facts.questions, request.answers)
            return words.ask_custom(question) if question else read_back(talk, facts, request)
        case Question.WAITLIST:
            return words.waitlist_or_not(facts)
        case Question.PLACE:
            return words.read_back_place(facts, understood(talk, facts, request))
        case Question.CONFIRM:
            return read_back(talk, facts, request)


def read_back(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    """All answers once more, before 确认."""
    return words.read_back(facts, understood(talk, facts, request), in_line=request.in_line)


def understood(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> words.Understood:
    """What is known so far, for reading back."""
    party = party_of(facts, request)
    contact = contact_of(talk, request)
    return words.Understood(
        name=contact.name,
        phone=contact.phone,
        party=party,
        ages=(ages_of(talk, facts, request) or ()) if asks_ages(facts, party) else (),
        card=card_of(talk, facts, request) or "",
        answers=tuple(asked_answers(facts.questions, request.answers).values()),
        is_group=request.group,
    )


def finish(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    """Everything is known: take the place, or the place in line, unless consent was withdrawn a moment ago."""
    talk.look_again()
    if talk.person.id == 0:
        return words.nothing_to_confirm()
    if not has_agreed(talk):
        return advance(talk, facts, request)
    if _leaves_another(talk, facts):
        queue_for(talk.tx, talk.person.id, facts)
    contact = contact_of(talk, request)
    on_record = talk.contact()
    apart = contact if on_record is not None and contact != on_record else None
    take = join_waitlist if request.in_line else sign_up
    party = party_of(facts, request) or smallest_party(facts.rules)
    request = replace(request, answers=asked_answers(facts.questions, request.answers))
    details = details_of(talk, facts, request)
    outcome = take(talk.tx, talk.person.id, facts, party, apart, talk.desk.keys, talk.now, details)
    if isinstance(outcome, Registered | Waitlisted | Pending | Entered):
        talk.changed = True
        _give_back_another(talk, facts)
        if on_record is None:
            save_contact(talk.tx, talk.person.id, contact, talk.desk.keys)
        if request.card and details.card == request.card:
            save_card(talk.tx, talk.person.id, request.card, talk.desk.keys)
    return say(talk, facts, request, outcome)


def _give_back_another(talk: Talk, facts: OccurrenceFacts) -> None:
    """Who was asked about one occurrence and got a place at another leaves the first one's held place to others."""
    if _leaves_another(talk, facts):
        release_holds(talk.tx, talk.person.id, talk.now)


def _leaves_another(talk: Talk, facts: OccurrenceFacts) -> bool:
    return isinstance(talk.dialogue, SigningUp) and talk.dialogue.occurrence_id != facts.id


def say(talk: Talk, facts: OccurrenceFacts, request: SigningUp, outcome: SignUpOutcome) -> str:
    """Every outcome of signing up, in words."""
    match outcome:
        case Registered(registration):
            url = talk.desk.ticket_url(registration.id)
            seen = understood(talk, facts, request)
            return words.registered(facts, seen, registration.party, url, registration.short_code)
        case Waitlisted(registration, place):
            return words.waitlisted(facts, place, registration.party)
        case AlreadyRegistered(registration, None):
            url = talk.desk.ticket_url(registration.id)
            return words.already_registered(facts, registration, url)
        case AlreadyRegistered(_, place):
            return words.already_waiting(facts, place or 1)
        case NoPlaceLeft(left, waiting):
            return _offer_line(talk, facts, request, left, waiting)
        case Pending(registration):
            return words.pending(facts, registration.party)
        case Entered(_, number, drawn_at):
            return words.entered(facts, number, drawn_at)
        case AlreadyEntered(_, number, drawn_at):
            return lottery_words.already_entered(facts, number, drawn_at)
        case PlaceOffered(registration, until):
            return words.already_offered(facts, registration.party, until)
        case WaitlistClosed(limit):
            return words.waitlist_closed(facts, limit)
        case PlaceHeld():
            return ask(talk, facts, request)
        case CardRefused():
            talk.next = replace(request, asking=Question.CARD, card=None, asked=True)
            return refused(facts, outcome)
        case _:
            if release_holds(talk.tx, talk.person.id, talk.now):
                talk.changed = True
            return refused(facts, outcome)


def _offer_line(talk: Talk, facts: OccurrenceFacts, request: SigningUp, left: int, waiting: int) -> str:
    if not facts.rules.waitlist:
        return words.waitlist_closed(facts, 0)
    can_wait = facts.promotes(talk.now)
    if can_wait:
        talk.next = replace(request, asking=Question.WAITLIST, in_line=True)
    return words.full(facts, left, waiting, can_wait=can_wait)
