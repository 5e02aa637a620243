"""Settings in, opened stores and keys out: what web pages, commands and tasks share. Loads no web framework."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from redis import Redis

from bot.domain.clock import Clock, utc_now
from bot.store.database import Database, open_database
from bot.store.pii import Keys
from bot.store.redis import open_redis
from bot.wechat.account import Account, Mode
from config.settings import Settings

if TYPE_CHECKING:
    from bot.wechat.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Services:
    """What web pages, webhook, commands and tasks share."""

    settings: Settings
    db: Database
    redis: Redis
    keys: Keys
    clock: Clock
    account: Account

    def gateway(self) -> Gateway:
        """The platform's API, under the memory and the rate that all processes share."""
        from bot.wechat.gateway import gateway_of  # only here: most processes never call the platform
        from bot.wechat.watch import AccountWatch

        watch = AccountWatch(self.redis, self.db, self.account.appid, self.clock)
        return gateway_of(self.account, self.redis, self.settings.effective_api_base, watch)


def build_services(settings: Settings, clock: Clock = utc_now) -> Services:
    """Open the stores and derive the keys."""
    return Services(
        settings=settings,
        db=open_database(settings.effective_database_url),
        redis=open_redis(settings.effective_redis_url),
        keys=keys_of(settings),
        clock=clock,
        account=account_of(settings),
    )


def keys_of(settings: Settings) -> Keys:
    """The keys of SECRET_KEY, and of the one before it while it is replaced."""
    previous = settings.secret_key_previous
    return Keys(settings.secret_key.get_secret_value(), previous.get_secret_value() if previous else None)


def account_of(settings: Settings) -> Account:
    """The public account as configured."""
    keys = (settings.wechat_aes_key, settings.wechat_aes_key_previous)
    return Account(
        appid=settings.wechat_appid,
        token=settings.wechat_token.get_secret_value(),
        secret=settings.wechat_secret.get_secret_value() if settings.wechat_secret else "",
        mode=Mode(settings.wechat_mode.value),
        aes_keys=tuple(key.get_secret_value() for key in keys if key is not None),
    )
