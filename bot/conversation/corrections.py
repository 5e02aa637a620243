"""What a correction asks for.

更正 现场 12 80 改为 85 原因 点错; 更正 宣传单 3000份 改为 3200份 12 原因 漏记; 更正 签到 K7P2QX 2 改为 3 原因 …
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.conversation.normalise import simplify, tidy
from bot.domain.kinds import Exactness
from bot.domain.measure import Quantity
from bot.domain.numerals import parse_number
from bot.domain.tally_words import TallyEntry, parse_tally
from bot.domain.ticket import read_short_code
from bot.texts import vocabulary

_HEAD = re.compile(vocabulary.CORRECT_AS_TYPED, re.DOTALL)
_TO = re.compile(vocabulary.CORRECTED_TO)
_REASON = re.compile(vocabulary.REASON_OF_CORRECTION)
_WALK_INS = re.compile(vocabulary.CORRECT_WALK_INS)
_CHECK_IN = re.compile(vocabulary.CORRECT_CHECK_IN)
_DOUBTFUL = re.compile(rf"\s*{vocabulary.IS_DOUBTFUL}")
_COUNT = re.compile(rf"(?P<number>[0-9]{{1,6}}|{vocabulary.CHINESE_NUMERAL})\s*(?:{vocabulary.HEADCOUNT})?")
_PLACED = re.compile(
    rf"#?(?P<place>[0-9]{{1,6}})\s*(?:{vocabulary.PLACE_MARK})?[\s,:，：]+(?P<rest>[0-9].*|{vocabulary.CHINESE_NUMERAL}.*)"
)
_CODE = re.compile(r"(?P<code>[0-9A-Za-z]{6})(?![0-9A-Za-z])[\s,，:：]*(?P<rest>.*)")
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class WalkInCorrection:
    """People counted at the door of an occurrence."""

    number: int | None
    old: int
    new: int
    reason: str


@dataclass(frozen=True, slots=True)
class CheckInCorrection:
    """How many of a party came. `old` None: whatever stands there."""

    code: str
    old: int | None
    new: int
    reason: str


@dataclass(frozen=True, slots=True)
class TallyCorrection:
    """A noted quantity; `old` without number: one that was kept as doubtful."""

    metric: str
    part: str
    old: Quantity
    new: Quantity
    number: int | None
    reason: str


CorrectionAsked = WalkInCorrection | CheckInCorrection | TallyCorrection


def read_correction(text: str) -> CorrectionAsked | None:
    """The correction that a message asks for; None when it is not said how things stand and how they should."""
    typed = simplify(tidy(text))
    head = _HEAD.match(typed)
    body = typed[head.end() :] if head else typed
    said, reason = _split_reason(body)
    sides = _TO.split(said, maxsplit=1)
    if len(sides) != 2:
        return None
    was, becomes = (side.strip(" ,，。:：") for side in sides)
    if walk_ins := _WALK_INS.match(was):
        return _read_walk_ins(was[walk_ins.end() :].strip(), becomes, reason)
    if check_in := _CHECK_IN.match(was):
        return _read_check_in(was[check_in.end() :].strip(), becomes, reason)
    return _read_tally(was, becomes, reason)


def _split_reason(body: str) -> tuple[str, str]:
    found = _REASON.search(body)
    if found is None:
        return body, ""
    return body[: found.start()], body[found.end() :].strip(" ,，。;；")[:LONGEST_REASON]


def _read_walk_ins(was: str, becomes: str, reason: str) -> WalkInCorrection | None:
    placed = _PLACED.fullmatch(was)
    new, place = _count_and_place(becomes)
    old = _count(placed["rest"] if placed else was)
    if old is None or new is None:
        return None
    return WalkInCorrection(int(placed["place"]) if placed else place, old, new, reason)


def _read_check_in(was: str, becomes: str, reason: str) -> CheckInCorrection | None:
    found = _CODE.fullmatch(was)
    code = read_short_code(found["code"]) if found else None
    new = _count(becomes)
    if found is None or code is None or new is None:
        return None
    return CheckInCorrection(code, _count(found["rest"]), new, reason)


def _read_tally(was: str, becomes: str, reason: str) -> TallyCorrection | None:
    doubtful = _DOUBTFUL.search(was)
    # Its thing is only lent to the new quantity, which is read as tallies are: 3200份 12.
    before = parse_tally(was[: doubtful.start()] + " 1" if doubtful else was)
    after = parse_tally(f"{before.metric} {becomes}") if isinstance(before, TallyEntry) else before
    if not isinstance(before, TallyEntry) or not isinstance(after, TallyEntry):
        return None
    old = Quantity(None, "", Exactness.DOUBTFUL) if doubtful else before.quantity
    new = after.quantity if after.quantity.unit else replace(after.quantity, unit=old.unit)
    number = after.occurrence_number if after.occurrence_number is not None else before.occurrence_number
    return TallyCorrection(before.metric, before.part, old, new, number, reason)


def _count_and_place(text: str) -> tuple[int | None, int | None]:
    """85 or 85 12: the count, then the occurrence."""
    match = _COUNT.match(text)
    if match is None:
        return None, None
    rest = text[match.end() :].strip(" ,，#")
    place = re.fullmatch(rf"([0-9]{{1,6}})\s*(?:{vocabulary.PLACE_MARK})?", rest)
    if rest and place is None:
        return None, None
    return _count(match.group()), int(place[1]) if place else None


def _count(text: str) -> int | None:
    match = _COUNT.fullmatch(text.strip())
    value: Decimal | None = parse_number(match["number"]) if match else None
    return int(value) if value is not None else None
