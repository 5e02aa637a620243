"""报名 and 候补, the questions that follow, and their answers.

The place is held while questions are open. What the reader typed before consenting stays in the sealed dialogue only.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher

from bot.conversation.days import read_filter
from bot.conversation.dialogue import Question, SigningUp
from bot.conversation.handlers.events import fits
from bot.conversation.intents import Intent
from bot.conversation.normalise import simplify, tidy
from bot.conversation.slots import SignUpSlots, parse_name, parse_party, parse_phone, parse_slots
from bot.conversation.talk import Talk
from bot.domain.clock import local_day
from bot.domain.eligibility import Applicant, PartyMismatch, PartyTooLarge, SignUpRefusal
from bot.domain.kinds import ConsentKind, RegistrationStatus, SignUp
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import (
    AlreadyEntered,
    AlreadyRegistered,
    Contact,
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
from bot.services.consent import give_consent
from bot.services.lotteries import find_entry, takes_entries
from bot.services.registrations import find_refusal, hold_place, join_waitlist, release_holds, sign_up
from bot.store.occurrences import find_occurrence, find_public_by_number, get_occurrence, list_upcoming
from bot.store.readers import save_contact
from bot.store.registrations import find_active, find_held_of_reader, place_in_line
from bot.texts import consent as consent_words
from bot.texts import lottery as lottery_words
from bot.texts import sign_up as words
from bot.texts.refusals import refused

ONE_PERSON = Party(1, 0)
_TITLE_OVERLAP = 3
"""So many characters in common make a typed title."""
_YES_OR_NO = (Question.CONSENT, Question.WAITLIST, Question.PLACE)
_LIKELY_A_NUMBER = 10


def start_sign_up(talk: Talk, intent: Intent) -> str:
    """报名 with whatever else was in the message."""
    said = _start(talk, intent, in_line=False)
    return f"{said}\n{words.one_at_a_time(intent.also)}" if intent.also else said


def start_waitlist(talk: Talk, intent: Intent) -> str:
    """候补 with whatever else was in the message."""
    offered = talk.dialogue
    if isinstance(offered, SigningUp) and offered.asking is Question.WAITLIST and _accepts(talk, intent, offered):
        return answer_confirm(talk, offered)
    return _start(talk, intent, in_line=True)


def _accepts(talk: Talk, intent: Intent, offered: SigningUp) -> bool:
    """Whether a bare 候补, or 候补 with the number just offered, takes the offer: what was typed before still holds."""
    if intent.number is None:
        return True
    facts = find_occurrence(talk.tx, offered.occurrence_id)
    return facts is not None and facts.number == intent.number and not intent.words.strip()


def _start(talk: Talk, intent: Intent, *, in_line: bool) -> str:
    number = intent.number if intent.number is not None else intent.maybe_number
    slots = parse_slots(intent.words, title_expected=number is None)
    if number is None:
        return _start_by_words(talk, intent.words, slots, in_line=in_line)
    facts = find_public_by_number(talk.tx, number, talk.now)
    if slots.several_families:
        return words.several_families(facts)
    if facts is None:
        return words.no_such_number(number)
    request = _request(facts, slots, in_line=in_line)
    if intent.number is None:
        return _read_back_place(talk, facts, request)
    return _begin(talk, facts, request, slots)


def _request(facts: OccurrenceFacts, slots: SignUpSlots, *, in_line: bool) -> SigningUp:
    return SigningUp(facts.id, Question.NAME, slots.name, slots.phone, slots.adults, slots.children, in_line=in_line)


def _start_by_words(talk: Talk, typed: str, slots: SignUpSlots, *, in_line: bool) -> str:
    if slots.several_families:
        return words.several_families(None)
    found = _find_by_title(talk, typed) or _find_by_wish(talk, typed)
    if not found:
        return words.which_occurrence()
    if len(found) > 1:
        return words.choose_among(found[:6])
    return _read_back_place(talk, found[0], _request(found[0], slots, in_line=in_line))


def _find_by_title(talk: Talk, typed: str) -> list[OccurrenceFacts]:
    """Upcoming occurrences with sign-up whose title or label shares most characters with what was typed."""
    plain = simplify(tidy(typed))
    scored = []
    for facts in list_upcoming(talk.tx, talk.now):
        if facts.sign_up is SignUp.NONE:
            continue
        matcher = SequenceMatcher(None, plain, simplify(facts.name), autojunk=False)
        scored.append((matcher.find_longest_match().size, facts))
    best = max((size for size, _ in scored), default=0)
    return [facts for size, facts in scored if size == best] if best >= _TITLE_OVERLAP else []


def _find_by_wish(talk: Talk, typed: str) -> list[OccurrenceFacts]:
    """Occurrences with sign-up on the day and of the kind that was named (报名明天的电影)."""
    read = read_filter(typed, local_day(talk.now))
    wanted = replace(read, words=())
    if wanted.is_empty:
        return []
    return [
        facts for facts in list_upcoming(talk.tx, talk.now) if facts.sign_up is not SignUp.NONE and fits(facts, wanted)
    ]


def _read_back_place(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    refusal = _refusal(talk, facts, request)
    if refusal is not None:
        return _say(talk, facts, request, refusal)
    talk.next = replace(request, asking=Question.PLACE)
    return words.read_back_place(facts)


def _refusal(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> SignUpRefusal | None:
    """The rule against what was said so far."""
    applicant = Applicant(request.party)
    return find_refusal(talk.tx, talk.person.id, facts, applicant, talk.desk.keys, talk.now, request.phone)


def _begin(talk: Talk, facts: OccurrenceFacts, request: SigningUp, slots: SignUpSlots) -> str:
    refusal = _refusal(talk, facts, request)
    if refusal is not None:
        return _say(talk, facts, request, refusal)
    present = find_active(talk.tx, facts.id, talk.person.id) if request.in_line else None
    if present is not None and present.status is not RegistrationStatus.HELD:
        waiting = present.status is RegistrationStatus.WAITLISTED
        place = place_in_line(talk.tx, present) if waiting else None
        entered = find_entry(talk.tx, facts, talk.person.id)
        return _say(talk, facts, request, entered or AlreadyRegistered(present, place))
    said = _advance(talk, facts, request)
    if slots.bad_phone and isinstance(talk.next, SigningUp) and talk.next.asking is Question.PHONE:
        return words.phone_looks_wrong(slots.bad_phone)
    return said


def _advance(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    """Ask the next open question, with the place held; when none is open, do it."""
    question = _open_question(talk, facts, request)
    if question is None:
        return _finish(talk, facts, request)
    if not request.in_line:
        held = hold_place(talk.tx, talk.person.id, facts, request.party or ONE_PERSON, talk.desk.keys, talk.now)
        if not isinstance(held, PlaceHeld):
            return _say(talk, facts, request, held)
        talk.changed = True
    asks_data = question in (Question.NAME, Question.PHONE, Question.PARTY)
    talk.next = replace(request, asking=question, asked=request.asked or asks_data)
    return _ask(talk, facts, talk.next)


def _open_question(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> Question | None:
    on_record = talk.contact()
    if not _has_agreed(talk):
        return Question.CONSENT
    if request.name is None and on_record is None:
        return Question.NAME
    if request.phone is None and on_record is None:
        return Question.PHONE
    if request.party is None and facts.rules.party_limit > 1:
        return Question.PARTY
    return Question.CONFIRM if request.asked else None


def _has_agreed(talk: Talk) -> bool:
    return talk.person.privacy_version == consent_words.PRIVACY_VERSION


def _ask(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    match request.asking:
        case Question.CONSENT:
            ask = consent_words.ask_consent_in_line if request.in_line else consent_words.ask_consent
            ask = lottery_words.ask_consent if takes_entries(talk.tx, facts) else ask
            return ask(facts.title, talk.desk.privacy_url)
        case Question.NAME:
            by_lot = takes_entries(talk.tx, facts)
            return lottery_words.ask_name(facts) if by_lot else words.ask_name(facts)
        case Question.PHONE:
            return words.ask_phone(request.name or "")
        case Question.PARTY:
            return words.ask_party(facts)
        case _:
            contact = _contact(talk, request)
            return words.read_back(facts, contact, request.party or ONE_PERSON, in_line=request.in_line)


def _contact(talk: Talk, request: SigningUp) -> Contact:
    """What was typed, completed from the record; only called once both are known."""
    on_record = talk.contact()
    name = request.name or (on_record.name if on_record else "")
    phone = request.phone or (on_record.phone if on_record else "")
    return Contact(name, phone)


def _finish(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    """Everything is known: take the place, or the place in line."""
    contact = _contact(talk, request)
    on_record = talk.contact()
    apart = contact if on_record is not None and contact != on_record else None
    take = join_waitlist if request.in_line else sign_up
    party = request.party or ONE_PERSON
    outcome = take(talk.tx, talk.person.id, facts, party, apart, talk.desk.keys, talk.now)
    if isinstance(outcome, Registered | Waitlisted | Pending | Entered):
        talk.changed = True
        if on_record is None:
            save_contact(talk.tx, talk.person.id, contact, talk.desk.keys)
    return _say(talk, facts, request, outcome)


def _say(talk: Talk, facts: OccurrenceFacts, request: SigningUp, outcome: SignUpOutcome) -> str:
    """Every outcome of signing up, in words."""
    match outcome:
        case Registered(registration):
            url = talk.desk.ticket_url(registration.id)
            contact = _contact(talk, request)
            return words.registered(facts, contact, registration.party, url, registration.short_code)
        case Waitlisted(registration, place):
            return words.waitlisted(facts, place, registration.party)
        case AlreadyRegistered(registration, None):
            url = talk.desk.ticket_url(registration.id)
            return words.already_registered(facts, registration.party, url, registration.short_code)
        case AlreadyRegistered(_, place):
            return words.already_waiting(facts, place or 1)
        case NoPlaceLeft(left, waiting):
            talk.next = replace(request, asking=Question.WAITLIST, in_line=True)
            return words.full(facts, left, waiting, can_wait=facts.promotes(talk.now))
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
            return _ask(talk, facts, request)
        case _:
            return refused(facts, outcome)


# --- answers ---------------------------------------------------------------------------------------------------------


def answer_agree(talk: Talk, _: Intent) -> str:
    """同意: the only word that counts as consent."""
    request = talk.dialogue if isinstance(talk.dialogue, SigningUp) else _recover(talk)
    if request is None:
        return consent_words.nothing_to_agree()
    if request.asking in (Question.PLACE, Question.WAITLIST):
        return answer_confirm(talk, request)  # a yes to the place: the notice has not been shown yet
    if not _has_agreed(talk):
        give_consent(talk.tx, talk.person.id, ConsentKind.PRIVACY, consent_words.PRIVACY_VERSION, talk.now)
        talk.changed = True
        talk.person = replace(talk.person, privacy_version=consent_words.PRIVACY_VERSION)
    facts = find_occurrence(talk.tx, request.occurrence_id)
    return _advance(talk, facts, request) if facts else consent_words.agreed_without_request()


def answer_disagree(talk: Talk, _: Intent) -> str:
    """不同意: nothing is kept, the held place goes back."""
    released = release_holds(talk.tx, talk.person.id, talk.now)
    talk.changed = talk.changed or released
    if talk.contact() is not None:
        return consent_words.not_agreed_anew()
    return consent_words.not_agreed(released=released)


def answer_confirm(talk: Talk, request: SigningUp) -> str:
    """确认 to whatever was asked last. It is never consent."""
    facts = find_occurrence(talk.tx, request.occurrence_id)
    if facts is None:
        return words.nothing_to_confirm()
    match request.asking:
        case Question.CONSENT:
            talk.next = request
            return _ask(talk, facts, request)
        case Question.CONFIRM:
            return _finish(talk, facts, request)
        case Question.PLACE | Question.WAITLIST:
            return _advance(talk, facts, request)
        case _:
            talk.next = request
            return _ask(talk, facts, request)


def give_up(talk: Talk) -> str:
    """放弃, 退出, 返回: the held place goes back."""
    if release_holds(talk.tx, talk.person.id, talk.now):
        talk.changed = True
    return words.given_up()


def start_over(talk: Talk, request: SigningUp) -> str:
    """填错了, 不对: the place stays held and the questions come again."""
    facts = find_occurrence(talk.tx, request.occurrence_id)
    if facts is None or request.asking in _YES_OR_NO:
        return give_up(talk)
    blank = replace(request, name=None, phone=None, adults=None, children=None, asked=True)
    return f"{words.starting_over()}\n{_advance(talk, facts, blank)}"


def answer_words(talk: Talk, request: SigningUp) -> str | None:
    """Take the message as the answer to the open question; None when it cannot be one."""
    facts = find_occurrence(talk.tx, request.occurrence_id)
    if facts is None:
        return None
    if request.asking in _YES_OR_NO:
        return _ask_yes_or_no(talk, facts, request)
    answered = _take_answer(request, talk.text)
    if answered is None:
        talk.next = request
        return _not_an_answer(talk, facts, request)
    refusal = _refusal(talk, facts, answered)
    if isinstance(refusal, PartyTooLarge | PartyMismatch):
        talk.next = replace(answered, adults=None, children=None, asking=Question.PARTY)
        return f"{refused(facts, refusal)}\n{words.ask_party(facts)}"
    return _advance(talk, facts, answered) if refusal is None else _say(talk, facts, answered, refusal)


def _ask_yes_or_no(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    """Neither yes nor no: ask again, shorter. Data typed too early stays in the sealed dialogue until consent."""
    talk.next = request
    match request.asking:
        case Question.PLACE:
            return words.read_back_place(facts)
        case Question.WAITLIST:
            return words.waitlist_or_not(facts)
        case _:
            talk.next = _with_slots(request, talk.text)
            return consent_words.consent_or_not(facts.title, talk.desk.privacy_url)


def _with_slots(request: SigningUp, text: str) -> SigningUp:
    slots = parse_slots(text)
    party_said = slots.adults is not None or slots.children is not None
    return replace(
        request,
        name=slots.name or request.name,
        phone=slots.phone or request.phone,
        adults=slots.adults if party_said else request.adults,
        children=slots.children if party_said else request.children,
    )


def _take_answer(request: SigningUp, text: str) -> SigningUp | None:
    """All that the message holds, and above all the answer to the question."""
    found = _with_slots(request, text)
    match request.asking:
        case Question.NAME:
            found = replace(found, name=parse_name(text) or found.name)
        case Question.PHONE:
            found = replace(found, name=request.name, phone=parse_phone(text) or found.phone)
        case Question.PARTY:
            party = parse_party(text)
            if party is not None:
                found = replace(found, name=request.name, adults=party.adults, children=party.children)
        case Question.CONFIRM if found == request:
            party = parse_party(text)
            # A small number mends the party; a larger one is rather another occurrence's.
            if party is not None and (party.adults or 0) < _LIKELY_A_NUMBER:
                found = replace(found, adults=party.adults, children=party.children)
    return found if found != request else None


def _not_an_answer(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    match request.asking:
        case Question.NAME:
            return words.name_looks_wrong()
        case Question.PHONE:
            typed = tidy(talk.text)
            meant = parse_slots(typed).bad_phone or typed[:20]
            return words.phone_looks_wrong(meant) if any(map(str.isdigit, typed)) else words.phone_missing()
        case Question.PARTY:
            return words.party_looks_wrong(facts)
        case _:
            return _ask(talk, facts, request)


def _recover(talk: Talk) -> SigningUp | None:
    """The dialogue was lost (Redis flushed), but the held place is in the database: go on from there."""
    held = find_held_of_reader(talk.tx, talk.person.id, talk.now)
    facts = find_occurrence(talk.tx, held.occurrence_id) if held else None
    if facts is None:
        return None
    request = SigningUp(facts.id, Question.NAME)
    return replace(request, asking=_open_question(talk, facts, request) or Question.CONFIRM)


def answer_after_loss(talk: Talk) -> str | None:
    """A message without a dialogue may answer a question that was lost: the held place tells which occurrence."""
    request = _recover(talk)
    if request is None:
        return None
    if takes_answer(request, talk.text):
        return answer_words(talk, request)
    facts = get_occurrence(talk.tx, request.occurrence_id)
    talk.next = request
    return _ask(talk, facts, request)


def takes_answer(request: SigningUp, text: str) -> bool:
    """Whether the message can be the answer to the open question."""
    return request.asking not in _YES_OR_NO and _take_answer(request, text) is not None
