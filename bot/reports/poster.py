"""Posters to be hung up or sent on: one occurrence, or all dates of one event, on one page each.

Drawn by typst out of `poster.typ`. Words reach the template as data (JSON), so a title's `*`, `#`, `$` or quotes stay
what they are. The library is loaded at the first poster: most processes never draw.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.domain.occurrence import OccurrenceFacts
from bot.reports.lettering import drawable
from bot.reports.qr import QUIET_ZONE, QrPicture
from bot.reports.typesetting import typeset
from bot.texts import posters as words

TEMPLATE = Path(__file__).with_name("poster.typ")
MOST_DATES = 16
"""More dates of one event than these would be too small to read."""

PHONE_PX = 1080
_MM_PER_INCH = 25.4
_UNBROKEN = 14


class Size(StrEnum):
    """Sheets, and the picture for phones."""

    A4 = "A4"
    A3 = "A3"
    PHONE = "phone"


_MM = {Size.A4: (210.0, 297.0), Size.A3: (297.0, 420.0), Size.PHONE: (108.0, 162.0)}


class CodeKind(StrEnum):
    """What the poster's code leads to."""

    SCENE = "scene"  # the occurrence itself: one scan
    ACCOUNT = "account"  # the account; the reader then sends a message
    NONE = "none"  # there is no code: the account is searched by its name


@dataclass(frozen=True, slots=True)
class PosterCode:
    """The poster's QR code; `content` is empty where there is none."""

    kind: CodeKind
    content: str = ""


@dataclass(frozen=True, slots=True)
class Poster:
    """All that a poster tells. `shown`: occurrences of one event, at least one, in the order of their dates."""

    shown: tuple[OccurrenceFacts, ...]
    theme: str
    account_name: str
    contact: str
    code: PosterCode


def draw_pdf(posters: Sequence[Poster], size: Size = Size.A4) -> bytes:
    """A PDF of one page for each poster. Takes some 0.1 s for the first page."""
    return _compile(posters, size, "pdf", None)


def draw_png(poster: Poster, size: Size = Size.PHONE, width_px: int = PHONE_PX) -> bytes:
    """A picture of one poster."""
    return _compile([poster], size, "png", width_px / _MM[size][0] * _MM_PER_INCH)


def describe(poster: Poster) -> dict[str, object]:
    """All words and the code of a poster, as the template takes them; equal ones are drawn the same."""
    first, single = poster.shown[0], len(poster.shown) == 1
    scene = single and poster.code.kind is CodeKind.SCENE  # of many dates it leads to the first only
    has_code = poster.code.kind is not CodeKind.NONE
    dates = words.date_lines(poster.shown)
    left_out = len(dates) - MOST_DATES
    return {
        "library": _fit(first.library_name),
        "theme": _fit(poster.theme),
        "title": _fit(words.title_words(poster.shown)),
        "phrases": phrases_of(_fit(words.title_words(poster.shown))),
        "label": _fit(words.label_words(poster.shown)),
        "facts": [[name, _fit(value), _fit(small)] for name, value, small in words.fact_lines(poster.shown)],
        "dates": [[number, _fit(when), _fit(where)] for number, when, where in dates[:MOST_DATES]],
        "more": words.more_dates(left_out) if left_out > 0 else "",
        "call": words.call_words(first, scene=scene, code=has_code),
        "name": "" if has_code else _fit(words.searched_name(poster.account_name, first.library_name)),
        "then": "" if has_code else words.THEN_SEND,
        "message": words.message_words(first, single=single),
        "hint": _fit(words.hint_words(poster.shown, poster.account_name, scene=scene)),
        "contact": _fit(words.contact_words(poster.contact)),
        "scene": scene,
        "qr": _svg(poster.code.content) if poster.code.content else "",
    }


def _compile(posters: Sequence[Poster], size: Size, ending: str, ppi: float | None) -> bytes:
    width, height = _MM[size]
    inputs = {
        "data": json.dumps([describe(poster) for poster in posters], ensure_ascii=False),
        "width": str(width),
        "height": str(height),
    }
    return typeset(TEMPLATE, inputs, ending, ppi)


def phrases_of(title: str) -> list[str]:
    """A title cut behind its marks and spaces, where a line may well end."""
    return [part for part in words.PHRASE.findall(title) if part]


def _fit(text: str) -> str:
    """The text as the font draws it, with places to break in what has none."""
    parts = drawable(text).split(" ")
    return " ".join(_breakable(part) for part in parts)


def _breakable(part: str) -> str:
    if len(part) <= _UNBROKEN or not part.isascii():
        return part
    return "\u200b".join(part[at : at + _UNBROKEN // 2] for at in range(0, len(part), _UNBROKEN // 2))


def _svg(content: str) -> str:
    """The code as one path of squares, quiet zone included."""
    picture = QrPicture(content)
    squares = [
        f"M{column + QUIET_ZONE} {row + QUIET_ZONE}h1v1h-1z"
        for row, line in enumerate(picture.code.modules)
        for column, is_dark in enumerate(line)
        if is_dark
    ]
    side = picture.side
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{"".join(squares)}" fill="#000"/></svg>'
    )
