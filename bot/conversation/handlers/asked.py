"""Questions that readers ask back, in the middle of something or out of the blue."""

from __future__ import annotations

from bot.conversation.dialogue import Question, SigningUp
from bot.conversation.handlers.sign_up_answers import answer_words, recover, takes_answer
from bot.conversation.handlers.sign_up_steps import ask
from bot.conversation.intents import Intent
from bot.conversation.normalise import simplify, tidy
from bot.conversation.talk import Talk
from bot.store.libraries import find_account_contact
from bot.store.occurrences import find_occurrence
from bot.texts.asked import answer_back, asks_where_or_when, where_and_when


def answer_question(talk: Talk, _: Intent) -> str:
    """要钱吗, 为什么要电话, 在哪里: answered, and the open question of a sign-up after it."""
    talk.next = request = talk.dialogue or recover(talk)
    plain = simplify(tidy(talk.text))
    facts = find_occurrence(talk.tx, request.occurrence_id) if isinstance(request, SigningUp) else None
    if facts is None or not isinstance(request, SigningUp):
        return answer_back(plain, _contact(talk), talk.desk.privacy_url)
    if request.asking is Question.CUSTOM and takes_answer(talk, request):
        return answer_words(talk, request) or ask(talk, facts, request)
    about_this = asks_where_or_when(plain)
    said = where_and_when(facts) if about_this else answer_back(plain, _contact(talk), talk.desk.privacy_url)
    return f"{said}\n{ask(talk, facts, request)}"


def _contact(talk: Talk) -> str:
    return talk.desk.contact or find_account_contact(talk.tx)
