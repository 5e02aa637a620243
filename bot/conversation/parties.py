"""Who comes: 一大一小, 2个大人1个孩子, 我带俩娃, 夫妻带娃, 三口之家, 娘俩, 3人."""

import re
from dataclasses import dataclass

from bot.conversation.unread import Unread
from bot.domain.numerals import parse_number
from bot.texts import particulars, vocabulary

MOST_PEOPLE = 999


@dataclass(frozen=True, slots=True)
class SaidParty:
    """Who comes, as far as it was said: None means not said. A bare head count (3人) counts as adults."""

    adults: int | None = None
    children: int | None = None


_N = rf"(?:(?<!\d)\d{{1,3}}|{vocabulary.PARTY_NUMERAL})"
_JOIN = vocabulary.PARTY_JOIN


def _counted(group: str) -> str:
    """A count with its measure. A Chinese numeral stands right before what it counts: 张三 大人2 are not three."""
    return rf"(?P<{group}>{_N})(?:(?<=\d)\s*)?(?:(?:{vocabulary.PERSON_MEASURES})\s*)?"


_BOTH = re.compile(
    rf"{_counted('a')}{vocabulary.ADULT}{_JOIN}{_counted('c')}{vocabulary.CHILD}{vocabulary.NO_COUNT_AHEAD}"
    rf"|{_counted('c2')}{vocabulary.CHILD}{_JOIN}{_counted('a2')}{vocabulary.ADULT}{vocabulary.NO_COUNT_AHEAD}"
)
_BOTH_LABELLED = re.compile(vocabulary.BOTH_LABELLED.format(n=_N))
_CHILDREN_FIRST = re.compile(vocabulary.BOTH_LABELLED_CHILDREN_FIRST.format(n=_N))
_PLUS = re.compile(r"(?<!\d)(?P<a>[1-9])\+(?P<c>\d)(?!\d)")
_FAMILY_OF = re.compile(vocabulary.FAMILY_OF.format(n=_N))
_PAIR_WITH_CHILDREN = re.compile(vocabulary.PAIR_WITH_CHILDREN.format(n=_N))
_ELDER_WITH_YOUNGER = re.compile(vocabulary.ELDER_WITH_YOUNGER)
_WITH_CHILDREN = re.compile(vocabulary.WITH_CHILDREN.format(n=_N))
_CHILDREN_AND_ME = re.compile(vocabulary.CHILDREN_AND_ME.format(n=_N))
_BRINGS = re.compile(vocabulary.BRINGS.format(n=_N))
_CHILDREN_PAIR = re.compile(vocabulary.CHILDREN_PAIR)
_COUPLE = re.compile(vocabulary.COUPLE)
_ADULTS = re.compile(rf"{_counted('n')}{vocabulary.ADULT}")
_CHILDREN = re.compile(rf"{vocabulary.NO_SURNAME_BEFORE}{_counted('n')}{vocabulary.CHILD}")
_ELDERS = re.compile(vocabulary.COUNTED_ELDERS.format(n=rf"(?P<n>{_N})"))
_LED_PUPILS = re.compile(particulars.LED_PUPILS)
_ALONE = re.compile(vocabulary.ALONE)
_TOTAL_LABELLED = re.compile(vocabulary.TOTAL_LABELLED.format(n=_N))
_TOTAL = re.compile(vocabulary.TOTAL.format(n=_N))
_BARE_COUNT = re.compile(rf"[\s,.!~、]*(?P<n>{_N})(?:{vocabulary.BARE_MEASURES})?[\s,.!~、]*")


def take_party(left: Unread) -> SaidParty:
    """Take out who comes. Ages and phones have been taken out before."""
    total = left.take(_TOTAL_LABELLED)
    party = _take_exact_party(left)
    if party is None and total:
        party = SaidParty(_count(total["n"]), 0)
    if party is None:
        total = left.take(_TOTAL)
        party = SaidParty(_count(total["n"]), 0) if total else None
    # A total beside the parts (3人，两大一小) says nothing new; it only must not end up in a name.
    left.take(_TOTAL)
    if party is None and left.take(_ALONE):
        party = SaidParty(1, 0)
    left.drop(_ALONE)
    return party or SaidParty()


def bare_party(left: Unread) -> SaidParty | None:
    """A message that is nothing but a count (3, 三个): so many adults; None when it is anything else or absurd."""
    bare = _BARE_COUNT.fullmatch(left.plain)
    if bare is None:
        return None
    return SaidParty(_count(bare["n"]), 0) if 1 <= _count(bare["n"]) <= MOST_PEOPLE else SaidParty()


def _take_exact_party(left: Unread) -> SaidParty | None:
    for pattern in (_BOTH, _BOTH_LABELLED, _CHILDREN_FIRST, _PLUS):
        if match := left.take(pattern):
            named = match.groupdict()
            return SaidParty(_count(named["a"] or named["a2"]), _count(named["c"] or named["c2"]))
    if match := left.take(_FAMILY_OF):
        return _family_of(_count(match["n"] or match["m"] or match["k"]))
    if match := left.take(_LED_PUPILS):
        return SaidParty(1, _count(match["n"]))
    if match := left.take(_PAIR_WITH_CHILDREN):
        return SaidParty(2, _children_of(match))
    if match := left.take(_ELDER_WITH_YOUNGER):
        return SaidParty(1, _count(match["n"]) - 1)
    if match := left.take(_WITH_CHILDREN) or left.take(_CHILDREN_AND_ME):
        return SaidParty(1, _children_of(match))
    return _take_counted_party(left)


def _take_counted_party(left: Unread) -> SaidParty | None:
    adults = left.take(_ADULTS)
    if match := left.take(_BRINGS):
        return SaidParty(_count(adults["n"]) if adults else 1, _children_of(match))
    pair = left.take(_CHILDREN_PAIR)
    children = None if pair else left.take(_CHILDREN)
    if adults or children or pair:
        young = _children_of(pair, 2) if pair else _count(children["n"]) if children else 0
        elders = left.take(_ELDERS) if adults else None  # 两个大人一个老人
        older = _count(elders["n"]) if elders else 0
        return SaidParty(_count(adults["n"]) + older if adults else None, young)
    return SaidParty(2, 0) if left.take(_COUPLE) else None


def _children_of(match: re.Match[str], unsaid: int = 1) -> int:
    named = match.groupdict()
    said = named.get("n") or named.get("m")
    return _count(said) if said else unsaid


def _family_of(size: int) -> SaidParty:
    """一家三口 is two adults and a child; the smallest family has one of each."""
    adults = min(2, max(1, size - 1))
    return SaidParty(adults, max(0, size - adults))


def _count(text: str) -> int:
    value = parse_number(text)
    return 0 if value is None else int(value)
