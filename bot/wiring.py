"""Settings in, opened stores and keys out: what web pages, commands and tasks share. Loads no web framework."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from redis import Redis

from bot.domain.capability import Capability
from bot.domain.clock import Clock, utc_now
from bot.domain.closing import report_url
from bot.domain.diagnosis import Deployment
from bot.store.capabilities import Capabilities
from bot.store.database import Database, open_database
from bot.store.pii import Keys
from bot.store.redis import open_redis
from bot.texts.report_wording import name_wording_file
from bot.wechat.account import Account, Mode
from config.settings import Settings

if TYPE_CHECKING:
    from bot.press import Press
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
    capabilities: Capabilities = field(default_factory=Capabilities)
    _gateways: list[Gateway] = field(default_factory=list, repr=False, compare=False)

    def has(self, capability: Capability) -> bool:
        """Whether the account has this right, outside of any transaction."""
        with self.db.reading() as tx:
            return self.capabilities.has(tx, capability)

    def gateway(self) -> Gateway:
        """The platform's API, under the memory and the rate that all processes share.

        One for the whole process: without Redis, its rate and its token are what this process has of both.
        """
        if self._gateways:
            return self._gateways[0]
        from bot.wechat.gateway import gateway_of  # only here: most processes never call the platform
        from bot.wechat.watch import AccountWatch

        watch = AccountWatch(self.redis, self.db, self.account.appid, self.clock)
        self._gateways.append(gateway_of(self.account, self.redis, self.settings.effective_api_base, watch))
        return self._gateways[0]

    def press(self, *, built_in_wording: bool = False) -> Press:
        """What reports are built with. Raises WordingRefused when the library's own wording has faults."""
        from bot.press import Press  # only here: most processes never draw one
        from bot.texts.report_wording import use_wording_file

        use_wording_file(None if built_in_wording else self.settings.effective_report_wording)
        url = self.settings.effective_public_url
        return Press(self.db, self.keys, self.clock, lambda key: report_url(url, key))

    def probing_gateway(self, *, insists: bool = False) -> Gateway:
        """The same for a probe (`bot.wechat.probing.ProbeWatch`)."""
        from bot.store.quotas import Quotas
        from bot.wechat.gateway import gateway_of
        from bot.wechat.probing import ProbeWatch
        from bot.wechat.watch import AccountWatch

        inner = AccountWatch(self.redis, self.db, self.account.appid, self.clock)
        watch = ProbeWatch(inner, Quotas(self.redis, self.account.appid), self.clock, insists=insists)
        return gateway_of(self.account, self.redis, self.settings.effective_api_base, watch)


def build_services(settings: Settings, clock: Clock = utc_now) -> Services:
    """Open the stores, derive the keys, and say where the library's own wording of reports is."""
    name_wording_file(settings.effective_report_wording)
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


def deployment_of(settings: Settings) -> Deployment:
    """What the settings say, without their secrets."""
    named = {
        Capability.TEMPLATE: settings.wechat_reminder_template,
        Capability.NOTICE: settings.wechat_notice_template,
        Capability.ONCE_MESSAGE: settings.wechat_once_template,
    }
    return Deployment(
        appid=settings.wechat_appid,
        mode=settings.wechat_mode.value,
        public_url=settings.effective_public_url,
        is_trial=settings.is_trial,
        has_secret=settings.wechat_secret is not None,
        oauth_on=settings.oauth_on,
        templates=frozenset(each for each, template in named.items() if template),
    )
