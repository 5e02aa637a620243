"""What a message asks for: `recognise` turns typed text into a typed `Intent`. It never raises and never guesses a
place: a doubtful number is handed on as `maybe_number`, for the reader to confirm.

Rules run from the most certain to the least; the first that answers wins. To add a command: a row in
`bot.texts.commands`, and, when it takes arguments, a rule here.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from rapidfuzz import fuzz, process

from bot.conversation.ages import blank_ages
from bot.conversation.days import mentions_day, mentions_topic
from bot.conversation.intent import Intent
from bot.conversation.normalise import Core, read, simplify, tidy, trim_words
from bot.conversation.numbers import Found, more_numbers, number_anywhere, number_at, number_before, whole_number
from bot.conversation.phones import has_mobile, with_arabic_phones
from bot.conversation.prefixed import LONGEST_CODE, people_in, read_change, read_prefixed
from bot.conversation.unread import GAP
from bot.domain.numerals import parse_number
from bot.texts import vocabulary
from bot.texts.asked import is_question_back
from bot.texts.commands import Command, keywords

__all__ = ["Intent", "recognise", "suggest"]

Rule = Callable[[Core], Intent | None]

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
    Command.WITHDRAW_GUARDIAN,
    Command.ERASE,
    Command.APPROVE,
    Command.REJECT,
    Command.LIFT,
    Command.UPHOLD,
}
_CONFIRM_ONLY = re.compile(vocabulary.CONFIRM_ONLY)
_MENU_NUMBER = re.compile(
    rf"{vocabulary.ZERO}\s*(?:(?P<place>[1-9]|{vocabulary.ONE_TO_NINE})|(?P<number>[1-9]\d{{1,3}}))"
)
MENU_NUMBERS = {
    1: Command.LIST,
    2: Command.MINE,
    3: Command.HELP,
    4: Command.TODAY,
    5: Command.TALLY,
    6: Command.STATS,
    7: Command.SCANNER,
}
"""What the numbered menu (`bot.texts.menus.text_menu`) stands for."""

_BARE_CODE = re.compile(rf"(\d{{3}})[ \-]?(\d{{3}})(?!\d)\s*(?P<rest>(?:[0-9]|{vocabulary.CHINESE_NUMERAL}).*)?")
_SIGN_UP = re.compile(vocabulary.SIGN_UP_VERB)
_SURE_LABEL = re.compile(vocabulary.SURE_NAME_LABEL)
_HAN_RUN = re.compile("[\u3400-\u9fff]+")
_LIKE_COMMAND = re.compile(rf"(?<![\u3400-\u9fff])(?:{vocabulary.NAMES_LIKE_COMMANDS})(?![\u3400-\u9fff])")
_PLACE_IN_LINE = re.compile(vocabulary.PLACE_IN_LINE)
_APPEAL = re.compile(vocabulary.APPEAL)
_STANDING = re.compile(vocabulary.STANDING)
_WHETHER_CANCELLED = re.compile(vocabulary.ASKS_WHETHER_CANCELLED)
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
_ANSWER_WITH_NUMBER = re.compile(rf"(?P<confirm>{vocabulary.CONFIRM_VERB})|(?P<give_up>{vocabulary.GIVE_UP_VERB})")


def recognise(text: str) -> Intent:
    """Read one message. Anything that is not understood is UNKNOWN, with the whole message as `words`."""
    consent = _read_consent(text)
    if consent:
        return consent
    core = _without_names(read(text))
    intent = next((found for rule in _RULES if (found := rule(core)) is not None), None)
    if intent and intent.command in _NEVER_FROM_A_QUESTION and _QUESTION.search(simplify(tidy(text))):
        intent = None
    return intent or Intent(Command.UNKNOWN, words=core.typed.strip())


def _without_names(core: Core) -> Core:
    """Phones in Arabic digits; and gaps for names that look like commands (我叫取消, 报名 12 取消 13800138000)."""
    plain = with_arabic_phones(core.plain)
    for label in _SURE_LABEL.finditer(plain):
        name = _HAN_RUN.match(plain, label.end())
        if name and name.group() in keywords():
            plain = _gapped(plain, *name.span())
    verb = _SIGN_UP.match(plain)
    if verb and has_mobile(plain, verb.end()):
        for name in _LIKE_COMMAND.finditer(plain, verb.end()):
            plain = _gapped(plain, *name.span())
    return replace(core, plain=plain)


def _gapped(plain: str, start: int, end: int) -> str:
    return plain[:start] + GAP * (end - start) + plain[end:]


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


def _read_menu_number(core: Core) -> Intent | None:
    """01, 零一, ０１ of the numbered menu. With more digits (012) the zero is a slip: the occurrence is meant."""
    match = _MENU_NUMBER.fullmatch(core.plain)
    if match is None:
        return None
    if match["place"] is None:
        return Intent(Command.DETAIL, number=int(match["number"]), guessed=True)
    place = int(parse_number(match["place"]) or 0)
    command = MENU_NUMBERS.get(place, Command.HELP)
    return Intent(command, guessed=True)


def _read_bare_code(core: Core) -> Intent | None:
    match = _BARE_CODE.fullmatch(core.plain)
    if match is None:
        return None
    people = people_in(match["rest"]) if match["rest"] else None
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


def _read_place_in_line(core: Core) -> Intent | None:
    match = _PLACE_IN_LINE.search(core.whole)
    if match is None:
        return None
    place = _PLACE_IN_LINE.search(core.plain)
    found = place and (number_at(core.plain, place.end()) or number_before(core.plain, place.start()))
    found = found or number_anywhere(core.plain)
    return Intent(Command.PLACE_IN_LINE, number=found.value if found else None)


def _read_standing(core: Core) -> Intent | None:
    return Intent(Command.STANDING) if _STANDING.search(core.whole) else None


def _read_appeal(core: Core) -> Intent | None:
    match = _APPEAL.search(core.plain)
    return Intent(Command.APPEAL, words=trim_words(core.without(match.span()))) if match else None


def _read_full_sign_up(core: Core) -> Intent | None:
    """A sign-up with a phone asks for no list, whatever else it says (听从安排, 适合5岁吗)."""
    match = _SIGN_UP.search(core.plain)
    if match is None or not has_mobile(core.plain):
        return None
    return _with_number(Command.SIGN_UP, core, match)


def _read_how_to(core: Core) -> Intent | None:
    if not _HOW_TO.search(core.whole):
        return None
    found = number_anywhere(core.plain)
    if found and not found.doubtful:
        return Intent(Command.DETAIL, number=found.value, guessed=True)
    return Intent(Command.HELP)


def _read_question_back(core: Core) -> Intent | None:
    """要钱吗, 为什么要电话; with a number (12要钱吗) it is about that occurrence, whose details say it."""
    if number_anywhere(core.plain) or has_mobile(core.plain) or not is_question_back(core.whole):
        return None
    return Intent(Command.ASK_BACK)


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


def _read_whether_cancelled(core: Core) -> Intent | None:
    """3号活动取消了吗 asks how things stand."""
    if not _WHETHER_CANCELLED.search(core.whole):
        return None
    found = number_anywhere(core.plain)
    return Intent(Command.DETAIL, number=found.value) if found else Intent(Command.MINE)


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
    if has_mobile(core.plain):
        # 绘本故事会,周六,张三,13800138000: nobody sends a phone to see a list.
        return Intent(Command.SIGN_UP, words=trim_words(core.typed), guessed=True) if _is_wish(core) else None
    match = _LIST_WORD.match(core.plain)
    if match:
        return Intent(Command.LIST, words=trim_words(core.typed[match.end() :]))
    match = _LIST_WORD.search(core.plain)
    if match:
        words = core.typed[: match.start()] + " " + core.typed[match.end() :]
        return Intent(Command.LIST, words=trim_words(words))
    return Intent(Command.LIST, words=trim_words(core.typed), guessed=True) if _is_wish(core) else None


def _is_wish(core: Core) -> bool:
    return mentions_day(core.plain) or mentions_topic(core.plain)


def _read_sign_up_without_verb(core: Core) -> Intent | None:
    """A number and a mobile phone are a sign-up though nobody said so: 12 张三 13800138000."""
    found = number_at(core.plain, 0)
    if found is None or found.doubtful or not has_mobile(core.plain, found.end):
        return None
    return Intent(Command.SIGN_UP, found.value, trim_words(core.typed[found.end :]), guessed=True)


_RULES: tuple[Rule, ...] = (
    # 报名了吗 and 需要报名吗 are questions, though their core is 报名: so before the keywords.
    _read_place_in_line,
    _read_mine,
    _read_how_to,
    _read_keyword,
    _read_menu_number,
    _read_bare_code,
    _read_bare_number,
    read_prefixed,
    _read_appeal,
    _read_reminders,
    read_change,
    _read_person,
    _read_question_back,
    _read_answer_with_number,
    _read_standing,
    _read_ticket,
    _read_whether_cancelled,
    _read_cancel,
    _read_waitlist,
    _read_full_sign_up,
    _read_list_question,
    _read_detail,
    _read_sign_up,
    _read_sign_up_without_verb,
    _read_list,
)


# --- parts -----------------------------------------------------------------------------------------------------------


def _with_number(command: Command, core: Core, verb: re.Match[str]) -> Intent:
    """A command with its number (right after the verb, else right before, else anywhere) and the words left over."""
    plain = blank_ages(core.plain)
    found = number_at(plain, verb.end()) or number_before(plain, verb.start()) or number_anywhere(plain)
    if found is None:
        return Intent(command, words=trim_words(core.without((verb.start(), verb.end()))))
    if found.doubtful:
        words = core.without((verb.start(), verb.end()))
        return Intent(command, words=trim_words(words), maybe_number=found.value)
    also, end = more_numbers(plain, found)
    start = _start_of(found, verb)
    words = core.without((verb.start(), verb.end()), (start, end))
    return replace(Intent(command, found.value, trim_words(words)), also=also)


def _start_of(found: Found, verb: re.Match[str]) -> int:
    return max(found.start, verb.end()) if found.end > verb.end() and found.start < verb.end() else found.start
