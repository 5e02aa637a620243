"""查看名单 and 批准名单: minors' data for staff, with a reason, another person's approval, a record of each look."""

from __future__ import annotations

from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.domain.minors import AccessAsked, AccessNeeded
from bot.services.minors import approve_minor_access, ask_minor_access, list_members_for, list_requests
from bot.store.occurrences import find_by_number
from bot.texts import minors as words
from bot.texts.sign_up import no_such_number
from bot.texts.staff import not_staff


def look(talk: Talk, intent: Intent) -> str:
    """查看名单 12, and with a reason behind it where no approval is in force.

    The answer is not kept for repeats in the database: it names children, and a repeated look is a look.
    """
    if talk.staff is None:
        return not_staff()
    if intent.number is None:
        return words.how_to_look()
    facts = find_by_number(talk.tx, intent.number, talk.now)
    if facts is None:
        return no_such_number(intent.number)
    outcome = list_members_for(talk.tx, talk.staff, facts, talk.desk.keys, talk.now)
    if not (isinstance(outcome, AccessNeeded) and intent.words):
        return words.looked(facts, outcome)
    asked = ask_minor_access(talk.tx, talk.staff, facts, intent.words, talk.now)
    talk.changed = isinstance(asked, AccessAsked)
    return words.looked(facts, asked)


def approve(talk: Talk, intent: Intent) -> str:
    """批准名单 7 approves; alone it lists what waits."""
    if talk.staff is None:
        return not_staff()
    if intent.number is None:
        waiting = list_requests(talk.tx, talk.staff, talk.now)
        return words.not_a_manager() if waiting is None else words.requests(waiting)
    outcome = approve_minor_access(talk.tx, talk.staff, intent.number, talk.now)
    talk.changed = True
    return words.approval(outcome)
