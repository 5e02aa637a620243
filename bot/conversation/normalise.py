"""Cleaning of typed text, before anything is read in it.

Three depths, each safe to apply twice: `tidy` (half width, no invisible characters, one line; nothing of meaning is
lost, so names and comments are taken from it), `simplify` (simplified characters), and `read`/`normalise` (the core
of the message without greetings, particles, brackets, emoji and edge punctuation, in which commands are looked for).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import opencc

from bot.texts import vocabulary

LONGEST_MESSAGE = 2048

# Invisible or unprintable: controls, soft hyphen, zero-width and direction marks, variation selectors, lone
# surrogates, tags, the keycap frame. Tab and line ends stay and become spaces.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u20e3\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
_SPACES = re.compile(r"\s{2,}|[^\S ]")
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_EMOJI = re.compile(
    "[\u2190-\u21ff\u2300-\u23ff\u2500-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\ue000-\uf8ff\U0001f000-\U0001faff]"
)
_WECHAT_EMOTICON = re.compile(r"\[[\u4e00-\u9fffA-Za-z]{1,4}\]")
_BRACKETS = re.compile("[【】「」『』〖〗《》〈〉<>\\[\\]{}“”‘’\"'`|]")
_EDGE = " \t,.:;!?~、。·…-—_=*#&^%$@/\\"
_OPENING = re.compile(f"(?:{vocabulary.OPENINGS})[{re.escape(_EDGE)}]*", re.IGNORECASE)
_PARTICLE = re.compile(f"(?:{vocabulary.PARTICLES})$")
_WORDS_EDGE = re.compile(vocabulary.WORDS_EDGE)
_MOST_OPENINGS = 8
_LONGEST_PARTICLE = 6


@dataclass(frozen=True, slots=True)
class Core:
    """The core of a message twice, character for character: `plain` to match on, `typed` to take words from.

    `typed` keeps the script the reader wrote (a name is not converted), `plain` is simplified and lower case.
    `whole` is the message before greetings and particles were taken off, for what depends on them (报名了吗, 在吗).
    """

    plain: str
    typed: str
    whole: str = ""

    def after(self, position: int) -> "Core":
        """The core from a position on."""
        return Core(self.plain[position:], self.typed[position:])

    def without(self, *spans: tuple[int, int]) -> str:
        """The typed words outside of the given spans."""
        pieces, position = [], 0
        for start, end in sorted(spans):
            pieces.append(self.typed[position:start])
            position = max(position, end)
        pieces.append(self.typed[position:])
        return " ".join(piece for piece in pieces if piece.strip())


def tidy(text: str) -> str:
    """Half-width, without invisible characters, on one line, at most `LONGEST_MESSAGE` characters."""
    if text.isascii() and text.isprintable():
        return _one_line(text[:LONGEST_MESSAGE])
    visible = _INVISIBLE.sub("", text[:LONGEST_MESSAGE])
    # Removing characters can bring a letter and its accent together, and composing them is NFKC's work: so it is last.
    return _one_line(unicodedata.normalize("NFKC", visible))[:LONGEST_MESSAGE].strip()


def simplify(text: str) -> str:
    """Traditional characters turned into simplified ones."""
    return _converter().convert(text) if _IDEOGRAPH.search(text) else text


def read(text: str) -> Core:
    """Cut a message down to its core; a message of nothing but politeness is its own core."""
    typed = _WECHAT_EMOTICON.sub(_blank, _EMOJI.sub(" ", tidy(text)))
    typed = _BRACKETS.sub(" ", typed) if typed.strip() else tidy(text)
    plain = simplify(typed).lower()
    if len(plain) != len(typed):
        typed = plain
    start, end = _without_politeness(plain)
    if start >= end:
        # Punctuation only: a bare ? asks for help, so it stays.
        return Core(plain.strip(), typed.strip(), plain.strip())
    return Core(plain[start:end], typed[start:end], plain.strip(_EDGE))


def normalise(text: str) -> str:
    """The form in which commands are recognised: simplified, lower case, without politeness around it."""
    return _one_line(read(text).plain)


def trim_words(words: str) -> str:
    """The words that are left for a command, without the punctuation and fillers at their edges."""
    return _WORDS_EDGE.sub("", _one_line(words))


def _one_line(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _without_politeness(plain: str) -> tuple[int, int]:
    start, end = _trim(plain, 0, len(plain))
    for _ in range(_MOST_OPENINGS):
        match = _OPENING.match(plain, start, end)
        if match is None or match.end() >= end:
            break
        start = match.end()
    for _ in range(_MOST_OPENINGS):
        # Only the last few characters can be a particle; searching the whole message would cost its length.
        match = _PARTICLE.search(plain, max(start, end - _LONGEST_PARTICLE), end)
        if match is None or match.start() <= start:
            break
        _, end = _trim(plain, start, match.start())
    return start, end


def _trim(plain: str, start: int, end: int) -> tuple[int, int]:
    """Leave punctuation and spaces off both edges."""
    while start < end and plain[start] in _EDGE:
        start += 1
    while start < end and plain[end - 1] in _EDGE:
        end -= 1
    return start, end


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
