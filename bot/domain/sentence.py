"""Sentences with gaps: placeholders, and segments that vanish when a value is missing.

`{name}` is a placeholder. `〔…〕` is a segment that is left out when one of its own placeholders has no value; segments
inside it stand for themselves. `〔a｜b〕` is the first of several that can be written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

_OPEN, _CLOSE, _OR = "〔", "〕", "｜"
DEEPEST = 4


class SentenceFault(ValueError):
    """Why a sentence cannot be used; `kind` is a stable word, `detail` what it is about."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind} {detail}".strip())
        self.kind, self.detail = kind, detail


@dataclass(frozen=True, slots=True)
class _Gap:
    name: str


@dataclass(frozen=True, slots=True)
class _Choice:
    ways: tuple[tuple[_Part, ...], ...]


_Part = str | _Gap | _Choice


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with gaps, read and checked."""

    text: str
    parts: tuple[_Part, ...]

    @property
    def names(self) -> frozenset[str]:
        """The placeholders in it."""
        return frozenset(_names(self.parts))

    def fill(self, values: Mapping[str, str]) -> str:
        """The sentence with its values; what has none is left out, a segment around it too."""
        return _fill(self.parts, values)


def read_sentence(text: str, allowed: Collection[str] | None = None) -> Sentence:
    """Read a sentence; raises SentenceFault for brackets that do not match and placeholders that are not allowed."""
    parts, end = _read(text, 0, 0)
    if end < len(text):
        raise SentenceFault("unopened", text[end])
    sentence = Sentence(text, parts)
    unknown = sorted(sentence.names - set(allowed)) if allowed is not None else []
    if unknown:
        raise SentenceFault("unknown", unknown[0])
    return sentence


def _read(text: str, start: int, depth: int) -> tuple[tuple[_Part, ...], int]:
    """Parts up to the end or to a sign that belongs to the segment around them."""
    parts: list[_Part] = []
    at = start
    while at < len(text):
        sign = text[at]
        if sign in (_CLOSE, _OR):
            if depth == 0 and sign == _OR:
                raise SentenceFault("stray_or")
            break
        if sign == "{":
            part, at = _read_gap(text, at)
        elif sign == _OPEN:
            part, at = _read_choice(text, at, depth + 1)
        elif sign == "}":
            raise SentenceFault("unopened", sign)
        else:
            part, at = sign, at + 1
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    return tuple(parts), at


def _read_gap(text: str, at: int) -> tuple[_Part, int]:
    end = text.find("}", at)
    name = text[at + 1 : end] if end > 0 else ""
    if not name or any(sign in name for sign in "{〔〕｜"):
        raise SentenceFault("bad_gap", text[at : at + 12])
    return _Gap(name), end + 1


def _read_choice(text: str, at: int, depth: int) -> tuple[_Part, int]:
    if depth > DEEPEST:
        raise SentenceFault("too_deep")
    ways: list[tuple[_Part, ...]] = []
    while True:
        way, at = _read(text, at + 1, depth)
        ways.append(way)
        if at >= len(text):
            raise SentenceFault("unclosed", _OPEN)
        if text[at] == _CLOSE:
            return _Choice(tuple(ways)), at + 1


def _names(parts: tuple[_Part, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, _Gap):
            yield part.name
        elif isinstance(part, _Choice):
            for way in part.ways:
                yield from _names(way)


def _fill(parts: tuple[_Part, ...], values: Mapping[str, str]) -> str:
    written: list[str] = []
    for part in parts:
        if isinstance(part, str):
            written.append(part)
        elif isinstance(part, _Gap):
            written.append(values.get(part.name, ""))
        else:
            written.append(next((_fill(way, values) for way in part.ways if _can_be(way, values)), ""))
    return "".join(written)


def _can_be(way: tuple[_Part, ...], values: Mapping[str, str]) -> bool:
    return all(values.get(part.name) for part in way if isinstance(part, _Gap))
