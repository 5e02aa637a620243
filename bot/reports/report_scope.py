"""What all sentences of one report share: whose it is, how libraries are called, which events are told where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.domain.clock import local_day
from bot.domain.kinds import Category
from bot.domain.punctuation import clean_name, clean_part, quoted
from bot.domain.report_style import CountsAs, Form, ReportStyle
from bot.domain.summary import Confirmed, EventSummary, LibrarySummary, Summary
from bot.domain.summary_facts import CountedLibrary, CountedOccurrence
from bot.texts.campaign_files import word_of
from bot.texts.numeral_words import date_words, from_year, full_date_words
from bot.texts.report_lines import Gap, Line, Word, WordList
from bot.texts.wording import Wording


@dataclass(slots=True)
class LibraryNames:
    """Names as a reader meets them: in full at first, then the short one if it is one library's alone."""

    libraries: Mapping[int, CountedLibrary]
    single: int | None
    we: str
    _met: set[int] = field(default_factory=set)
    _shorts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Count the short names, so that one that two libraries bear is not used."""
        self._shorts.update(
            short for library in self.libraries.values() for short in {clean_part(one) for one in library.aliases}
        )

    def full(self, library: CountedLibrary) -> str:
        """The whole name."""
        return clean_part(library.name) or library.code

    def name(self, library: CountedLibrary) -> str:
        """As it stands in a sentence, and from now on known to the reader."""
        if library.id == self.single and library.id in self._met:
            return self.we
        if library.id not in self._met:
            self._met.add(library.id)
            return self.full(library)
        return self.short(library)

    def short(self, library: CountedLibrary) -> str:
        """The first short name that is no other library's; the whole one where there is none."""
        shorts = (clean_part(alias) for alias in library.aliases)
        return next((short for short in shorts if short and self._shorts[short] == 1), self.full(library))


