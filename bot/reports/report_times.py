"""When and where an event was, in words: no year inside the campaign's own, ranges, repeated sessions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from bot.domain.clock import local
from bot.domain.punctuation import clean_part
from bot.domain.recurrence import days_of
from bot.domain.summary_facts import CampaignWindow, CountedOccurrence
from bot.texts.numeral_words import clock_words, date_words, weekday_words
from bot.texts.report_lines import Gap, Line, When, Word, WordList
from bot.texts.wording import Wording

NOON, EVENING = 12, 18
MOST_DAYS_NAMED = 4
_ALL_WEEK = frozenset(range(1, 8))
_WEEKEND = frozenset({6, 7})


@dataclass(frozen=True, slots=True)
class TimeWords:
    """A time for the middle of a sentence and for its head; both empty when nothing is known."""

    middle: str = ""
    head: str = ""
    day: date | None = None  # the one day that it was on
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One dated occurrence in local time; no clock time where it is on all day."""

    first: date
    last: date
    opens: time | None
    closes: time | None


def sessions_of(occurrences: Sequence[CountedOccurrence]) -> list[Session]:
    """The dated ones, in order."""
    sessions = []
    for occurrence in occurrences:
        if occurrence.starts_at is None or occurrence.first_day is None or occurrence.last_day is None:
            continue
        opens = None if occurrence.all_day else local(occurrence.starts_at).time()
        closes = None if occurrence.all_day else _end(occurrence)
        sessions.append(Session(occurrence.first_day, occurrence.last_day, opens, closes))
    return sorted(sessions, key=lambda one: (one.first, one.opens or time.min, one.last))


def _just_before(at: time) -> time:
    """What ends on the stroke of six was in the afternoon."""
    return (datetime.combine(date(2000, 1, 2), at) - timedelta(minutes=1)).time()


def _end(occurrence: CountedOccurrence) -> time | None:
    end: datetime | None = occurrence.ends_at
    return local(end).time() if end and end != occurrence.starts_at else None


