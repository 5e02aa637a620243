"""One message from its arrival to its answer: once with effect, as often as it is repeated with the same words.

Order of things, and why: the filter in Redis first (a repeat costs one round trip); then the turn in one transaction,
with the answer written beside the change, so that a crash or a flushed Redis between commit and answer changes nothing
for the repeat; only after the commit the answer leaves (promises I3, I4).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

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
from bot.domain.clock import Clock
from bot.services.notices import take_banner
from bot.store.database import Database
from bot.store.inbox import Claim, ClaimState, Inbox, find_answer, save_answer
from bot.store.pii import Keys
from bot.store.windows import forgotten, opened_by_action, opened_by_message
from bot.texts.apology import something_broke, still_working, try_again_later
from bot.texts.notices import SEPARATOR_BYTES, headed_by_banner
from bot.wechat.parser import Push
from bot.wechat.replies import MAX_TEXT_BYTES, address_reply, render_content, render_reply

WAIT_S = 4.0
"""How long a repeat waits for the first attempt's answer, inside its own five seconds. Longer than an attempt that died
holds the message (bot.store.inbox), so that the repeat which waits for it takes its place.
"""

POLL_S = 0.03
RETRY_WITHIN_S = 2.0

log = structlog.get_logger(__name__)


_Answer = tuple[str, bytes]
"""Rendered for its reader, and its content sealed for both memories: they keep what was said, never to whom."""


_Outcome = tuple[str, bytes, bytes | None, bytes | None]
"""An answer, and what Redis is given after the commit: the dialogue, and a wish to the worker."""


class Turn(Protocol):
    """What the conversation makes of one message. `changed` and `reader_id` are known once `run` has returned."""

    @property
    def writes(self) -> bool:
        """Whether it needs a writing transaction."""
        ...

    @property
    def may_repeat_answer(self) -> bool:
        """Whether the words would answer a question, had a dialogue not been lost; asked of turns that only read."""
        ...

    @property
    def changed(self) -> bool:
        """Whether it changed anything in the database."""
        ...

    @property
    def reader_id(self) -> int | None:
        """Whose message it was; None when the turn has made nobody of them."""
        ...

    def run(self, tx: Connection, now: datetime) -> Reply | None:
        """Do it; None when there is nothing to say."""
        ...

    def memo(self) -> bytes | None:
        """The packed command that keeps the state of the dialogue in Redis, if it changes; asked after the commit."""
        ...

    def wish(self) -> bytes | None:
        """The packed command that asks the worker for something, which may be lost; asked after the commit."""
        ...


class Conversation(Protocol):
    """Understands messages; touches no SQL before the turn runs."""

    def memory_of(self, message: Message) -> bytes:
        """The key of Redis under which it keeps where the sender stands."""
        ...

    def prepare(self, message: Message, memory: bytes | None) -> Turn:
        """Decide what to do; `memory` is what lay there."""
        ...


class _AnsweredBeforeError(Exception):
    """Rolls the transaction back: an earlier attempt has committed this message's effect and answer."""

    def __init__(self, sealed: bytes) -> None:
        super().__init__()
        self.sealed = sealed


