"""Lists of reader cards: the rows of a file, the faults in them, and what an import came to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.campaign_file import Fault, FaultKind
from bot.domain.cards import CardFault, find_card_fault, plain_card
from bot.domain.rules import Rules

_CARD = re.compile(r"[0-9A-Z]{4,24}")
_KINDS = {CardFault.SHAPE: FaultKind.CARD_SHAPE, CardFault.CHECK: FaultKind.CARD_CHECK}


@dataclass(frozen=True, slots=True)
class CardRow:
    """A cell of a file: its row and what stands there. A number that a spreadsheet rounded is marked as such."""

    row: int
    typed: str
    is_rounded: bool = False


@dataclass(frozen=True, slots=True)
class CardListed:
    """A list as it stands: code of the library, name of the group, cards on it."""

    library: str
    group: str
    cards: int


@dataclass(frozen=True, slots=True)
class CardsImported:
    """What an import did: cards put on the list, there before, taken off, and how many it has now."""

    library: str
    group: str
    added: int
    known: int
    removed: int
    total: int


def read_cards(rows: Iterable[CardRow], rules: Rules) -> tuple[list[str], list[Fault]]:
    """The numbers in plain form, each once, and a fault for each row that holds none.

    `rules` are the library's defaults: where they set the form of its numbers, a list must keep it. Faults never quote
    a number: it names a person.
    """
    cards: dict[str, None] = {}
    faults = []
    for each in rows:
        card = plain_card(each.typed)
        fault = _find_fault(each, card, rules)
        if fault is not None:
            faults.append(Fault(fault, row=each.row))
        cards[card] = None
    if not cards:
        faults.append(Fault(FaultKind.NO_CARDS))
    return list(cards), faults


def _find_fault(each: CardRow, card: str, rules: Rules) -> FaultKind | None:
    if each.is_rounded:
        return FaultKind.ROUNDED_NUMBER
    if not _CARD.fullmatch(card):
        return FaultKind.BAD_CARD
    fault = find_card_fault(card, rules.card_masks, rules.card_check)
    return _KINDS[fault] if fault else None