class TimeTeller:
    """Tells times inside one campaign."""

    def __init__(self, window: CampaignWindow, wording: Wording) -> None:
        self._window, self._wording = window, wording

    def tell(self, occurrences: Sequence[CountedOccurrence], *, has_length: bool = False) -> TimeWords:
        """When an event was. `has_length`: how long it took is told too, so that the campaign's own span is not."""
        sessions = sessions_of(occurrences)
        if not sessions:
            return self._in_words(occurrences)
        first, last = sessions[0].first, max(session.last for session in sessions)
        part = self._part_of_day(sessions, occurrences)
        if first == last:
            return replace(self._say(When.ONE_DAY, {Gap.DAY: self.day(first) + part}), day=first)
        if repeated := self._repeated(sessions, first, last):
            return repeated
        days = sorted({session.first for session in sessions})
        if all(session.first == session.last for session in sessions) and 1 < len(days) <= MOST_DAYS_NAMED:
            return self._say(When.SOME_DAYS, {Gap.DAY: self._days(days) + part})
        if first < self._window.starts_on <= last:
            return self._say(When.SINCE, {Gap.FIRST: self.day(first)})
        if has_length and (first, last) == (self._window.starts_on, self._window.ends_on):
            return TimeWords()
        return self._say(When.SPAN, self._span(first, last))

    def day(self, day: date, *, after: date | None = None) -> str:
        """A day; after another of the same month without its month."""
        same_month = after is not None and (after.year, after.month) == (day.year, day.month)
        year = after.year if after else self._window.starts_on.year
        return date_words(day.year, day.month, day.day, of_year=year, of_month=day.month if same_month else 0)

    def _days(self, days: Sequence[date]) -> str:
        told = [self.day(days[0])]
        told += [self.day(day, after=before) for before, day in pairwise(days)]
        return self._wording.word(Word.LISTED).join(told)

    def _span(self, first: date, last: date) -> dict[str, str]:
        return {Gap.FIRST: self.day(first), Gap.LAST: self.day(last, after=first)}

    def _repeated(self, sessions: Sequence[Session], first: date, last: date) -> TimeWords | None:
        """Sessions at the same hours on every day, or on the same days of every week, of a run of days."""
        hours = {(session.opens, session.closes) for session in sessions}
        days = [session.first for session in sessions]
        if len(sessions) < 3 or len(hours) != 1 or len(set(days)) != len(days):
            return None
        if any(session.first != session.last for session in sessions):
            return None
        weekdays = frozenset(day.isoweekday() for day in days)
        if days != list(days_of(weekdays, first, last)):
            return None
        opens, closes = hours.pop()
        is_daily = weekdays == _ALL_WEEK or len(days) == (last - first).days + 1
        if not is_daily and len(days) < 2 * len(weekdays):
            return None  # some days of one week
        if opens is None and is_daily:
            return None  # on all day, every day: a span
        window = (self._window.starts_on, self._window.ends_on)
        inside = (first - window[0]).days < 7 and (window[1] - last).days < 7 and not is_daily
        gaps = {} if inside or (first, last) == window else self._span(first, last)
        gaps[Gap.CLOCK] = self._clock(opens, closes)
        if is_daily:
            return replace(self._say(When.DAILY, gaps), repeats=True)
        if weekdays == _WEEKEND:
            gaps[Gap.WEEKDAYS] = self._wording.word(Word.WEEKEND)
        else:
            gaps[Gap.WEEKDAYS] = weekday_words(sorted(weekdays))
        return replace(self._say(When.WEEKLY, gaps), repeats=True)

    def _clock(self, opens: time | None, closes: time | None) -> str:
        if opens is None:
            return ""
        begins = self._part(opens) + clock_words(opens.hour, opens.minute)
        ends = ""
        if closes:
            part = self._part(_just_before(closes))
            ends = ("" if part == self._part(opens) else part) + clock_words(closes.hour, closes.minute)
        return self._wording.lines[Line.CLOCK].fill({Gap.OPENS: begins, Gap.CLOSES: ends})

    def _part_of_day(self, sessions: Sequence[Session], occurrences: Sequence[CountedOccurrence]) -> str:
        """Morning, afternoon or evening, where all sessions begin in the same; all-day ones may say it in words."""
        parts = {self._part(session.opens) if session.opens else "" for session in sessions}
        if parts == {""}:
            words = (self._wording.word(word) for word in (Word.MORNING, Word.AFTERNOON, Word.EVENING))
            told = {word for word in words for occurrence in occurrences if word in occurrence.date_text}
            return told.pop() if len(told) == 1 else ""
        return parts.pop() if len(parts) == 1 else ""

    def _part(self, at: time) -> str:
        if at.hour < NOON:
            return self._wording.word(Word.MORNING)
        return self._wording.word(Word.AFTERNOON if at.hour < EVENING else Word.EVENING)

    def _in_words(self, occurrences: Sequence[CountedOccurrence]) -> TimeWords:
        """What is known of an event without a date; that it was in the campaign goes without saying."""
        told: list[str] = []
        for occurrence in occurrences:
            for piece in re.split("[，。；;,]", clean_part(occurrence.date_text)):
                is_unknown = any(word in piece for word in self._wording.list(WordList.DATE_UNKNOWN))
                if piece and not is_unknown and piece not in self._wording.list(WordList.DATE_VAGUE):
                    told.append(clean_part(piece))
        told = [piece for piece in dict.fromkeys(told) if piece]
        if not told:
            return TimeWords()
        return self._say(When.IN_WORDS, {Gap.TOLD: self._wording.word(Word.LISTED).join(told)})

    def _say(self, when: When, gaps: dict[str, str]) -> TimeWords:
        middle, head = self._wording.times[when]
        return TimeWords(middle.fill(gaps), head.fill(gaps))


def venue_words(venues: Sequence[str], wording: Wording) -> str:
    """Places in a row, as they were noted."""
    named = [name for name in (clean_part(venue) for venue in venues) if name]
    unique = list(dict.fromkeys(named))
    if len(unique) == 2:
        return wording.word(Word.AND).join(unique)
    return wording.word(Word.LISTED).join(unique)