@dataclass(slots=True)
class Scope:
    """One report while it is written. `to_check` gathers what a person must look at."""

    summary: Summary
    style: ReportStyle
    wording: Wording
    public: bool = False
    to_check: list[str] = field(default_factory=list)
    told: list[EventSummary] = field(default_factory=list)
    """The events that were held, or that are told in words only."""
    _planned: dict[int, list[CountedOccurrence]] = field(default_factory=dict)
    _told_ids: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Look once at what belongs to which event."""
        for one in self.summary.occurrences:
            self._planned.setdefault(one.event.id, []).append(one.occurrence)
        self.told = [part for part in self.summary.events if self.is_told(part)]
        self._told_ids = {part.event.id for part in self.told}

    @property
    def libraries(self) -> tuple[CountedLibrary, ...]:
        """The libraries of the report."""
        return tuple(part.library for part in self.summary.libraries)

    @property
    def single(self) -> CountedLibrary | None:
        """The one library that the report is of; None where it is of several."""
        if self.summary.library is not None and len(self.summary.libraries) <= 1:
            return self.summary.library
        return self.libraries[0] if len(self.libraries) == 1 else None

    @property
    def house(self) -> CountedLibrary | None:
        """The library that issues the report."""
        if self.summary.library is not None:
            return self.summary.library
        issuer = self.summary.campaign.library_id
        return next((one for one in self.libraries if one.id == issuer), None)

    @property
    def rounds(self) -> bool:
        """Whether counted people are told in round numbers."""
        return self.style.counts is CountsAs.ROUNDED

    @property
    def form(self) -> Form:
        """A report where something is sent up; a library's own is always a summary."""
        if self.summary.library is not None:
            return Form.SUMMARY
        if self.style.form is not None:
            return self.style.form
        return Form.REPORT if clean_part(self.summary.campaign.addressee) else Form.SUMMARY

    def is_told(self, part: EventSummary) -> bool:
        """Whether an event has begun, or happened at some unknown time of a campaign that is over."""
        held = self.occurrences_of(part)
        if any(occurrence.starts_at and occurrence.starts_at <= self.summary.made_at for occurrence in held):
            return True
        has_passed = local_day(self.summary.made_at) > self.summary.campaign.ends_on
        undated = any(occurrence.starts_at is None for occurrence in held)
        has_any = self.summary.day is None and part.event.id not in self._planned
        figures = part.figures
        noted = bool(figures.tallies or figures.unsummed or figures.counts.person_times)
        return noted or ((undated or has_any) and has_passed)

    def occurrences_of(self, part: EventSummary) -> list[CountedOccurrence]:
        """Its occurrences that were not called off."""
        return [one for one in self._planned.get(part.event.id, ()) if not one.is_cancelled]

    def begun_of(self, part: EventSummary) -> list[CountedOccurrence]:
        """Those of them that have begun, or have no date."""
        now = self.summary.made_at
        return [one for one in self.occurrences_of(part) if one.starts_at is None or one.starts_at <= now]

    def is_meeting(self, part: EventSummary) -> bool:
        """An internal event that stands under organisation."""
        kind = clean_part(part.event.kind)
        return part.event.is_internal and any(word in kind for word in self.wording.list(WordList.MEETINGS))

    def is_publicity(self, part: EventSummary) -> bool:
        """An event that stands under publicity."""
        return part.event.category is Category.PUBLICITY

    def is_part(self, part: EventSummary) -> bool:
        """Whether it is told inside another event's sentence."""
        return part.event.parent_id in self._told_ids and part.event.parent_id != part.event.id

    def is_unconfirmed(self, library: CountedLibrary) -> bool:
        """Whether a library has not said that its figures, as they are now, are right."""
        return any(
            one.library.id == library.id and one.state is not Confirmed.YES for one in self.summary.confirmations
        )

    def region(self) -> str:
        """The whole that a report of several libraries speaks of."""
        house = self.house
        level = word_of("level", house.level) if house else ""
        return self.wording.regions.get(level, self.wording.word(Word.ALL_LIBRARIES))

    def everywhere(self) -> dict[str, str]:
        """The gaps that have a value in every sentence."""
        campaign = self.summary.campaign
        title = clean_part(campaign.title)
        return {
            Gap.CAMPAIGN: title,
            Gap.SHORT_CAMPAIGN: from_year(title),
            Gap.CAMPAIGN_EVENT: self._as_event(title),
            Gap.SHORT_CAMPAIGN_EVENT: self._as_event(from_year(title)),
            Gap.REGION: self.region(),
            Gap.SPAN: self.span(campaign.starts_on, campaign.ends_on),
        }

    def _as_event(self, title: str) -> str:
        """The campaign as something that is held: 服务宣传周活动, 阅读活动周."""
        if title.endswith(self.wording.list(WordList.EVENT_ENDINGS)):
            return title
        return title + self.wording.word(Word.ACTIVITY)

    def span(self, first: date, last: date) -> str:
        """The campaign's days with their year."""
        begins = full_date_words(first.year, first.month, first.day)
        if first == last:
            return begins
        month = first.month if first.year == last.year else 0
        ends = date_words(last.year, last.month, last.day, of_year=first.year, of_month=month)
        return begins + self.wording.word(Word.UNTIL) + ends

    def say(self, line: Line, gaps: Mapping[str, str] | None = None) -> str:
        """A sentence of the wording."""
        return self.wording.lines[line].fill({**self.everywhere(), **(gaps or {})})

    def theme(self) -> str:
        """The theme, fit to stand in quotes."""
        name = clean_name(self.summary.campaign.theme)
        return quoted(name)[1:-1] if name else ""

    def own_part(self, library: CountedLibrary) -> LibrarySummary | None:
        """A library's figures."""
        return next((part for part in self.summary.libraries if part.library.id == library.id), None)


def new_names(scope: Scope) -> LibraryNames:
    """Names at the beginning of a report."""
    single = scope.single
    by_id = {library.id: library for library in scope.libraries}
    return LibraryNames(by_id, single.id if single else None, scope.wording.word(Word.WE))
