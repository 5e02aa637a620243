"""The wording of the report as data: sentences with gaps, words, and how events and amounts are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.kinds import Category
from bot.domain.sentence import Sentence
from bot.texts.report_lines import Line, When, Word, WordList


@dataclass(frozen=True, slots=True)
class EventWording:
    """How an event of some kind is told: the group it stands in, what people did there, and its sentences."""

    forms: tuple[str, ...]
    categories: tuple[Category, ...]
    group: str
    take_part: str
    sentence: Sentence
    works: Sentence | None = None  # what was shown, by its titles


@dataclass(frozen=True, slots=True)
class VerbTitle:
    """A title that begins with one of these words (and has one of `holds` in it) is told as what was done."""

    starts: tuple[str, ...]
    holds: tuple[str, ...]
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class MetricWording:
    """How an amount is told: verb and noun before it, or a sentence of its own.

    `joins`: a title that begins or ends with one of them takes the amount at once. `titled`: its parts are titles.
    """

    verb: str = ""
    noun: Sentence | None = None
    sentence: Sentence | None = None
    joins: tuple[str, ...] = ()
    titled: bool = False


@dataclass(frozen=True, slots=True)
class Together:
    """Several metrics of one event in one sentence; its gaps are their names."""

    metrics: tuple[str, ...]
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class BroadGroup:
    """Several groups under one heading, where each alone holds too little."""

    heading: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """All words of the report."""

    lines: Mapping[Line, Sentence]
    words: Mapping[Word, str]
    lists: Mapping[WordList, tuple[str, ...]]
    times: Mapping[When, tuple[Sentence, Sentence]]
    regions: Mapping[str, str]
    groups: Mapping[str, str]
    broad_groups: Mapping[str, BroadGroup]
    events: tuple[EventWording, ...]
    verb_titles: tuple[VerbTitle, ...]
    metrics: Mapping[str, MetricWording]
    together: tuple[Together, ...]
    media: Mapping[str, Sentence]
    source: str  # the whole file in force

    def word(self, word: Word) -> str:
        """A bare word."""
        return self.words[word]

    def list(self, words: WordList) -> tuple[str, ...]:
        """A list of words."""
        return self.lists[words]
