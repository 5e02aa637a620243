"""Commands that are typed first, with their arguments behind them: 签到 482913, 核销 K7P2QX, 改 12 到 15."""

import re
from collections.abc import Callable
from typing import NamedTuple

from bot.conversation.intent import Intent
from bot.conversation.normalise import Core, trim_words
from bot.conversation.numbers import number_at
from bot.conversation.paper_codes import read_paper_codes
from bot.conversation.phones import has_mobile
from bot.domain.numerals import parse_number
from bot.domain.ticket import SHORT_LENGTH, read_short_code
from bot.texts import vocabulary
from bot.texts.commands import Command

LONGEST_CODE = 64
MOST_PEOPLE = 99_999
_PEOPLE = re.compile(rf"([0-9]{{1,5}}|{vocabulary.CHINESE_NUMERAL})\s*(?:{vocabulary.PEOPLE})")
_CODE = re.compile(r"[\s,.:#\-]*(?:(\d{3})[ \-]?(\d{3})(?!\d)|(\d{1,12}))")
_TICKET_CODE = re.compile(
    r"[\s,.:#]*(?:\S*/t/)?(?P<code>[a-z0-9]{6}|[a-z0-9]{3}[ \-][a-z0-9]{3}|[a-z0-9]{4,16})(?![a-z0-9])"
)
_SEPARATORS = re.compile(r"[\s\-_.:,#]+")
_MOVE = re.compile(vocabulary.MOVE)
_MOVE_TO = re.compile(rf"\s*(?:{vocabulary.MOVE_TO})")
_MOVE_VERB_TO = re.compile(vocabulary.MOVE_VERB_TO)
_BARE_NUMBER = re.compile(r"[\s:,#]*(\d{1,8})(?!\d)\s*(?:" + vocabulary.NUMBER_MARK + r")?")  # 12 分组: no minutes
_AMEND = re.compile(vocabulary.AMEND)
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d(?:[ \-]?\d{4}){2}(?!\d)")
_CHANGE_TO_PARTY = re.compile(vocabulary.CHANGE_TO_PARTY)
_AMEND_SENTENCE = re.compile(vocabulary.AMEND_SENTENCE)
_CONFIRM_RIGHT = re.compile(vocabulary.CONFIRM_RIGHT)
_SCORE = re.compile(vocabulary.SCORE)
_PLACE = re.compile(
    rf"[\s,.:]*(?:{vocabulary.PLACE_BEFORE})?(?P<place>[0-9]{{1,4}}|{vocabulary.CHINESE_NUMERAL})(?:{vocabulary.PLACE_AFTER})?(?=$|[\s,.:;])"
)
_WALK_IN_COUNT = re.compile(
    rf"[\s:,+]*(?<!-)([0-9]{{1,5}}|{vocabulary.CHINESE_NUMERAL})(?![0-9]|\s?[.:/~\-]\s?[0-9])\s*(?:{vocabulary.PEOPLE})?"
)
_PART_OF_PARTY = re.compile(rf"(?:[\s,.]+|(?<=[a-z0-9]{{6}})){vocabulary.PART_CAME}\s*(?:{_PEOPLE.pattern})\s*$")
_STAFF_NUMBER = re.compile(r"[\s:,#]*(?:[a-z]+-)?([0-9]{1,9})?")
_INVITED_TO = re.compile(vocabulary.INVITED_TO)
_MEANT_AS_COUNT = re.compile(r"[\s:,+\-]*[0-9]")


class _Prefixed(NamedTuple):
    """A command that is always typed first, with how its rest is read."""

    pattern: re.Pattern[str]
    build: Callable[[Core], Intent | None]


def read_prefixed(core: Core) -> Intent | None:
    """A command at the head of the message, with what follows it."""
    for pattern, build in _PREFIXED:
        match = pattern.match(core.plain)
        if match:
            return build(core.after(match.end()))
    return None


