"""One message understood, as data."""

from dataclasses import dataclass

from bot.conversation.slots import SignUpSlots
from bot.texts.commands import Command


@dataclass(frozen=True, slots=True)
class Intent:
    """One message understood.

    `number` is a public occurrence number that can be relied on; `maybe_number` one that may be a day of the month
    (报名12号): look up both and ask. `also` are further numbers named in the same breath. `words` is what is left for
    the command to read (slots of a sign-up, filters of a list, a tally, a comment, a title), in the script typed.
    `code` is a code without spaces: upper case for REDEEM, as typed for BIND, digits for CHECK_IN and SIGN_IN.
    The staff's words about one registration (APPROVE, REJECT, LIFT, MOVE_IN_LINE) bear its `code` in upper case and a
    reason or note in `words`. `people` is a head count, `score` a rating, `target` the occurrence to move to, `place`
    a place in line. `guessed` is true when no command word was typed (12, 周六, a question): inside a dialogue the
    message is tried as an answer first. `slots` are those of a sign-up, once `words`
    were read. `codes` are short codes off a paper list, each with the people who came.
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
    place: int | None = None
    slots: SignUpSlots | None = None
    codes: tuple[tuple[str, int | None], ...] = ()
