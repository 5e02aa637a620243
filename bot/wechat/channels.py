"""The ways to a reader, best first: by what the account may do and what the reader allows. Each looks at its rule
before it costs a call (wechat-platform.md section 3).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.domain.capability import Capability
from bot.domain.clock import Clock
from bot.domain.notice import TO_STAFF, Letter
from bot.store import reader_channels, subscriptions
from bot.store.capabilities import Capabilities
from bot.store.database import Database
from bot.store.reader_channels import ALL
from bot.store.windows import MESSAGE_S, Window, Windows
from bot.texts.notice_bundles import bundle_fields, word_bundle, word_in_lines
from bot.texts.notices import cut, once_title
from bot.wechat.errors import Action, WeChatError
from bot.wechat.gateway import Gateway, Turn
from bot.wechat.templates import FieldTemplate, TemplateBook, Templates

TEMPLATE, NOTICE, ONCE, CUSTOMER_SERVICE = "template", "notice", "once", "customer_service"
SENDING = (Capability.TEMPLATE, Capability.NOTICE, Capability.ONCE_MESSAGE, Capability.CUSTOMER_SERVICE)

MAX_TEXT_BYTES = 2048
ONCE_TEXT = 200

log = structlog.get_logger(__name__)


class Way(Protocol):
    """One way to one reader. `repeatable`: sent twice, it arrives once."""

    @property
    def name(self) -> str:
        """As it stands in the outbox."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether an unknown outcome may be made known by sending again."""
        ...

    def take(self) -> bool:
        """Take what the way needs, such as a leave; False when it is closed, and no call is worth making."""
        ...

    def send(self, turn: Turn | None) -> int | None:
        """Call; the platform's number of the message, if it gives one."""
        ...

    def give_back(self, error: WeChatError | None) -> None:
        """The call had no effect: it never left (None), or was refused."""
        ...


@dataclass(frozen=True, slots=True)
class _Desk:
    """What all ways work with."""

    db: Database
    gateway: Gateway
    windows: Windows
    book: TemplateBook
    clock: Clock


class Channels:
    """Finds the ways to each reader."""

    def __init__(
        self,
        *,
        db: Database,
        gateway: Gateway,
        windows: Windows,
        book: TemplateBook,
        capabilities: Capabilities,
        templates: Templates,
        ticket_url: Callable[[int], str],
        clock: Clock,
    ) -> None:
        self._desk = _Desk(db, gateway, windows, book, clock)
        self._capabilities = capabilities
        self._templates = templates
        self._ticket_url = ticket_url

    def known(self, tx: Connection) -> bool:
        """Whether the account's rights were ever looked for: moments after the first start they were not."""
        return self._capabilities.are_known(tx)

    def any_open(self, tx: Connection) -> bool:
        """Whether the account may send anything at all; without it no letter is worth a token."""
        return any(self._capabilities.has(tx, each) for each in SENDING)

    def list_ways(self, tx: Connection, letters: Sequence[Letter], openid: str) -> list[Way]:
        """The ways that stand open for a message, best first; its first letter leads.

        Not the one over which the platform has already failed to deliver.
        """
        letter = letters[0]
        closed = self._list_closed(tx, letter, openid)
        ways: list[Way] = []
        template, url = self._templates.reminder, letter.facts.get("link") or self._ticket_url(letter.registration_id)
        fields = self._fill(tx, Capability.TEMPLATE, template, letters)
        if template is not None and fields is not None and not closed.keys() & {ALL, TEMPLATE}:
            ways.append(_TemplateWay(self._desk, openid, template, fields, url, message_number(letters)))
        notice = self._templates.notice
        fields = self._fill(tx, Capability.NOTICE, notice, letters)
        if notice is not None and fields is not None:
            leave = _find_leave(tx, letter, NOTICE, notice.template_id, closed)
            if leave is not None:
                ways.append(_NoticeWay(self._desk, leave, openid, fields, url))
        once = self._templates.once
        if once is not None and self._capabilities.has(tx, Capability.ONCE_MESSAGE):
            leave = _find_leave(tx, letter, ONCE, once, closed)
            if leave is not None:
                ways.append(_OnceWay(self._desk, leave, openid, letters, url))
        if self._capabilities.has(tx, Capability.CUSTOMER_SERVICE) and not closed.keys() & {ALL, CUSTOMER_SERVICE}:
            ways.append(_TextWay(self._desk, openid, word_bundle(letters, self._ticket_url), word_in_lines(letters)))
        return [way for way in ways if way.name != letter.undelivered_by]

    def _fill(
        self, tx: Connection, needed: Capability, template: FieldTemplate | None, letters: Sequence[Letter]
    ) -> dict[str, str] | None:
        kind = letters[0].kind
        if template is None or kind in TO_STAFF or not template.carries(kind) or not self._capabilities.has(tx, needed):
            return None
        return template.fill(bundle_fields(letters))

    def _list_closed(self, tx: Connection, letter: Letter, openid: str) -> dict[str, datetime]:
        """Closed ways; those of a reader who was heard of since are opened again.

        Nobody remembers for longer than a window who wrote: then one call tries whether the way is still closed.
        """
        closed = reader_channels.list_closed(tx, letter.reader_id)
        ago = self._desk.windows.seconds_since_heard(openid) if closed else None
        heard = self._desk.clock() - timedelta(seconds=MESSAGE_S if ago is None else ago)
        opened = [name for name, since in closed.items() if since < heard and name not in (NOTICE, ONCE)]
        reader_channels.open_channels(tx, letter.reader_id, opened)
        return {name: since for name, since in closed.items() if name not in opened}


