"""我的信用 and 申诉 for readers; the open appeals, 解除暂停 and 维持 for those who decide them."""

from __future__ import annotations

import re

from bot.conversation.handlers import account
from bot.conversation.intents import Intent
from bot.conversation.normalise import tidy
from bot.conversation.talk import Talk
from bot.conversation.verbatim import behind
from bot.domain.ticket import read_short_code
from bot.services.appeals import (
    AppealTaken,
    Decided,
    DecidedBefore,
    Decision,
    NothingToAppeal,
    NotInCharge,
    OwnCase,
    ReasonMissing,
    TooManyAppeals,
    UnknownCode,
    decide_appeal,
    list_appeals,
    may_decide,
    take_appeal,
)
from bot.services.standing import find_standing
from bot.store.history import find_suspension
from bot.texts import staff as staff_words
from bot.texts import standing as words
from bot.texts import vocabulary

_CODE_FIRST = re.compile(r"\s*(?P<code>[0-9A-Za-z]{6})(?![0-9A-Za-z])[\s,.:;，。：；、]*(?P<rest>.*)", re.DOTALL)
_PUNCTUATION = " \n\t,.:;!?，。：；、！？"
MOST_LISTED = 20


def show_standing(talk: Talk, _: Intent) -> str:
    """我的信用: marks, points, suspension, and how to appeal."""
    return words.standing(find_standing(talk.tx, talk.person.id, talk.now))


def suspension_line(talk: Talk) -> str:
    """For the head of other answers: that and until when sign-up is closed to the sender; empty when it is not."""
    found = find_suspension(talk.tx, talk.person.id, talk.now) if talk.person.id else None
    return words.suspended_in_short(found) if found else ""


def appeal(talk: Talk, intent: Intent) -> str:
    """申诉 [code] reason. From those who decide, 申诉 alone lists what is open."""
    code, said = _split_code(behind(vocabulary.APPEAL_AS_TYPED, talk.text) or intent.words)
    if talk.staff is not None and may_decide(talk.staff) and not said:
        shown = list_appeals(talk.tx, talk.staff, talk.desk.keys)
        return words.open_appeals(shown[:MOST_LISTED], len(shown))
    outcome = take_appeal(talk.tx, talk.person.id, code, said, talk.desk.keys, talk.now)
    match outcome:
        case AppealTaken(subject, answer_by):
            talk.changed = True
            return words.appeal_taken(subject, answer_by, talk.desk.contact)
        case ReasonMissing(subject):
            return words.reason_missing(subject)
        case TooManyAppeals():
            return words.too_many_appeals(talk.desk.contact)
        case NothingToAppeal():
            return account.ask_person(talk, intent) if said else words.nothing_to_appeal()


def _split_code(typed: str) -> tuple[str | None, str]:
    match = _CODE_FIRST.fullmatch(tidy(typed))
    code = read_short_code(match["code"]) if match else None
    return (code, match["rest"]) if match and code else (None, typed.strip())


def lift(talk: Talk, intent: Intent) -> str:
    """解除暂停 code [reason]."""
    return _decide(talk, intent, lifted=True)


def uphold(talk: Talk, intent: Intent) -> str:
    """维持 code reason: the reader is told why."""
    return _decide(talk, intent, lifted=False)


def _decide(talk: Talk, intent: Intent, *, lifted: bool) -> str:
    if talk.staff is None or not may_decide(talk.staff):
        return staff_words.not_staff() if talk.staff is None else words.not_for_this_role()
    code = read_short_code(intent.code) if intent.code else None
    if code is None:
        return words.how_to_decide(lifted=lifted)
    if not lifted and not intent.words.strip():
        return words.say_why(code)
    decision = decide_appeal(talk.tx, talk.staff, talk.person.id, code, intent.words, talk.now, lifted=lifted)
    talk.changed = isinstance(decision, Decided)
    return _in_words(decision)


def _in_words(decision: Decision) -> str:
    match decision:
        case Decided(code, lifted, is_suspension):
            return words.decided(code, lifted=lifted, is_suspension=is_suspension)
        case DecidedBefore():
            return words.decided_before()
        case UnknownCode():
            return words.unknown_code()
        case NotInCharge():
            return words.not_in_charge()
        case OwnCase():
            return words.own_case()
