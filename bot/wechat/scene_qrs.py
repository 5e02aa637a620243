"""Scene QRs of posters: one scan leads a follower, or who becomes one by it, to the occurrence.

The platform's own picture is not fetched: what it holds (`url`) is drawn by us. A page waits for the platform for
`WAIT_S` at most; what comes later is kept for the next look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from time import monotonic

from bot.domain.capability import Capability
from bot.domain.notice import Lane
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.scene_qr import KEPT_FREE, LONGEST, MOST_PERMANENT, life_of, number_of, outlives, scene_of
from bot.reports.poster import CodeKind, PosterCode
from bot.store.capabilities import Capabilities
from bot.store.database import Database
from bot.store.occurrences import find_by_number
from bot.store.scene_qrs import (
    SceneQr,
    count_permanent,
    drop_expired,
    find_scene_qrs,
    list_temporary,
    save_scene_qr,
)
from bot.wechat.errors import NotReachedError, OutcomeUnknownError, WeChatError
from bot.wechat.gateway import Gateway

WAIT_S = 3.0
API = "qrcode/create"
USED_UP = 45009
MOST_AT_ONCE = 50
"""Codes that one run of the task renews."""


class Note(StrEnum):
    """What whoever hangs a poster up must know of its code."""

    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    SHORT = "short"  # it ends before the occurrence does
    AWAY = "away"  # the platform did not answer: this poster does without its own code
    NO_RIGHT = "no_right"
    NO_CODE = "no_code"  # nor has anybody entered the account's own


@dataclass(frozen=True, slots=True)
class FoundCode:
    """The code for a poster. `good_until`: none for what does not end."""

    code: PosterCode
    note: Note
    good_until: datetime | None = None


class PosterCodes:
    """Finds the best code for a poster, by what the account may do. One for each process."""

    def __init__(self, db: Database, open_gateway: Callable[[], Gateway], account_qr: str | None) -> None:
        self._db, self._open_gateway, self._account_qr = db, open_gateway, account_qr
        self._rights = Capabilities()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="poster-code")
        self._asked: dict[str, Future[SceneQr]] = {}
        self._lock = Lock()

    def find(self, facts: OccurrenceFacts, now: datetime, wait_s: float = WAIT_S) -> FoundCode:
        """The occurrence's own code, made now if need be; else the account's; else none."""
        with self._db.reading() as tx:
            may = self._rights.has(tx, Capability.SCENE_QR)
            kept = find_scene_qrs(tx, [scene_of(facts)]).get(scene_of(facts))
        if not may:
            return self._without(Note.NO_RIGHT)
        if kept is None or not outlives(kept.expires_at, facts, now):
            kept = self._ask(facts, now, wait_s) or (kept if kept and _is_alive(kept, now) else None)
        if kept is None:
            return self._without(Note.AWAY)
        if kept.expires_at is None:
            note = Note.PERMANENT
        else:
            note = Note.TEMPORARY if outlives(kept.expires_at, facts, now) else Note.SHORT
        return FoundCode(PosterCode(CodeKind.SCENE, kept.url), note, kept.expires_at)

    def find_each(self, shown: Sequence[OccurrenceFacts], now: datetime) -> list[FoundCode]:
        """The same for several, which wait for the platform together no longer than one does."""
        until = monotonic() + WAIT_S
        return [self.find(facts, now, max(0.0, until - monotonic())) for facts in shown]

    def _without(self, note: Note) -> FoundCode:
        if self._account_qr:
            return FoundCode(PosterCode(CodeKind.ACCOUNT, self._account_qr), note)
        return FoundCode(PosterCode(CodeKind.NONE), Note.NO_CODE if note is Note.NO_RIGHT else note)

    def _ask(self, facts: OccurrenceFacts, now: datetime, wait_s: float) -> SceneQr | None:
        """Have it made in the background, once for all who look at the same time, and wait a little."""
        scene = scene_of(facts)
        with self._lock:
            asked = self._asked.get(scene)
            if asked is None:
                asked = self._pool.submit(make_code, self._open_gateway(), self._db, facts, now)
                self._asked[scene] = asked
                asked.add_done_callback(lambda _: self._asked.pop(scene, None))
        try:
            return asked.result(wait_s)
        except (TooSlow, WeChatError, NotReachedError, OutcomeUnknownError):
            return None


def make_code(
    gateway: Gateway, db: Database, facts: OccurrenceFacts, now: datetime, lane: Lane = Lane.URGENT
) -> SceneQr:
    """Have the platform make the code that lives long enough, and keep it. Raises what the gateway raises."""
    scene, life = scene_of(facts), life_of(facts, now)
    if life is None:
        with db.reading() as tx:
            is_free = count_permanent(tx) < MOST_PERMANENT - KEPT_FREE
        code = _make_permanent(gateway, scene, lane) if is_free else None
        code = code or _make_temporary(gateway, scene, LONGEST, now, lane)
    else:
        code = _make_temporary(gateway, scene, life, now, lane)
    with db.writing() as tx:
        save_scene_qr(tx, code, now)
    return code


def renew_codes(gateway: Gateway, db: Database, now: datetime) -> int:
    """Make those anew that end before their occurrence, and forget those that have ended; how many were made.

    Only where a poster was made: nobody else has a code. What hangs on a wall is not helped, the next print is.
    """
    with db.reading() as tx:
        ending = [(each, number) for each in list_temporary(tx) if (number := number_of(each.scene)) is not None]
        pairs = [(each, find_by_number(tx, number, now)) for each, number in ending]
    short = [facts for each, facts in pairs if facts and not facts.is_over(now) and _ends_early(each, facts, now)]
    made = 0
    try:
        for facts in short[:MOST_AT_ONCE]:
            make_code(gateway, db, facts, now, Lane.BULK)
            made += 1
    except (WeChatError, NotReachedError, OutcomeUnknownError):
        pass  # the next run tries again; the gateway has told the keeper
    with db.writing() as tx:
        drop_expired(tx, now)
    return made


def _ends_early(code: SceneQr, facts: OccurrenceFacts, now: datetime) -> bool:
    """Whether a new one would live longer by a day at least: else each run would make the same again."""
    if outlives(code.expires_at, facts, now) or code.expires_at is None:
        return False
    return now + (life_of(facts, now) or LONGEST) - code.expires_at > timedelta(days=1)


def _is_alive(code: SceneQr, now: datetime) -> bool:
    return code.expires_at is None or code.expires_at > now


def _make_temporary(gateway: Gateway, scene: str, life: timedelta, now: datetime, lane: Lane) -> SceneQr:
    seconds = int(life.total_seconds())
    body = {
        "expire_seconds": seconds,
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": scene}},
    }
    return SceneQr(scene, str(gateway.call(API, body, lane=lane)["url"]), now + timedelta(seconds=seconds))


def _make_permanent(gateway: Gateway, scene: str, lane: Lane) -> SceneQr | None:
    """None when the account has used up its permanent codes."""
    body = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
    try:
        return SceneQr(scene, str(gateway.call(API, body, lane=lane)["url"]), None)
    except WeChatError as error:
        if error.code == USED_UP:
            return None
        raise
