"""All that a sign-up message holds, in any order and with separators missing: name, phone, party, ages, card, group.

What has a sure shape is read first and blanked out (cards, phones, ages, party words); a name is looked for in what
remains. Matching is done on the simplified text, names are taken from the text as typed, so that 張 stays 張.
"""

import re
from dataclasses import dataclass

from bot.conversation.ages import SaidAges, for_all, parse_ages, take_ages
from bot.conversation.cards import parse_card, take_card
from bot.conversation.names import (
    LONGEST_NAME,
    drop_labels,
    drop_what_is_no_name,
    first_of_two,
    has_surname,
    labelled_name,
    name_candidates,
    take_name,
)
from bot.conversation.parties import MOST_PEOPLE, SaidParty, bare_party, take_party
from bot.conversation.phones import take_phones
from bot.conversation.unread import Unread
from bot.domain.numerals import parse_number
from bot.texts import particulars, vocabulary
from bot.texts.commands import keywords

__all__ = [
    "LONGEST_NAME",
    "MOST_PEOPLE",
    "SaidAges",
    "SaidParty",
    "SignUpSlots",
    "parse_ages",
    "parse_card",
    "parse_name",
    "parse_party",
    "parse_phone",
    "parse_slots",
    "read_slots",
]


@dataclass(frozen=True, slots=True)
class SignUpSlots:
    """What a sign-up message holds.

    `phone` is E.164 (+8613800138000, +868393223456). `bad_phone` holds digits that were meant as a phone and are
    none. `several_families` is true for a chain (接龙) of more than one party: then no name is read. `ages` are whole
    years; each child stands in one of `ages`, `birth_years` and `birth_months` (year, month), in the order said.
    `card` is a reader-card number, upper case. `group` is a teacher's or a body's group: its head count is the party,
    its age band (5-6岁) the two `ages`.
    """

    name: str | None = None
    phone: str | None = None
    adults: int | None = None
    children: int | None = None
    several_families: bool = False
    bad_phone: str | None = None
    ages: tuple[int, ...] = ()
    birth_years: tuple[int, ...] = ()
    birth_months: tuple[tuple[int, int], ...] = ()
    card: str | None = None
    group: bool = False


_LISTING = re.compile(vocabulary.LIST_FROM_ONE)
_MOBILE = re.compile(r"\+861[3-9]\d{9}")
_SECOND_PHONE = re.compile(vocabulary.SECOND_PHONE)
_SEVERAL = re.compile(vocabulary.SEVERAL_FAMILIES)
_GROUP = re.compile(particulars.GROUP)
_SEPARATORS = re.compile(r"[\s,.!?~、;:]+")
_LED_PUPILS = re.compile(particulars.LED_PUPILS)


def parse_slots(text: str, *, title_expected: bool = False) -> SignUpSlots:
    """Read a sign-up message (without its command and number). Never raises.

    With `title_expected` (no occurrence number was given) other words may be a title, so only a labelled name, one
    called by kin (张小明妈妈) or one that stands beside the phone is taken.
    """
    return read_slots(text, title_expected=title_expected)[0]


def read_slots(text: str, *, title_expected: bool = False) -> tuple[SignUpSlots, str]:
    """The slots, and the words that are in none of them, as typed: where a title, a day or a wish may still stand."""
    left = Unread(text)
    several = _is_several(left.plain)
    group = _is_group(left.plain)
    card = take_card(left)
    births_and_ages = left.plain
    ages = take_ages(left, bands=group)
    phones, bad = take_phones(left)
    beside = left.plain
    party = take_party(left)
    ages = for_all(ages, births_and_ages, party.children)
    several = (several or _is_of_several(phones, beside)) and not group
    unnamed = left.plain
    named = (
        None if several else take_name(left, beside if title_expected else left.plain, title_expected=title_expected)
    )
    left.plain = unnamed
    if named:
        left.blank(named.start, named.end)
    slots = SignUpSlots(
        name=named.name if named else None,
        phone=phones[0] if phones else None,
        adults=party.adults,
        children=party.children,
        several_families=several,
        bad_phone=bad,
        ages=ages.ages,
        birth_years=ages.birth_years,
        birth_months=ages.birth_months,
        card=card,
        group=group,
    )
    return slots, left.rest()


def parse_name(text: str) -> str | None:
    """Read the answer to "what is your name"; the first one of several persons.

    Refused (None): digits, sentences, names over 20 characters, single characters, bare courtesies and words of a
    sign-up (谢谢, 报名, 周六, 孩子: `vocabulary.NOT_NAMES`), kin of nobody (妈妈), a bare command word (取消, 签到).
    A command word is a name behind a label (我叫取消, 姓名：签到) and beside a phone (取消 13800138000).
    """
    left = Unread(text)
    phones, _ = take_phones(left)
    drop_labels(left)
    labelled = labelled_name(left)
    if labelled:
        return labelled.name
    if phones:
        named = take_name(Unread(text), left.plain, title_expected=False)
        if named:
            return named.name
    if _SEPARATORS.sub("", left.plain).lower() in keywords():
        return None
    drop_what_is_no_name(left)
    whole = name_candidates(left)
    take_party(left)
    # 一大一小 answers another question; 王一人 is a name although it holds the words of a party.
    candidates = name_candidates(left) or [name for name in whole if has_surname(name)]
    return _one_of(candidates)


def _one_of(candidates: list[str]) -> str | None:
    if len(candidates) == 1:
        return first_of_two(candidates[0])
    return candidates[0] if candidates and all(has_surname(name) for name in candidates) else None


def parse_phone(text: str) -> str | None:
    """Read the answer to "which phone": E.164, mobile or landline with area code, mainland China; else None."""
    phones, _ = take_phones(Unread(text))
    return phones[0] if phones else None


def parse_party(text: str) -> SaidParty | None:
    """Read the answer to "how many come": party words, or a bare number of people; None when nothing is said."""
    left = Unread(text)
    take_card(left)
    take_ages(left)
    take_phones(left)
    party = bare_party(left) or take_party(left)
    return None if party == SaidParty() else party


def _is_several(plain: str) -> bool:
    return _LISTING.search(plain) is not None or _SEVERAL.search(plain) is not None


def _is_of_several(phones: list[str], said: str) -> bool:
    """Whether the phones are of several people: two mobiles, none of them called a second one (备用)."""
    mobiles = {phone for phone in phones if _MOBILE.fullmatch(phone)}
    return len(mobiles) > 1 and not _SECOND_PHONE.search(said)


def _is_group(plain: str) -> bool:
    led = _LED_PUPILS.search(plain)
    pupils = parse_number(led["n"]) if led else None
    return _GROUP.search(plain) is not None or (pupils is not None and pupils >= particulars.SMALLEST_LED_GROUP)