class Delivery:
    """Answers messages; every answer is rendered XML, empty when `success` says enough."""

    def __init__(
        self,
        *,
        db: Database,
        inbox: Inbox,
        keys: Keys,
        conversation: Conversation,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._db = db
        self._inbox = inbox
        self._keys = keys
        self._conversation = conversation
        self._clock = clock
        self._sleep = sleep

    def answer(self, push: Push, message: Message) -> str:
        """The answer to a message; never raises for a fault of ours, which becomes a sentence."""
        deadline = time.monotonic() + WAIT_S
        while True:
            claim = self._inbox.claim(push.key, push.sender, self._conversation.memory_of(message))
            kept = self._find_kept(push, claim)
            if kept is not None:
                return kept
            if claim.state is not ClaimState.RUNNING:
                return self._attempt(push, message, claim)
            if not self._wait_for_change(push.key, deadline):
                return self._render(push, still_working())  # not remembered: the first attempt's answer will be

    def _find_kept(self, push: Push, claim: Claim) -> str | None:
        if claim.answer is None:
            return None
        try:
            return self._unseal(push, claim.answer)
        except ValueError:  # sealed under another SECRET_KEY or by an older version: as if nobody had answered
            return None

    def _wait_for_change(self, key: bytes, deadline: float) -> bool:
        while time.monotonic() < deadline:
            self._sleep(POLL_S)
            if self._inbox.look(key).state is not ClaimState.RUNNING:
                return True
        return False

    def _attempt(self, push: Push, message: Message, claim: Claim) -> str:
        try:
            rendered, sealed, memo, wish = self._run_with_retry(push, message, claim)
        except OperationalError as error:
            log.error("database_unavailable", message=_name(push.key), error=type(error.orig).__name__)
            return self._apologise(push, try_again_later())
        except Exception as error:  # a bug in a handler must not become a fault notice of the platform
            log.error("handler_failed", message=_name(push.key), error=type(error).__name__, where=_where(error))
            return self._apologise(push, something_broke())
        self._inbox.remember(push.key, sealed, memo, _window_of(message))
        if wish is not None:
            self._inbox.pass_on(wish)
        if claim.banner:
            self._inbox.forget_banner(push.sender)
        return rendered

    def _apologise(self, push: Push, words: str) -> str:
        self._inbox.release(push.key)
        return self._render(push, words)

    def _render(self, push: Push, words: str) -> str:
        return render_reply(TextReply(words), to=push.sender, sender=push.recipient, now=self._clock())

    def _run_with_retry(self, push: Push, message: Message, claim: Claim) -> _Outcome:
        started = time.monotonic()
        try:
            return self._run(push, message, claim)
        except OperationalError:
            # Safe even when the connection broke during the commit: the answer lies beside the change.
            if time.monotonic() - started > RETRY_WITHIN_S:
                raise
            return self._run(push, message, claim)

    def _run(self, push: Push, message: Message, claim: Claim) -> _Outcome:
        turn = self._conversation.prepare(message, claim.memory)
        now = self._clock()
        try:
            if turn.writes or claim.banner:
                with self._db.writing() as tx:
                    answer = self._write(tx, turn, push, now, banner=claim.banner)
            else:
                with self._db.reading() as tx:
                    answer = self._read(tx, turn, push, now)
        except _AnsweredBeforeError as before:
            return self._unseal(push, before.sealed), before.sealed, None, None
        return *answer, self._memo(turn, push), turn.wish()

    def _read(self, tx: Connection, turn: Turn, push: Push, now: datetime) -> _Answer:
        if turn.may_repeat_answer:  # a dialogue lost with Redis; commands that only read are spared the look
            found = find_answer(tx, push.key)
            if found is not None:
                raise _AnsweredBeforeError(found)
        return self._seal(push, turn.run(tx, now), now)

    def _write(self, tx: Connection, turn: Turn, push: Push, now: datetime, *, banner: bool) -> _Answer:
        reply = turn.run(tx, now)
        shown = False
        if banner and isinstance(reply, NewsReply) and reply.instead:
            reply = TextReply(reply.instead)  # what waits to be told stands above words only
        if banner and isinstance(reply, TextReply):
            lines = take_banner(tx, push.sender, _room_beside(reply), now)
            shown = bool(lines)
            reply = TextReply(headed_by_banner(lines, reply.text)) if lines else reply
        if not (turn.changed or shown):
            found = find_answer(tx, push.key)
            if found is not None:
                raise _AnsweredBeforeError(found)
            return self._seal(push, reply, now)
        answer = self._seal(push, reply, now)
        if not save_answer(tx, push.key, turn.reader_id, answer[1], now):
            found = find_answer(tx, push.key)
            if found is None:
                raise LookupError("the answer that stood in the way is gone")
            raise _AnsweredBeforeError(found)
        return answer

    def _memo(self, turn: Turn, push: Push) -> bytes | None:
        try:
            return turn.memo()
        except Exception as error:  # the effect is committed: the answer must leave all the same
            log.error("dialogue_not_kept", message=_name(push.key), error=type(error).__name__)
            return None

    def _seal(self, push: Push, reply: Reply | None, now: datetime) -> _Answer:
        blank = reply is None or (isinstance(reply, TextReply) and not reply.text)
        content = "" if blank or reply is None else render_content(reply, now)
        return _addressed(push, content), self._keys.seal(content, _place(push.key))

    def _unseal(self, push: Push, sealed: bytes) -> str:
        return _addressed(push, self._keys.unseal(sealed, _place(push.key)))


def _window_of(message: Message) -> bytes:
    """What the message means for the messages that may be sent to its sender, as a packed command."""
    match message:
        case Unfollow():
            return forgotten(message.sender)
        case MenuClick() | CodeScan() | Follow() | SceneScan():
            return opened_by_action(message.sender)
        case TextMessage() | PictureMessage() | OtherMessage():
            return opened_by_message(message.sender)


def _addressed(push: Push, content: str) -> str:
    return address_reply(content, to=push.sender, sender=push.recipient) if content else ""


def _room_beside(reply: TextReply) -> int:
    return MAX_TEXT_BYTES - len(reply.text.encode()) - SEPARATOR_BYTES


def _place(key: bytes) -> str:
    return f"inbox.content:{key.hex()}"


def _name(key: bytes) -> str:
    return key.hex()[:16]


def _where(error: BaseException) -> str:
    """File and line of the fault. Not its words: they may quote the reader."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""
