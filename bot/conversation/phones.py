"""Phone numbers in any writing: 13800138000, 138-0013-8000, +86 138 0013 8000, 一三八零零一三八零零零, landlines."""

import re
from functools import cache

import phonenumbers

from bot.conversation.unread import Unread, gap_of
from bot.texts import particulars, vocabulary

MOST_PHONES = 8
_GAP_IN_PHONE = r"[ \-.·–—‐_]{0,3}"
_SURE_GAP = r"[ \-.·–—‐_]{1,3}"


def _nine(digit: str) -> str:
    """The last nine digits in any grouping that does not end on a lone digit: 1380013800 3人 is no phone."""
    return (
        rf"(?:(?:{_GAP_IN_PHONE}{digit}){{6}}{_GAP_IN_PHONE}{digit}{{3}}"
        rf"|(?:{_GAP_IN_PHONE}{digit}){{5}}(?:{_SURE_GAP}{digit}{{2}}){{2}}|(?:{_SURE_GAP}{digit}){{9}})"
    )


_PREFIX = rf"(?:\(?\+?(?:00)?86\)?{_GAP_IN_PHONE})?"
_DIGIT = particulars.ANY_DIGIT
_ARABIC = r"\d"
_SPOKEN = "[" + "".join(particulars.SPOKEN_DIGITS) + "]"

# A mobile number with at least one digit in Chinese. What follows may be a count of people, not a twelfth digit.
_SPOKEN_MOBILE = re.compile(
    rf"(?:(?<!{_DIGIT})|{particulars.NUMERAL_BEFORE_PHONE})(?=[^a-z]{{0,40}}{_SPOKEN})"
    rf"{particulars.ONE}{_GAP_IN_PHONE}{particulars.SECOND_OF_MOBILE}{_nine(_DIGIT)}"
    rf"(?:(?!{_DIGIT})|(?={particulars.COUNT_AFTER_PHONE}))"
)
_SPOKEN_RUN = re.compile(rf"(?<!{_DIGIT}){_SPOKEN}{{7,20}}(?!{_DIGIT})")
_TO_ARABIC = str.maketrans(particulars.SPOKEN_DIGITS)
# Digits may go on behind a mobile number only as a head count: 138001380002人.
_MOBILE = re.compile(
    rf"(?<!\d){_PREFIX}(1{_GAP_IN_PHONE}[3-9]{_nine(_ARABIC)})"
    rf"(?!\d)|(?<!\d)(1[3-9]\d{{9}})(?=(?:\d{{1,2}}|{vocabulary.PARTY_NUMERAL})\s*(?:{vocabulary.SEAT_WORDS}))"
)
_PHONE_LIKE = re.compile(
    r"(?<!\d)(?:\+\d{1,3}[ \-]?(?:\d[ \-]?){5,14}\d|\(?0\d{2,3}\)?[ \-]?\d{7,8}(?:-\d{2,5})?"
    r"|[48]00[ \-]?\d{3,4}[ \-]?\d{3,4}|\d{7,20})(?!\d)"
)


def with_arabic_phones(plain: str) -> str:
    """The same text, character for character, with phones that were typed in Chinese digits in Arabic ones."""
    plain = _SPOKEN_MOBILE.sub(lambda match: match.group().translate(_TO_ARABIC), plain)
    return _SPOKEN_RUN.sub(lambda match: match.group().translate(_TO_ARABIC), plain)


def has_mobile(plain: str, position: int = 0) -> bool:
    """Whether a mobile number stands somewhere from a position on; the text has Arabic phones."""
    return _MOBILE.search(plain, position) is not None


def blank_phones(plain: str) -> str:
    """The text with gaps for its phones and what looks like one, for readers of other numbers."""
    blanked = _MOBILE.sub(gap_of, plain)
    return _PHONE_LIKE.sub(gap_of, blanked)


def take_phones(left: Unread) -> tuple[list[str], str | None]:
    """Take the phones out, as E.164, and the first digits that were meant as a phone and are none, as typed."""
    left.plain = with_arabic_phones(left.plain)
    phones: list[str] = []
    while len(phones) < MOST_PHONES and (match := left.take(_MOBILE)):
        phones.append("+86" + re.sub(r"\D", "", match[1] or match[2]))
    bad = None
    for _ in range(MOST_PHONES):
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
