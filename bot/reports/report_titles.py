"""Titles of events as they stand in a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.kinds import Category
from bot.domain.punctuation import clean_name, clean_part, is_whole, is_wrapped, quoted
from bot.domain.summary_facts import CountedEvent
from bot.texts.report_lines import Word, WordList
from bot.texts.wording import VerbTitle, Wording

LONGEST_BARE = 24
"""A longer title stands in quotes, so that one sees where it ends."""
_TAIL = re.compile("（([^（）]*)）$")
_NEEDS_QUOTES = re.compile("[，。；：！？ —…]")
_NOT_DONE = frozenset({Category.LECTURE, Category.EXHIBITION, Category.TRAINING})


@dataclass(frozen=True, slots=True)
class EventTitle:
    """`words`: with a noun at its end, to be held; `bare`: as it was typed. `first`: it was held for the first time."""

    words: str
    bare: str
    first: str = ""


def title_of(event: CountedEvent, wording: Wording) -> EventTitle:
    """The title of an event, in quotes where it needs them."""
    name = clean_name(event.title) or clean_part(event.kind) or wording.word(Word.ACTIVITY)
    first = ""
    if match := _TAIL.search(name):
        if match[1] in wording.list(WordList.FIRST_EVER):
            first = match[1]
        if first or match[1] == clean_part(event.kind):
            name = name[: match.start()] or name
    noun = _noun_of(event, name, wording)
    series, colon, topic = name.partition("：")
    if colon and topic and not _must_be_quoted(series) and "：" not in topic and is_whole(series) and is_whole(topic):
        return EventTitle(series + quoted(topic) + noun, name, first)
    shown = quoted(name) if _must_be_quoted(name) else name
    cores = (shown.rstrip("”》’）"), _TAIL.sub("", shown).rstrip("”》’"))
    has_noun = any(core.endswith(wording.list(WordList.NOUN_ENDINGS)) for core in cores)
    return EventTitle(shown if has_noun else shown + noun, name, first)


def _noun_of(event: CountedEvent, name: str, wording: Wording) -> str:
    """What a title without a noun is called: its form, where that is a noun and says nothing twice; else 活动."""
    kind, core = clean_part(event.kind), name.rstrip("”》’）")
    fits = kind.endswith(wording.list(WordList.NOUN_ENDINGS)) and not set(kind) & set(core[-2:])
    is_said = any(kind[at : at + 2] in name for at in range(max(1, len(kind) - 1)))
    return kind if fits and not is_said else wording.word(Word.ACTIVITY)


def _must_be_quoted(name: str) -> bool:
    if is_wrapped(name, "“", "”") or is_wrapped(name, "《", "》"):
        return False
    outside = re.sub("“[^”]*”|《[^》]*》|（[^（）]*）", "", name)
    return bool(_NEEDS_QUOTES.search(outside)) or (len(outside) > LONGEST_BARE)


def verb_title_of(event: CountedEvent, title: EventTitle, wording: Wording) -> VerbTitle | None:
    """How a title is told that says itself what was done; None for the name of a thing."""
    if event.category in _NOT_DONE or re.search("[，。；：！？—]", re.sub("“[^”]*”|《[^》]*》", "", title.bare)):
        return None
    for one in wording.verb_titles:
        if title.bare.startswith(one.starts) and (not one.holds or any(word in title.bare for word in one.holds)):
            return one
    return None