def _build_check_in(rest: Core) -> Intent | None:
    match = _CODE.match(rest.plain)
    if match is None:
        return None if rest.plain.strip() else Intent(Command.CHECK_IN)
    if match[3] and _PEOPLE.match(rest.plain, match.start(3)):
        return Intent(Command.CHECK_IN, people=people_in(rest.plain))
    # A code of another length is kept as typed, to be answered as invalid rather than not understood.
    code = match[3] or match[1] + match[2]
    return Intent(Command.CHECK_IN, code=code, people=people_in(rest.plain[match.end() :]))


def _build_redeem(rest: Core) -> Intent | None:
    codes = read_paper_codes(rest.plain)
    if codes:
        return Intent(Command.REDEEM, codes=codes)
    part = _PART_OF_PARTY.search(rest.plain)
    if part:  # 核销 K7P2QX 2人: two of the party came
        code = _SEPARATORS.sub("", rest.plain[: part.start()]).upper()
        return Intent(Command.REDEEM, code=code, people=people_in(part[0])) if len(code) == SHORT_LENGTH else None
    code = _SEPARATORS.sub("", rest.plain.rsplit("/t/", 1)[-1]).upper()[:LONGEST_CODE]
    return _coded(Command.REDEEM, code)


def _build_bind(rest: Core) -> Intent | None:
    code = re.sub(r"[\s:,#]+", "", rest.typed)[:LONGEST_CODE]
    return _coded(Command.BIND, code)


def _coded(command: Command, code: str) -> Intent | None:
    """No command when words follow it: 登录不了 and 绑定读者证 are for somebody to read."""
    return Intent(command, code=code or None) if code.isascii() else None


def _build_sign_in(rest: Core) -> Intent | None:
    code = _SEPARATORS.sub("", rest.plain)[:LONGEST_CODE]
    return _coded(Command.SIGN_IN, code)


def _build_stop(rest: Core) -> Intent | None:
    match = _STAFF_NUMBER.fullmatch(rest.plain)
    return Intent(Command.STOP_STAFF, number=int(match[1]) if match[1] else None) if match else None


def _build_invite(rest: Core) -> Intent | None:
    """邀请 12 15 5月28日: for which occurrences, then until which day."""
    numbers = [int(each) for each in re.findall(r"\d+", match[0])] if (match := _INVITED_TO.match(rest.plain)) else []
    if not numbers:
        return None if rest.plain.strip() else Intent(Command.INVITE)
    words = trim_words(rest.after(match.end() if match else 0).typed)
    return Intent(Command.INVITE, number=numbers[0], also=tuple(numbers[1:]), words=words)


def _build_walk_in(rest: Core) -> Intent | None:
    match = _WALK_IN_COUNT.match(rest.plain)
    value = parse_number(match[1]) if match else None
    if match is None or value is None:
        # 现场 -3 and 现场 8.5 are meant as counts and cannot be any: the answer says how one looks.
        return Intent(Command.WALK_IN) if _MEANT_AS_COUNT.match(rest.plain) else None
    found = number_at(rest.plain, match.end())
    return Intent(Command.WALK_IN, people=int(value), number=found.value if found else None)


def _with_rest(command: Command) -> Callable[[Core], Intent]:
    """A command whose rest is read elsewhere: a tally, the name of a library, the datum to correct."""
    return lambda rest: Intent(command, words=rest.typed.strip(" :,"))


def _build_confirm_figures(rest: Core) -> Intent | None:
    """核对, 核对 无误, 核对 苍溪馆 无误; 核对一下我的报名 is for somebody to read."""
    spoken = rest.plain[:1].isspace() or not rest.plain or _CONFIRM_RIGHT.search(rest.plain)
    return Intent(Command.CONFIRM_FIGURES, words=trim_words(rest.typed)) if spoken else None


