"""One round over the account's menus and the tag of staff, as the worker makes it again and again."""

from __future__ import annotations

from redis import Redis

from bot.domain.clock import Clock
from bot.store.capabilities import Capabilities
from bot.store.database import Database
from bot.wechat.errors import GatewayError
from bot.wechat.gateway import Gateway
from bot.wechat.menu_publisher import MenuPublisher
from bot.wechat.staff_tags import check_tags, keep_tags

CHECKED_S = 24 * 3600
PAUSED_S = 600
_CHECKED, _PAUSED = "shuqian:menus:checked", "shuqian:menus:paused"


def keep_menus(
    db: Database, redis: Redis, gateway: Gateway, appid: str, capabilities: Capabilities, clock: Clock
) -> None:
    """Publish what changed, give and take the tag, and look once a day whether somebody else changed the menus.

    When all is as it should be this is a few looks at the database. Raises GatewayError while the platform is away or
    refuses for a time, and RedisUnavailable. A menu that it refuses for good is tried again after ten minutes.
    """
    publisher = MenuPublisher(db, gateway, appid, capabilities, clock)
    if not redis.exists(_PAUSED) and publisher.publish_due() is None:
        redis.set(_PAUSED, 1, ex=PAUSED_S)
    keep_tags(db, gateway, clock)
    if redis.set(_CHECKED, 1, nx=True, ex=CHECKED_S):
        try:
            publisher.check()
            check_tags(db, gateway, clock)
        except GatewayError:
            redis.set(_CHECKED, 1, ex=PAUSED_S)
            raise
