"""未送达: organisers ask whom no message reached."""

from __future__ import annotations

from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.domain.unreached import MayNotSee
from bot.services.unreached import count_unreached
from bot.texts import unreached as words
from bot.texts.staff import not_staff


def show_unreached(talk: Talk, _: Intent) -> str:
    """How many readers of which occurrence, and where the list is; nobody is named in the chat."""
    if talk.staff is None:
        return not_staff()
    counts = count_unreached(talk.tx, talk.staff, talk.now)
    if isinstance(counts, MayNotSee):
        return words.not_organising()
    return words.chat_counts(counts, talk.desk.unreached_url)
