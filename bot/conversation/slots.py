"""Name, phone and party out of a sign-up message, in any order and with separators missing.

Phones and party words are found first and blanked out; a name is looked for in what remains. Matching is done on the
simplified text, names are taken from the text as typed, so that 張 stays 張.
"""

import re
from dataclasses import dataclass
from functools import cache

import phonenumbers

from bot.conversation.normalise import simplify, tidy
from bot.domain.numerals import parse_number
from bot.texts import vocabulary

LONGEST_NAME = 20
MOST_PEOPLE = 999


@dataclass(frozen=True, slots=True)
class SaidParty:
    """Who comes, as far as it was said: None means not said. A bare head count (3人) counts as adults."""

    adults: int | None = None
    children: int | None = None


@dataclass(frozen=True, slots=True)
class SignUpSlots:
    """What a sign-up message holds.

    `phone` is E.164 (+8613800138000, +868393223456). `bad_phone` holds digits that were meant as a phone and are
    none, as typed. `several_families` is true for a chain (接龙) of more than one party: then no name is read.
    """

    name: str | None = None
    phone: str | None = None
    adults: int | None = None
    children: int | None = None
    several_families: bool = False
    bad_phone: str | None = None


class _Text:
    """A text whose parts are blanked out as they are understood; `typed` keeps the characters as written."""

    def __init__(self, text: str) -> None:
        typed = tidy(text)
        plain = simplify(typed)
        self.typed = typed if len(plain) == len(typed) else plain
        self.plain = plain

    def blank(self, start: int, end: int) -> None:
        gap = _GAP * (end - start)
        self.plain = self.plain[:start] + gap + self.plain[end:]

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Find the first match and blank it out."""
        match = pattern.search(self.plain)
        if match:
            self.blank(*match.span())
        return match

    def drop(self, pattern: re.Pattern[str]) -> None:
        """Blank out every match."""
        self.plain = pattern.sub(lambda match: _GAP * len(match.group()), self.plain)


# Stands for what has been read already. No control character comes in from outside (see tidy), and this one is no
# white space to a pattern either, so nothing matches across it.
_GAP = "\x00"
_N = rf"(?:(?<!\d)\d{{1,3}}|{vocabulary.PARTY_NUMERAL})"
_JOIN = vocabulary.PARTY_JOIN

# Digits may go on behind a mobile number only as a head count: 138001380002人.
_MOBILE = re.compile(
    rf"(?<!\d)(?:\+?(?:00)?86[ \-]?)?(1[3-9]\d[ \-]?\d{{4}}[ \-]?\d{{4}})"
    rf"(?!\d)|(?<!\d)(1[3-9]\d{{9}})(?=(?:\d{{1,2}}|{vocabulary.PARTY_NUMERAL})\s*(?:{vocabulary.SEAT_WORDS}))"
)
_PHONE_LIKE = re.compile(
    r"(?<!\d)(?:\+\d{1,3}[ \-]?(?:\d[ \-]?){5,14}\d|\(?0\d{2,3}\)?[ \-]?\d{7,8}(?:-\d{2,5})?"
    r"|[48]00[ \-]?\d{3,4}[ \-]?\d{3,4}|\d{7,20})(?!\d)"
)


def _counted(group: str) -> str:
    """A count with its measure. A Chinese numeral stands right before what it counts: 张三 大人2 are not three."""
    return rf"(?P<{group}>{_N})(?:(?<=\d)\s*)?(?:(?:{vocabulary.PERSON_MEASURES})\s*)?"


_BOTH = re.compile(
    rf"{_counted('a')}{vocabulary.ADULT}{_JOIN}{_counted('c')}{vocabulary.CHILD}{vocabulary.NO_COUNT_AHEAD}"
    rf"|{_counted('c2')}{vocabulary.CHILD}{_JOIN}{_counted('a2')}{vocabulary.ADULT}{vocabulary.NO_COUNT_AHEAD}"
)
_BOTH_LABELLED = re.compile(vocabulary.BOTH_LABELLED.format(n=_N))
_PLUS = re.compile(r"(?<!\d)(?P<a>[1-9])\+(?P<c>\d)(?!\d)")
_FAMILY_OF = re.compile(vocabulary.FAMILY_OF.format(n=_N))
_WITH_CHILDREN = re.compile(vocabulary.WITH_CHILDREN.format(n=_N))
_BRINGS = re.compile(vocabulary.BRINGS.format(n=_N))
_COUPLE = re.compile(vocabulary.COUPLE)
_ADULTS = re.compile(rf"{_counted('n')}{vocabulary.ADULT}")
_CHILDREN = re.compile(rf"{_counted('n')}{vocabulary.CHILD}")
_ALONE = re.compile(vocabulary.ALONE)
_TOTAL_LABELLED = re.compile(vocabulary.TOTAL_LABELLED.format(n=_N))
_TOTAL = re.compile(vocabulary.TOTAL.format(n=_N))
_BARE_COUNT = re.compile(rf"[\s,.!~、]*(?P<n>{_N})(?:{vocabulary.BARE_MEASURES})?[\s,.!~、]*")
_PUBLIC_NUMBER = re.compile(vocabulary.PUBLIC_NUMBER)
_KINSHIP = re.compile(vocabulary.KINSHIP)
_AGE = re.compile(vocabulary.AGE)

_LISTING = re.compile(vocabulary.LIST_FROM_ONE)
_SEVERAL = re.compile(vocabulary.SEVERAL_FAMILIES)
_LABELS = re.compile(rf"{vocabulary.PARTY_LABEL}|{vocabulary.PHONE_LABEL}", re.IGNORECASE)
_NAME_LABEL = re.compile(vocabulary.NAME_LABEL)
_NOT_NAMES = re.compile(vocabulary.NOT_NAMES)
_HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
_HAN_NAME = re.compile(f"[{_HAN}]+(?:[·•・][{_HAN}]+)*[a-zA-Z]*")
_LATIN_NAME = re.compile(rf"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’.\-]*(?: [A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’.\-]*){{0,3}}[{_HAN}]*")
_ANY_NAME = re.compile(f"{_HAN_NAME.pattern}|{_LATIN_NAME.pattern}")
_MIDDLE_DOT = re.compile("[•・]")
_NEVER_IN_A_NAME = frozenset(vocabulary.NEVER_IN_A_NAME)
_RARE_IN_A_NAME = frozenset(vocabulary.RARE_IN_A_NAME)
_NOT_IN_A_NICKNAME = _NEVER_IN_A_NAME - frozenset(vocabulary.POSSESSIVE)
_LONGEST_NICKNAME_UNASKED = 6
_MOST_PHONES = 8
_SEPARATORS = " ,.:;、。!?~/|()+*-"


def parse_slots(text: str, *, title_expected: bool = False) -> SignUpSlots:
    """Read a sign-up message (without its command and number). Never raises.

    With `title_expected` (no occurrence number was given) other words may be a title, so only a labelled name or one
    that stands beside the phone is taken.
    """
    left = _Text(text)
    several = _is_several(left.plain)
    phones, bad = _take_phones(left)
    beside = left.plain
    party = _take_party(left)
    several = several or len(set(phones)) > 1
    name = None if several else _take_name(left, beside if title_expected else left.plain, title_expected)
    return SignUpSlots(name, phones[0] if phones else None, party.adults, party.children, several, bad)


def parse_name(text: str) -> str | None:
    """Read the answer to "what is your name"; None when it cannot be one (digits, a sentence, only courtesies)."""
    left = _Text(text)
    _take_phones(left)
    left.drop(_LABELS)
    labelled = _labelled_name(left)
    if labelled:
        return labelled
    left.drop(_NOT_NAMES)
    whole = _name_candidates(left)
    _take_party(left)
    # 一大一小 answers another question; 王一人 is a name although it holds the words of a party.
    candidates = _name_candidates(left) or [name for name in whole if _has_surname(name)]
    return candidates[0] if len(candidates) == 1 else None


def parse_phone(text: str) -> str | None:
    """Read the answer to "which phone": E.164, mobile or landline with area code, mainland China; else None."""
    phones, _ = _take_phones(_Text(text))
    return phones[0] if phones else None


def parse_party(text: str) -> SaidParty | None:
    """Read the answer to "how many come": party words, or a bare number of people; None when nothing is said."""
    left = _Text(text)
    _take_phones(left)
    bare = _BARE_COUNT.fullmatch(left.plain)
    if bare:
        return SaidParty(_count(bare["n"]), 0) if 1 <= _count(bare["n"]) <= MOST_PEOPLE else None
    party = _take_party(left)
    return None if party == SaidParty() else party


# --- phones ----------------------------------------------------------------------------------------------------------


def _take_phones(left: _Text) -> tuple[list[str], str | None]:
    phones: list[str] = []
    while len(phones) < _MOST_PHONES and (match := left.take(_MOBILE)):
        phones.append("+86" + re.sub(r"\D", "", match[1] or match[2]))
    bad = None
    for _ in range(_MOST_PHONES):
        match = left.take(_PHONE_LIKE)
        if match is None:
            break
        found = _landline(match.group())
        if found:
            phones.append(found)
        else:
            bad = bad or match.group().strip()
    return phones, bad


@cache
def _region_code() -> int:
    return phonenumbers.country_code_for_region("CN")


def _landline(digits: str) -> str | None:
    """A valid number of mainland China, of any kind; an extension is left off."""
    try:
        number = phonenumbers.parse(re.sub(r"(\d{7,8})-\d{2,5}$", r"\1", digits), "CN")
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != _region_code() or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# --- party -----------------------------------------------------------------------------------------------------------


def _take_party(left: _Text) -> SaidParty:
    left.drop(_AGE)
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


def _take_exact_party(left: _Text) -> SaidParty | None:
    for pattern in (_BOTH, _BOTH_LABELLED, _PLUS):
        if match := left.take(pattern):
            named = match.groupdict()
            return SaidParty(_count(named["a"] or named["a2"]), _count(named["c"] or named["c2"]))
    if match := left.take(_FAMILY_OF):
        return _family_of(_count(match["n"] or match["m"]))
    if match := left.take(_WITH_CHILDREN):
        return SaidParty(1, _count(match["n"] or "1"))
    return _take_counted_party(left)


def _take_counted_party(left: _Text) -> SaidParty | None:
    adults = left.take(_ADULTS)
    if match := left.take(_BRINGS):
        return SaidParty(_count(adults["n"]) if adults else 1, _count(match["n"] or "1"))
    children = left.take(_CHILDREN)
    if adults or children:
        return SaidParty(
            _count(adults["n"]) if adults else None,
            _count(children["n"]) if children else 0,
        )
    return SaidParty(2, 0) if left.take(_COUPLE) else None


def _family_of(size: int) -> SaidParty:
    """一家三口 is two adults and a child; the smallest family has one of each."""
    adults = min(2, max(1, size - 1))
    return SaidParty(adults, max(0, size - adults))


def _count(text: str) -> int:
    value = parse_number(text)
    return 0 if value is None else int(value)


def _is_several(plain: str) -> bool:
    return _LISTING.search(plain) is not None or _SEVERAL.search(plain) is not None


# --- names -----------------------------------------------------------------------------------------------------------


def _take_name(left: _Text, beside: str, title_expected: bool) -> str | None:
    """Find the name in what is left: a labelled one, one led by a surname, or a nickname.

    A nickname, and any name where a title is expected, must touch what has been read in the text `beside`.
    """
    left.drop(_PUBLIC_NUMBER)
    left.drop(_LABELS)
    labelled = _labelled_name(left)
    if labelled:
        return labelled
    left.drop(_NOT_NAMES)
    alone = left.plain.replace(_GAP, " ").strip()
    nickname = None
    for match in _ANY_NAME.finditer(left.plain):
        name = _clean(left.typed[match.start() : match.end()])
        touching = _touches_gap(beside, match)
        if not _is_plausible_unasked(name) or (title_expected and not touching):
            continue
        if _has_surname(name):
            return name
        if touching or alone == match.group():
            nickname = nickname or name
    return None if title_expected else nickname


def _labelled_name(left: _Text) -> str | None:
    label = _NAME_LABEL.search(left.plain)
    if label is None:
        return None
    after = _ANY_NAME.match(left.plain, label.end())
    if after is None:
        return None
    name = _clean(left.typed[after.start() : after.end()])
    return name if name and not _NOT_IN_A_NICKNAME.intersection(name) else None


def _touches_gap(beside: str, match: re.Match[str]) -> bool:
    """Whether a word stands next to a part already read, with at most separators between."""
    before = beside[: match.start()].rstrip(_SEPARATORS)[-1:]
    after = beside[match.end() :].lstrip(_SEPARATORS)[:1]
    return _GAP in (before, after)


def _name_candidates(left: _Text) -> list[str]:
    return [found for found in _candidates(left) if not _NOT_IN_A_NICKNAME.intersection(found)]


def _candidates(left: _Text) -> list[str]:
    found = (_clean(left.typed[match.start() : match.end()]) for match in _ANY_NAME.finditer(left.plain))
    return [name for name in found if len(name) >= 2 and len(name) <= LONGEST_NAME]


def _clean(name: str) -> str:
    return _MIDDLE_DOT.sub("·", name).strip(" .-'’")[: LONGEST_NAME + 1]


def _is_plausible_unasked(name: str) -> bool:
    if not 2 <= len(name) <= LONGEST_NAME or _KINSHIP.fullmatch(name) or _NEVER_IN_A_NAME.intersection(name):
        return False
    # 王为民 and 李来福 are names; 来看看 is the rest of a sentence.
    if _RARE_IN_A_NAME.intersection(name) and not _has_surname(name):
        return False
    return "·" in name or name[0].isascii() or len(name) <= _LONGEST_NICKNAME_UNASKED


def _has_surname(name: str) -> bool:
    if "·" in name:
        return True
    return simplify(name[0]) in vocabulary.SURNAMES and len(name) <= 4
