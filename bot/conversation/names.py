"""What a person is called: 张三, 张小明妈妈, 李奶奶, 阿依古丽·买买提, John Smith, Lucy妈妈.

Names are taken from the text as typed, so that 張 stays 張.
"""

import re
from itertools import islice
from typing import NamedTuple

from bot.conversation.normalise import simplify
from bot.conversation.unread import GAP, Unread, gap_of
from bot.texts import particulars, vocabulary

LONGEST_NAME = 20
_LABELS = re.compile(rf"{vocabulary.PARTY_LABEL}|{vocabulary.PHONE_LABEL}|{particulars.CARD_LABEL}", re.IGNORECASE)
_NAME_LABEL = re.compile(vocabulary.NAME_LABEL)
_SURE_LABEL = re.compile(vocabulary.SURE_NAME_LABEL)
_GUARDIAN = re.compile(vocabulary.GUARDIAN_LABEL)
_CHILDS_LABEL = re.compile(vocabulary.CHILDS_LABEL)
_NAME_TAIL = re.compile(vocabulary.NAME_TAIL)
_NICKNAME = re.compile(vocabulary.NICKNAME_OF_A_CHILD)
_MOST_LABELS = 6
_NOT_NAMES = re.compile(vocabulary.NOT_NAMES)
_KINSHIP = re.compile(vocabulary.KINSHIP)
_PUBLIC_NUMBER = re.compile(vocabulary.PUBLIC_NUMBER)
_HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
_HAN_NAME = re.compile(f"[{_HAN}]+(?:[·•・][{_HAN}]+)*[a-zA-Z]*")
_LATIN_NAME = re.compile(rf"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’.\-]*(?: [A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’.\-]*){{0,3}}[{_HAN}]*")
_ANY_NAME = re.compile(f"{_HAN_NAME.pattern}|{_LATIN_NAME.pattern}")
_KIN_NAME = re.compile(rf"(?<![{_HAN}A-Za-z])(?:{vocabulary.CALLED_BY_KIN})(?![{_HAN}])")
_CALLED = re.compile(vocabulary.CALLED)
_NOBODY = re.compile(vocabulary.NOBODYS_KIN)
_LIKE_COMMAND = re.compile(rf"(?<![{_HAN}])(?:{vocabulary.NAMES_LIKE_COMMANDS})(?![{_HAN}])")
_TWO_PERSONS = re.compile(rf"(?P<one>[{_HAN}]{{2,4}}){vocabulary.AND}(?P<two>[{_HAN}]{{2,4}})")
_MIDDLE_DOT = re.compile("[•・]")
_ROLE = re.compile(vocabulary.ROLE_BEFORE_NAME)
_NEVER_IN_A_NAME = frozenset(vocabulary.NEVER_IN_A_NAME)
_RARE_IN_A_NAME = frozenset(vocabulary.RARE_IN_A_NAME)
_NOT_IN_A_NICKNAME = _NEVER_IN_A_NAME - frozenset(vocabulary.POSSESSIVE)
_LONGEST_NICKNAME_UNASKED = 6
_SEPARATORS = " ,.:;、。!?~/|()+*-"


class Named(NamedTuple):
    """A name, and the span it was read from, its label included."""

    name: str
    start: int
    end: int


def take_name(left: Unread, beside: str, *, title_expected: bool) -> Named | None:
    """Find a name: a labelled one, one called by its kin, one led by a surname, or a nickname.

    A nickname, and any name where a title is expected, must touch what has been read in the text `beside`. Labels,
    courtesies and other words that are no name are blanked out on the way.
    """
    left.drop(_PUBLIC_NUMBER)
    labelled = labelled_name(left)
    beside = _LABELS.sub(gap_of, beside)
    left.drop(_LABELS)
    if labelled:
        return labelled
    like_command = _LIKE_COMMAND.search(left.plain)
    before = left.plain
    left.drop(_NOT_NAMES)
    found = _kin_name(left, before) or _unlabelled_name(left, beside, title_expected)
    if found is None and like_command and _touches_gap(beside, like_command):
        return Named(like_command.group(), *like_command.span())
    return found


def drop_labels(left: Unread) -> None:
    """Take out the labels of other data (电话：, 人数：)."""
    left.drop(_LABELS)


def drop_what_is_no_name(left: Unread) -> None:
    """Take out courtesies and the words of a sign-up."""
    left.drop(_NOT_NAMES)


def labelled_name(left: Unread) -> Named | None:
    """The name behind its label (监护人, 姓名：, 我叫): a guardian's before a child's."""
    guardians = islice(_GUARDIAN.finditer(left.plain), _MOST_LABELS)
    guardian = next((found for label in guardians if (found := _named_after(left, label))), None)
    if guardian and has_surname(guardian.name):
        return guardian
    labels = [*_SURE_LABEL.finditer(left.plain), *_NAME_LABEL.finditer(left.plain)]
    labels.sort(
        key=lambda label: _CHILDS_LABEL.search(label.string[max(0, label.start() - 6) : label.start()]) is not None
    )
    return next((found for label in labels[:_MOST_LABELS] if (found := _named_after(left, label))), None)


