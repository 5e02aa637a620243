"""Days, clock times, places and parties in words; one form everywhere."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from bot.domain.clock import local
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party

_WEEKDAYS = "一二三四五六日"


def day_words(moment: datetime) -> str:
    """A day as people say it: 5月28日（周六）."""
    here = local(moment)
    return f"{here.month}月{here.day}日（周{_WEEKDAYS[here.weekday()]}）"


def clock_words(moment: datetime) -> str:
    """A clock time: 09:30."""
    here = local(moment)
    return f"{here.hour:02}:{here.minute:02}"


def moment_words(moment: datetime) -> str:
    """Day and clock time."""
    return f"{day_words(moment)}{clock_words(moment)}"


def exact_words(moment: datetime) -> str:
    """Day and clock time to the second, where the second is not the first of its minute."""
    second = local(moment).second
    return f"{moment_words(moment)}:{second:02}" if second else moment_words(moment)


@lru_cache(1_024)  # every list says it of every occurrence
def time_words(facts: OccurrenceFacts) -> str:
    """When an occurrence is held, as exactly as it is known."""
    start, end = facts.starts_at, facts.ends_at
    if start is None:
        return facts.date_text or "时间待定"
    if end is None or end == start:
        return f"{day_words(start)}全天" if facts.all_day else moment_words(start)
    same_day = local(start).date() == local(end).date()
    if facts.all_day:
        return f"{day_words(start)}全天" if same_day else f"{day_words(start)}至{day_words(end)}"
    return f"{moment_words(start)}–{clock_words(end)}" if same_day else f"{moment_words(start)}至{moment_words(end)}"


def party_words(party: Party) -> str:
    """A party as readers write it: 1大1小."""
    adults = f"{party.adults}大" if party.adults else ""
    children = f"{party.children}小" if party.children else ""
    return adults + children


def place_words(facts: OccurrenceFacts) -> str:
    """Venue and address in one line; the library where no venue was noted."""
    return " ".join(part for part in (facts.venue or facts.library_name, facts.address) if part)
