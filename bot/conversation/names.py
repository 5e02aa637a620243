"""What a person is called: 张三, 张小明妈妈, 李奶奶, 阿依古丽·买买提, John Smith, Lucy妈妈.

Names are taken from the text as typed, so that 張 stays 張.
"""

import re

from bot.conversation.normalise import simplify
from bot.conversation.unread import GAP, Unread
from bot.texts import particulars, vocabulary

LONGEST_NAME = 20
_LABELS = re.compile(rf"{vocabulary.PARTY_LABEL}|{vocabulary.PHONE_LABEL}|{particulars.CARD_LABEL}", re.IGNORECASE)
_NAME_LABEL = re.compile(vocabulary.NAME_LABEL)
_SURE_LABEL = re.compile(vocabulary.SURE_NAME_LABEL)
_NOT_NAMES = re.compile(vocabulary.NOT_NAMES)
_KINSHIP = re.compile(vocabulary.KINSHIP)
_PUBLIC_NUMBER = re.compile(vocabulary.PUBLIC_NUMBER)
_HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
_HAN_NAME = re.compile(f"[{_HAN}]+(?:[·•・][{_HAN}]+)*[a-zA-Z]*")
_LATIN_NAME = re.compile(rf"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’.\-]*(?: [A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’.\-]*){{0,3}}[{_HAN}]*")
_ANY_NAME = re.compile(f"{_HAN_NAME.pattern}|{_LATIN_NAME.pattern}")
_KIN_NAME = re.compile(rf"(?<![{_HAN}A-Za-z])(?:{vocabulary.CALLED_BY_KIN})(?![{_HAN}])")
_NOBODY = re.compile(vocabulary.NOBODYS_KIN)
_LIKE_COMMAND = re.compile(rf"(?<![{_HAN}])(?:{vocabulary.NAMES_LIKE_COMMANDS})(?![{_HAN}])")
_TWO_PERSONS = re.compile(rf"(?P<one>[{_HAN}]{{2,4}}){vocabulary.AND}(?P<two>[{_HAN}]{{2,4}})")
_MIDDLE_DOT = re.compile("[•・]")
_NEVER_IN_A_NAME = frozenset(vocabulary.NEVER_IN_A_NAME)
_RARE_IN_A_NAME = frozenset(vocabulary.RARE_IN_A_NAME)
_NOT_IN_A_NICKNAME = _NEVER_IN_A_NAME - frozenset(vocabulary.POSSESSIVE)
_LONGEST_NICKNAME_UNASKED = 6
_SEPARATORS = " ,.:;、。!?~/|()+*-"


def take_name(left: Unread, beside: str, *, title_expected: bool) -> str | None:
    """Take out a name: a labelled one, one called by its kin, one led by a surname, or a nickname.

    A nickname, and any name where a title is expected, must touch what has been read in the text `beside`.
    """
    left.drop(_PUBLIC_NUMBER)
    labelled = labelled_name(left) if _SURE_LABEL.search(left.plain) else None
    beside = _LABELS.sub(lambda match: GAP * len(match.group()), beside)
    left.drop(_LABELS)
    labelled = labelled or labelled_name(left)
    if labelled:
        return labelled
    like_command = _LIKE_COMMAND.search(left.plain)
    before = left.plain
    left.drop(_NOT_NAMES)
    found = _kin_name(left, before) or _unlabelled_name(left, beside, title_expected)
    if found is None and like_command and _touches_gap(beside, like_command):
        found = like_command.group()
        left.blank(*like_command.span())
    return found


def drop_labels(left: Unread) -> None:
    """Take out the labels of other data (电话：, 人数：)."""
    left.drop(_LABELS)


def drop_what_is_no_name(left: Unread) -> None:
    """Take out courtesies and the words of a sign-up."""
    left.drop(_NOT_NAMES)


def labelled_name(left: Unread) -> str | None:
    """Take the name behind its label (姓名：, 我叫, 联系人)."""
    label = _SURE_LABEL.search(left.plain) or _NAME_LABEL.search(left.plain)
    if label is None:
        return None
    after = _ANY_NAME.match(left.plain, label.end())
    if after is None:
        return None
    name = first_of_two(clean_name(left.typed[after.start() : after.end()]))
    if not name or len(name) > LONGEST_NAME or _NOT_IN_A_NICKNAME.intersection(name):
        return None
    left.blank(label.start(), after.end())
    return name


def name_candidates(left: Unread) -> list[str]:
    """Everything that could be a name when one was asked for."""
    return [found for found in _candidates(left) if not _NOT_IN_A_NICKNAME.intersection(found)]


def first_of_two(name: str) -> str:
    """张三和李四 are two persons, and the first is the one to call; 李和平 is one."""
    both = _TWO_PERSONS.fullmatch(name)
    return both["one"] if both and has_surname(both["one"]) and has_surname(both["two"]) else name


def clean_name(name: str) -> str:
    """One kind of middle dot, and no punctuation at the edges."""
    return _MIDDLE_DOT.sub("·", name).strip(" .-'’")[: LONGEST_NAME + 1]


def has_surname(name: str) -> bool:
    """Whether it looks like a family name with a given name, or bears the dot of many peoples' names."""
    if "·" in name:
        return True
    return simplify(name[0]) in vocabulary.SURNAMES and len(name) <= 4


def _kin_name(left: Unread, before: str) -> str | None:
    for match in _KIN_NAME.finditer(before):
        whose = match["whose"]
        if _KINSHIP.fullmatch(match.group()) or _NOBODY.search(whose) or _NOT_NAMES.search(whose):
            continue
        if not _NOT_IN_A_NICKNAME.intersection(whose):
            left.blank(*match.span())
            return clean_name(left.typed[match.start() : match.end()])
    return None


def _unlabelled_name(left: Unread, beside: str, title_expected: bool) -> str | None:
    alone = left.plain.replace(GAP, " ").strip()
    nickname: re.Match[str] | None = None
    for match in _ANY_NAME.finditer(left.plain):
        name = first_of_two(clean_name(left.typed[match.start() : match.end()]))
        touching = _touches_gap(beside, match)
        if not _is_plausible_unasked(name) or (title_expected and not touching):
            continue
        if has_surname(name):
            left.blank(*match.span())
            return name
        if touching or alone == match.group():
            nickname = nickname or match
    if nickname is None or title_expected:
        return None
    left.blank(*nickname.span())
    return clean_name(left.typed[nickname.start() : nickname.end()])


def _touches_gap(beside: str, match: re.Match[str]) -> bool:
    """Whether a word stands next to a part already read, with at most separators between."""
    before = beside[: match.start()].rstrip(_SEPARATORS)[-1:]
    after = beside[match.end() :].lstrip(_SEPARATORS)[:1]
    return GAP in (before, after)


def _candidates(left: Unread) -> list[str]:
    found = (clean_name(left.typed[match.start() : match.end()]) for match in _ANY_NAME.finditer(left.plain))
    return [name for name in found if len(name) >= 2 and len(name) <= LONGEST_NAME]


def _is_plausible_unasked(name: str) -> bool:
    if not 2 <= len(name) <= LONGEST_NAME or _KINSHIP.fullmatch(name) or _NEVER_IN_A_NAME.intersection(name):
        return False
    # 王为民 and 李来福 are names; 来看看 is the rest of a sentence.
    if _RARE_IN_A_NAME.intersection(name) and not has_surname(name):
        return False
    return "·" in name or name[0].isascii() or len(name) <= _LONGEST_NICKNAME_UNASKED
