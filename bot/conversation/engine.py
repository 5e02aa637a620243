"""From a message to a turn: what will be done, decided before any transaction is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.conversation.dialogue import Dialogue, Paging, from_state, to_state
from bot.conversation.handlers import doors, events
from bot.conversation.handlers.coverage import receive_picture
from bot.conversation.intents import Intent, recognise
from bot.conversation.messages import (
    CodeScan,
    Follow,
    MenuClick,
    Message,
    NewsReply,
    OtherMessage,
    PictureMessage,
    Reply,
    SceneScan,
    TextMessage,
    TextReply,
    Unfollow,
)
from bot.conversation.pages import split_pages
from bot.conversation.router import route_of, with_menu
from bot.conversation.slots import parse_slots
from bot.conversation.talk import STRANGER, Desk, Talk
from bot.services.erasure import erase_reader
from bot.store.dialogues import Dialogues
from bot.store.occurrences import find_public_by_number
from bot.store.readers import get_or_add_person
from bot.store.ticket_pictures import wished
from bot.texts import general
from bot.texts.commands import Command

BUTTONS = {
    "LIST": Command.LIST,
    "MINE": Command.MINE,
    "HELP": Command.HELP,
    "TODAY": Command.TODAY,
    "RECORD": Command.TALLY,  # without words: how a quantity is noted
    "STATS": Command.STATS,
    "SCANNER": Command.SCANNER,
}
SCENE_PREFIX = "o"  # a scene QR holds o and the public number,
DOOR_PREFIX = "c"  # or, on the screen at a door, c and its six digits

Answer = Callable[[Talk], str | None]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What answers a message and whether that writes; `guessed`: in a dialogue it would be an answer to a question."""

    answer: Answer
    writes: bool
    guessed: bool = False


class Turn:
    """One message and what is done about it; the caller opens the transaction and commits."""

    def __init__(
        self,
        desk: Desk,
        dialogues: Dialogues,
        message: Message,
        dialogue: Dialogue | None,
        plan: _Plan,
    ) -> None:
        self._desk = desk
        self._dialogues = dialogues
        self._message = message
        self._dialogue = dialogue
        self._answer = plan.answer
        self._talk: Talk | None = None
        self.writes = plan.writes
        self.may_repeat_answer = plan.guessed
        self.changed = False

    def run(self, tx: Connection, now: datetime) -> Reply | None:
        """Do it inside the caller's transaction."""
        sender = self._message.sender
        adds = self.writes and not isinstance(self._message, Unfollow)
        person = get_or_add_person(tx, sender, now) if adds else None
        text = self._message.text if isinstance(self._message, TextMessage) else ""
        self._talk = talk = Talk(tx, self._desk, sender, person, now, text, self._dialogue)
        said = self._answer(talk)
        self.changed = talk.changed
        if said is None:
            return None
        pages = split_pages(said)
        if len(pages) > 1 and talk.next is None:
            talk.next = Paging(pages[1:])
        if talk.card is not None and len(pages) == 1:
            return NewsReply((talk.card,), instead=pages[0])
        return TextReply(pages[0])

    @property
    def reader_id(self) -> int | None:
        """Whose message it was, for who asks inside the transaction; None when the turn has made nobody of them."""
        talk = self._talk
        return None if talk is None or talk.erased else talk.person.id or None

    def memo(self) -> bytes | None:
        """The packed command that keeps where the sender stands, to be given to Redis after the commit."""
        after = self._talk.next if self._talk else None
        if after is not None:
            return self._dialogues.save(self._message.sender, to_state(after))
        return self._dialogues.drop(self._message.sender) if self._dialogue is not None else None

    def wish(self) -> bytes | None:
        """The packed command that asks the worker for a picture of the ticket; a message wishes once."""
        wanted = self._talk.wants_picture_of if self._talk else None
        return None if wanted is None else wished(wanted, self._message.key)


class Conversation:
    """Understands messages. `prepare` touches no SQL and no Redis: the dialogue is handed to it."""

    def __init__(self, desk: Desk, dialogues: Dialogues) -> None:
        self._desk = desk
        self._dialogues = dialogues

    def memory_of(self, message: Message) -> bytes:
        """Under which key of Redis the dialogue with the sender lies."""
        return self._dialogues.name_of(message.sender)

    def prepare(self, message: Message, memory: bytes | None) -> Turn:
        """Decide what to do about a message; `memory` is what lay under `memory_of`."""
        dialogue = from_state(self._dialogues.read(message.sender, memory))
        return Turn(self._desk, self._dialogues, message, dialogue, _plan(message, dialogue))


def _plan(message: Message, dialogue: Dialogue | None) -> _Plan:
    match message:
        case TextMessage(text=text):
            return _plan_intent(recognise(text), dialogue)
        case MenuClick(button=button):
            return _plan_intent(Intent(BUTTONS.get(button, Command.HELP)), dialogue)
        case CodeScan(code=code):
            return _Plan(lambda talk: doors.scan(talk, code), writes=True)
        case Follow(scene=scene) | SceneScan(scene=scene):
            return _Plan(lambda talk: _welcome(talk, scene), writes=True)
        case Unfollow():
            return _Plan(_forget, writes=True)
        case PictureMessage(source=source):
            return _Plan(lambda talk: receive_picture(talk, source), writes=True)
        case OtherMessage():
            return _Plan(_only_text, writes=False)


def _plan_intent(intent: Intent, dialogue: Dialogue | None) -> _Plan:
    route = route_of(intent, dialogue)
    intent = _read_ahead(intent)
    return _Plan(lambda talk: route.answer(talk, intent), route.writes, intent.guessed)


def _read_ahead(intent: Intent) -> Intent:
    """Read the slots of a sign-up now: later, others would wait for it at the database."""
    if intent.command not in (Command.SIGN_UP, Command.WAITLIST):
        return intent
    has_number = intent.number is not None or intent.maybe_number is not None
    return replace(intent, slots=parse_slots(intent.words, title_expected=not has_number))


def _welcome(talk: Talk, scene: str | None) -> str:
    if scene is not None and scene.startswith(DOOR_PREFIX) and scene[1:].isdecimal():
        return doors.check_in_self(talk, Intent(Command.CHECK_IN, code=scene[1:]))
    number = (scene or "").removeprefix(SCENE_PREFIX)
    facts = find_public_by_number(talk.tx, int(number), talk.now) if number.isdecimal() and len(number) < 9 else None
    return events.describe(talk, facts) if facts else with_menu(talk, general.welcome(talk.desk.account_name))


def _forget(talk: Talk) -> None:
    """The platform asks for deletion when a follower leaves."""
    if talk.person is STRANGER:
        return
    erase_reader(talk.tx, talk.person.id, talk.desk.keys, talk.now)
    talk.changed = talk.erased = True


def _only_text(talk: Talk) -> str:
    talk.next = talk.dialogue
    return general.only_text_please()
