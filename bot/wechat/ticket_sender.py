"""A ticket as a picture in the chat, by a customer-service message within seconds of the words.

It is not the answer itself: a passive reply that names a picture which the platform has dropped meanwhile shows the
reader the platform's own fault notice, and drawing and uploading take longer than an answer may. So the words with link
and short code are answered, and whatever goes wrong here goes wrong without a word.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass

import structlog
from redis import Redis

from bot.domain.capability import Capability
from bot.domain.clock import Clock
from bot.domain.kinds import OccurrenceStatus, RegistrationStatus
from bot.domain.ticket import issue_token
from bot.reports.qr import ticket_address
from bot.reports.ticket_pictures import TicketPicture, draw_ticket, ticket_picture_of
from bot.store.capabilities import Capabilities
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.ticket_pictures import TicketPictures
from bot.store.tickets import TicketFacts, find_holder, find_ticket
from bot.store.windows import Window, Windows
from bot.wechat.errors import Action, GatewayError, WeChatError
from bot.wechat.gateway import Gateway, Upload, text_of

LAYOUT = 1
"""Raised when the drawing changes: pictures that lie on the platform were drawn by the old one."""

MOST_A_ROUND = 50
BUDGET_S = 20.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Ticket:
    """What is drawn, and to whom it goes."""

    openid: str
    picture: TicketPicture

    @property
    def digest(self) -> str:
        """The same as long as the same is drawn: a moved occurrence has another picture."""
        drawn = json.dumps([LAYOUT, astuple(self.picture)], ensure_ascii=False)
        return hashlib.sha256(drawn.encode()).hexdigest()[:32]


class TicketSender:
    """Sends wished pictures. Tells nobody of a failure but the log: the reader has the words."""

    def __init__(
        self,
        *,
        db: Database,
        redis: Redis,
        gateway: Gateway,
        capabilities: Capabilities,
        keys: Keys,
        public_url: str,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db, self._gateway, self._keys, self._clock = db, gateway, keys, clock
        self._pictures, self._windows, self._capabilities = TicketPictures(redis), Windows(redis), capabilities
        self._public_url, self._monotonic = public_url, monotonic

    def send_wished(self) -> int:
        """Send what was wished for, within a time budget; how many pictures. Raises RedisUnavailable."""
        ends, sent = self._monotonic() + BUDGET_S, 0
        self._pictures.cut_back()
        for _ in range(MOST_A_ROUND):
            if self._monotonic() > ends or (wish := self._pictures.take()) is None:
                break
            try:
                sent += self._send(wish.registration_id)
            except WeChatError as error:  # 45015, 45047, 48001…: the words were answered
                log.info("ticket_picture_refused", code=error.code)
            except GatewayError as error:  # perhaps it arrived: not again
                log.warning("ticket_picture_not_sent", error=type(error).__name__)
        return sent

    def _send(self, registration_id: int) -> bool:
        for is_last in (False, True):
            ticket = self._find(registration_id)
            if ticket is None:
                return False
            media_id = self._media_of(ticket)
            if self._find(registration_id) != ticket:  # cancelled or moved while it was uploaded
                return False
            message = {"touser": ticket.openid, "msgtype": "image", "image": {"media_id": media_id}}
            if not is_last and self._windows.take(ticket.openid) in (Window.CLOSED, Window.USED_UP):
                return False
            try:
                self._gateway.call("message/custom/send", message)
            except WeChatError as error:
                if error.action is Action.NEXT_CHANNEL:
                    self._windows.close(ticket.openid)
                if error.action is not Action.REUPLOAD or is_last:
                    raise
                self._pictures.forget_media(ticket.digest)
            else:
                return True
        return False

    def _find(self, registration_id: int) -> _Ticket | None:
        """What to draw, as things stand; None when there is no ticket to show or no way to send it."""
        with self._db.reading() as tx:
            granted = [self._capabilities.has(tx, each) for each in (Capability.CUSTOMER_SERVICE, Capability.MEDIA)]
            ticket = find_ticket(tx, registration_id)
            openid = find_holder(tx, registration_id)
        if not all(granted) or ticket is None or openid is None or not _opens_a_door(ticket):
            return None
        address = ticket_address(self._public_url, issue_token(registration_id, self._keys.ticket))
        return _Ticket(openid, ticket_picture_of(ticket, address))

    def _media_of(self, ticket: _Ticket) -> str:
        kept = self._pictures.find_media(ticket.digest)
        if kept is not None:
            return kept
        file = Upload("ticket.png", draw_ticket(ticket.picture), "image/png")
        media_id = text_of(self._gateway.call("media/upload", params={"type": "image"}, file=file), "media_id")
        self._pictures.save_media(ticket.digest, media_id)
        return media_id


def _opens_a_door(ticket: TicketFacts) -> bool:
    held = ticket.occurrence.status is OccurrenceStatus.SCHEDULED
    return held and ticket.status is RegistrationStatus.CONFIRMED and not ticket.erased
