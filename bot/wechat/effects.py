"""What the platform's news changes. It is done beside the answer, which waits for it a moment and no longer.

A report that is not taken at once must not become a fault: the platform would show it to a reader. So the work goes to
one thread of its own, and a database that is busy for seconds delays the work and not the webhook.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import BoundedSemaphore

import structlog
from redis import Redis

from bot.domain.clock import Clock
from bot.services.subscriptions import note_choices
from bot.store.alarms import AlarmKind, end_alarm, raise_alarm
from bot.store.database import Database
from bot.store.early_reports import EarlyReports
from bot.store.pii import Keys
from bot.store.probes import want_probe
from bot.wechat.farewells import Farewells
from bot.wechat.pushes import Choices, DeliveryReport, Farewell, News, SentReports, VerificationNews
from bot.wechat.reports import record_report, record_sent

PATIENCE_S = 0.8
"""How long an answer waits for the work: the common case is over in milliseconds, and is then safe from a crash."""

MOST_WAITING = 1_000
"""Pieces of news that may wait in one process; more of them means that the database is away for long."""

VERIFICATION = "verification"
"""The subject of alarms about the account's verification."""

log = structlog.get_logger(__name__)


class Effects:
    """Writes news down; `apply` does it here and now and may raise."""

    def __init__(self, db: Database, redis: Redis, keys: Keys, clock: Clock) -> None:
        self._db = db
        self._redis = redis
        self._farewells = Farewells(redis, keys)
        self._early = EarlyReports(redis)
        self._clock = clock

    def apply(self, news: News) -> None:
        """Do what it asks for. As often as it is told, it is done once."""
        match news:
            case DeliveryReport():
                record_report(self._db, self._early, news, self._clock())
            case SentReports(reports=reports):
                for report in reports:
                    record_sent(self._db, self._early, report, self._clock())
            case Choices():
                self._note_choices(news)
            case Farewell(openid=openid):
                self._farewells.take(openid, self._db, self._clock)
            case VerificationNews():
                self._note_verification(news)

    def _note_choices(self, news: Choices) -> None:
        chosen = [(choice.template_id, choice.agrees) for choice in news.choices]
        with self._db.writing() as tx:
            note_choices(tx, news.openid, chosen, news.chosen_at, self._clock())

    def _note_verification(self, news: VerificationNews) -> None:
        want_probe(self._redis, news.what)
        now = self._clock()
        with self._db.writing() as tx:
            if news.what.is_good:
                end_alarm(tx, AlarmKind.ANNUAL_VERIFICATION, VERIFICATION, now)
            else:
                detail = _detail(news.what, news.at)
                raise_alarm(tx, AlarmKind.ANNUAL_VERIFICATION, VERIFICATION, None, detail, now)


class Beside:
    """Does work on a thread of its own, one piece after the other."""

    def __init__(self, work: Callable[[News], None], patience: float = PATIENCE_S, most: int = MOST_WAITING) -> None:
        self._work = work
        self._patience = patience
        self._room = BoundedSemaphore(most)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="news")

    def __call__(self, news: News) -> None:
        """Take it on and wait for it, but not for long; what there is no room for is logged and lost."""
        if not self._room.acquire(blocking=False):
            log.error("news_lost", kind=type(news).__name__)
            return
        done = self._thread.submit(self._run, news)
        try:
            done.result(self._patience)
        except TimeoutError:
            log.warning("news_delayed", kind=type(news).__name__)

    def close(self) -> None:
        """Finish what was taken on."""
        self._thread.shutdown()

    def _run(self, news: News) -> None:
        try:
            self._work(news)
        except Exception as error:
            log.error("news_not_written", kind=type(news).__name__, error=type(error).__name__)
        finally:
            self._room.release()


def _detail(what: str, at: datetime | None) -> str:
    return what if at is None else f"{what} {at.date().isoformat()}"
