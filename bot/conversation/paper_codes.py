"""Reads the short codes that staff copy off a paper list: K7P2QX M3N4PQ 2人, in any arrangement."""

from __future__ import annotations

import re

from bot.domain.numerals import parse_number
from bot.domain.ticket import SHORT_ALPHABET, SHORT_LENGTH
from bot.texts import vocabulary

_OFF_PAPER = re.compile(rf"^[\s:,.]*(?:{vocabulary.OFF_PAPER})|(?:{vocabulary.OFF_PAPER})[\s,.]*$")
_PEOPLE_OF_CODE = rf"(?:{vocabulary.PART_CAME})?\s*(?P<people>\d{{1,2}}|{vocabulary.CHINESE_NUMERAL})(?![a-z0-9])"
_CODE = re.compile(
    rf"(?P<code>[{SHORT_ALPHABET.lower()}]{{{SHORT_LENGTH}}})"
    rf"(?:(?![a-z0-9])|(?=\d{{1,2}}\s*(?:{vocabulary.PEOPLE})))"
    rf"(?:[\s:,.]*{_PEOPLE_OF_CODE}\s*(?:{vocabulary.PEOPLE})?)?"
)
_BETWEEN = re.compile(rf"(?:[\s,.:;/|+\-]|{vocabulary.BETWEEN_CODES})*")


def read_paper_codes(plain: str) -> tuple[tuple[str, int | None], ...]:
    """The codes in upper case, each with the people who came if that was said.

    Empty when it is no list: a single code without a word for paper, or anything else between the codes.
    """
    is_paper = _OFF_PAPER.search(plain) is not None
    listed = _OFF_PAPER.sub("", plain)
    codes, at = [], 0
    for match in _CODE.finditer(listed):
        if not _BETWEEN.fullmatch(listed, at, match.start()):
            return ()
        value = parse_number(match["people"]) if match["people"] else None
        codes.append((match["code"].upper(), None if value is None else int(value)))
        at = match.end()
    is_list = len(codes) > 1 or (is_paper and bool(codes))
    return tuple(codes) if is_list and _BETWEEN.fullmatch(listed, at) else ()
