"""Reader-card numbers: 读者证 GY00012345, 借书证号：0839 0012, 卡号 12345678."""

import re

from bot.conversation.unread import Unread, gap_of
from bot.texts import particulars

LONGEST_CARD = 24
_LABELLED = re.compile(particulars.CARD_LABEL + particulars.CARD_NUMBER, re.IGNORECASE)
_UNLABELLED = re.compile(particulars.CARD_UNLABELLED, re.IGNORECASE)
_ID_CARD = re.compile(particulars.ID_CARD, re.IGNORECASE)
_LABEL = re.compile(particulars.CARD_LABEL)
_FILLER = re.compile(particulars.CARD_ANSWER_FILLER)
_SEPARATORS = re.compile(r"[\s\-.:,#、。!]+")
_ANSWER = re.compile(r"[A-Z]{0,6}\d{3,20}[A-Z]?")


def take_card(left: Unread) -> str | None:
    """Take a reader-card number out: upper case, no separators. Numbers of identity cards are dropped unread."""
    match = left.take(_LABELLED)
    left.drop(_ID_CARD)
    match = match or left.take(_UNLABELLED)
    return _plain_number(match["card"]) if match else None


def blank_cards(plain: str) -> str:
    """The text with gaps for card numbers, for readers of other numbers."""
    for pattern in (_LABELLED, _ID_CARD, _UNLABELLED):
        plain = pattern.sub(gap_of, plain)
    return plain


def parse_card(text: str) -> str | None:
    """Read the answer to "which card number", labelled or bare; None when it holds no such number."""
    left = Unread(text)
    found = take_card(left)
    if found:
        return found
    bare = _plain_number(_FILLER.sub("", _LABEL.sub("", left.plain.lower())))
    return bare if _ANSWER.fullmatch(bare) else None


def _plain_number(typed: str) -> str:
    return _SEPARATORS.sub("", typed).upper()[:LONGEST_CARD]
