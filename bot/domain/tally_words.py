"""Tallies as staff send them: what, how much, of which title or tier, to whom, where. The quantity itself: `measure`.

宣传单《健康》1000份 12, 咨询 300多人次, 一等奖 5 篇 12, 50个书包, 赠书 200册 给 回水小学 12,
征文 75篇 其中一等奖5篇、二等奖70篇 12, 第五期诵读, 借书证 累计600张 全馆.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from bot.domain.kinds import Exactness
from bot.domain.measure import (
    FREE_UNIT_PART,
    KNOWN_UNIT,
    NUMBER_PART,
    UNIT_PART,
    Quantity,
    plain_text,
    read_quantity,
    written_of,
)
from bot.domain.numerals import parse_number

LONGEST_TALLY = 200
LARGEST_TALLY = 100_000_000
LONGEST_METRIC, LONGEST_PART = 80, 120

_PLACE = r"(?:\s+#?(?P<place>[0-9]{1,4})(?:号|场)?)?"
_THING = r"(?P<metric>[^\W\d_]{1,20}?)"
_TALLY = (
    re.compile(rf"{NUMBER_PART}\s*(?P<unit>{KNOWN_UNIT})(?P<tail>)\s*{_THING}{_PLACE}"),
    re.compile(rf"(?P<metric>.*?)[\s:,]*{NUMBER_PART}{UNIT_PART}{_PLACE}"),
    re.compile(rf"(?P<metric>.*?)[\s:,]*{NUMBER_PART}{FREE_UNIT_PART}{_PLACE}"),
)
_TITLE = re.compile(r"(?P<metric>.*?)[\s:]*[《〈(\[【](?P<part>[^》〉)\]】]{1,120})[》〉)\]】]\s*(?P<rest>.*)")
# What stands before the number is a thing, not the other half of a range (300-400), a sign, a share or a second count.
_BROKEN_NUMBER = re.compile(r"(?:[\^*/~=\-]|百分之)$")
_ANOTHER_QUANTITY = re.compile(rf"(?<![第0-9])[0-9]+(?:{KNOWN_UNIT})[\s,、;]")
_AT_END = r"(?P<place>\s+#?[0-9]{1,4}(?:号|场)?)?"
_PARTS = re.compile(rf"(?P<whole>.*?)[\s,;]*(?:其中|分别(?:是|为)|包括)[\s:]*(?P<parts>.*?){_AT_END}")
_BETWEEN_PARTS = re.compile(r"[,、;]\s*|(?<=[^\W\d_])\s+(?=[^\W\d_《〈])")
_RECIPIENT = re.compile(
    r"(?P<before>.*\S)\s+(?:赠送给|捐赠给|赠给|送给|捐给|发给|送到|送往|送至|赠与|给)\s*"
    r"(?P<recipient>[^\s0-9#][^\s]{0,119}?)(?P<place>\s+#?[0-9]{1,4}(?:号|场)?)?"
)
_SCOPE = re.compile(r"(?P<rest>.*\S)\s+(?P<scope>全馆|本馆|全市|全区|全县|全周|整个活动|活动周)")
_ORDINAL = re.compile(
    rf"(?P<before>.*?)\s*第(?P<number>[0-9一二三四五六七八九十百两]+)(?P<unit>期|届|批)\s*?(?P<after>.*?){_PLACE}"
)
_DOUBTFUL = re.compile(r"(?P<rest>.*\S)\s+(?:待核|存疑|待核实|不确定)(?P<place>\s+#?[0-9]{1,4}(?:号|场)?)?")
_NAMELESS = "x"
_OF_LIBRARY = ("全馆", "本馆")


class TallyScope(StrEnum):
    """What a tally is of."""

    OCCURRENCE = "occurrence"
    LIBRARY = "library"
    CAMPAIGN = "campaign"  # said of the whole of it, never added to its parts


@dataclass(frozen=True, slots=True)
class PartEntry:
    """What of a total goes to one title, tier or place."""

    part: str
    quantity: Quantity
    written: str


@dataclass(frozen=True, slots=True)
class TallyEntry:
    """What a tally message says; `occurrence_number` is the public number at its end, `wording` the message itself.

    `written`: the quantity as it was typed; `recipient`: the named place that was given it.
    """

    metric: str
    part: str
    quantity: Quantity
    occurrence_number: int | None
    wording: str
    written: str = ""
    recipient: str = ""
    scope: TallyScope = TallyScope.OCCURRENCE
    parts: tuple[PartEntry, ...] = ()


class TallyFault(StrEnum):
    """Why a tally message cannot be noted."""

    NO_METRIC = "no_metric"
    NO_NUMBER = "no_number"
    DOUBTFUL = "doubtful"
    SEVERAL = "several"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    BAD_PART = "bad_part"


@dataclass(frozen=True, slots=True)
class PartsDiffer:
    """The parts of a total do not come to it: both numbers."""

    whole: Decimal
    parts: Decimal
    unit: str


def parse_tally(text: str) -> TallyEntry | TallyFault | PartsDiffer:
    """Read what follows the word 记录. Without a measure word the unit is empty.

    Parts that are all exact must come to their exact total: else both numbers come back.
    """
    plain = plain_text(text)
    if len(plain) > LONGEST_TALLY:
        return TallyFault.TOO_LONG
    scope, said = _split_scope(plain)
    split = _PARTS.fullmatch(said)
    if split is None:
        entry = _parse_one(said)
        return entry if isinstance(entry, TallyFault) else replace(entry, wording=plain, scope=scope)
    entry = _parse_one(split["whole"] + (split["place"] or ""))
    if isinstance(entry, TallyFault):
        return entry
    parts = _read_parts(split["parts"], entry.quantity.unit)
    if parts is None:
        return TallyFault.BAD_PART
    whole = replace(entry, wording=plain, scope=scope, parts=parts)
    return find_difference(whole.quantity, [part.quantity for part in parts]) or whole


def find_difference(whole: Quantity, parts: list[Quantity]) -> PartsDiffer | None:
    """Both numbers when parts do not make their total; None when they do, or when either is not known exactly.

    An inexact total, or inexact parts, say nothing: 多 has no upper end.
    """
    if whole.number is None or whole.exactness is not Exactness.EXACT or not parts:
        return None
    if any(part.number is None or part.exactness is not Exactness.EXACT for part in parts):
        return None
    total = sum((part.number for part in parts if part.number is not None), Decimal(0))
    return None if total == whole.number else PartsDiffer(whole.number, total, whole.unit)


def _split_scope(plain: str) -> tuple[TallyScope, str]:
    match = _SCOPE.fullmatch(plain)
    if match is None:
        return TallyScope.OCCURRENCE, plain
    return (TallyScope.LIBRARY if match["scope"] in _OF_LIBRARY else TallyScope.CAMPAIGN), match["rest"]


def _parse_one(said: str) -> TallyEntry | TallyFault:
    doubtful = _DOUBTFUL.fullmatch(said)
    if doubtful is not None:
        return _parse_doubtful(doubtful["rest"] + (doubtful["place"] or ""))
    given = _RECIPIENT.fullmatch(said)
    if given is not None:
        entry = _parse_amount(given["before"] + (given["place"] or ""))
        if isinstance(entry, TallyEntry):
            return replace(entry, recipient=given["recipient"])
    entry = _parse_amount(said)
    if isinstance(entry, TallyFault) or not entry.quantity.unit:
        return _parse_ordinal(said) or entry  # 第五期诵读 12: a bare number behind it is the occurrence's
    return entry


def _parse_amount(said: str) -> TallyEntry | TallyFault:
    part, counted = _split_title(said)
    for pattern in _TALLY:
        match = pattern.fullmatch(counted)
        quantity = read_quantity(match) if match else None
        if match is None or quantity is None:
            continue
        metric = match["metric"].strip(" :,")
        if not metric:
            return TallyFault.NO_METRIC
        if metric.endswith("第"):
            return TallyFault.NO_NUMBER  # 第五期: an ordinal and no amount
        if _BROKEN_NUMBER.search(metric) or _ANOTHER_QUANTITY.search(metric):
            return TallyFault.SEVERAL
        if quantity.number is None:
            return TallyFault.DOUBTFUL
        if quantity.number > LARGEST_TALLY:
            return TallyFault.TOO_LARGE
        place = int(match["place"]) if match["place"] else None
        return TallyEntry(metric[:LONGEST_METRIC], part, quantity, place, said, written_of(match))
    return TallyFault.NO_NUMBER


def _parse_doubtful(said: str) -> TallyEntry | TallyFault:
    """Noted as it was said, to be looked at by a person; its digits are never used."""
    for pattern in _TALLY:
        match = pattern.fullmatch(said)
        if match is None or not match["metric"].strip(" :,"):
            continue
        place = int(match["place"]) if match["place"] else None
        quantity = Quantity(None, match["unit"] or "", Exactness.DOUBTFUL)
        return TallyEntry(match["metric"].strip(" :,")[:LONGEST_METRIC], "", quantity, place, said, written_of(match))
    return TallyFault.NO_NUMBER


ORDINAL_METRICS = {"期": "series_ordinal", "届": "series_ordinal", "批": "batch_ordinal"}


def _parse_ordinal(said: str) -> TallyEntry | None:
    """第五期诵读, 分馆图书 第三批: which one of a series it was. Never an amount."""
    match = _ORDINAL.fullmatch(said)
    number = parse_number(match["number"]) if match else None
    if match is None or number is None:
        return None
    unit, place = match["unit"], int(match["place"]) if match["place"] else None
    part = " ".join(word for word in (match["before"].strip(" :,"), match["after"].strip(" :,")) if word)
    quantity = Quantity(number, unit, Exactness.EXACT)
    written = f"第{match['number']}{unit}"
    return TallyEntry(ORDINAL_METRICS[unit], part[:LONGEST_PART], quantity, place, said, written)


def parse_ordinal(text: str) -> Quantity | None:
    """A whole string as one ordinal: 第五期, 第三批; None when it is none."""
    entry = _parse_ordinal(plain_text(text).replace(" ", ""))
    return entry.quantity if entry and not entry.part else None


def ordinal_metric(written: str) -> str:
    """The metric that a quantity has because it is an ordinal: those are never added. Empty for amounts."""
    quantity = parse_ordinal(written) if written else None
    return ORDINAL_METRICS[quantity.unit] if quantity else ""


def _read_parts(said: str, unit: str) -> tuple[PartEntry, ...] | None:
    """一等奖5篇、二等奖10篇: names with amounts in the total's measure word; None when one cannot be read."""
    parts = []
    for piece in _BETWEEN_PARTS.split(said.strip(" ,、;")):
        entry = _parse_amount(f"{_NAMELESS} {piece.strip()}")  # 《健康》1000份: the title is the name
        if isinstance(entry, TallyFault) or entry.quantity.unit not in ("", unit):
            return None
        name = entry.part or entry.metric.removeprefix(_NAMELESS).strip()
        if not name:
            return None
        quantity = entry.quantity if entry.quantity.unit else replace(entry.quantity, unit=unit)
        parts.append(PartEntry(name, quantity, entry.written))
    return tuple(parts)


def _split_title(text: str) -> tuple[str, str]:
    """Take a title in book marks or brackets out of the sentence: (title, the rest)."""
    match = _TITLE.fullmatch(text)
    if match is None:
        return "", text
    return match["part"].strip(), f"{match['metric']} {match['rest']}".strip()
