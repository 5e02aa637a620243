"""Numbers of reader cards: what they look like and how their last character follows from the others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from bot.domain.rules import CardCheck

_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212]+")
_DIGIT, _LETTER = "#", "@"
_MOD11 = "10X98765432"


class CardFault(StrEnum):
    """Why a number is no card of this library."""

    SHAPE = "shape"
    CHECK = "check"


def plain_card(typed: str) -> str:
    """A number as it is compared: upper case, full width made half, no spaces and no dashes."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", typed)).upper()


def find_card_fault(card: str, masks: Sequence[str], check: CardCheck) -> CardFault | None:
    """What is wrong with a number (upper case, no spaces); no masks: any shape.

    A mask has '#' for a digit and '@' for a letter; everything else stands for itself.
    """
    if masks and not any(_fits(card, mask.upper()) for mask in masks):
        return CardFault.SHAPE
    digits = "".join(character for character in card if character.isdigit() or character == "X")
    match check:
        case CardCheck.LUHN:
            return None if _luhn(digits) else CardFault.CHECK
        case CardCheck.MOD11:
            return None if _mod11(digits) else CardFault.CHECK
        case CardCheck.NONE:
            return None


def _fits(card: str, mask: str) -> bool:
    return len(card) == len(mask) and all(
        character in "0123456789"
        if wanted == _DIGIT
        else ("A" <= character <= "Z" if wanted == _LETTER else character == wanted)
        for character, wanted in zip(card, mask, strict=True)
    )


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1: every second digit from the right doubled, digits summed, divisible by ten."""
    if len(digits) < 2 or "X" in digits:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _mod11(digits: str) -> bool:
    """ISO 7064 MOD 11-2: weights are powers of two; the last character may be X for ten."""
    body = digits[:-1]
    if not body or "X" in body:
        return False
    remainder = 0
    for digit in body:
        remainder = (remainder + int(digit)) * 2 % 11
    return _MOD11[remainder % 11] == digits[-1]
