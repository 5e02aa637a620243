"""Ages in whole years (周岁) on the day of an occurrence, from what a guardian says of a birth."""

from __future__ import annotations

from datetime import date

from bot.domain.rules import Rules

Birth = tuple[int, int | None]
"""Year of birth, and the month where it was said."""


def possible_ages(birth: Birth, day: date) -> tuple[int, ...]:
    """The ages that somebody may have on that day: two while the birthday of that year may be before or after it."""
    year, month = birth
    age = day.year - year
    if month is None or month == day.month:
        ages: tuple[int, ...] = (age - 1, age)
    else:
        ages = (age,) if month < day.month else (age - 1,)
    return tuple(sorted({each for each in ages if each >= 0})) or (0,)


def settle_age(possible: tuple[int, ...], rules: Rules) -> int | None:
    """The age to go by when the rules say the same of all that are possible; None when one of them would be refused
    and another not, so that the guardian must be asked.

    Of several that are all allowed or all refused, the oldest is taken.
    """
    verdicts = {_allows(age, rules) for age in possible}
    return max(possible) if len(verdicts) == 1 else None


def _allows(age: int, rules: Rules) -> bool:
    low, high = rules.age_min, rules.age_max
    return (low is None or age >= low) and (high is None or age <= high)