def _build_undo(rest: Core) -> Intent:
    code, after = _ticket_code(rest)
    if code is not None and read_short_code(code):  # 撤销 K7P2QX 扫错了: a manager, at any time
        return Intent(Command.UNDO, code=code, words=trim_words(after.typed))
    found = number_at(rest.plain, 0)
    return Intent(Command.UNDO, number=found.value if found else None)


def _numbered(command: Command) -> Callable[[Core], Intent]:
    """查看名单 12 按年龄分组: a number, and words behind it."""

    def build(rest: Core) -> Intent:
        bare = _BARE_NUMBER.match(rest.plain)
        if bare is not None:
            return Intent(command, number=int(bare[1]), words=trim_words(rest.after(bare.end()).typed))
        found = number_at(rest.plain, 0)
        words = trim_words(rest.after(found.end).typed if found else rest.typed)
        return Intent(command, number=found.value if found else None, words=words)

    return build


def _build_rating(rest: Core) -> Intent | None:
    found = number_at(rest.plain, 0)
    if found is None:
        return Intent(Command.RATE, words=trim_words(rest.typed))
    after = rest.after(found.end)
    match = _SCORE.match(after.plain)
    value = parse_number(match[1]) if match else None
    words = after.typed[match.end() :] if match else after.typed
    return Intent(Command.RATE, found.value, words.strip(" ,.:、"), score=None if value is None else int(value))


def _about_code(command: Command) -> Callable[[Core], Intent | None]:
    """通过 K7P2QX, 驳回 K7P2QX 名额有限: a registration's short code, and a reason behind it."""

    def build(rest: Core) -> Intent | None:
        code, after = _ticket_code(rest)
        return Intent(command, code=code, words=trim_words(after.typed)) if code else None

    return build


def _build_move_in_line(rest: Core) -> Intent | None:
    code, after = _ticket_code(rest)
    if code is None:
        return None
    match = _PLACE.match(after.plain)
    value = parse_number(match["place"]) if match else None
    if match is None or value is None:
        return Intent(Command.MOVE_IN_LINE, code=code, words=trim_words(after.typed))
    words = trim_words(after.typed[match.end() :])
    return Intent(Command.MOVE_IN_LINE, code=code, words=words, place=int(value))


def _ticket_code(rest: Core) -> tuple[str | None, Core]:
    match = _TICKET_CODE.match(rest.plain)
    if match is None:
        return None, rest
    return _SEPARATORS.sub("", match["code"]).upper(), rest.after(match.end())


def _build_pending(rest: Core) -> Intent | None:
    found = number_at(rest.plain, 0)
    if rest.plain.strip(" :,") and found is None:
        return None  # 审核要多久 is for somebody to read
    return Intent(Command.PENDING, number=found.value if found else None)


