"""Delivering notices: the first channel that the account and the reader allow, at most once (promise I5).

Each notice is flipped to `sending` in a commit of its own before the call. What then has no clear outcome stays
`unknown` for a person to decide; only a template message may be tried again at once, since the platform drops a second
one with the same `client_msg_id` within ten minutes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.clock import Clock
from bot.domain.kinds import NoticeKind, NoticeState
from bot.domain.notice import Lane, Letter, retry_delay
from bot.domain.quiet import QuietHours
from bot.services.notices import LEASE, claim_letters
from bot.store import outbox
from bot.store.database import Database
from bot.store.early_reports import EarlyReports
from bot.store.inbox import Inbox
from bot.store.outbox import BANNER, Settled
from bot.texts.notice_bundles import bundle_fields, word_bundle
from bot.wechat.errors import CONFIGURATION, UNREACHABLE, NotReachedError, OutcomeUnknownError, WeChatError
from bot.wechat.gateway import Gateway, Turn

BATCH = 20
DAILY_QUOTA = 45009

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReminderTemplate:
    """The template for reminders: its id, and which of its fields takes which of our values."""

    template_id: str
    fields: tuple[tuple[str, str], ...] = (("thing1", "title"), ("time2", "start"), ("thing3", "place"))

    @classmethod
    def parse(cls, text: str) -> ReminderTemplate:
        """Read `ID` or `ID:thing1=title,time2=start,…`; raise ValueError for a value that we do not have."""
        template_id, _, pairs = text.partition(":")
        if not pairs:
            return cls(template_id.strip())
        fields = tuple((name.strip(), value.strip()) for name, _, value in (p.partition("=") for p in pairs.split(",")))
        unknown = {value for _, value in fields} - {"title", "start", "place", "number", "code"}
        if unknown:
            raise ValueError(f"the reminder template asks for {', '.join(sorted(unknown))}")
        return cls(template_id.strip(), fields)


@dataclass(frozen=True, slots=True)
class _Channel:
    """One way to the reader; `repeatable`: sent twice, it arrives once."""

    name: str
    send: Callable[[Turn | None], int | None]
    repeatable: bool = False


class Mailer:
    """Delivers what is due. Any number of them may work at once."""

    def __init__(
        self,
        *,
        db: Database,
        gateway: Gateway,
        inbox: Inbox,
        early: EarlyReports,
        ticket_url: Callable[[int], str],
        template: ReminderTemplate | None,
        clock: Clock,
        quiet: QuietHours | None = None,
    ) -> None:
        self._db = db
        self._gateway = gateway
        self._inbox = inbox
        self._early = early
        self._ticket_url = ticket_url
        self._template = template
        self._clock = clock
        self._quiet = quiet

    def deliver_due(self, lane: Lane | None = None, limit: int = BATCH, until: float = math.inf) -> int:
        """Deliver up to `limit` due notices of a lane (None: of any); how many were claimed.

        A look without a lock when there are none.

        After `until` (of `time.monotonic`) no further letter is begun; what is left is free for others at once.
        """
        now = self._clock()
        with self._db.reading() as tx:
            if not outbox.has_due(tx, now, lane):
                return 0
        with self._db.writing() as tx:
            claimed = outbox.claim_due(tx, now, limit, LEASE, lane)
        for place, notice_id in enumerate(claimed):
            if time.monotonic() >= until:
                with self._db.writing() as tx:
                    outbox.give_back(tx, claimed[place:], now + LEASE)
                break
            self._deliver(notice_id, now + LEASE, lane or Lane.URGENT)
        return len(claimed)

    def mark_lost(self) -> int:
        """Mark what is `sending` since its sender died; how many."""
        now = self._clock()
        with self._db.writing() as tx:
            return outbox.mark_lost(tx, now)

    def _deliver(self, notice_id: int, lease_until: datetime, lane: Lane) -> None:
        turn = self._wait_for_turn(lane)  # before the last look at the facts: readers may cancel during the wait
        with self._db.writing() as tx:
            letters = claim_letters(tx, notice_id, lease_until, self._clock(), self._quiet)
        openid = letters[0].openid if letters else None
        if openid is None:
            return
        if isinstance(turn, Turn):
            outcome = self._send(letters, openid, turn)
        else:
            outcome = self._later(letters[0], turn.code if isinstance(turn, WeChatError) else None, str(turn))
        self._settle([letter.id for letter in letters], openid, outcome)

    def _wait_for_turn(self, lane: Lane) -> Turn | NotReachedError | WeChatError:
        try:
            return self._gateway.wait_for_turn(lane)
        except (NotReachedError, WeChatError) as error:
            return error

    def _settle(self, notice_ids: list[int], openid: str, outcome: Settled) -> None:
        notice_id = notice_ids[0]
        try:
            with self._db.writing() as tx:
                settled = outbox.settle_bundle(tx, notice_ids, outcome, self._clock())
        except SQLAlchemyError as error:
            # It stays `sending` and becomes `unknown`: better a person looks than a reader is told twice.
            log.error("notice_not_settled", notice=notice_id, state=outcome.state, error=type(error).__name__)
            return
        if not settled:  # it was taken for lost meanwhile; a person has to know what really came of it
            log.error("notice_settled_by_another", notice=notice_id, state=outcome.state, channel=outcome.channel)
            return
        self._apply_early_report(notice_id, outcome)
        if outcome.channel == BANNER:
            self._inbox.mark_banner(openid)
        log.info(
            "notice_settled",
            notice=notice_id,
            bundled=len(notice_ids),
            state=outcome.state,
            channel=outcome.channel,
            code=outcome.error_code,
        )

    def _apply_early_report(self, notice_id: int, outcome: Settled) -> None:
        number = outcome.platform_id
        status = self._early.find(number) if number else None
        if number is None or status is None:
            return
        with self._db.writing() as tx:
            outbox.note_failed_delivery(tx, number, status)
        log.warning("notice_not_delivered", notice=notice_id, status=status)

    def _send(self, letters: list[Letter], openid: str, first: Turn) -> Settled:
        letter = letters[0]
        refused: WeChatError | None = None
        turn: Turn | None = first
        for channel in self._channels(letters, openid):
            try:
                number = _send_over(channel, turn)
            except NotReachedError as error:
                return self._later(letter, None, str(error))
            except OutcomeUnknownError as error:
                return Settled(NoticeState.UNKNOWN, channel.name, error=str(error))
            except WeChatError as error:
                if error.code in UNREACHABLE:
                    return Settled(NoticeState.FAILED, channel.name, error.code, str(error))
                if error.code in CONFIGURATION or not (error.permanent or error.code == DAILY_QUOTA):
                    return self._later(letter, error.code, str(error))
                refused, turn = error, None
            else:
                return Settled(NoticeState.SENT, channel.name, platform_id=number)
        if refused is not None and not refused.permanent:
            return self._later(letter, refused.code, str(refused))
        return Settled(NoticeState.FAILED, BANNER, refused.code if refused else None, str(refused or ""))

    def _channels(self, letters: list[Letter], openid: str) -> list[_Channel]:
        letter = letters[0]
        url = self._ticket_url(letter.registration_id)
        words = word_bundle(letters, self._ticket_url)
        text = _Channel("customer_service", lambda turn: self._gateway.send_text(openid, words, turn))
        template = self._template
        if template is None or letter.kind is not NoticeKind.REMINDER:
            return [text]
        values = bundle_fields(letters)
        fields = {name: values[value] for name, value in template.fields}
        number = f"notice-{letter.id}"
        return [
            _Channel(
                "template",
                lambda turn: self._gateway.send_template(
                    openid, template.template_id, fields, url=url, client_msg_id=number, turn=turn
                ),
                repeatable=True,
            ),
            text,
        ]

    def _later(self, letter: Letter, code: int | None, error: str) -> Settled:
        delay = retry_delay(letter.attempts + 1)
        if delay is None:
            return Settled(NoticeState.FAILED, BANNER, code, error)
        return Settled(NoticeState.PENDING, "", code, error, due_at=self._clock() + delay)


def _send_over(channel: _Channel, turn: Turn | None) -> int | None:
    try:
        return channel.send(turn)
    except OutcomeUnknownError:
        if not channel.repeatable:
            raise
    return channel.send(None)
