"""Answers to questions that an event asks by itself: a number, or one of several choices."""

import re
from collections.abc import Sequence
from decimal import Decimal

from bot.conversation.normalise import simplify, tidy
from bot.domain.numerals import parse_number
from bot.texts import particulars, vocabulary

_NOT_A_WORD = re.compile(r"[\W_]+")
_NUMBER_FILLER = re.compile(particulars.NUMBER_ANSWER_FILLER)
_COUNTED = re.compile(rf"(?P<n>[\d.]+|{vocabulary.CHINESE_NUMERAL})(?:{particulars.NUMBER_ANSWER_UNIT})[^\d]{{0,4}}")
_SIGNED = re.compile(r"[\s,.;!~、。:]*(?P<n>[^\s,;!~、。:]+?)[\s,.;!~、。:]*")
_CHOICE_FILLER = re.compile(rf"(?:{particulars.CHOICE_FILLER})")
_CHOICE_END = re.compile(particulars.CHOICE_END)
_BY_PLACE = re.compile(
    rf"(?:(?P<number>\d{{1,2}}|{vocabulary.CHINESE_NUMERAL})|(?P<letter>[a-z])){particulars.CHOICE_TAIL}"
)


def parse_number_answer(text: str) -> Decimal | None:
    """Read the answer to "how many": 3, 三, 大概3个, 1.5, 十二本; None when it is not one exact number."""
    plain = _NUMBER_FILLER.sub(" ", simplify(tidy(text)).lower()).strip()
    bare = _SIGNED.fullmatch(plain)
    if bare is None:
        return None
    value = parse_number(bare["n"])
    if value is not None:
        return value
    counted = _COUNTED.fullmatch(bare["n"])
    return parse_number(counted["n"]) if counted else None


def parse_choice(text: str, options: Sequence[str]) -> str | None:
    """Which of the options was meant: by number (1, 第二个), by letter (A), by its words, by a beginning or a part that
    only one option has; None when none or several are meant."""
    said = _bare(text)
    if not said:
        return None
    bare = {option: _bare(option) for option in options}
    exact = [option for option, plain in bare.items() if plain in (said, _CHOICE_END.sub("", said))]
    if exact:
        return exact[0]
    core = _bare(_CHOICE_FILLER.sub(" ", simplify(tidy(text)).lower()))
    by_words = _only([option for option, plain in bare.items() if core and plain == core])
    if by_words:
        return by_words
    # 3 may be the third of 3-4岁, 5-6岁, 7-8岁 or the first: then nothing is meant for sure.
    found = {option for option in (_by_place(core, options), _by_part(core or said, bare)) if option}
    return found.pop() if len(found) == 1 else None


def _by_place(core: str, options: Sequence[str]) -> str | None:
    match = _BY_PLACE.fullmatch(core)
    if match is None:
        return None
    place = ord(match["letter"]) - ord("a") + 1 if match["letter"] else int(parse_number(match["number"]) or 0)
    return options[place - 1] if 1 <= place <= len(options) else None


def _by_part(core: str, bare: dict[str, str]) -> str | None:
    begun = [option for option, plain in bare.items() if plain.startswith(core)]
    held = [option for option, plain in bare.items() if len(core) > 1 and core in plain]
    named = [option for option, plain in bare.items() if len(plain) > 1 and plain in core]
    return _only(begun) or (None if begun else _only(held) or (None if held else _only(named)))


def _only(found: list[str]) -> str | None:
    return found[0] if len(found) == 1 else None


def _bare(text: str) -> str:
    return _NOT_A_WORD.sub("", simplify(tidy(text)).lower())
