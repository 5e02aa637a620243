"""Which handler answers which message. The table says for each command whether it writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from bot.conversation.dialogue import (
    AddingDependant,
    Cancelling,
    Choosing,
    Erasing,
    Listing,
    Paging,
    Question,
    SigningUp,
    SigningUpTogether,
)
from bot.conversation.handlers import (
    account,
    approvals,
    asked,
    changing,
    colleagues,
    coverage,
    doors,
    events,
    families,
    line,
    minors,
    offers,
    own,
    posters,
    reporting,
    sessions,
    siblings,
    staff,
    standing,
)
from bot.conversation.handlers import sign_up_answers as signing
from bot.conversation.handlers.figures import note_tally, show_stats, show_today
from bot.conversation.handlers.rating import rate_occurrence
from bot.conversation.handlers.sign_up import choose, start_sign_up, start_waitlist
from bot.conversation.handlers.unreached import show_unreached
from bot.conversation.intents import Intent, suggest
from bot.conversation.slots import parse_slots
from bot.conversation.talk import Talk
from bot.domain.capability import Capability
from bot.texts import cancelling, general
from bot.texts import families as family_words
from bot.texts import menus as menu_words
from bot.texts import sign_up as sign_up_words
from bot.texts import staff as staff_words
from bot.texts.asked import is_greeting
from bot.texts.commands import Command, entry_of

Handler = Callable[[Talk, Intent], str]


@dataclass(frozen=True, slots=True)
class Route:
    """A handler and whether it needs a writing transaction."""

    answer: Handler
    writes: bool


def _help(talk: Talk, _: Intent) -> str:
    if is_greeting(talk.text):
        return with_menu(talk, general.hello(talk.desk.account_name))
    # Staff's help has two pages, and what it teaches them begins on the first: their menu comes after it.
    return with_menu(talk, _help_for(talk.staff is not None), first=talk.staff is None)


def with_menu(talk: Talk, said: str, *, first: bool = False) -> str:
    """The words and a numbered menu, where the account has no menu of its own; `first`: before a long text."""
    if talk.desk.capabilities.has(talk.tx, Capability.MENU):
        return said
    menu = menu_words.text_menu(staff=talk.staff is not None)
    return f"{menu}\n{said}" if first else f"{said}\n{menu}"


@cache
def _help_for(staff: bool) -> str:
    return general.help_text(ROUTES.keys(), staff=staff)


def _more(talk: Talk, _: Intent) -> str:
    return events.next_page(talk)


def _confirm(talk: Talk, intent: Intent) -> str:
    said = offers.answer_named(talk, intent, yes=True)
    if said is not None:
        return said
    match talk.dialogue:
        case SigningUp() as request:
            return signing.answer_confirm(talk, request)
        case SigningUpTogether() as together:
            return siblings.confirm_together(talk, together)
        case AddingDependant() as adding:
            return families.ask_again(talk, adding)
        case Cancelling() as asked:
            return own.confirm_cancel(talk, asked)
        case Erasing():
            return account.confirm_erase(talk)
        case _:
            said = signing.answer_after_loss(talk) or offers.answer_bare(talk, yes=True)
            return said or sign_up_words.nothing_to_confirm()


def _decline(talk: Talk, intent: Intent) -> str:
    """放弃: the open question, or a freed place that was offered."""
    said = offers.answer_named(talk, intent, yes=False)
    if said is None and isinstance(talk.dialogue, Listing | Paging | None):
        said = offers.answer_bare(talk, yes=False)
    return said or _give_up(talk, intent)


def _give_up(talk: Talk, _: Intent) -> str:
    match talk.dialogue:
        case SigningUp():
            return signing.give_up(talk)
        case SigningUpTogether() | Choosing():
            return family_words.kept_apart()
        case AddingDependant():
            return family_words.not_added()
        case Cancelling():
            return cancelling.kept()
        case Erasing():
            return general.not_erased()
        case _:
            return general.nothing_to_leave()


def _agree(talk: Talk, intent: Intent) -> str:
    if isinstance(talk.dialogue, AddingDependant):
        return families.agree_to_add(talk, talk.dialogue)
    return signing.answer_agree(talk, intent)


def _guardian_agree(talk: Talk, _: Intent) -> str:
    match talk.dialogue:
        case SigningUp() as request:
            return signing.answer_guardian_agree(talk, request)
        case AddingDependant() as adding:
            return families.guardian_agrees_to_add(talk, adding)
        case _:
            return signing.guardian_agree_after_loss(talk)


def _disagree(talk: Talk, intent: Intent) -> str:
    if isinstance(talk.dialogue, AddingDependant):
        return family_words.not_added()
    return signing.answer_disagree(talk, intent)


def _redo(talk: Talk, intent: Intent) -> str:
    if isinstance(talk.dialogue, SigningUp):
        return signing.start_over(talk, talk.dialogue)
    return _give_up(talk, intent)


def _thanks(talk: Talk, _: Intent) -> str:
    talk.next = talk.dialogue
    return general.you_are_welcome()


def _quit(talk: Talk, intent: Intent) -> str:
    if isinstance(talk.dialogue, Listing | Paging):
        return general.left_dialogue()
    return _give_up(talk, intent)


def _today(talk: Talk, intent: Intent) -> str:
    return events.todays_programme(talk) if talk.staff is None else show_today(talk, intent)


def _amend(talk: Talk, intent: Intent) -> str:
    """更正 alone from staff is about figures: of their own data they say which."""
    if talk.staff is not None and not intent.words:
        return reporting.correct(talk, intent)
    return account.amend(talk, intent)


def _undo(talk: Talk, intent: Intent) -> str:
    """撤销 from a reader is 取消 (design section 5), unless they have just counted themselves in at a door."""
    if talk.staff is not None:
        return staff.undo(talk, intent)
    taken_back = doors.take_back_own(talk) if intent.number is None else None
    return own.ask_cancel(talk, intent) if taken_back is None else taken_back


def _unknown(talk: Talk, intent: Intent) -> str:
    if isinstance(talk.dialogue, SigningUp):
        said = signing.answer_words(talk, talk.dialogue)
        if said is not None:
            return said
    elif talk.dialogue is None:
        said = signing.answer_after_loss(talk)
        if said is not None:
            return said
    if talk.dialogue is None and _is_contact(talk.text):
        return sign_up_words.which_occurrence()
    talk.next = talk.dialogue  # a slip of the thumb does not end a dialogue
    return general.not_understood([guess for guess in suggest(talk.text) if _may_suggest(talk, guess)])


def _is_contact(text: str) -> bool:
    """A phone or a party and nothing to go with it: somebody wants to sign up."""
    slots = parse_slots(text)
    return slots.phone is not None or slots.adults is not None or slots.children is not None


def _may_suggest(talk: Talk, guess: Command) -> bool:
    """Readers are not pointed to what only staff may do, nobody to what has no handler."""
    entry = entry_of(guess)
    return guess in ROUTES and guess is not Command.THANKS and entry is not None and (entry.reader or bool(talk.staff))


def _not_served_yet(talk: Talk, intent: Intent) -> str:
    entry = entry_of(intent.command)
    if entry is not None and entry.staff and talk.staff is None:
        return staff_words.not_staff()
    talk.next = talk.dialogue
    return general.not_served_yet(intent.command)


ROUTES: dict[Command, Route] = {
    Command.HELP: Route(_help, writes=False),
    Command.LIST: Route(events.list_events, writes=False),
    Command.DETAIL: Route(events.show_detail, writes=False),
    Command.SIGN_UP: Route(start_sign_up, writes=True),
    Command.WAITLIST: Route(start_waitlist, writes=True),
    Command.MOVE: Route(changing.move, writes=True),
    Command.CHANGE_PARTY: Route(changing.change, writes=True),
    Command.FAMILY: Route(families.show_family, writes=False),
    Command.ADD_DEPENDANT: Route(families.add_child, writes=True),
    Command.REMOVE_DEPENDANT: Route(families.remove_child, writes=True),
    Command.CANCEL: Route(own.ask_cancel, writes=False),
    Command.MINE: Route(own.list_own, writes=False),
    Command.TICKET: Route(own.show_ticket, writes=False),
    Command.CHECK_IN: Route(doors.check_in_self, writes=True),
    Command.ASK_BACK: Route(asked.answer_question, writes=True),
    Command.MORE: Route(_more, writes=False),
    Command.BACK: Route(_give_up, writes=True),
    Command.REDO: Route(_redo, writes=True),
    Command.THANKS: Route(_thanks, writes=False),
    Command.QUIT: Route(_quit, writes=True),
    Command.CONFIRM: Route(_confirm, writes=True),
    Command.GIVE_UP: Route(_decline, writes=True),
    Command.AGREE: Route(_agree, writes=True),
    Command.GUARDIAN_AGREE: Route(_guardian_agree, writes=True),
    Command.DISAGREE: Route(_disagree, writes=True),
    Command.REMINDERS_ON: Route(account.reminders_on, writes=True),
    Command.REMINDERS_OFF: Route(account.reminders_off, writes=True),
    Command.MY_DATA: Route(account.show_my_data, writes=False),
    Command.MY_PAGES: Route(account.give_pages, writes=True),
    Command.AMEND: Route(_amend, writes=True),
    Command.WITHDRAW_CONSENT: Route(account.withdraw, writes=True),
    Command.WITHDRAW_GUARDIAN: Route(account.withdraw_guardian, writes=True),
    Command.ERASE: Route(account.ask_erase, writes=False),
    Command.PERSON: Route(account.ask_person, writes=True),
    Command.STANDING: Route(standing.show_standing, writes=False),
    Command.APPEAL: Route(standing.appeal, writes=True),
    Command.LIFT: Route(standing.lift, writes=True),
    Command.UPHOLD: Route(standing.uphold, writes=True),
    Command.BIND: Route(staff.bind, writes=True),
    Command.SIGN_IN: Route(sessions.sign_in, writes=True),
    Command.SCANNER: Route(sessions.give_scanner, writes=True),
    Command.SIGN_OUT: Route(sessions.sign_out, writes=True),
    Command.STAFF: Route(colleagues.show_staff, writes=True),
    Command.UNREACHED: Route(show_unreached, writes=False),
    Command.STOP_STAFF: Route(colleagues.stop_staff, writes=True),
    Command.INVITE: Route(colleagues.invite, writes=True),
    Command.RATE: Route(rate_occurrence, writes=True),
    Command.REDEEM: Route(doors.redeem, writes=True),
    Command.SHEET: Route(doors.show_sheet, writes=False),
    Command.POSTER: Route(posters.show_poster, writes=False),
    Command.WALK_IN: Route(staff.walk_ins, writes=True),
    Command.TALLY: Route(note_tally, writes=True),
    Command.MEDIA: Route(coverage.note_media_item, writes=True),
    Command.NOTE: Route(coverage.note_words, writes=True),
    Command.PHOTO: Route(coverage.caption, writes=True),
    Command.LOOK_MINORS: Route(minors.look, writes=True),
    Command.APPROVE_LOOK: Route(minors.approve, writes=True),
    Command.UNDO: Route(_undo, writes=True),
    Command.PLACE_IN_LINE: Route(line.show_place, writes=False),
    Command.MOVE_IN_LINE: Route(line.move, writes=True),
    Command.PENDING: Route(approvals.show_pending, writes=False),
    Command.APPROVE: Route(approvals.approve, writes=True),
    Command.REJECT: Route(approvals.reject, writes=True),
    Command.TODAY: Route(_today, writes=False),
    Command.STATS: Route(show_stats, writes=False),
    Command.CORRECT: Route(reporting.correct, writes=True),
    Command.CONFIRM_FIGURES: Route(reporting.confirm_figures, writes=True),
    Command.REPORT: Route(reporting.show_report, writes=True),
    Command.UNKNOWN: Route(_unknown, writes=True),
}


_STILL_TO_COME = {command: Route(_not_served_yet, writes=False) for command in (Command.REPORT,)}
"""Understood, but not in the table: the help does not teach them."""
_KEEPS_DIALOGUE = tuple(
    question for question in Question if question not in (Question.CONFIRM, Question.PLACE, Question.WAITLIST)
)
"""Looking something up in between does not end these; after a read-back 确认 must not mean what was looked up."""


def route_of(intent: Intent, dialogue: object) -> Route:
    """The route of an intent; inside a sign-up a message without command word is tried as an answer first."""
    route = ROUTES.get(intent.command) or _STILL_TO_COME.get(intent.command, ROUTES[Command.UNKNOWN])
    if isinstance(dialogue, SigningUp) and intent.guessed:
        return Route(_answer_or(route), writes=True)
    if isinstance(dialogue, Choosing) and (intent.guessed or intent.command in _CHOICES):
        return Route(_chosen_or(route), writes=True)
    if isinstance(dialogue, SigningUp) and dialogue.asking is Question.CUSTOM:
        return Route(_choice_or(route), writes=True)
    return route


_CHOICES = (Command.SIGN_UP, Command.WAITLIST, Command.DETAIL, Command.UNKNOWN)


def _chosen_or(otherwise: Route) -> Handler:
    """20 after a list of occurrences that fit chooses; it does not look up."""

    def answer(talk: Talk, intent: Intent) -> str:
        said = choose(talk, intent, talk.dialogue) if isinstance(talk.dialogue, Choosing) else None
        if said is not None:
            return said
        said = otherwise.answer(talk, intent)
        talk.next = talk.next or talk.dialogue
        return said

    return answer


def _choice_or(otherwise: Route) -> Handler:
    """不要 or 确认 may be a choice that the event offers."""

    def answer(talk: Talk, intent: Intent) -> str:
        if isinstance(talk.dialogue, SigningUp) and signing.takes_choice(talk, talk.dialogue):
            return signing.answer_words(talk, talk.dialogue) or otherwise.answer(talk, intent)
        return otherwise.answer(talk, intent)

    return answer


def _only_looked_up(dialogue: object, intent: Intent) -> bool:
    looked_up = intent.command in (Command.LIST, Command.DETAIL)
    return looked_up and isinstance(dialogue, SigningUp) and dialogue.asking in _KEEPS_DIALOGUE


def _answer_or(otherwise: Route) -> Handler:
    def answer(talk: Talk, intent: Intent) -> str:
        if isinstance(talk.dialogue, SigningUp) and signing.takes_answer(talk, talk.dialogue):
            said = signing.answer_words(talk, talk.dialogue)
            if said is not None:
                return said
        if intent.command is Command.LIST and signing.rather_answers(talk):
            said = signing.answer_words(talk, talk.dialogue) if isinstance(talk.dialogue, SigningUp) else None
            if said is not None:
                return said
        said = otherwise.answer(talk, intent)
        if talk.next is None and _only_looked_up(talk.dialogue, intent):
            talk.next = talk.dialogue
        return said

    return answer
