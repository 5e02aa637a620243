"""Names that people typed, made fit to stand in a sentence; and sentences put together, made fit to print.

What is typed may hold anything: line breaks, half-width marks, quotes without a partner, full stops. Inside a sentence
it must open nothing that it does not close, and end nothing.
"""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"[\s\u200b-\u200f\u2028\u2029\ufeff\u00ad]+")
_ENDS = " ，。；、：,.;:·…—-~～"
_WIDE = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！", "(": "（", ")": "）", "{": "（", "}": "）"}
_BETWEEN_DIGITS = frozenset(",:.")
_PAIRS = (
    ("“", "”"),
    ("‘", "’"),
    ("《", "》"),
    ("（", "）"),
    ("【", "】"),
    ("〔", "〕"),
    ("「", "」"),
    ("『", "』"),
    ("[", "]"),
)
_EMPTY = re.compile(r"“\s*”|‘\s*’|《\s*》|（\s*）|【\s*】|〔\s*〕|「\s*」|『\s*』|\[\s*\]")
_RUN = re.compile(r"([，。；、：！？,.;!?])[，。；、：！？,.;!?\s]*(?=[，。；、：！？,.;!?])")
_MARKS = "，。；、：！？“”‘’《》（）【】"
_SPACE_AT_MARK = re.compile(rf"\s+(?=[{_MARKS}])|(?<=[{_MARKS}])\s+")
_MIDDLE_STOP = re.compile("[。；;]")


def clean_name(text: str, *, longest: int = 240) -> str:
    """A name, title or place as it can stand inside a sentence; empty when nothing is left of it."""
    name = _clean_once(text, longest)
    while (again := _clean_once(name, longest)) != name:  # what one mark left behind may be another's to take away
        name = again
    return name


def _clean_once(text: str, longest: int) -> str:
    name = _SPACE.sub(" ", "".join(_narrow(sign) for sign in text)).strip()
    name = _widen(name[:longest])
    name = _pair_straight_quotes(name)
    name = _MIDDLE_STOP.sub("，", name)
    name = _SPACE_AT_MARK.sub("", name)
    for opening, closing in _PAIRS:
        if not _is_paired(name, opening, closing):
            name = name.replace(opening, "").replace(closing, "")
    name = _nest(name)
    while (bare := _RUN.sub("", _EMPTY.sub("", name)).strip(_ENDS)) != name:
        name = bare
    return name


def clean_part(text: str) -> str:
    """A name that stands unquoted in a sentence: it may not end in a question or an exclamation."""
    return clean_name(text).rstrip("！？!?" + _ENDS)


def quoted(name: str) -> str:
    """A name in quotes; those inside it become single ones, and those around it are not doubled."""
    if is_wrapped(name, "“", "”"):
        return name
    return f"“{name.replace('“', '‘').replace('”', '’')}”"


def is_wrapped(name: str, opening: str, closing: str) -> bool:
    """Whether one pair of marks holds the whole name."""
    return name.startswith(opening) and name.endswith(closing) and closing not in name[:-1]


def is_whole(name: str) -> bool:
    """Whether every mark that a piece of a name opens is closed in it."""
    return all(_is_paired(name, opening, closing) for opening, closing in _PAIRS)


def tidy(text: str) -> str:
    """A sentence with the marks at its joints put right: of two marks the one that ends more wins."""
    text = _SPACE_AT_MARK.sub("", text)
    text = _EMPTY.sub("", text)
    text = re.sub(r"[，、；：]+(?=[。！？])", "", text)
    text = re.sub(r"[，、]+(?=[；：])", "", text)
    text = re.sub(r"([。！？])[，、；：。]+", r"\1", text)
    text = re.sub(r"([；：])[，、；：]+", r"\1", text)
    text = re.sub(r"、+(?=，)|(?<=，)、+", "", text)
    text = re.sub(r"([，、])\1+", r"\1", text)
    return text.lstrip(" ，、；：").rstrip(" ，、；")


def _narrow(sign: str) -> str:
    """Letters and digits in half width, no control characters."""
    if "\uff01" <= sign <= "\uff5e" and unicodedata.normalize("NFKC", sign).isalnum():
        return unicodedata.normalize("NFKC", sign)
    if sign.isspace():
        return " "
    return "" if unicodedata.category(sign) in ("Cc", "Cs", "Co", "Cn") else sign


def _widen(text: str) -> str:
    """Marks in full width, but for those inside numbers and latin words."""
    signs = list(text)
    for at, sign in enumerate(signs):
        around = text[max(0, at - 1) : at] + text[at + 1 : at + 2]
        if sign in _WIDE and not (sign in _BETWEEN_DIGITS and len(around) == 2 and around.isdigit()):
            signs[at] = _WIDE[sign]
    return "".join(signs)


def _pair_straight_quotes(text: str) -> str:
    for straight, opening, closing in (('"', "“", "”"), ("'", "‘", "’")):
        if text.count(straight) % 2:
            text = text.replace(straight, "")
        while straight in text:
            text = text.replace(straight, opening, 1).replace(straight, closing, 1)
    return text


def _is_paired(text: str, opening: str, closing: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign == opening) - (sign == closing)
        if depth < 0:
            return False
    return depth == 0


def _nest(text: str) -> str:
    """Double quotes inside double quotes become single ones."""
    depth, signs = 0, []
    for sign in text:
        if sign == "“":
            depth += 1
            signs.append("“" if depth % 2 else "‘")
        elif sign == "”":
            signs.append("”" if depth % 2 else "’")
            depth -= 1
        else:
            signs.append(sign)
    return "".join(signs)
