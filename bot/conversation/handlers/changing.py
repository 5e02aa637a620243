"""改 12 到 15, 改 12 一大两小, 改 12 李四 13900000000: what readers change about their own registrations."""

from __future__ import annotations

from bot.conversation.dialogue import Question, SigningUp
from bot.conversation.handlers.applying import guardian_consent, has_agreed, members_of
from bot.conversation.handlers.sign_up_steps import say
from bot.conversation.intents import Intent
from bot.conversation.slots import SignUpSlots, parse_slots
from bot.conversation.talk import Talk
from bot.domain.eligibility import Applicant, Need, ages_needed, find_need
from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import AttendedAlready, Contact, NoPlaceLeft, TooLateToCancel
from bot.services.amendments import (
    ContactChanged,
    MoreToSay,
    Moved,
    NothingThere,
    PartyChanged,
    change_contact,
    change_party,
    move_registration,
)
from bot.store.companions import Member
from bot.store.occurrences import find_public_by_number
from bot.store.registration_details import list_details_of_reader
from bot.texts import cancelling
from bot.texts import changing as words
from bot.texts.refusals import refused
from bot.texts.sign_up import no_such_number, phone_looks_wrong


def move(talk: Talk, intent: Intent) -> str:
    """改 12 到 15: the old place is given up only when the new one is sure."""
    if intent.number is None or intent.target is None:
        return words.how_to_change()
    here = find_public_by_number(talk.tx, intent.number, talk.now)
    there = find_public_by_number(talk.tx, intent.target, talk.now)
    if here is None or there is None:
        return no_such_number(intent.number if here is None else intent.target)
    if here.id == there.id:
        return words.how_to_change()
    outcome = move_registration(talk.tx, talk.person.id, here, there, talk.desk.keys, talk.now)
    match outcome:
        case Moved(done):
            talk.changed = True
            place = done.registration
            return words.moved(here, there, place.party, talk.desk.ticket_url(place.id), place.short_code)
        case NothingThere():
            return cancelling.nothing_to_cancel(here)
        case TooLateToCancel(until):
            return cancelling.too_late(here, until)
        case AttendedAlready():
            return cancelling.attended_already(here)
        case MoreToSay():
            return words.sign_up_there_first(here, there)
        case AttendedAlready():
            return words.attended_already(here)
        case TooLateToCancel(until):
            return words.too_late_to_move(here, until)
        case NoPlaceLeft():
            return words.full_there(here, there)
        case _:
            said = say(talk, there, SigningUp(there.id, Question.CONFIRM), outcome)
            talk.next = None
            return words.stays(here, said)


def change(talk: Talk, intent: Intent) -> str:
    """改 12 with a party or with a name and phone."""
    own = None if intent.number is not None else _only_own(talk)
    if intent.number is None and own is None:
        return words.how_to_change()
    facts = own or find_public_by_number(talk.tx, intent.number or 0, talk.now)
    if facts is None:
        return no_such_number(intent.number or 0)
    slots = parse_slots(intent.words)
    if slots.adults is not None or slots.children is not None:
        return _change_party(talk, facts, slots)
    if slots.bad_phone:
        return phone_looks_wrong(slots.bad_phone)
    if slots.name or slots.phone:
        return _change_contact(talk, facts, slots)
    return words.how_to_change()


def _only_own(talk: Talk) -> OccurrenceFacts | None:
    """改成两个人, from somebody with a single registration."""
    own = list_details_of_reader(talk.tx, talk.person.id, talk.now) if talk.person.id else []
    return own[0].facts if len(own) == 1 else None


def _change_party(talk: Talk, facts: OccurrenceFacts, slots: SignUpSlots) -> str:
    talk.look_again()
    party = Party(slots.adults or 0, slots.children or 0)
    ages: tuple[int, ...] = ()
    members: tuple[Member, ...] = ()
    if party.people > 0 and ages_needed(facts.rules, party):
        ages = slots.ages
        is_unclear = find_need(facts.rules, Applicant(party, ages or None)) is Need.AGES
        if is_unclear or (party.children and guardian_consent(talk) is None):
            return words.ages_needed(facts, party)
        members = members_of(talk, SigningUp(facts.id, Question.AGES), party, ages)
    outcome = change_party(talk.tx, talk.person.id, facts, party, members, talk.desk.keys, talk.now, ages=ages)
    match outcome:
        case PartyChanged(place):
            talk.changed = True
            has_ticket = place.status is RegistrationStatus.CONFIRMED
            return words.party_changed(facts, place.party, talk.desk.ticket_url(place.id) if has_ticket else "")
        case NothingThere():
            return cancelling.nothing_to_cancel(facts)
        case AttendedAlready():
            return words.attended_already(facts)
        case NoPlaceLeft(0, waiting) if waiting:
            return words.others_wait(facts, waiting)
        case NoPlaceLeft(left, _):
            return words.no_room_for_more(facts, left)
        case _:
            return words.stays(facts, refused(facts, outcome))


def _change_contact(talk: Talk, facts: OccurrenceFacts, slots: SignUpSlots) -> str:
    talk.look_again()
    if not has_agreed(talk):
        return words.consent_first(facts, talk.desk.privacy_url)
    present = talk.contact() or Contact("", "")
    contact = Contact(slots.name or present.name, slots.phone or present.phone)
    if not contact.name or not contact.phone:
        return words.how_to_change()
    match change_contact(talk.tx, talk.person.id, facts, contact, talk.desk.keys):
        case ContactChanged():
            talk.changed = True
            return words.contact_changed(facts, contact)
        case NothingThere():
            return cancelling.nothing_to_cancel(facts)
