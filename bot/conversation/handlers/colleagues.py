"""邀请, 工作人员, 停用: organisers look after their staff."""

from __future__ import annotations

from datetime import date

from bot.conversation.days import read_filter
from bot.conversation.handlers.account import ask_person
from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.domain.clock import local_day
from bot.domain.colleagues import NotOrganising, PersonStopped
from bot.services.audit import note_look
from bot.services.colleagues import STAFF_LIST, list_colleagues, stop_person
from bot.services.invitations import (
    DayIsOver,
    DayMissing,
    Invited,
    NoSuchOccurrence,
    NotYourOccurrence,
    TooManyOccurrences,
    invite_for_day,
)
from bot.texts import colleagues as words
from bot.texts import invitations as invitation_words
from bot.texts.sign_up import no_such_number
from bot.texts.staff import not_staff


def show_staff(talk: Talk, intent: Intent) -> str:
    """工作人员: from readers a wish to speak to somebody, from organisers the list of theirs."""
    if talk.staff is None:
        return ask_person(talk, intent)
    found = list_colleagues(talk.tx, talk.staff, talk.now)
    if isinstance(found, NotOrganising):
        return words.not_organising()
    note_look(talk.tx, talk.staff, STAFF_LIST, f"library:{talk.staff.library_id or 0}", talk.now)
    talk.changed = True
    return words.chat_list(found, talk.desk.people_url, talk.now)


def stop_staff(talk: Talk, intent: Intent) -> str:
    """停用 3, of venue-3."""
    if talk.staff is None:
        return not_staff()
    if intent.number is None:
        return words.how_to_stop()
    outcome = stop_person(talk.tx, talk.staff, intent.number, talk.now)
    talk.changed = isinstance(outcome, PersonStopped)
    return words.chat_stopped(outcome)


def invite(talk: Talk, intent: Intent) -> str:
    """邀请 12 15 5月28日."""
    if talk.staff is None:
        return not_staff()
    if intent.number is None:
        return invitation_words.how_to_invite()
    day = _day_in(intent.words, local_day(talk.now))
    if intent.words and day is None:
        return invitation_words.day_unread(intent.words)
    outcome = invite_for_day(talk.tx, talk.staff, (intent.number, *intent.also), day, talk.desk.keys, talk.now)
    match outcome:
        case Invited():
            talk.changed = True
            url = talk.desk.invitation_url(outcome.code)
            return invitation_words.invited(outcome.code, outcome.served, outcome.ends_at, url)
        case NoSuchOccurrence(number):
            return no_such_number(number)
        case NotYourOccurrence(facts):
            return invitation_words.not_yours(facts)
        case DayMissing():
            return invitation_words.day_missing(intent.number)
        case DayIsOver():
            return invitation_words.day_over()
        case TooManyOccurrences():
            return invitation_words.too_many()
        case NotOrganising():
            return invitation_words.not_organising()


def _day_in(words: str, today: date) -> date | None:
    """The one day that is named, and nothing else."""
    wanted = read_filter(words, today)
    is_day = wanted.day_from is not None and wanted.day_from == wanted.day_to
    return wanted.day_from if is_day and not wanted.words and not wanted.topics else None
