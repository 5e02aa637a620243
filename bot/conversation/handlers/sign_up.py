"""报名 and 候补: which occurrence is meant, and the first step of signing up for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation.dialogue import Choosing, Question, SigningUp
from bot.conversation.handlers.applying import refusal_of, with_dependants, with_slots
from bot.conversation.handlers.siblings import start_together
from bot.conversation.handlers.sign_up_answers import answer_confirm
from bot.conversation.handlers.sign_up_steps import advance, open_question, say, understood
from bot.conversation.intents import Intent
from bot.conversation.slots import SignUpSlots, parse_slots
from bot.conversation.talk import Talk
from bot.conversation.titles import find_meant, without_title
from bot.domain.clock import local_day
from bot.domain.kinds import RegistrationStatus, SignUp
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import AlreadyRegistered
from bot.services.lotteries import takes_entries
from bot.store.occurrences import find_occurrence, find_public_by_number, list_upcoming
from bot.store.registrations import find_active, place_in_line
from bot.texts import sign_up as words
from bot.texts.commands import Command

_MOST_CHOICES = 6


def start_sign_up(talk: Talk, intent: Intent) -> str:
    """报名 with whatever else was in the message."""
    said = start_together(talk, intent) or _start(talk, intent, in_line=False)
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
    slots = intent.slots or parse_slots(intent.words, title_expected=number is None)
    if number is None:
        return _start_by_words(talk, intent.words, slots, in_line=in_line)
    facts = find_public_by_number(talk.tx, number, talk.now)
    if slots.several_families:
        return words.several_families(facts)
    if facts is None:
        return words.no_such_number(number)
    that_day = _held_that_day(talk, facts, intent) if intent.number is None else []
    if that_day:
        return _offer_choice(talk, [facts, *that_day], intent.words, in_line=in_line, time_fits=True)
    request = _request(talk, facts, intent.words, slots, in_line=in_line)
    if intent.number is None:
        return _read_back_place(talk, facts, request)
    return _begin(talk, facts, request, slots)


def _request(talk: Talk, facts: OccurrenceFacts, typed: str, slots: SignUpSlots, *, in_line: bool) -> SigningUp:
    in_line = in_line and not takes_entries(talk.tx, facts)
    request = with_slots(SigningUp(facts.id, Question.NAME, in_line=in_line), slots)
    return with_dependants(talk, facts, request, typed)


def _start_by_words(talk: Talk, typed: str, slots: SignUpSlots, *, in_line: bool) -> str:
    if slots.several_families:
        return words.several_families(None)
    meant = find_meant(typed, _open_ones(talk), local_day(talk.now))
    if not meant.found:
        return words.which_occurrence()
    if len(meant.found) > 1 or not meant.time_fits:
        return _offer_choice(talk, meant.found, typed, in_line=in_line, time_fits=meant.time_fits)
    return _read_back_place(talk, meant.found[0], _request_of_title(talk, meant.found[0], typed, in_line=in_line))


def _held_that_day(talk: Talk, facts: OccurrenceFacts, intent: Intent) -> list[OccurrenceFacts]:
    """报名30号 may mean what is held on the 30th; nothing when only the number can be meant."""
    meant = find_meant(intent.words, _open_ones(talk), local_day(talk.now))
    return [each for each in meant.found if each.id != facts.id] if meant.time_fits else []


def _open_ones(talk: Talk) -> list[OccurrenceFacts]:
    return [facts for facts in list_upcoming(talk.tx, talk.now) if facts.sign_up is not SignUp.NONE]


def _offer_choice(talk: Talk, found: Sequence[OccurrenceFacts], typed: str, *, in_line: bool, time_fits: bool) -> str:
    choices = found[:_MOST_CHOICES]
    talk.next = Choosing(tuple(facts.number for facts in choices), typed, in_line)
    return words.choose_among(choices, time_fits=time_fits)


def _request_of_title(talk: Talk, facts: OccurrenceFacts, typed: str, *, in_line: bool) -> SigningUp:
    rest = without_title(typed, facts)  # 一家三口大作战 is no party of three
    return _request(talk, facts, rest, parse_slots(rest), in_line=in_line)


def choose(talk: Talk, intent: Intent, asked: Choosing) -> str | None:
    """One of the occurrences offered: by number (20, 报名 20), by day or label (周六那场); None when it is neither."""
    if intent.command in (Command.SIGN_UP, Command.WAITLIST) and intent.words.strip():
        return None  # a whole new wish
    number = intent.number if intent.number is not None else intent.maybe_number
    offered = [facts for each in asked.numbers if (facts := find_public_by_number(talk.tx, each, talk.now))]
    chosen = [facts for facts in offered if facts.number == number]
    if number is None and intent.guessed:
        chosen = list(find_meant(talk.text, offered, local_day(talk.now)).found)
    if len(chosen) != 1:
        return None
    in_line = asked.in_line or intent.command is Command.WAITLIST
    request = _request_of_title(talk, chosen[0], asked.words, in_line=in_line)
    return _begin(talk, chosen[0], request, parse_slots(without_title(asked.words, chosen[0])))


def _read_back_place(talk: Talk, facts: OccurrenceFacts, request: SigningUp) -> str:
    refusal = refusal_of(talk, facts, request)
    if refusal is not None:
        return say(talk, facts, request, refusal)
    talk.next = replace(request, asking=Question.PLACE)
    return words.read_back_place(facts, understood(talk, facts, request))


def _begin(talk: Talk, facts: OccurrenceFacts, request: SigningUp, slots: SignUpSlots) -> str:
    present = find_active(talk.tx, facts.id, talk.person.id) if request.in_line else None
    if present is not None and present.status is not RegistrationStatus.HELD:
        waiting = present.status is RegistrationStatus.WAITLISTED
        place = place_in_line(talk.tx, present) if waiting else None
        return say(talk, facts, request, AlreadyRegistered(present, place))
    said = advance(talk, facts, request)
    if slots.bad_phone and isinstance(talk.next, SigningUp) and open_question(talk, facts, talk.next) is Question.PHONE:
        return words.phone_looks_wrong(slots.bad_phone)
    return said
