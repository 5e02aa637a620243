"""Delivering notices: the first channel that the account and the reader allow, at most once (promise I5).

Each notice is flipped to `sending` in a commit of its own before the call. What then has no clear outcome stays
`unknown` for a person to decide; only a template message may be tried again at once, since the platform drops a second
one with the same `client_msg_id` within ten minutes.

While the platform cannot be reached nobody sends: a harmless question goes first, then one letter, then all.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from redis import Redis
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.clock import Clock, local
from bot.domain.kinds import NoticeState
from bot.domain.notice import Lane, Letter, retry_delay
from bot.domain.quiet import QuietHours
from bot.services.notices import LEASE, claim_letters
from bot.store import outbox
from bot.store.capabilities import Capabilities
from bot.store.database import Database
from bot.store.early_reports import EarlyReports
from bot.store.inbox import Inbox
from bot.store.outbox import BANNER
from bot.store.outbox_bundles import Settled, settle_bundle
from bot.store.pauses import Pause
from bot.store.reader_channels import ALL, close_channel
from bot.store.windows import Windows
from bot.wechat.channels import Channels, Way
from bot.wechat.errors import (
    Action,
    GatewayError,
    NotReachedError,
    OutcomeUnknownError,
    QuotaSpentError,
    SlowDownError,
    WeChatError,
)
from bot.wechat.gateway import Gateway, Turn
from bot.wechat.reports import NOTICE, REPORTED_WITHIN, take_back
from bot.wechat.templates import TemplateBook, Templates

BATCH = 20
SOON = timedelta(seconds=10)
SLOW = timedelta(seconds=60)
PROBE_API = "get_api_domain_ip"
PROBE_HOLDS_S = 5.0

_PAUSES = frozenset({Action.RETRY, Action.REFRESH_TOKEN, Action.OPEN_CIRCUIT})
"""After these no other letter will fare better at once."""

_LATER = _PAUSES | {Action.SLOW_DOWN}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Notices that were leased together: until when they are ours; `may_send`: some way may be open to somebody."""

    lease_until: datetime
    lane: Lane
    may_send: bool


