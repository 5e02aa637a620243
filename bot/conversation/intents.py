"""What a message asks for: `recognise` turns typed text into a typed `Intent`. It never raises and never guesses a
place: a doubtful number is handed on as `maybe_number`, for the reader to confirm.

Rules run from the most certain to the least; the first that answers wins. To add a command: a row in
`bot.texts.commands`, and, when it takes arguments, a rule here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from rapidfuzz import fuzz, process

from bot.conversation.days import mentions_day, mentions_topic
from bot.conversation.normalise import Core, read, simplify, tidy, trim_words
from bot.conversation.numbers import Found, more_numbers, number_anywhere, number_at, number_before, whole_number
from bot.conversation.slots import SignUpSlots
from bot.domain.numerals import parse_number
from bot.texts import vocabulary
from bot.texts.commands import Command, keywords


@dataclass(frozen=True, slots=True)
class Intent:
    """One message understood.

    `number` is a public occurrence number that can be relied on; `maybe_number` one that may be a day of the month
    (报名12号): look up both and ask. `also` are further numbers named in the same breath. `words` is what is left for
    the command to read (slots of a sign-up, filters of a list, a tally, a comment, a title), in the script typed.
    `code` is a code without spaces: upper case for REDEEM, as typed for BIND, digits for CHECK_IN and SIGN_IN.
    `people` is a head count, `score` a rating, `target` the occurrence to move to. `guessed` is true when no command
    word was typed (12, 周六, a question): inside a dialogue the message is tried as an answer first. `slots`: those of
    a sign-up, once `words` were read.
    """

    command: Command
    number: int | None = None
    words: str = ""
    code: str | None = None
    people: int | None = None
    score: int | None = None
    target: int | None = None
    maybe_number: int | None = None
    also: tuple[int, ...] = ()
    guessed: bool = False
    slots: SignUpSlots | None = None


Rule = Callable[[Core], Intent | None]

LONGEST_CODE = 64
MOST_PEOPLE = 99_999
_LONGEST_ANSWER = 12

_QUESTION = re.compile(vocabulary.QUESTION_MARKS)
_CONSENTS = (
    (Command.DISAGREE, re.compile(f".{{0,6}}(?:{vocabulary.DISAGREE}).{{0,3}}")),
    (Command.GUARDIAN_AGREE, re.compile(vocabulary.GUARDIAN_AGREE)),
    (Command.AGREE, re.compile(vocabulary.AGREE)),
)
_NOT_A_WORD = re.compile(r"[\W_]+")
# These change or promise something, so a question that only mentions them (同意吗?) is not one of them.
_NEVER_FROM_A_QUESTION = {
    Command.AGREE,
    Command.GUARDIAN_AGREE,
    Command.CONFIRM,
    Command.GIVE_UP,
    Command.WITHDRAW_CONSENT,
    Command.ERASE,
}
_CONFIRM_ONLY = re.compile(vocabulary.CONFIRM_ONLY)
_PEOPLE = re.compile(rf"([0-9]{{1,5}}|{vocabulary.CHINESE_NUMERAL})\s*(?:{vocabulary.PEOPLE})")
_BARE_CODE = re.compile(rf"(\d{{3}})[ \-]?(\d{{3}})(?!\d)\s*(?P<rest>(?:[0-9]|{vocabulary.CHINESE_NUMERAL}).*)?")
_CODE = re.compile(r"[\s,.:#\-]*(?:(\d{3})[ \-]?(\d{3})(?!\d)|(\d{1,12}))")
_MOBILE = re.compile(r"1[3-9]\d{9}(?!\d)")
_SEPARATORS = re.compile(r"[\s\-_.:,#]+")
_SIGN_UP = re.compile(vocabulary.SIGN_UP_VERB)
_CANCEL = re.compile(vocabulary.CANCEL_VERB)
_WAITLIST = re.compile(vocabulary.WAITLIST_VERB)
_DETAIL = re.compile(vocabulary.DETAIL_WORD)
_TICKET = re.compile(vocabulary.TICKET_WORD)
_MINE = re.compile(vocabulary.MINE_SENTENCE)
_HOW_TO = re.compile(vocabulary.HOW_TO)
_PERSON = re.compile(vocabulary.PERSON_WORD)
_PERSON_IF_NO_NUMBER = re.compile(vocabulary.PERSON_IF_NO_NUMBER)
_LIST_QUESTION = re.compile(vocabulary.LIST_QUESTION)
_LIST_WORD = re.compile(vocabulary.LIST_WORD)
_REMINDER_OFF = re.compile(vocabulary.REMINDER_OFF)
_REMINDER_ON = re.compile(vocabulary.REMINDER_ON)
_MOVE = re.compile(vocabulary.MOVE)
_MOVE_TO = re.compile(rf"\s*(?:{vocabulary.MOVE_TO})")
_MOVE_VERB_TO = re.compile(vocabulary.MOVE_VERB_TO)
_AMEND = re.compile(vocabulary.AMEND)
_SCORE = re.compile(vocabulary.SCORE)
_ANSWER_WITH_NUMBER = re.compile(rf"(?P<confirm>{vocabulary.CONFIRM_VERB})|(?P<give_up>{vocabulary.GIVE_UP_VERB})")
_WALK_IN_COUNT = re.compile(
    rf"[\s:,+]*(?<!-)([0-9]{{1,5}}|{vocabulary.CHINESE_NUMERAL})(?![0-9]|\s?[.:/~\-]\s?[0-9])\s*(?:{vocabulary.PEOPLE})?"
)


_MEANT_AS_COUNT = re.compile(r"[\s:,+\-]*[0-9]")


class _Prefixed(NamedTuple):
    """A command that is always typed first, with how its rest is read."""

    pattern: re.Pattern[str]
    build: Callable[[Core], Intent | None]


def recognise(text: str) -> Intent:
    """Read one message. Anything that is not understood is UNKNOWN, with the whole message as `words`."""
    consent = _read_consent(text)
    if consent:
        return consent
    core = read(text)
    intent = next((found for rule in _RULES if (found := rule(core)) is not None), None)
    if intent and intent.command in _NEVER_FROM_A_QUESTION and _QUESTION.search(simplify(tidy(text))):
        intent = None
    return intent or Intent(Command.UNKNOWN, words=core.typed.strip())


def suggest(text: str, most: int = 3) -> tuple[Command, ...]:
    """The commands whose words look most like a message that was not understood, best first; often none."""
    typed = _NOT_A_WORD.sub("", read(text).plain)[:_LONGEST_ANSWER]
    if not typed:
        return ()
    near = process.extract(typed, keywords().keys(), scorer=fuzz.ratio, score_cutoff=50, limit=12)
    return tuple(dict.fromkeys(keywords()[word] for word, _, _ in near))[:most]


# --- certain: the whole message is one known word --------------------------------------------------------------------


def _read_consent(text: str) -> Intent | None:
    """Consent counts only when the message is that word and nothing else; a refusal counts inside a short sentence."""
    plain = simplify(tidy(text))
    if len(plain) > LONGEST_CODE:
        return None
    bare = _NOT_A_WORD.sub("", plain)
    for command, pattern in _CONSENTS:
        if pattern.fullmatch(bare) and not _QUESTION.search(plain):
            return Intent(command)
    return None


def _read_keyword(core: Core) -> Intent | None:
    compact = core.plain.replace(" ", "")
    command = (
        keywords().get(core.whole.replace(" ", ""))
        or keywords().get(compact)
        or keywords().get(compact + vocabulary.DONE)
    )
    if command is None and _CONFIRM_ONLY.fullmatch(_NOT_A_WORD.sub("", core.whole)):
        command = Command.CONFIRM
    # Consent has been decided before, on the whole message: 想同意 or 请同意 is not consent.
    if command is None or command in (Command.AGREE, Command.GUARDIAN_AGREE):
        return None
    return Intent(command)


def _read_bare_code(core: Core) -> Intent | None:
    match = _BARE_CODE.fullmatch(core.plain)
    if match is None:
        return None
    people = _people_in(match["rest"]) if match["rest"] else None
    if match["rest"] and people is None:
        return None
    return Intent(Command.CHECK_IN, code=match[1] + match[2], people=people, guessed=True)


def _read_bare_number(core: Core) -> Intent | None:
    found = whole_number(core.plain)
    if found is None:
        return None
    if found.doubtful:
        # 30号 is a date. 12号活动 may be either, so the list is told of the number too.
        maybe = found.value if core.plain.endswith(vocabulary.EVENT_TAILS) else None
        return Intent(Command.LIST, words=core.typed, maybe_number=maybe, guessed=True)
    return Intent(Command.DETAIL, number=found.value, guessed=True)


# --- commands that are typed first, with arguments -------------------------------------------------------------------


def _read_prefixed(core: Core) -> Intent | None:
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
        return Intent(Command.CHECK_IN, people=_people_in(rest.plain))
    # A code of another length is kept as typed, to be answered as invalid rather than not understood.
    code = match[3] or match[1] + match[2]
    return Intent(Command.CHECK_IN, code=code, people=_people_in(rest.plain[match.end() :]))


def _build_redeem(rest: Core) -> Intent | None:
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


def _build_undo(rest: Core) -> Intent:
    found = number_at(rest.plain, 0)
    return Intent(Command.UNDO, number=found.value if found else None)


def _build_rating(rest: Core) -> Intent | None:
    found = number_at(rest.plain, 0)
    if found is None:
        return Intent(Command.RATE, words=trim_words(rest.typed))
    after = rest.after(found.end)
    match = _SCORE.match(after.plain)
    value = parse_number(match[1]) if match else None
    words = after.typed[match.end() :] if match else after.typed
    return Intent(Command.RATE, found.value, words.strip(" ,.:、"), score=None if value is None else int(value))


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


_PREFIXED = (
    _Prefixed(re.compile(vocabulary.CHECK_IN), _build_check_in),
    _Prefixed(re.compile(vocabulary.REDEEM), _build_redeem),
    _Prefixed(re.compile(vocabulary.BIND), _build_bind),
    _Prefixed(re.compile(vocabulary.SIGN_IN), _build_sign_in),
    _Prefixed(re.compile(vocabulary.WALK_IN), _build_walk_in),
    _Prefixed(re.compile(vocabulary.TALLY), _with_rest(Command.TALLY)),
    _Prefixed(re.compile(vocabulary.UNDO), _build_undo),
    _Prefixed(re.compile(vocabulary.STATS), _with_rest(Command.STATS)),
    _Prefixed(re.compile(vocabulary.TODAY), _with_rest(Command.TODAY)),
    _Prefixed(re.compile(vocabulary.RATE), _build_rating),
)


def _read_change(core: Core) -> Intent | None:
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
    amend = _AMEND.match(core.plain)
    return _with_rest(Command.AMEND)(core.after(amend.end())) if amend else None


# --- sentences -------------------------------------------------------------------------------------------------------


def _read_reminders(core: Core) -> Intent | None:
    if _REMINDER_OFF.search(core.plain):
        return Intent(Command.REMINDERS_OFF)
    return Intent(Command.REMINDERS_ON) if _REMINDER_ON.search(core.plain) else None


def _read_person(core: Core) -> Intent | None:
    if _PERSON.search(core.plain):
        return Intent(Command.PERSON, words=core.typed)
    if _PERSON_IF_NO_NUMBER.search(core.plain) and number_anywhere(core.plain) is None:
        return Intent(Command.PERSON, words=core.typed)
    return None


def _read_how_to(core: Core) -> Intent | None:
    if not _HOW_TO.search(core.whole):
        return None
    found = number_anywhere(core.plain)
    if found and not found.doubtful:
        return Intent(Command.DETAIL, number=found.value, guessed=True)
    return Intent(Command.HELP)


def _read_mine(core: Core) -> Intent | None:
    return Intent(Command.MINE) if _MINE.search(core.whole) else None


def _read_answer_with_number(core: Core) -> Intent | None:
    match = _ANSWER_WITH_NUMBER.match(core.plain)
    found = number_at(core.plain, match.end()) if match else None
    if match is None or found is None or found.end != len(core.plain):
        return None
    return Intent(Command.CONFIRM if match["confirm"] else Command.GIVE_UP, number=found.value)


def _read_ticket(core: Core) -> Intent | None:
    match = _TICKET.search(core.plain)
    if match is None:
        return None
    found = number_at(core.plain, match.end()) or number_before(core.plain, match.start())
    short = len(core.plain) <= _LONGEST_ANSWER
    return Intent(Command.TICKET, number=found.value if found else None) if found or short else None


def _read_cancel(core: Core) -> Intent | None:
    match = _CANCEL.search(core.plain)
    return _with_number(Command.CANCEL, core, match) if match else None


def _read_waitlist(core: Core) -> Intent | None:
    match = _WAITLIST.search(core.plain)
    return _with_number(Command.WAITLIST, core, match) if match else None


def _read_sign_up(core: Core) -> Intent | None:
    match = _SIGN_UP.search(core.plain)
    return _with_number(Command.SIGN_UP, core, match) if match else None


def _read_detail(core: Core) -> Intent | None:
    match = _DETAIL.search(core.plain)
    if match is None:
        return None
    found = number_at(core.plain, match.end()) or number_anywhere(core.plain)
    return Intent(Command.DETAIL, number=found.value) if found else None


def _read_list_question(core: Core) -> Intent | None:
    if not _LIST_QUESTION.search(core.whole):
        return None
    sign_up = _SIGN_UP.search(core.plain)
    if sign_up and number_at(core.plain, sign_up.end()):
        return None
    topical = _LIST_WORD.search(core.plain) or mentions_topic(core.plain) or mentions_day(core.plain)
    return Intent(Command.LIST, words=" ".join(core.typed.split()), guessed=True) if topical else None


def _read_list(core: Core) -> Intent | None:
    match = _LIST_WORD.match(core.plain)
    if match:
        return Intent(Command.LIST, words=trim_words(core.typed[match.end() :]))
    match = _LIST_WORD.search(core.plain)
    if match:
        words = core.typed[: match.start()] + " " + core.typed[match.end() :]
        return Intent(Command.LIST, words=trim_words(words))
    if mentions_day(core.plain) or mentions_topic(core.plain):
        return Intent(Command.LIST, words=trim_words(core.typed), guessed=True)
    return None


def _read_sign_up_without_verb(core: Core) -> Intent | None:
    """A number and a mobile phone are a sign-up though nobody said so: 12 张三 13800138000."""
    found = number_at(core.plain, 0)
    if found is None or found.doubtful or not _MOBILE.search(core.plain, found.end):
        return None
    return Intent(Command.SIGN_UP, found.value, trim_words(core.typed[found.end :]), guessed=True)


_RULES: tuple[Rule, ...] = (
    # 报名了吗 and 需要报名吗 are questions, though their core is 报名: so before the keywords.
    _read_mine,
    _read_how_to,
    _read_keyword,
    _read_bare_code,
    _read_bare_number,
    _read_prefixed,
    _read_reminders,
    _read_change,
    _read_person,
    _read_answer_with_number,
    _read_ticket,
    _read_cancel,
    _read_waitlist,
    _read_list_question,
    _read_detail,
    _read_sign_up,
    _read_sign_up_without_verb,
    _read_list,
)


# --- parts -----------------------------------------------------------------------------------------------------------


def _with_number(command: Command, core: Core, verb: re.Match[str]) -> Intent:
    """A command with its number (right after the verb, else right before, else anywhere) and the words left over."""
    found = number_at(core.plain, verb.end()) or number_before(core.plain, verb.start()) or number_anywhere(core.plain)
    if found is None:
        return Intent(command, words=trim_words(core.without((verb.start(), verb.end()))))
    if found.doubtful:
        words = core.without((verb.start(), verb.end()))
        return Intent(command, words=trim_words(words), maybe_number=found.value)
    also, end = more_numbers(core.plain, found)
    start = _start_of(found, verb)
    words = core.without((verb.start(), verb.end()), (start, end))
    return replace(Intent(command, found.value, trim_words(words)), also=also)


def _start_of(found: Found, verb: re.Match[str]) -> int:
    return max(found.start, verb.end()) if found.end > verb.end() and found.start < verb.end() else found.start


def _people_in(plain: str) -> int | None:
    match = _PEOPLE.search(plain)
    value = parse_number(match[1]) if match else parse_number(plain.strip())
    return int(value) if value is not None and 1 <= value <= MOST_PEOPLE else None
