"""候补第几 for readers; 调整候补 for those who run the event."""

from __future__ import annotations

from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.domain.kinds import RegistrationStatus
from bot.domain.waitlist import MovedInLine, MoveNotAllowed, MoveOutcome, NotInLine, ReasonMissing
from bot.services.waitlists import move_in_line
from bot.store.lines import get_offer_until
from bot.store.registration_details import RegistrationDetail, list_details_of_reader
from bot.store.registrations import count_waiting, place_in_line
from bot.texts import staff as staff_words
from bot.texts import waitlist as words

_SHOWN = (RegistrationStatus.WAITLISTED, RegistrationStatus.OFFERED)


def show_place(talk: Talk, intent: Intent) -> str:
    """候补第几, at one occurrence or at all, at any time."""
    talk.next = talk.dialogue  # looking something up ends no dialogue
    own = [
        detail
        for detail in list_details_of_reader(talk.tx, talk.person.id, talk.now)
        if detail.registration.status in _SHOWN and intent.number in (None, detail.facts.number)
    ]
    if not own:
        return words.not_in_line(intent.number)
    return words.places([_entry(talk, detail) for detail in own])


def _entry(talk: Talk, detail: RegistrationDetail) -> str:
    facts, place = detail.facts, detail.registration
    if place.status is RegistrationStatus.OFFERED:
        return words.offer_entry(facts, get_offer_until(talk.tx, place.id))
    waiting = count_waiting(talk.tx, facts.id)
    moves = facts.promotes(talk.now)
    return words.place_entry(facts, place.short_code, place_in_line(talk.tx, place), waiting, moves=moves)


def move(talk: Talk, intent: Intent) -> str:
    """调整候补 CODE PLACE REASON."""
    if talk.staff is None:
        return staff_words.not_staff()
    if intent.code is None or intent.place is None:
        return words.how_to_move()
    outcome = move_in_line(talk.tx, talk.staff, intent.code, intent.place, intent.words, talk.now)
    talk.changed = isinstance(outcome, MovedInLine)
    return _say(outcome, intent.code)


def _say(outcome: MoveOutcome, code: str) -> str:
    match outcome:
        case MovedInLine():
            return words.moved_in_line(outcome)
        case NotInLine():
            return words.nobody_to_move(code)
        case MoveNotAllowed():
            return words.move_not_allowed()
        case ReasonMissing():
            return words.how_to_move()
