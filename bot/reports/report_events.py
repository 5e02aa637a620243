"""One event in one sentence: who, when, where, with whom, what, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from bot.domain.kinds import Category, Exactness
from bot.domain.measure import Quantity, sum_exactness
from bot.domain.punctuation import clean_part, tidy
from bot.domain.summary import EventSummary
from bot.domain.summary_facts import CountedOccurrence
from bot.reports.report_amounts import (
    SERIES,
    AmountTeller,
    list_amounts,
    people_words,
    quantity_words,
)
from bot.reports.report_scope import LibraryNames, Scope
from bot.reports.report_times import TimeTeller, TimeWords, venue_words
from bot.reports.report_titles import EventTitle, title_of, verb_title_of
from bot.texts.numeral_words import counted, length_words
from bot.texts.report_lines import PERSON_UNITS, Gap, Line, Word, WordList
from bot.texts.wording import EventWording, Wording

_WORK = re.compile("《[^《》]+》")
MOST_WORKS = 6
LEAST_PUBLIC = 5
"""Fewer people are not told in public (library-domain P12)."""
MOST_PARTNERS = 6


class Lead(Enum):
    """How a sentence begins."""

    SUBJECT = "subject"  # with its library
    TIME = "time"  # with the time: the library was named just before
    JOIN = "join"  # with a joining word


@dataclass(frozen=True, slots=True)
class Opening:
    """How a sentence begins, and the name or the joining word. `same_time`: as that of the event before."""

    lead: Lead
    words: str = ""
    same_time: bool = False
    same_audience: bool = False


def wording_of(part: EventSummary, wording: Wording) -> EventWording:
    """How an event of this kind is told: by its form, else by its class, else as the last entry says."""
    kind = clean_part(part.event.kind)
    by_form = [
        (len(form), -place, entry)
        for place, entry in enumerate(wording.events)
        for form in entry.forms
        if form and kind and form in kind
    ]
    if by_form:
        return max(by_form, key=lambda found: found[:2])[2]
    return next((one for one in wording.events if part.event.category in one.categories), wording.events[-1])


class EventTeller:
    """Tells the events of one report."""

    def __init__(self, scope: Scope, names: LibraryNames) -> None:
        self._scope, self._names, self._wording = scope, names, scope.wording
        self._times = TimeTeller(scope.summary.campaign, scope.wording)
        self._amounts = AmountTeller(scope.wording)
        self._parts: dict[int, list[EventSummary]] = {}
        for part in scope.told:
            if scope.is_part(part) and part.event.parent_id is not None:
                self._parts.setdefault(part.event.parent_id, []).append(part)

    def time_of(self, part: EventSummary) -> TimeWords:
        """When it was, in words."""
        return self._times.tell(self._scope.begun_of(part), has_length=bool(self._length(part)))

    def tell(
        self,
        part: EventSummary,
        opening: Opening,
        *,
        within: EventSummary | None = None,
        also: Sequence[EventSummary] = (),
    ) -> str:
        """The sentence without its full stop.

        `within`: the event that it is a part of, whose time and place hold. `also`: events that differ from it in
        nothing but their titles.
        """
        how = wording_of(part, self._wording)
        title = title_of(part.event, self._wording)
        verb_title = verb_title_of(part.event, title, self._wording)
        sentence = verb_title.sentence if verb_title else how.sentence
        audience = self._audience(part)
        amounts = list_amounts(part.figures, least_people=LEAST_PUBLIC if self._scope.public else 0)
        series = next((one.words for one in amounts if one.metric == SERIES and not one.doubtful), "")
        takes_series = bool(series) and (Gap.ISSUE in sentence.names or series in title.bare)
        if takes_series:
            amounts = [one for one in amounts if one.metric != SERIES]
        shown = title.bare if verb_title else title.words
        works = self._works(part, title)
        told = self._amounts.tell(amounts, title=shown, is_verb=bool(verb_title), audience=audience, works=works)
        came = self._came(part, how, audience)
        if how.works and works and not any(works in clause for clause in told.clauses):
            told.clauses.append(how.works.fill({Gap.WORKS: works}))
        names_audience = any(audience and audience in clause for clause in (*came, *told.clauses))
        gaps = {
            **self._title_gaps(part, title, opening, within),
            Gap.ISSUE: series if takes_series and series not in title.bare else "",
            Gap.AUDIENCE: audience,
            Gap.FOR_WHOM: "" if names_audience or opening.same_audience else self.for_whom(part),
        }
        if also:
            titles = [title.words, *(title_of(one.event, self._wording).words for one in also)]
            gaps[Gap.TITLE] = self._wording.word(Word.LISTED).join(titles[:-1]) + self._and(titles[-1])
        head = sentence.fill(gaps)
        head = head[: len(head) - told.cut] + told.attached
        told.clauses += self._details(part, title, head)
        clauses = [clause for clause in (head, *came, *told.clauses) if clause]
        return tidy("，".join(clauses)) + self._told_parts(part)

    def partners_of(self, part: EventSummary) -> str:
        """With whom it was held, in words."""
        return self._partners(part, title_of(part.event, self._wording))

    def bundle_of(self, part: EventSummary) -> tuple[str, ...] | None:
        """What must be the same for events to be told in one sentence; None where each needs its own."""
        title = title_of(part.event, self._wording)
        how = wording_of(part, self._wording)
        own = self.has_figures(part) or part.event.id in self._parts or part.event.speaker or self._length(part)
        if own or title.first or verb_title_of(part.event, title, self._wording) or self._works(part, title):
            return None
        counts = part.figures.counts
        if Gap.TITLE not in how.sentence.names or Gap.ONE_SESSION in how.sentence.names or counts.sessions > 1:
            return None
        gaps = self._title_gaps(part, title, Opening(Lead.SUBJECT), None)
        same = (Gap.TIME, Gap.PLACE, Gap.VENUE, Gap.PARTNERS, Gap.DONE)
        return (how.sentence.text, self.for_whom(part), *(gaps[name] for name in same))

    def has_figures(self, part: EventSummary) -> bool:
        """Whether anything about it is counted."""
        figures = part.figures
        return bool(figures.tallies or figures.unsummed or figures.counts.person_times or figures.counts.online_people)

    # --- the gaps

    def _title_gaps(
        self, part: EventSummary, title: EventTitle, opening: Opening, within: EventSummary | None
    ) -> dict[str, str]:
        occurrences = self._scope.begun_of(part)
        time = self.time_of(part)
        if within is not None and time == self.time_of(within):
            time = TimeWords()
        venues = self._venues(part, title, within)
        is_over = part.last_day is None or part.last_day <= self._scope.summary.made_at.date()
        counts = part.figures.counts
        one_session = counts.sessions == 1 and len(occurrences) == 1
        say = self._wording.lines
        speaker = "" if self._scope.public else clean_part(part.event.speaker)
        return {
            Gap.LIBRARY: opening.words if opening.lead is not Lead.TIME else "",
            Gap.TIME: self._time(time, opening),
            Gap.PLACE: self._place(part, venues, occurrences),
            Gap.VENUE: venue_words(venues, self._wording),
            Gap.NUMBER_OF_VENUES: counted(len(venues)) if len(venues) > 1 else "",
            Gap.PARTNERS: self._partners(part, title),
            Gap.SPEAKER: say[Line.SPOKEN_BY].fill({Gap.SPEAKER: speaker}) if speaker else "",
            Gap.LENGTH: self._length(part),
            Gap.FIRST_EVER: title.first,
            Gap.DONE: self._wording.word(Word.DONE) if is_over and not time.repeats else "",
            Gap.ONE_SESSION: self._wording.word(Word.ONE_SESSION) if one_session else "",
            Gap.TITLE: title.words,
            Gap.BARE_TITLE: title.bare,
        }

    def _time(self, time: TimeWords, opening: Opening) -> str:
        if opening.same_time:
            is_head = opening.lead is Lead.TIME
            return self._wording.lines[Line.SAME_DAY].fill({}) if is_head else ""
        return time.head if opening.lead is Lead.TIME else time.middle

    def _venues(self, part: EventSummary, title: EventTitle, within: EventSummary | None) -> list[str]:
        """Places that the title does not name already; inside another event without that one's place."""
        outer = {clean_part(venue) for venue in within.venues} if within else set()
        named: list[str] = []
        for occurrence in self._scope.begun_of(part):
            named.extend(clean_part(venue) for venue in occurrence.venues)
        venues = [venue for venue in dict.fromkeys(named) if venue and venue not in outer]
        for around in outer:
            venues = [venue.removeprefix(around) or venue for venue in venues]
        partners = {clean_part(partner) for partner in part.event.partners}
        if all(venue in title.bare for venue in venues) or set(venues) <= partners:
            return []
        return venues

    def _works(self, part: EventSummary, title: EventTitle) -> str:
        """Titles that the event's description names, where its kind is told by what was shown."""
        if wording_of(part, self._wording).works is None:
            return ""
        named = dict.fromkeys(_WORK.findall(clean_part(part.event.summary)))
        return "".join([work for work in named if work not in title.bare][:MOST_WORKS])

    def _details(self, part: EventSummary, title: EventTitle, head: str) -> list[str]:
        """What readers were told of an event without any figure, where the style asks for it and it says more."""
        told = clean_part(part.event.summary)
        if not self._scope.style.details or not told or self.has_figures(part) or self._works(part, title):
            return []
        pairs = {told[at : at + 2] for at in range(len(told) - 1)}
        known = sum(pair in head for pair in pairs)
        return [] if known * 2 > len(pairs) else [told]

    def _and(self, last: str) -> str:
        return self._wording.word(Word.AND) + last

    def _place(self, part: EventSummary, venues: list[str], occurrences: list[CountedOccurrence]) -> str:
        if not venues:
            return ""
        several = any(len(one.venues) > 1 for one in occurrences)
        same_day = part.first_day is not None and part.first_day == part.last_day
        line = Line.AT_PLACE if len(venues) == 1 else Line.AT_PLACES
        if len(venues) > 1 and several and same_day:
            line = Line.ONE_AFTER_OTHER
        return self._wording.lines[line].fill({Gap.VENUE: venue_words(venues, self._wording)})

    def _partners(self, part: EventSummary, title: EventTitle) -> str:
        """Other libraries of the house and other organisations; those that the title names are known."""
        by_id = {library.id: library for library in self._scope.libraries}
        helpers = [by_id[one] for one in part.event.partner_library_ids if one in by_id and one != part.library.id]
        units = [self._names.short(library) for library in helpers]
        units += [clean_part(partner) for partner in part.event.partners]
        units = [unit for unit in dict.fromkeys(units) if unit and unit not in title.bare]
        if not units:
            return ""
        line = Line.TOGETHER if len(units) <= MOST_PARTNERS else Line.TOGETHER_WITH_MANY
        named = self._wording.word(Word.LISTED).join(units[:MOST_PARTNERS])
        return self._wording.lines[line].fill({Gap.UNITS: named, Gap.NUMBER_OF_UNITS: str(len(units))})

    def _length(self, part: EventSummary) -> str:
        """How long it went on, where it is one thing that goes on and not several sessions."""
        held = self._scope.occurrences_of(part)
        if part.duration is None or len(held) != 1 or held[0].first_day == held[0].last_day:
            return ""
        return self._wording.lines[Line.LASTING].fill({Gap.LENGTH: length_words(part.duration)})

    def _audience(self, part: EventSummary) -> str:
        groups = [clean_part(group) for group in part.event.audience]
        named = list(dict.fromkeys(group for group in groups if group))
        return (
            self._wording.word(Word.LISTED).join(named[:-1]) + self._and(named[-1])
            if len(named) > 1
            else "".join(named)
        )

    def for_whom(self, part: EventSummary) -> str:
        """Whom it was meant for, where that says something and the title does not say it."""
        title, audience = title_of(part.event, self._wording), self._audience(part)
        anybody = self._wording.list(WordList.ANYBODY)
        if not audience or audience in title.bare or all(clean_part(one) in anybody for one in part.event.audience):
            return ""
        return self._wording.lines[Line.MEANT_FOR].fill({Gap.AUDIENCE: audience})

    # --- people

    def _came(self, part: EventSummary, how: EventWording, audience: str) -> list[str]:
        """How many sessions there were and how many people came to them."""
        counts, told = part.figures.counts, []
        if counts.sessions > 1 and part.event.category is not Category.EXHIBITION:
            told.append(self._wording.lines[Line.SESSIONS_HELD].fill({Gap.SESSIONS: str(counts.sessions)}))
        take_part = how.take_part
        noted = [total for total in part.figures.tallies if total.metric == "attendance"]
        if counts.checked_in_people + counts.walk_ins == 0 and noted:
            for total in noted:
                if not self._is_hidden(int(total.number)):
                    words = quantity_words(total.quantity, total.written)
                    told.append(self._people(words, total.unit, audience, take_part))
        elif counts.person_times > 0 and not self._is_hidden(counts.person_times):
            exactness = sum_exactness(total.exactness for total in noted) if counts.tallied_people else Exactness.EXACT
            unit = self._wording.word(Word.PERSON_TIMES)
            words = people_words(counts.person_times, unit, exactness, rounded=self._scope.rounds)
            told.append(self._people(words, unit, audience, take_part, counted=bool(told)))
        if counts.online_people and not self._is_hidden(counts.online_people):
            told.append(self._online(Line.CAME_ONLINE, counts.online_people))
        if counts.online_live and not self._is_hidden(counts.online_live):
            told.append(self._online(Line.WATCHED, counts.online_live))
        if counts.online_views:
            told.append(self._online(Line.VIEWED, counts.online_views))
        for tally in part.figures.unsummed:
            if tally.metric == "attendance":
                words = quantity_words(Quantity(tally.number, clean_part(tally.unit), tally.exactness), tally.written)
                told.append(self._people(words, self._wording.word(Word.PERSON_TIMES), audience, take_part))
        return told

    def _online(self, line: Line, number: int) -> str:
        return self._wording.lines[line].fill({Gap.PERSON_TIMES: str(number)})

    def _is_hidden(self, people: int) -> bool:
        return self._scope.public and people < LEAST_PUBLIC

    def _people(self, words: str, unit: str, audience: str, take_part: str, *, counted: bool = False) -> str:
        gaps = {Gap.AUDIENCE: audience, Gap.TAKE_PART: take_part}
        if unit in PERSON_UNITS and unit != self._wording.word(Word.PERSON_TIMES):
            return self._wording.lines[Line.PEOPLE_CAME].fill({**gaps, Gap.PEOPLE: words})
        line = Line.PERSON_TIMES_TOO if counted else Line.PERSON_TIMES_CAME
        return self._wording.lines[line].fill({**gaps, Gap.PERSON_TIMES: words})

    # --- what follows

    def mark_of(self, parts: Iterable[EventSummary]) -> str:
        """What marks a sentence with figures of a library that has not confirmed them."""
        told = [one for part in parts for one in (part, *self._parts.get(part.event.id, ()))]
        is_open = any(self.has_figures(part) and self._scope.is_unconfirmed(part.library) for part in told)
        return self._wording.word(Word.UNKNOWN) if is_open else ""

    def _told_parts(self, part: EventSummary) -> str:
        """The events inside this one, in its own sentence."""
        joins = self._wording.list(WordList.PARTS)
        told = [
            self.tell(child, Opening(Lead.JOIN, joins[place % len(joins)] if joins else ""), within=part)
            for place, child in enumerate(self._parts.get(part.event.id, ()))
        ]
        return "".join(self._wording.word(Word.BETWEEN) + words for words in told)
