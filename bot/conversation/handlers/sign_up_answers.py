"""Answers to the questions of a sign-up: consent, data, 确认, and what is no answer."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.conversation.answers import parse_choice, parse_number_answer
from bot.conversation.days import mentions_day
from bot.conversation.dialogue import Question, SigningUp
from bot.conversation.handlers.applying import (
    ages_of,
    applicant_of,
    has_agreed,
    party_of,
    refusal_of,
    with_dependants,
    with_slots,
)
from bot.conversation.handlers.sign_up_steps import advance, ask, finish, open_question, say
from bot.conversation.intents import Intent
from bot.conversation.names import is_full_name
from bot.conversation.normalise import simplify, tidy
from bot.conversation.slots import parse_ages, parse_card, parse_name, parse_party, parse_phone, parse_slots
from bot.conversation.talk import Talk
from bot.domain.eligibility import Need, PartyMismatch, PartyTooLarge, find_need
from bot.domain.kinds import ConsentKind
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.questions import LONGEST_ANSWER, QuestionKind
from bot.services.consent import give_consent
from bot.services.registrations import release_holds
from bot.store.occurrences import find_occurrence, get_occurrence
from bot.store.registrations import find_held_of_reader
from bot.texts import consent as consent_words
from bot.texts import sign_up as words
from bot.texts import vocabulary
from bot.texts.refusals import refused

_YES_OR_NO = (Question.CONSENT, Question.GUARDIAN, Question.WAITLIST, Question.PLACE)
_LIKELY_A_NUMBER = 10
_YES_TO_LINE = re.compile(vocabulary.YES_TO_THE_LINE)
_NO_TO_LINE = re.compile(vocabulary.NO_TO_THE_LINE)
_LOOKS_UP = re.compile(vocabulary.LOOKS_UP)
_NOT_A_WORD = re.compile(r"[\W_]+")


def answer_agree(talk: Talk, _: Intent) -> str:
    """同意: the only word that counts as consent."""
    request = talk.dialogue if isinstance(talk.dialogue, SigningUp) else recover(talk)
    if request is None:
        return consent_words.nothing_to_agree()
    if request.asking in (Question.PLACE, Question.WAITLIST):
        return answer_confirm(talk, request)  # a yes to the place: the notice has not been shown yet
    if request.asking is Question.GUARDIAN:
        return _ask_yes_or_no(talk, get_occurrence(talk.tx, request.occurrence_id), request)  # a word of its own
    give_privacy_consent(talk)
    facts = find_occurrence(talk.tx, request.occurrence_id)
    return advance(talk, facts, request) if facts else consent_words.agreed_without_request()


def give_privacy_consent(talk: Talk) -> None:
    """Write down the general consent, once for each version of the notice."""
    if not has_agreed(talk):
        give_consent(talk.tx, talk.person.id, ConsentKind.PRIVACY, consent_words.PRIVACY_VERSION, talk.now)
        talk.changed = True
        talk.known_person = replace(talk.person, privacy_version=consent_words.PRIVACY_VERSION)


def answer_guardian_agree(talk: Talk, request: SigningUp) -> str:
    """监护人同意, in a sign-up: counts only as the answer to that question."""
    if request.asking is not Question.GUARDIAN:
        return _ask_again(talk, request)
    give_consent(talk.tx, talk.person.id, ConsentKind.GUARDIAN, consent_words.GUARDIAN_VERSION, talk.now)
    talk.changed = True
    facts = find_occurrence(talk.tx, request.occurrence_id)
    return advance(talk, facts, request) if facts else consent_words.agreed_without_request()


def guardian_agree_after_loss(talk: Talk) -> str:
    """监护人同意 without a dialogue: the held place tells what was asked."""
    request = recover(talk)
    return consent_words.nothing_to_agree() if request is None else answer_guardian_agree(talk, request)


def _ask_again(talk: Talk, request: SigningUp) -> str:
    facts = find_occurrence(talk.tx, request.occurrence_id)
    if facts is None:
        return words.nothing_to_confirm()
    talk.next = request
    return ask(talk, facts, request)


def answer_disagree(talk: Talk, _: Intent) -> str:
    """不同意: nothing is kept, the held place goes back."""
    released = release_holds(talk.tx, talk.person.id, talk.now)
    talk.changed = talk.changed or released
    if isinstance(talk.dialogue, SigningUp) and talk.dialogue.asking is Question.GUARDIAN:
        return consent_words.guardian_not_agreed()
    if talk.contact() is not None:
        return consent_words.not_agreed_anew()
    return consent_words.not_agreed(released=released)


def answer_confirm(talk: Talk, request: SigningUp) -> str:
    """确认 to whatever was asked last. It is never consent."""
    facts = find_occurrence(talk.tx, request.occurrence_id)
    if facts is None:
        return words.nothing_to_confirm()
    match request.asking:
        case Question.CONFIRM:
            # The rules may have changed since the read-back: what they ask for now is asked for now.
            question = open_question(talk, facts, request)
            return finish(talk, facts, request) if question is Question.CONFIRM else advance(talk, facts, request)
        case Question.PLACE | Question.WAITLIST:
            return advance(talk, facts, request)
        case Question.CONSENT | Question.GUARDIAN:
            talk.next = request
            return _consent_or_not(talk, facts, request)
        case _:
            talk.next = request
            return ask(talk, facts, request)


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
    blank = SigningUp(request.occurrence_id, Question.NAME, in_line=request.in_line, asked=True)
    return f"{words.starting_over()}\n{advance(talk, facts, blank)}"


def answer_words(talk: Talk, request: SigningUp) -> str | None:
    """Take the message as the answer to the open question; None when it cannot be one."""
    facts = find_occurrence(talk.tx, request.occurrence_id)
    if facts is None:
        return None
    if request.asking in _YES_OR_NO:
        return _ask_yes_or_no(talk, facts, request)
    answered = _take_answer(talk, facts, request)
    if answered is None:
        talk.next = request
        return _not_an_answer(talk, facts, request)
    refusal = refusal_of(talk, facts, answered)
    if isinstance(refusal, PartyTooLarge | PartyMismatch):
        talk.next = replace(answered, adults=None, children=None, dependants=(), asking=Question.PARTY)
        return f"{refused(facts, refusal)}\n{words.ask_party(facts)}"
    if refusal is not None:
        return say(talk, facts, answered, refusal)
    return _advance_unless_unclear(talk, facts, request, answered)


def _advance_unless_unclear(talk: Talk, facts: OccurrenceFacts, request: SigningUp, answered: SigningUp) -> str:
    """Ages that do not fit the party would be asked for in the same words again: say what is missing."""
    if request.asking is Question.AGES and find_need(facts.rules, applicant_of(talk, facts, answered)) is Need.AGES:
        said = ages_of(talk, facts, answered) or ()
        party = party_of(facts, answered)
        if party is not None and said and not answered.births:
            talk.next = replace(answered, ages=(), asking=Question.AGES)
            return words.ages_do_not_fit(facts, party, len(said))
    return advance(talk, facts, answered)


def _ask_yes_or_no(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    """Neither yes nor no: ask again, shorter. Data typed too early stays in the sealed dialogue until consent."""
    talk.next = request
    match request.asking:
        case Question.WAITLIST if _YES_TO_LINE.fullmatch(_bare(talk)):
            talk.next = None
            return answer_confirm(talk, request)
        case Question.WAITLIST if _NO_TO_LINE.fullmatch(_bare(talk)):
            talk.next = None
            return give_up(talk)
        case Question.PLACE | Question.WAITLIST:
            return ask(talk, facts, request)
        case _:
            talk.next = with_slots(request, parse_slots(talk.text))
            return _consent_or_not(talk, facts, request)


def _bare(talk: Talk) -> str:
    return _NOT_A_WORD.sub("", simplify(tidy(talk.text)))


def _consent_or_not(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    if request.asking is Question.GUARDIAN:
        return consent_words.guardian_consent_or_not(facts.title, talk.desk.children_url)
    return consent_words.consent_or_not(facts.title, talk.desk.privacy_url)


def _take_answer(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> SigningUp | None:
    """All that the message holds, and above all the answer to the question."""
    text = talk.text
    found = with_slots(request, parse_slots(text))
    match request.asking:
        case Question.NAME:
            name = parse_name(text) or found.name
            if name is not None and facts.rules.real_name and not is_full_name(name):
                return None
            found = replace(found, name=name)
        case Question.PHONE:
            found = replace(found, name=request.name, phone=parse_phone(text) or found.phone)
        case Question.PARTY:
            found = _take_party(talk, facts, request, found)
        case Question.AGES:
            found = _take_ages(talk, facts, request)
        case Question.CARD:
            found = replace(request, card=parse_card(text) or found.card)
        case Question.CUSTOM:
            return _take_custom(facts, request, text)
        case Question.CONFIRM if found == request:
            party = parse_party(text)
            # A small number mends the party; a larger one is rather another occurrence's.
            if party is not None and (party.adults or 0) < _LIKELY_A_NUMBER:
                found = replace(found, adults=party.adults, children=party.children)
    return found if found != request else None


def _take_party(talk: Talk, facts: OccurrenceFacts, request: SigningUp, found: SigningUp) -> SigningUp:
    party = parse_party(talk.text)
    if party is not None:
        return replace(found, name=request.name, adults=party.adults, children=party.children)
    return with_dependants(talk, facts, replace(found, name=request.name), tidy(talk.text))


def _take_ages(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> SigningUp:
    """Ages, births, or the nicknames of children on the record."""
    named = with_dependants(talk, facts, request, tidy(talk.text))
    if named.dependants and named.dependants != request.dependants:
        return replace(named, name=request.name, ages=(), births=())
    party = party_of(facts, request)
    said = parse_ages(talk.text, party.children if party else None)
    births = (*said.birth_months, *((year, None) for year in said.birth_years))
    return replace(request, ages=said.ages, births=births) if said.ages or births else request


def _take_custom(facts: OccurrenceFacts, request: SigningUp, text: str) -> SigningUp | None:
    question = next((each for each in facts.questions if each.key == request.custom), None)
    if question is None:
        return request  # the organiser took the question away meanwhile
    answer: str | None
    match question.kind:
        case QuestionKind.CHOICE:
            answer = parse_choice(text, question.options)
        case QuestionKind.NUMBER:
            number = parse_number_answer(text)
            answer = None if number is None else f"{number:f}"
        case QuestionKind.TEXT:
            answer = " ".join(tidy(text).split())[:LONGEST_ANSWER] or None
    return None if answer is None else replace(request, answers={**request.answers, question.key: answer})


def takes_choice(talk: Talk, request: SigningUp) -> bool:
    """Whether the message is one of the choices of the open question, word for word."""
    facts = find_occurrence(talk.tx, request.occurrence_id)
    question = next((each for each in facts.questions if each.key == request.custom), None) if facts else None
    said = simplify(tidy(talk.text)).strip()
    return question is not None and said in [simplify(option) for option in question.options]


def _not_an_answer(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    match request.asking:
        case Question.NAME:
            return words.real_name_please() if facts.rules.real_name else words.name_looks_wrong()
        case Question.PHONE:
            typed = tidy(talk.text)
            meant = parse_slots(typed).bad_phone or typed[:20]
            return words.phone_looks_wrong(meant) if any(map(str.isdigit, typed)) else words.phone_missing()
        case Question.PARTY:
            return words.party_looks_wrong(facts)
        case Question.AGES | Question.CARD | Question.CUSTOM:
            return f"{words.not_understood_here()}\n{ask(talk, facts, request)}"
        case _:
            return ask(talk, facts, request)


def recover(talk: Talk) -> SigningUp | None:
    """The dialogue was lost (Redis flushed), but the held place is in the database: go on from there."""
    held = find_held_of_reader(talk.tx, talk.person.id, talk.now)
    facts = find_occurrence(talk.tx, held.occurrence_id) if held else None
    if facts is None:
        return None
    request = SigningUp(facts.id, Question.NAME)
    return replace(request, asking=open_question(talk, facts, request) or Question.CONFIRM)


def answer_after_loss(talk: Talk) -> str | None:
    """A message without a dialogue may answer a question that was lost: the held place tells which occurrence."""
    request = recover(talk)
    if request is None:
        return None
    if takes_answer(talk, request):
        return answer_words(talk, request)
    facts = get_occurrence(talk.tx, request.occurrence_id)
    talk.next = request
    return ask(talk, facts, request)


def rather_answers(talk: Talk) -> bool:
    """Asked for ages or heads, 上幼儿园大班 is an answer that was not understood, and no wish for the programme."""
    asking = talk.dialogue.asking if isinstance(talk.dialogue, SigningUp) else None
    plain = simplify(tidy(talk.text))
    return asking in (Question.AGES, Question.PARTY) and not (_LOOKS_UP.search(plain) or mentions_day(plain))


def takes_answer(talk: Talk, request: SigningUp) -> bool:
    """Whether the message can be the answer to the open question."""
    if request.asking in _YES_OR_NO:
        return False
    facts = find_occurrence(talk.tx, request.occurrence_id)
    return facts is not None and _take_answer(talk, facts, request) is not None