class Mailer:
    """Delivers what is due. Any number of them may work at once."""

    def __init__(
        self,
        *,
        db: Database,
        gateway: Gateway,
        redis: Redis,
        inbox: Inbox,
        early: EarlyReports,
        capabilities: Capabilities,
        templates: Templates,
        ticket_url: Callable[[int], str],
        clock: Clock,
        quiet: QuietHours | None = None,
    ) -> None:
        self._db = db
        self._gateway = gateway
        self._inbox = inbox
        self._early = early
        self._clock = clock
        self._quiet = quiet
        self._pause = Pause(redis)
        self._answered_at = -math.inf
        self._channels = Channels(
            db=db,
            gateway=gateway,
            windows=Windows(redis),
            book=TemplateBook(gateway, redis, db, clock),
            capabilities=capabilities,
            templates=templates,
            ticket_url=ticket_url,
            clock=clock,
        )

    def deliver_due(self, lane: Lane | None = None, limit: int = BATCH, until: float = math.inf) -> int:
        """Deliver up to `limit` due notices of a lane (None: of any); how many were claimed.

        A look without a lock when there are none.

        After `until` (of `time.monotonic`) no further letter is begun; what is left is free for others at once.
        """
        now = self._clock()
        with self._db.reading() as tx:
            if not outbox.has_due(tx, now, lane) or not self._channels.known(tx):
                return 0
            may_send = self._channels.any_open(tx)
        if may_send and self._pause.until(now) is not None:
            return self._lead(lane, until)
        return self._deliver_batch(lane, limit, until, may_send=may_send)

    def _lead(self, lane: Lane | None, until: float) -> int:
        """After a pause: one of all senders asks the platform, then sends one letter. The others leave it to that one,
        or each pause would cost as many outcomes as there are senders.
        """
        if self._is_paused() or not self._pause.take_lead():
            return 0
        try:  # another one may have led just now, in vain
            if self._is_paused() or not self._platform_answers():
                return 0
            return self._deliver_batch(lane, 1, until, may_send=True)
        finally:
            self._pause.give_up_lead()

    def _deliver_batch(self, lane: Lane | None, limit: int, until: float, *, may_send: bool) -> int:
        now = self._clock()
        with self._db.writing() as tx:
            claimed = outbox.claim_due(tx, now, limit, LEASE, lane)
        batch = _Batch(now + LEASE, lane or Lane.URGENT, may_send)
        done = 0
        try:
            for notice_id in claimed:
                if time.monotonic() >= until or not self._deliver(notice_id, batch):
                    break
                done += 1
        finally:
            if done < len(claimed):
                with self._db.writing() as tx:
                    outbox.give_back(tx, claimed[done:], batch.lease_until)
        return len(claimed)

    def is_due(self, lane: Lane) -> bool:
        """Whether anything of a lane is due now."""
        with self._db.reading() as tx:
            return outbox.has_due(tx, self._clock(), lane)

    def mark_lost(self) -> int:
        """Mark what is `sending` since its sender died; how many."""
        now = self._clock()
        with self._db.writing() as tx:
            return outbox.mark_lost(tx, now)

    def _platform_answers(self) -> bool:
        """Ask something harmless: if this gets no answer, no letter would."""
        if time.monotonic() < self._answered_at + PROBE_HOLDS_S:
            return True
        try:
            self._gateway.call(PROBE_API)
        except GatewayError as error:
            if not isinstance(error, WeChatError) or error.action in _PAUSES:
                self._pause.begin(self._clock())
                log.warning("platform_does_not_answer", error=str(error))
                return False
        self._answered_at = time.monotonic()
        return True

    def _deliver(self, notice_id: int, batch: _Batch) -> bool:
        """Deliver one, with those that go out in its message; False when nobody is to send any more for now."""
        # Waited for before the last look at the facts, since readers may cancel during the wait.
        turn = self._wait_for_turn(batch.lane) if batch.may_send else None
        if isinstance(turn, NotReachedError):  # the letter is as it was: nothing was claimed, nothing is written
            self._pause.begin(self._clock())
            log.warning("platform_not_reached", error=str(turn))
            return False
        with self._db.writing() as tx:
            letters = claim_letters(tx, notice_id, batch.lease_until, self._clock(), self._quiet)
            letter = letters[0] if letters else None
            ways = self._channels.list_ways(tx, letters, letter.openid) if letter and letter.openid else []
        if letter is None or letter.openid is None:
            return True
        outcome = self._later(letter, turn) if isinstance(turn, WeChatError) else self._send(letter, ways, turn)
        self._settle([each.id for each in letters], letter.openid, outcome)
        return not (batch.may_send and self._is_paused())

    def _is_paused(self) -> bool:
        now = self._clock()
        paused_until = self._pause.until(now)
        return paused_until is not None and now < paused_until

    def _wait_for_turn(self, lane: Lane) -> Turn | NotReachedError | WeChatError:
        try:
            return self._gateway.wait_for_turn(lane)
        except (NotReachedError, WeChatError) as error:
            return error

    def _settle(self, notice_ids: list[int], openid: str, outcome: Settled) -> None:
        leader = notice_ids[0]
        try:
            with self._db.writing() as tx:
                settled = settle_bundle(tx, notice_ids, outcome, self._clock())
        except SQLAlchemyError as error:
            # It stays `sending` and becomes `unknown`: better a person looks than a reader is told twice.
            log.error("notice_not_settled", notice=leader, state=outcome.state, error=type(error).__name__)
            return
        if not settled:  # it was taken for lost meanwhile; a person has to know what really came of it
            log.error("notice_settled_by_another", notice=leader, state=outcome.state, channel=outcome.channel)
            return
        self._apply_early_report(leader, openid, outcome)
        if outcome.channel == BANNER:
            self._inbox.mark_banner(openid)
        log.info(
            "notice_settled",
            notice=leader,
            bundled=len(notice_ids),
            state=outcome.state,
            channel=outcome.channel,
            code=outcome.error_code,
        )

    def _apply_early_report(self, notice_id: int, openid: str, outcome: Settled) -> None:
        """What the platform reported about this message before it was settled."""
        number, now = outcome.platform_id, self._clock()
        status = self._early.find(number) if number else None
        if outcome.state is NoticeState.SENT and outcome.channel == NOTICE:
            status = self._early.take_for(openid)
        if status is None:
            return
        with self._db.writing() as tx:
            if number is not None:
                failed = outbox.note_failed_delivery(tx, number, status, now)
            else:
                failed = outbox.note_failed_notice(tx, openid, NOTICE, status, now - REPORTED_WITHIN, now)
            take_back(tx, failed, status, now)
        log.warning("notice_not_delivered", notice=notice_id, status=status)

    def _send(self, letter: Letter, ways: list[Way], first: Turn | None) -> Settled:
        refused: WeChatError | None = None
        spent = False
        turn = first
        for way in ways:
            if not way.take():
                continue
            try:
                number = _send_over(way, turn)
            except QuotaSpentError:
                way.give_back(None)
                spent = True
            except NotReachedError as error:
                way.give_back(None)
                return self._untouched(letter, error)
            except OutcomeUnknownError as error:
                self._pause.begin(self._clock())
                return Settled(NoticeState.UNKNOWN, way.name, error=str(error))
            except WeChatError as error:
                way.give_back(error)
                if error.action in _LATER:
                    return self._later(letter, error)
                self._note_closed(letter, way, error)
                if error.action is Action.UNREACHABLE:
                    return Settled(NoticeState.FAILED, BANNER, error.code, str(error))
                refused, turn, spent = error, None, spent or error.action is Action.STOP_TODAY
            else:
                self._pause.end()
                # A second report of failure finds the first one here, so that no notice goes round in circles.
                once_more = f"after {letter.undelivered_by}" if letter.undelivered_by else ""
                return Settled(NoticeState.SENT, way.name, error=once_more, platform_id=number)
        if refused is not None:
            self._pause.end()  # it answered
        if spent:
            return self._tomorrow(letter, refused)
        return Settled(NoticeState.FAILED, BANNER, refused.code if refused else None, str(refused or ""))

    def _note_closed(self, letter: Letter, way: Way, error: WeChatError) -> None:
        if error.action not in (Action.UNREACHABLE, Action.OPT_OUT):
            return
        channel = ALL if error.action is Action.UNREACHABLE else way.name
        now = self._clock()
        with self._db.writing() as tx:
            close_channel(tx, letter.reader_id, channel, error.code, now)

    def _untouched(self, letter: Letter, error: NotReachedError) -> Settled:
        """It never left: nothing happened, and no attempt is used up."""
        slow = isinstance(error, SlowDownError)
        if not slow:
            self._pause.begin(self._clock())
        due_at = self._clock() + (SLOW if slow else SOON)
        return Settled(NoticeState.PENDING, letter.undelivered_by, None, str(error), due_at=due_at, counts=False)

    def _tomorrow(self, letter: Letter, refused: WeChatError | None) -> Settled:
        """The day's calls are used up: after midnight in China if it is still of use then, else the next answer."""
        here = local(self._clock())
        midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        code = refused.code if refused else None
        ends = [each for each in (letter.not_after, letter.starts_at) if each is not None]
        if ends and min(ends) <= midnight + SLOW:
            return Settled(NoticeState.FAILED, BANNER, code, str(refused or "no calls left today"))
        # Not all in the same second; and the platform's clock may be a little behind ours.
        due_at = midnight.astimezone(self._clock().tzinfo) + SOON + timedelta(seconds=letter.id % 50)
        return Settled(
            NoticeState.PENDING, letter.undelivered_by, code, "no calls left today", due_at=due_at, counts=False
        )

    def _later(self, letter: Letter, error: WeChatError) -> Settled:
        if error.action in _PAUSES:
            self._pause.begin(self._clock())
        delay = retry_delay(letter.attempts + 1)
        if delay is None:
            return Settled(NoticeState.FAILED, BANNER, error.code, str(error))
        due_at = self._clock() + delay
        return Settled(NoticeState.PENDING, letter.undelivered_by, error.code, str(error), due_at=due_at)


def _send_over(way: Way, turn: Turn | None) -> int | None:
    try:
        return way.send(turn)
    except OutcomeUnknownError:
        if not way.repeatable:
            raise
    try:
        return way.send(None)
    except (NotReachedError, WeChatError) as error:  # the first may have arrived all the same
        raise OutcomeUnknownError(str(error)) from None
