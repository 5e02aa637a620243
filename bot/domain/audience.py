"""The classes of people that national statistics ask for among those an event is for (library-domain T3)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Audience(StrEnum):
    """Whom an event is for, as far as statistics tell people apart."""

    MINORS = "minors"
    ELDERLY = "elderly"
    DISABLED = "disabled"
    GENERAL = "general"


def audience_of(words: tuple[str, ...], marks: Mapping[Audience, tuple[str, ...]]) -> Audience:
    """The class of an event whose audience is told in these words; `marks`: what a word of each class contains.

    A class stands only when every word speaks of it: 家长与孩子 are a family and 读者 and 儿童 are for everybody,
    but 少年儿童 alone are minors.
    """
    found = {_mark_of(word, marks) for word in words}
    return found.pop() if len(found) == 1 else Audience.GENERAL


def _mark_of(word: str, marks: Mapping[Audience, tuple[str, ...]]) -> Audience:
    return next((kind for kind, parts in marks.items() if any(part in word for part in parts)), Audience.GENERAL)
