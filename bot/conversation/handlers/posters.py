"""海报 12: where the poster of an occurrence is to be had."""

from __future__ import annotations

from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.domain.kinds import may_organise
from bot.services.staff import serves
from bot.store.occurrences import find_by_number
from bot.texts import posters as words
from bot.texts import staff as staff_words
from bot.texts.sign_up import no_such_number


def show_poster(talk: Talk, intent: Intent) -> str:
    """The address of its page, for who organises."""
    if talk.staff is None:
        return staff_words.not_staff()
    if not may_organise(talk.staff.role):
        return words.posters_for_organisers()
    base = f"{talk.desk.public_url}/staff/poster"
    if intent.number is None:
        return words.how_to_get_poster(f"{base}s")
    facts = find_by_number(talk.tx, intent.number, talk.now)
    if facts is None:
        return no_such_number(intent.number)
    if not serves(talk.tx, talk.staff, facts):
        return staff_words.not_served(facts)
    return words.poster_link(facts, f"{base}/{facts.number}")