_ABOUT_CODES = {
    Command.REJECT: vocabulary.REJECT,
    Command.APPROVE: vocabulary.APPROVE,
    Command.LIFT: vocabulary.LIFT,
    Command.UPHOLD: vocabulary.UPHOLD,
}
_PREFIXED = (
    _Prefixed(re.compile(vocabulary.APPROVE_LOOK), _numbered(Command.APPROVE_LOOK)),
    _Prefixed(re.compile(vocabulary.LOOK_MINORS), _numbered(Command.LOOK_MINORS)),
    _Prefixed(re.compile(vocabulary.SHEET), _numbered(Command.SHEET)),
    _Prefixed(re.compile(vocabulary.POSTER), _numbered(Command.POSTER)),
    _Prefixed(re.compile(vocabulary.CHECK_IN), _build_check_in),
    _Prefixed(re.compile(vocabulary.REDEEM), _build_redeem),
    _Prefixed(re.compile(vocabulary.BIND), _build_bind),
    _Prefixed(re.compile(vocabulary.SIGN_IN), _build_sign_in),
    _Prefixed(re.compile(vocabulary.INVITE), _build_invite),
    _Prefixed(re.compile(vocabulary.STOP_STAFF), _build_stop),
    _Prefixed(re.compile(vocabulary.WALK_IN), _build_walk_in),
    _Prefixed(re.compile(vocabulary.TALLY), _with_rest(Command.TALLY)),
    _Prefixed(re.compile(vocabulary.MEDIA), _with_rest(Command.MEDIA)),
    _Prefixed(re.compile(vocabulary.NOTE), _with_rest(Command.NOTE)),
    _Prefixed(re.compile(vocabulary.PHOTO), _with_rest(Command.PHOTO)),
    _Prefixed(re.compile(vocabulary.UNDO), _build_undo),
    _Prefixed(re.compile(vocabulary.STATS), _with_rest(Command.STATS)),
    _Prefixed(re.compile(vocabulary.CORRECT), _with_rest(Command.CORRECT)),
    _Prefixed(re.compile(vocabulary.CONFIRM_FIGURES), _build_confirm_figures),
    _Prefixed(re.compile(vocabulary.REPORT), _with_rest(Command.REPORT)),
    _Prefixed(re.compile(vocabulary.TODAY), _with_rest(Command.TODAY)),
    _Prefixed(re.compile(vocabulary.RATE), _build_rating),
    *(_Prefixed(re.compile(words), _about_code(command)) for command, words in _ABOUT_CODES.items()),
    _Prefixed(re.compile(vocabulary.MOVE_IN_LINE), _build_move_in_line),
    _Prefixed(re.compile(vocabulary.PENDING), _build_pending),
    _Prefixed(re.compile(vocabulary.ADD_DEPENDANT), _with_rest(Command.ADD_DEPENDANT)),
    _Prefixed(re.compile(vocabulary.REMOVE_DEPENDANT), _with_rest(Command.REMOVE_DEPENDANT)),
)


def read_change(core: Core) -> Intent | None:
    """改 12 到 15, 把12改到15, 改 12 一大两小, 修改 电话 ...: three commands share their first word."""
    start = len(vocabulary.MOVE_OBJECT) if core.plain.startswith(vocabulary.MOVE_OBJECT) else 0
    found = number_at(core.plain, start)
    arrow = _MOVE_VERB_TO.match(core.plain, found.end) if found else None
    target = number_at(core.plain, arrow.end()) if arrow else None
    if found and target:
        return Intent(Command.MOVE, found.value, target=target.value)
    move = _MOVE.match(core.plain)
    intent = _build_move(core.after(move.end())) if move else None
    if intent:
        return intent
    party = _CHANGE_TO_PARTY.match(core.plain)
    if party:
        return Intent(Command.CHANGE_PARTY, words=core.after(party.end()).typed, guessed=True)
    amend = _AMEND.match(core.plain)
    if amend is None and has_mobile(core.plain) and _AMEND_SENTENCE.search(core.plain):
        return Intent(Command.AMEND, words=" ".join(_MOBILE.findall(core.plain)))  # 改成 is nobody's name
    return _with_rest(Command.AMEND)(core.after(amend.end())) if amend else None


def _build_move(rest: Core) -> Intent | None:
    if arrow := _MOVE_TO.match(rest.plain):
        target = number_at(rest.plain, arrow.end())
        return Intent(Command.MOVE, target=target.value) if target else None
    found = number_at(rest.plain, 0)
    if found is None:
        return None
    arrow = _MOVE_TO.match(rest.plain, found.end)
    target = number_at(rest.plain, arrow.end()) if arrow else None
    if target:
        return Intent(Command.MOVE, found.value, target=target.value)
    words = rest.typed[arrow.end() if arrow else found.end :]
    return Intent(Command.CHANGE_PARTY, found.value, trim_words(words))


def people_in(plain: str) -> int | None:
    """A head count in a text: 2人, 两个人, or a bare number."""
    match = _PEOPLE.search(plain)
    value = parse_number(match[1]) if match else parse_number(plain.strip())
    return int(value) if value is not None and 1 <= value <= MOST_PEOPLE else None
