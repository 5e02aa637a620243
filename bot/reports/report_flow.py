"""Sentences of several events put one after the other, so that they read as one text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.kinds import Exactness
from bot.domain.punctuation import tidy
from bot.domain.report_style import GroupBy, Points
from bot.domain.summary import EventSummary
from bot.domain.summary_facts import CountedLibrary, Counts
from bot.reports.report_amounts import people_words
from bot.reports.report_events import LEAST_PUBLIC, EventTeller, Lead, Opening
from bot.reports.report_scope import LibraryNames, Scope
from bot.texts.numeral_words import numeral
from bot.texts.report_lines import Gap, Line, Word, WordList

LONG_SENTENCE = 130
"""Characters after which the next event begins a new sentence."""
LONG_PARAGRAPH = 650
MOST_TOGETHER = 4
MOST_OF_ONE, NAMED_OF_MANY = 15, 8
"""More events of one library in one group are summed up, and so many of them told."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Some sentences about one library's events."""

    library: CountedLibrary
    words: str


class Flow:
    """Tells groups of events."""

    def __init__(self, scope: Scope, names: LibraryNames, teller: EventTeller) -> None:
        self._scope, self._names, self._teller = scope, names, teller
        self._order = {library.id: place for place, library in enumerate(scope.libraries)}
        self._single = scope.single is not None

    def tell(self, parts: Sequence[EventSummary]) -> list[Passage]:
        """A passage for each library, in the order of the libraries; its events by date, undated ones as planned."""
        if self._scope.style.points is Points.COUNTED:
            return self._counted(self.sorted(parts))
        passages: list[Passage] = []
        run: list[EventSummary] = []
        for part in self.sorted(parts):
            if run and run[0].library.id != part.library.id:
                passages.append(self._passage(run))
                run = []
            run.append(part)
        if run:
            passages.append(self._passage(run))
        return passages

    def sorted(self, parts: Sequence[EventSummary]) -> list[EventSummary]:
        """By library, then by day; what has no date comes last, as it was planned."""
        return sorted(parts, key=lambda part: (self._order.get(part.library.id, 0), part.first_day or date.max))

    def _passage(self, run: Sequence[EventSummary]) -> Passage:
        """One library's events. Its name begins every sentence; inside one, time or a joining word does."""
        if len(run) > MOST_OF_ONE:
            return self._shortened(run)
        between, end = self._scope.wording.word(Word.BETWEEN), self._scope.wording.word(Word.END)
        sentences: list[str] = []
        told: list[list[EventSummary]] = []
        joined, most = 0, max(1, len(self._scope.wording.list(WordList.JOINS)))
        before: EventSummary | None = None
        for part, *also in self._bundled(run):
            fresh = not sentences or len(sentences[-1]) > LONG_SENTENCE or joined >= most
            fresh = fresh or (before is not None and self._loses_date(before, part))
            joined = 0 if fresh else joined
            opening, joined = self._opening(part, fresh, before, joined)
            before = part
            words = self._teller.tell(part, opening, also=also)
            if fresh:
                sentences.append(words)
                told.append([part, *also])
            else:
                sentences[-1] += between + words
                told[-1] += [part, *also]
        marked = zip(sentences, map(self._teller.mark_of, told), strict=True)
        return Passage(run[0].library, "".join(tidy(sentence + mark + end) for sentence, mark in marked))

    def _shortened(self, run: Sequence[EventSummary]) -> Passage:
        """Very many events of one library: all of them summed up, then those that most people came to."""
        counts = Counts.sum_of([part.figures.counts for part in run])
        most = sorted(run, key=lambda part: -part.figures.counts.person_times)[:NAMED_OF_MANY]
        named = [part for part in run if part in most]
        inexact = Exactness.ABOUT if counts.tallied_people else Exactness.EXACT
        unit = self._scope.wording.word(Word.PERSON_TIMES)
        came = people_words(counts.person_times, unit, inexact, rounded=self._scope.rounds)
        gaps = {
            Gap.LIBRARY: self._names.name(run[0].library),
            Gap.ACTIVITIES: str(len(run)),
            Gap.NUMBER_OF_SESSIONS: str(counts.sessions),
            Gap.PERSON_TIMES: came if counts.person_times >= LEAST_PUBLIC else "",
            Gap.NAMED: numeral(len(named)),
        }
        rest = {Gap.ACTIVITIES: str(len(run) - len(named))}
        say = self._scope.say
        words = tidy(say(Line.MANY, gaps)) + self._passage(named).words + tidy(say(Line.THE_REST, rest))
        return Passage(run[0].library, words)

    def _loses_date(self, before: EventSummary, part: EventSummary) -> bool:
        """Whether a joining word would put an event without a date on the days of the one before."""
        return bool(self._teller.time_of(before).head) and not self._teller.time_of(part).head

    def _bundled(self, run: Sequence[EventSummary]) -> list[list[EventSummary]]:
        """Events that differ in nothing but their titles together, where the first of them stands."""
        bundles: list[list[EventSummary]] = []
        open_ones: dict[tuple[str, ...], list[EventSummary]] = {}
        for part in run:
            key = self._teller.bundle_of(part)
            bundle = open_ones.get(key) if key else None
            if bundle is not None and len(bundle) < MOST_TOGETHER:
                bundle.append(part)
                continue
            bundles.append([part])
            if key:
                open_ones[key] = bundles[-1]
        return bundles

    def _opening(
        self, part: EventSummary, fresh: bool, before: EventSummary | None, joined: int
    ) -> tuple[Opening, int]:
        time = self._teller.time_of(part)
        if fresh and not (before is not None and self._single and time.head):
            also = self._scope.wording.word(Word.ALSO) if before is not None else ""
            return Opening(Lead.SUBJECT, self._names.name(part.library) + also), joined
        same_time = before is not None and self._teller.time_of(before) == time and bool(time.head)
        whom = self._teller.for_whom(part)
        same_audience = before is not None and not fresh and self._teller.for_whom(before) == whom
        if time.head and not (same_time and time.day is None):
            return Opening(Lead.TIME, "", same_time, same_audience), joined
        joins = self._scope.wording.list(WordList.JOINS)
        word = joins[joined % len(joins)] if joins else ""
        return Opening(Lead.JOIN, word, same_time, same_audience), joined + 1

    def _counted(self, parts: Sequence[EventSummary]) -> list[Passage]:
        """Firstly, secondly: every event a point of its own, in one run."""
        if not parts:
            return []
        between, end = self._scope.wording.word(Word.BETWEEN), self._scope.wording.word(Word.END)
        points = []
        before = None
        for place, part in enumerate(parts, start=1):
            same = before == part.library.id
            before = part.library.id
            lead = Opening(Lead.TIME) if same else Opening(Lead.SUBJECT, self._names.name(part.library))
            if not same and self._scope.style.group_by is GroupBy.LIBRARY and not self._single:
                lead = Opening(Lead.JOIN)  # its name is the heading
            points.append(numeral(place) + self._scope.wording.word(Word.POINT) + self._teller.tell(part, lead))
        return [Passage(parts[0].library, tidy(between.join(points) + self._teller.mark_of(parts) + end))]


def paragraphs_of(passages: Sequence[Passage]) -> list[Passage]:
    """One paragraph while it is short, else one for each library; a very long one is parted at its full stops."""
    if not passages:
        return []
    whole = "".join(passage.words for passage in passages)
    if len(whole) <= LONG_PARAGRAPH:
        return [Passage(passages[0].library, whole)]
    return [piece for passage in passages for piece in _parted(passage)]


def _parted(passage: Passage) -> list[Passage]:
    pieces: list[str] = [""]
    for sentence in passage.words.split("。"):
        if not sentence:
            continue
        if pieces[-1] and len(pieces[-1]) + len(sentence) > LONG_PARAGRAPH:
            pieces.append("")
        pieces[-1] += sentence + "。"
    return [Passage(passage.library, piece) for piece in pieces if piece]
