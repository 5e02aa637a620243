"""Delivering notices: the first way that the account and the reader allow, at most once (promise I5).

Each notice is flipped to `sending` in a commit of its own before the call. What then has no clear outcome stays
`unknown` for a person to decide; only a template message may be tried again at once, since the platform drops a second
one with the same `client_msg_id` within ten minutes. So a worker that is killed between call and commit sends nothing
twice, over no way.

While the platform is away nothing is spent on finding out (`bot.store.outages`), and what never left uses up no
attempt: it goes out afterwards, or is dropped when it has lost its sense.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.clock import Clock
from bot.domain.kinds import NoticeState
from bot.domain.notice import Lane, retry_delay
from bot.domain.quiet import QuietHours
from bot.services.notices import LEASE, claim_letters, note_undelivered
from bot.store import outbox
from bot.store.capabilities import Capabilities
from bot.store.database import Database
from bot.store.early_reports import EarlyReports
from bot.store.inbox import Inbox
from bot.store.outages import Outages
from bot.store.outbox import BANNER
from bot.store.outbox_bundles import Settled, settle_bundle
from bot.store.reader_channels import EVERY_WAY, close_channel, list_closed, open_channel
from bot.store.windows import Windows
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
from bot.wechat.ways import NEEDS, Ladder, NotThisWayError, Post, Trial, Way

BATCH = 20
NEXT_TRY = timedelta(seconds=20)
"""What never left waits this long; how long all wait while the platform is away is not its business."""

HARMLESS = "get_api_domain_ip"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Notices that were leased together: until when they are ours, and until when (monotonic) a letter is begun."""

    lease_until: datetime
    until: float
    lane: Lane


