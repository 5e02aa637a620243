"""Ratings by readers: one to five stars and words, once for each occurrence they came to (design section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.occurrence import OccurrenceFacts

FEWEST_STARS, MOST_STARS = 1, 5
LONGEST_WORDS = 300
RATED_WITHIN = timedelta(days=60)
"""How long after it began an occurrence can be rated; afterwards its public number may belong to another."""


@dataclass(frozen=True, slots=True)
class Rated:
    """The rating is stored."""

    facts: OccurrenceFacts
    stars: int
    has_words: bool


@dataclass(frozen=True, slots=True)
class RatedBefore:
    """This reader rated it already; the first rating stands."""

    facts: OccurrenceFacts
    stars: int


@dataclass(frozen=True, slots=True)
class NotAttended:
    """No check-in of this reader there; None: no occurrence bears this number."""

    facts: OccurrenceFacts | None


RatingOutcome = Rated | RatedBefore | NotAttended