def _named_after(left: Unread, label: re.Match[str]) -> Named | None:
    after = _ANY_NAME.match(left.plain, label.end())
    if after is None:
        return None
    end = _end_of_name(left.plain, after)
    name = first_of_two(clean_name(left.typed[after.start() : end]))
    if not name or len(name) > LONGEST_NAME or _NOT_IN_A_NICKNAME.intersection(name):
        return None
    if label.re is _GUARDIAN and (len(name) > 3 or not 1 < len(name) or _NOT_NAMES.search(name)):
        return None
    return Named(name, label.start(), end)


def _end_of_name(plain: str, name: re.Match[str]) -> int:
    """Where a labelled name ends: before the next label (我叫张三电话138…) and without 就行, 报名 and the like."""
    label = _LABELS.search(plain, name.start() + 1, name.end())
    end = label.start() if label else name.end()
    tail = _NAME_TAIL.search(plain, name.start() + 2, end)
    return tail.start() if tail else end


def name_candidates(left: Unread) -> list[str]:
    """Everything that could be a name when one was asked for."""
    return [found for found in _candidates(left) if "·" in found or not _NOT_IN_A_NICKNAME.intersection(found)]


def first_of_two(name: str) -> str:
    """张三和李四 are two persons, and the first is the one to call; 李和平 is one."""
    both = _TWO_PERSONS.fullmatch(name)
    if both is None:
        return name
    alike = all(map(has_surname, both.group("one", "two"))) or all(map(_NICKNAME.fullmatch, both.group("one", "two")))
    return both["one"] if alike else name


def clean_name(name: str) -> str:
    """One kind of middle dot, and no punctuation at the edges."""
    name = _MIDDLE_DOT.sub("·", name).strip(" .-'’")[: LONGEST_NAME + 1]
    role = _ROLE.match(name)
    return name[role.end() :] if role and has_surname(name[role.end() :]) else name


def has_surname(name: str) -> bool:
    """Whether it looks like a family name with a given name, or bears the dot of many peoples' names."""
    if "·" in name:
        return True
    return simplify(name[0]) in vocabulary.SURNAMES and len(name) <= 4


def is_full_name(name: str) -> bool:
    """Whether it can be the name on a card: family and given name, not how people are called (张女士, 乐乐妈妈)."""
    return len(name) >= 2 and has_surname(name) and not _CALLED.search(name)


def _kin_name(left: Unread, before: str) -> Named | None:
    for match in _KIN_NAME.finditer(before):
        whose = match["whose"]
        if _KINSHIP.fullmatch(match.group()) or _NOBODY.search(whose) or _NOT_NAMES.search(whose):
            continue
        if not _NOT_IN_A_NICKNAME.intersection(whose):
            return Named(clean_name(left.typed[match.start() : match.end()]), *match.span())
    return None


def _unlabelled_name(left: Unread, beside: str, title_expected: bool) -> Named | None:
    alone = left.plain.replace(GAP, " ").strip()
    nickname: Named | None = None
    for match in _ANY_NAME.finditer(left.plain):
        name = first_of_two(clean_name(left.typed[match.start() : match.end()]))
        touching = _touches_gap(beside, match)
        if not _is_plausible_unasked(name) or (title_expected and not touching):
            continue
        if has_surname(name):
            return Named(name, *match.span())
        if touching or alone == match.group():
            nickname = nickname or Named(name, *match.span())
    return None if title_expected else nickname


def _touches_gap(beside: str, match: re.Match[str]) -> bool:
    """Whether a word stands next to a part already read, with at most separators between."""
    before = beside[: match.start()].rstrip(_SEPARATORS)[-1:]
    after = beside[match.end() :].lstrip(_SEPARATORS)[:1]
    return GAP in (before, after)


def _candidates(left: Unread) -> list[str]:
    found = (clean_name(left.typed[match.start() : match.end()]) for match in _ANY_NAME.finditer(left.plain))
    return [name for name in found if len(name) >= 2 and len(name) <= LONGEST_NAME]


def _is_plausible_unasked(name: str) -> bool:
    if not 2 <= len(name) <= LONGEST_NAME or _KINSHIP.fullmatch(name):
        return False
    # 阿不都拉·买买提 may hold any character.
    if "·" not in name and _NEVER_IN_A_NAME.intersection(name):
        return False
    # 王为民 and 李来福 are names; 来看看 is the rest of a sentence.
    if _RARE_IN_A_NAME.intersection(name) and not has_surname(name):
        return False
    return "·" in name or name[0].isascii() or len(name) <= _LONGEST_NICKNAME_UNASKED