def message_number(letters: Sequence[Letter]) -> str:
    """What the platform knows a message by, so that it drops a second one: the same for the same notices, in whatever
    order, and another one for others, since who joins later must not be lost with it.
    """
    ids = sorted(letter.id for letter in letters)
    return f"notice-{ids[0]}" if len(ids) == 1 else f"notice-{ids[0]}-{zlib.crc32(repr(ids).encode()):08x}"


@dataclass(frozen=True, slots=True)
class _Leave:
    """A reader's leave for one message, used up in a commit of its own before the call."""

    reader_id: int
    channel: str
    template_id: str
    notice_id: int
    after: datetime | None  # leaves given before the platform closed the way are worth nothing

    def take(self, desk: _Desk) -> int | None:
        now = desk.clock()
        with desk.db.writing() as tx:
            return subscriptions.use(
                tx, self.reader_id, self.channel, self.template_id, self.notice_id, now, self.after
            )

    def give_back(self, desk: _Desk, error: WeChatError | None) -> None:
        if error is not None and error.action is Action.OPT_OUT:
            return
        try:
            with desk.db.writing() as tx:
                subscriptions.give_back(tx, self.reader_id, self.channel, self.notice_id)
        except IntegrityError:  # the reader has just given it anew
            return


def _find_leave(
    tx: Connection, letter: Letter, channel: str, template_id: str, closed: dict[str, datetime]
) -> _Leave | None:
    after = max((closed[name] for name in (ALL, channel) if name in closed), default=None)
    if not subscriptions.has_leave(tx, letter.reader_id, channel, template_id, after):
        return None
    return _Leave(letter.reader_id, channel, template_id, letter.id, after)


@dataclass(frozen=True, slots=True)
class _TemplateWay:
    desk: _Desk
    openid: str
    template: FieldTemplate
    fields: dict[str, str]
    url: str
    number: str
    name: str = TEMPLATE
    repeatable: bool = True

    def take(self) -> bool:
        return not self.desk.book.is_out(self.template.template_id) and self.desk.book.check(self.template)

    def send(self, turn: Turn | None) -> int | None:
        return self.desk.gateway.send_template(
            self.openid, self.template.template_id, self.fields, url=self.url, client_msg_id=self.number, turn=turn
        )

    def give_back(self, error: WeChatError | None) -> None:
        if error is not None and error.action is Action.TELL_KEEPER:
            self.desk.book.leave_out(self.template.template_id)


@dataclass(frozen=True, slots=True)
class _NoticeWay:
    desk: _Desk
    leave: _Leave
    openid: str
    fields: dict[str, str]
    url: str
    name: str = NOTICE
    repeatable: bool = False

    def take(self) -> bool:
        return not self.desk.book.is_out(self.leave.template_id) and self.leave.take(self.desk) is not None

    def send(self, turn: Turn | None) -> int | None:
        data = {name: {"value": value} for name, value in self.fields.items()}
        message = {"touser": self.openid, "template_id": self.leave.template_id, "page": self.url, "data": data}
        self.desk.gateway.call("message/subscribe/bizsend", message, turn=turn)
        return None

    def give_back(self, error: WeChatError | None) -> None:
        if error is not None and error.action is Action.TELL_KEEPER:
            self.desk.book.leave_out(self.leave.template_id)
        self.leave.give_back(self.desk, error)


class _OnceWay:
    name, repeatable = ONCE, False

    def __init__(self, desk: _Desk, leave: _Leave, openid: str, letters: Sequence[Letter], url: str) -> None:
        self._desk, self._leave, self._openid, self._url = desk, leave, openid, url
        self._title, self._text = once_title(letters[0]), cut(word_in_lines(letters), ONCE_TEXT)
        self._scene: int | None = None

    def take(self) -> bool:
        if not self._desk.book.is_out(self._leave.template_id):
            self._scene = self._leave.take(self._desk)
        return self._scene is not None

    def send(self, turn: Turn | None) -> int | None:
        message = {
            "touser": self._openid,
            "template_id": self._leave.template_id,
            "url": self._url,
            "scene": str(self._scene),
            "title": self._title,
            "data": {"content": {"value": self._text}},
        }
        self._desk.gateway.call("message/template/subscribe", message, turn=turn)
        return None

    def give_back(self, error: WeChatError | None) -> None:
        if error is not None and error.action is Action.TELL_KEEPER:
            self._desk.book.leave_out(self._leave.template_id)
        self._leave.give_back(self._desk, error)


@dataclass(frozen=True, slots=True)
class _TextWay:
    desk: _Desk
    openid: str
    text: str
    short: str
    name: str = CUSTOMER_SERVICE
    repeatable: bool = False

    def take(self) -> bool:
        return self.desk.windows.take(self.openid) in (Window.OPEN, Window.UNKNOWN)

    def send(self, turn: Turn | None) -> int | None:
        fits = len(self.text.encode()) <= MAX_TEXT_BYTES
        try:
            self.desk.gateway.send_text(self.openid, self.text if fits else self.short, turn)
        except WeChatError as error:
            if error.action is not Action.SHORTEN or not fits:
                raise
            self.desk.gateway.send_text(self.openid, self.short)
        return None

    def give_back(self, error: WeChatError | None) -> None:
        if error is not None and error.action is Action.NEXT_CHANNEL:
            self.desk.windows.close(self.openid)
        else:
            self.desk.windows.give_back(self.openid)
