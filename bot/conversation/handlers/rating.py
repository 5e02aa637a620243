"""评价 12 5 很好."""

from __future__ import annotations

import re

from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.conversation.verbatim import behind
from bot.domain.rating import FEWEST_STARS, MOST_STARS, NotAttended, Rated, RatedBefore
from bot.services.ratings import list_to_rate, rate
from bot.texts import ratings as words
from bot.texts import vocabulary

_RATING = re.compile(vocabulary.RATING_AS_TYPED, re.DOTALL)


def rate_occurrence(talk: Talk, intent: Intent) -> str:
    """Stars and words for an occurrence; what is missing is asked for with an example that fits."""
    if intent.number is None:
        return words.how_to_rate(list_to_rate(talk.tx, talk.person.id, talk.now))
    if intent.score is None or not FEWEST_STARS <= intent.score <= MOST_STARS:
        return words.bad_score(intent.number)
    outcome = rate(talk.tx, talk.person.id, intent.number, intent.score, _words(talk, intent), talk.desk.keys, talk.now)
    match outcome:
        case Rated():
            talk.changed = True
            return words.rated(outcome)
        case RatedBefore():
            return words.rated_before(outcome)
        case NotAttended(None):
            return words.no_such_number(intent.number)
        case NotAttended(facts):
            assert facts is not None
            return words.not_attended(facts)


def _words(talk: Talk, intent: Intent) -> str:
    """What the reader said of it, with its punctuation: a person reads it."""
    match = _RATING.fullmatch(behind(vocabulary.RATE, talk.text))
    return match["words"] if match else intent.words
