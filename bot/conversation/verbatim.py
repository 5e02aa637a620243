"""What stands behind a command word, as it was typed.

Commands are looked for in text without brackets and edge punctuation. A title, an address or words for a person to
read must keep theirs: 《世界读书日》 names a leaflet, and `?id=1&x=2` is a part of a link.
"""

from __future__ import annotations

import re
from functools import cache

from bot.conversation.normalise import simplify, tidy

_EDGES = " \t\n,.:;、，。：；"


def behind(word: str, text: str) -> str:
    """The text behind the first place where a command word (a pattern) stands; empty when it stands nowhere.

    In the script that was typed: the word is looked for in simplified characters, one for one.
    """
    typed = tidy(text)
    plain = simplify(typed)
    found = _pattern(word).search(plain if len(plain) == len(typed) else typed)
    return typed[found.end() :].strip(_EDGES) if found else ""


@cache
def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(word, re.IGNORECASE)
