"""How wide words are on paper, before anything is drawn: titles, signatures and columns are laid out by it."""

from __future__ import annotations

import re
import unicodedata

_WIDE_LETTERS = frozenset("ABCDEFGHKLMNOPQRSTUVWXYZmw%&@")
_NARROW = 0.5
_WIDE = 0.75
# The pieces that a line does not break: letters and digits that belong together, or one Chinese character.
_PIECE = re.compile("[0-9A-Za-z.,:%+\\-_/&=?#@~\u2013\u2014]+")


def char_width(char: str) -> float:
    """In Chinese characters. Digits of Times New Roman and of 仿宋 are exactly half as wide."""
    if char.isascii():
        return _WIDE if char in _WIDE_LETTERS else _NARROW
    return _NARROW if unicodedata.east_asian_width(char) in "HN" and not unicodedata.combining(char) else 1.0


def width(text: str) -> float:
    """In Chinese characters."""
    if text.isascii():
        return sum(_WIDE if char in _WIDE_LETTERS else _NARROW for char in text)
    return sum(map(char_width, text))


def longest_piece(text: str) -> float:
    """The width of the longest piece that no line should break."""
    return max((width(piece) for piece in _PIECE.findall(text)), default=0.0)
