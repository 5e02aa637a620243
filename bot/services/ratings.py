"""Readers say how it was."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.occurrence import OccurrenceFacts
from bot.domain.rating import LONGEST_WORDS, RATED_WITHIN, NotAttended, Rated, RatedBefore, RatingOutcome
from bot.store import ratings
from bot.store.occurrences import find_by_number
from bot.store.pii import Keys


def rate(
    tx: Connection, reader_id: int, number: int, stars: int, words: str, keys: Keys, now: datetime
) -> RatingOutcome:
    """Store stars (1 to 5) and words for an occurrence that this reader came to; the first rating stands.

    The number is looked for among what they came to: it may have gone to an occurrence of the next campaign.
    """
    attended = ratings.list_attended(tx, reader_id, now - RATED_WITHIN)
    facts = next((each for each in attended if each.number == number), None)
    if facts is None:
        return NotAttended(find_by_number(tx, number, now))
    said = words.strip()[:LONGEST_WORDS]
    sealed = keys.seal(said, words_place(reader_id, facts.id)) if said else None
    if not ratings.add_rating(tx, reader_id, facts.id, stars, sealed, now):
        return RatedBefore(facts, ratings.find_rating(tx, reader_id, facts.id) or stars)
    return Rated(facts, stars, bool(said))


def list_to_rate(tx: Connection, reader_id: int, now: datetime) -> list[OccurrenceFacts]:
    """What this reader came to and has not rated, the latest first."""
    rated = ratings.list_rated(tx, reader_id)
    return [facts for facts in ratings.list_attended(tx, reader_id, now - RATED_WITHIN) if facts.id not in rated]


def words_place(reader_id: int, occurrence_id: int) -> str:
    """What the words of a rating are sealed to."""
    return f"rating.words:{reader_id}:{occurrence_id}"