class Mailer:
    """Delivers what is due. Any number of them may work at once."""

    def __init__(
        self,
        *,
        db: Database,
        gateway: Gateway,
        ladder: Ladder,
        windows: Windows,
        outages: Outages,
        capabilities: Capabilities,
        inbox: Inbox,
        early: EarlyReports,
        clock: Clock,
        quiet: QuietHours | None = None,
    ) -> None:
        self._db, self._gateway, self._ladder, self._windows = db, gateway, ladder, windows
        self._outages, self._capabilities, self._inbox, self._early = outages, capabilities, inbox, early
        self._clock, self._quiet = clock, quiet

    def deliver_due(self, lane: Lane | None = None, limit: int = BATCH, until: float = math.inf) -> int:
        """Deliver up to `limit` due notices of a lane (None: of any); how many were claimed, 0 in an outage.

        A look without a lock when there are none. After `until` (of `time.monotonic`) no further letter is begun; what
        is left is free for others at once.
        """
        if not self._is_fair():
            return 0
        now = self._clock()
        with self._db.reading() as tx:
            if not (outbox.has_due(tx, now, lane) and self._capabilities.are_known(tx)):
                return 0  # an account that nobody has looked at yet would seem to have no way to anybody
        with self._db.writing() as tx:
            claimed = outbox.claim_due(tx, now, limit, LEASE, lane)
        batch = _Batch(now + LEASE, until, lane or Lane.URGENT)
        for place, notice_id in enumerate(claimed):
            if not self._deliver_in_time(notice_id, batch):
                with self._db.writing() as tx:
                    outbox.give_back(tx, claimed[place:], now + LEASE)
                break
        return len(claimed)

    def mark_lost(self) -> int:
        """Mark what is `sending` since its sender died; how many."""
        now = self._clock()
        with self._db.writing() as tx:
            return outbox.mark_lost(tx, now)

    def _is_fair(self) -> bool:
        """Whether letters may go out; after an outage a harmless question is asked first."""
        if not self._outages.is_suspected():
            return True
        if self._outages.is_pausing():
            return False
        try:
            self._gateway.call(HARMLESS)
        except (NotReachedError, OutcomeUnknownError):
            self._outages.note()
            return False
        except WeChatError:
            pass  # it answers, and that is what was asked
        self._outages.clear()
        return True

    def _deliver_in_time(self, notice_id: int, batch: _Batch) -> bool:
        """False when there was no time left for it, or no platform."""
        if time.monotonic() >= batch.until or self._outages.is_pausing():
            return False
        turn = self._wait_for_turn(batch.lane)  # before the last look at the facts: readers may cancel during the wait
        with self._db.writing() as tx:
            letters = claim_letters(tx, notice_id, batch.lease_until, self._clock(), self._quiet)
            closed = list_closed(tx, letters[0].reader_id) if letters else frozenset()
            allowed = frozenset(way for way in Way if self._capabilities.has(tx, NEEDS[way]))
        if not letters or letters[0].openid is None:
            return True
        post = Post(tuple(letters), letters[0].openid)
        if isinstance(turn, Turn):
            self._settle(post, self._send(post, allowed, closed, turn))
        else:
            self._settle(post, self._later(post, turn))
        return True

    def _wait_for_turn(self, lane: Lane) -> Turn | GatewayError:
        try:
            return self._gateway.wait_for_turn(lane)
        except GatewayError as error:
            return error

    def _send(self, post: Post, allowed: frozenset[Way], closed: frozenset[str], first: Turn) -> Settled:
        if EVERY_WAY in closed and not self._windows.is_open(post.openid):
            return Settled(NoticeState.FAILED, BANNER, error="does not follow the account")
        came_back = closed if EVERY_WAY not in closed else frozenset[str]()
        ways = frozenset(way for way in allowed if way.value not in came_back)
        refused: GatewayError | None = None
        turn: Turn | None = first
        for trial in self._ladder.climb(post, ways):
            try:
                number = _send_over(trial, turn)
            except NotThisWayError:
                continue
            except (NotReachedError, OutcomeUnknownError, WeChatError) as error:
                ended = self._read_failure(post, trial.way, error)
                if ended is not None:
                    return ended
                refused, turn = error, None
            else:
                self._note_success(post, closed)
                return Settled(NoticeState.SENT, trial.way, platform_id=number)
        if refused is not None and _may_change(refused):
            return self._later(post, refused)
        return Settled(NoticeState.FAILED, BANNER, getattr(refused, "code", None), str(refused or ""))

    def _read_failure(self, post: Post, way: Way, error: GatewayError) -> Settled | None:
        """What becomes of a message that this way did not carry; None: the next way."""
        if isinstance(error, QuotaSpentError):
            self._ladder.release(post)
            return None
        if isinstance(error, NotReachedError):
            self._ladder.release(post)
            return self._later(post, error)
        if isinstance(error, OutcomeUnknownError):
            self._outages.note()
            return Settled(NoticeState.UNKNOWN, way, error=str(error))
        assert isinstance(error, WeChatError)
        match error.action:
            case Action.UNREACHABLE:
                self._close(post, EVERY_WAY, error.code)
                return Settled(NoticeState.FAILED, way, error.code, str(error))
            case Action.OPT_OUT:
                self._close(post, way, error.code)
                return None
            case Action.OPEN_CIRCUIT | Action.RETRY | Action.REFRESH_TOKEN | Action.SLOW_DOWN:
                self._ladder.release(post)
                return self._later(post, error)
            case Action.NEXT_CHANNEL:
                self._windows.close(post.openid)
        return None

    def _later(self, post: Post, error: GatewayError) -> Settled:
        """Try again; calls that never left go on until the notice has lost its sense, others only so many times."""
        code = error.code if isinstance(error, WeChatError) else None
        if isinstance(error, NotReachedError):
            if not isinstance(error, QuotaSpentError | SlowDownError):
                self._outages.note()
            due_at = self._clock() + NEXT_TRY
            return Settled(NoticeState.PENDING, "", code, str(error), due_at=due_at, counts=False)
        delay = retry_delay(post.lead.attempts + 1)
        if delay is None:
            return Settled(NoticeState.FAILED, BANNER, code, str(error))
        return Settled(NoticeState.PENDING, "", code, str(error), due_at=self._clock() + delay)

    def _close(self, post: Post, channel: str, code: int) -> None:
        with self._db.writing() as tx:
            close_channel(tx, post.lead.reader_id, channel, code, self._clock())

    def _note_success(self, post: Post, closed: frozenset[str]) -> None:
        if EVERY_WAY in closed:
            with self._db.writing() as tx:
                open_channel(tx, post.lead.reader_id, EVERY_WAY)

    def _settle(self, post: Post, outcome: Settled) -> None:
        try:
            with self._db.writing() as tx:
                settled = settle_bundle(tx, [letter.id for letter in post.letters], outcome, self._clock())
        except SQLAlchemyError as error:
            # It stays `sending` and becomes `unknown`: better a person looks than a reader is told twice.
            log.error("notice_not_settled", notice=post.lead.id, state=outcome.state, error=type(error).__name__)
            return
        if not settled:  # it was taken for lost meanwhile; a person has to know what really came of it
            log.error("notice_settled_by_another", notice=post.lead.id, state=outcome.state, channel=outcome.channel)
            return
        self._apply_early_report(post.lead.id, outcome)
        if outcome.channel == BANNER:
            self._inbox.mark_banner(post.openid)
        log.info(
            "notice_settled",
            notice=post.lead.id,
            together=len(post.letters),
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
            note_undelivered(tx, number, status, self._clock())
        log.warning("notice_not_delivered", notice=notice_id, status=status)


def _may_change(error: GatewayError) -> bool:
    return isinstance(error, QuotaSpentError) or (isinstance(error, WeChatError) and not error.permanent)


def _send_over(trial: Trial, turn: Turn | None) -> int | None:
    try:
        return trial.send(turn)
    except OutcomeUnknownError:
        if not trial.repeatable:
            raise
    return trial.send(None)
