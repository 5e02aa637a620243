"""When the platform is to be asked what the account may do. All of it may be lost: then it is asked once more."""

from __future__ import annotations

import structlog
from redis import Redis

from bot.store.redis import RedisUnavailable

PACE_S = 300
"""At most one probe in this time, however many calls are refused meanwhile."""

GOOD_FOR_S = 24 * 3600
DOUBTED_S = 3600
"""After this a right that was refused in use, and is shown by answers about arguments, is tried again."""

TRY_AGAIN_S = 600
REFUSED = "refused: "
"""How the reason of a wish begins that a refused call gave rise to."""

_WISH_LIVES_S = 24 * 3600
WANTED = "shuqian:probe:wanted"
_PACE, _ANSWERED = "shuqian:probe:pace", "shuqian:probe:answered"

log = structlog.get_logger(__name__)


def want_probe(redis: Redis, reason: str) -> bool:
    """Have the platform asked soon; `reason` (at most 64 characters) is for the log. Several are one in five minutes.

    False without Redis: then the daily one has to do.
    """
    try:
        redis.set(WANTED, reason[:64], ex=_WISH_LIVES_S)
    except RedisUnavailable:
        log.warning("probe_not_asked_for", reason=reason)
        return False
    return True


def is_wanted(redis: Redis) -> bool:
    """Whether somebody wants a probe. Needs Redis."""
    return bool(redis.exists(WANTED))


def take_wanted(redis: Redis) -> str | None:
    """Why a probe is wanted, once; None when nobody wants one. Needs Redis."""
    with redis.pipeline(transaction=True) as pipe:
        pipe.get(WANTED)
        pipe.delete(WANTED)
        reason = pipe.execute()[0]
    return None if reason is None else str(reason, "utf-8", "replace")


def claim_probe(redis: Redis) -> bool:
    """Whether this call may probe now: nobody did within `PACE_S`. Needs Redis."""
    return bool(redis.set(_PACE, 1, nx=True, ex=PACE_S))


def find_answered(redis: Redis) -> str | None:
    """For which account (`account_digest`) the last probe still holds; None when it is due. Needs Redis."""
    found = redis.get(_ANSWERED)
    return None if found is None else str(found, "ascii")  # type: ignore[arg-type]


def note_probed(redis: Redis, account: str, good_for_s: int) -> None:
    """The platform was asked, and is asked again after `good_for_s` seconds. Needs Redis.

    Wishes that arose meanwhile are fulfilled by it; the refusals that a probe itself meets would else wish for another.
    """
    with redis.pipeline(transaction=True) as pipe:
        pipe.set(_ANSWERED, account, ex=good_for_s)
        pipe.set(_PACE, 1, ex=PACE_S)
        pipe.delete(WANTED)
        pipe.execute()
