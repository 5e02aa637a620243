"""How the house and its account are: what `flask doctor` and the page of managers and keepers both tell.

Nothing here is secret, and nobody is named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.alarm import AlarmKind
from bot.domain.capability import Capability, CapabilityState, Level, Right, level_of


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the settings say, without their secrets. `templates`: which of the three kinds have an id."""

    appid: str = ""
    mode: str = "plain"
    public_url: str = ""
    is_trial: bool = True
    has_secret: bool = False
    oauth_on: bool = False
    templates: frozenset[Capability] = frozenset()


class StoreState(StrEnum):
    """How a store answers."""

    OK = "ok"
    OLD = "not migrated"
    AWAY = "unreachable"


class Broken(StrEnum):
    """What does not work, and will not until a keeper acts. A low level is not broken."""

    DATABASE = "database"
    SCHEMA = "schema"
    REDIS = "redis"
    WORKER = "worker"
    CONFIGURATION = "configuration"
    TEMPLATE = "template"
    MENU = "menu"


class Advice(StrEnum):
    """Settings that work, and could serve better."""

    NO_SECRET = "no_secret"
    PLAIN_MODE = "plain_mode"  # the signature does not cover what the message says (wechat-platform.md 1.1)
    NO_HTTPS = "no_https"
    NO_REMINDER_TEMPLATE = "no_reminder_template"  # the right is there, the template is not named
    NO_NOTICE_TEMPLATE = "no_notice_template"
    NO_ONCE_TEMPLATE = "no_once_template"
    NO_OAUTH = "no_oauth"


@dataclass(frozen=True, slots=True)
class AlarmSeen:
    """An open alarm. `detail` is the platform's code and our words for it."""

    kind: AlarmKind
    subject: str
    code: int | None
    detail: str
    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class PublishedMenu:
    """A menu as it was last published. `name`: readers or staff."""

    name: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """Notices by their state, and since when the oldest one waits that is due."""

    by_state: dict[str, int]
    waits_since: datetime | None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All of it, at one moment. `rights`: in the order of `Capability`, only those that were ever looked for."""

    at: datetime
    deployment: Deployment
    database: StoreState
    redis: StoreState
    worker_seen: datetime | None = None
    is_probe_wanted: bool = False
    rights: tuple[Right, ...] = ()
    alarms: tuple[AlarmSeen, ...] = ()
    menus: tuple[PublishedMenu, ...] = ()
    notices: NoticeFacts = field(default_factory=lambda: NoticeFacts({}, None))
    calls: tuple[tuple[str, int], ...] = ()

    @property
    def granted(self) -> frozenset[Capability]:
        """The rights that the account has, as far as is known."""
        return frozenset(each.capability for each in self.rights if each.state is CapabilityState.GRANTED)

    @property
    def level(self) -> Level:
        """The level that follows from them."""
        return level_of(self.granted)

    @property
    def probed_at(self) -> datetime | None:
        """When the platform was last asked."""
        return max((each.checked_at for each in self.rights), default=None)

    @property
    def broken(self) -> tuple[Broken, ...]:
        """What a keeper has to mend."""
        alarmed = {each.kind for each in self.alarms}
        found = {
            Broken.DATABASE: self.database is StoreState.AWAY,
            Broken.SCHEMA: self.database is StoreState.OLD,
            Broken.REDIS: self.redis is StoreState.AWAY,
            Broken.WORKER: self.redis is StoreState.OK and self.worker_seen is None,
            Broken.CONFIGURATION: AlarmKind.CONFIGURATION in alarmed,
            Broken.TEMPLATE: AlarmKind.TEMPLATE in alarmed,
            Broken.MENU: AlarmKind.MENU in alarmed,
        }
        return tuple(each for each, is_so in found.items() if is_so)

    @property
    def advice(self) -> tuple[Advice, ...]:
        """What the settings could do better; nothing of it concerns a trial."""
        if self.deployment.is_trial:
            return () if self.deployment.has_secret else (Advice.NO_SECRET,)
        settings, granted = self.deployment, self.granted
        missing = granted - settings.templates
        found = {
            Advice.NO_SECRET: not settings.has_secret,
            Advice.PLAIN_MODE: settings.mode != "safe",
            Advice.NO_HTTPS: not settings.public_url.startswith("https://"),
            Advice.NO_REMINDER_TEMPLATE: Capability.TEMPLATE in missing,
            Advice.NO_NOTICE_TEMPLATE: Capability.NOTICE in missing,
            Advice.NO_ONCE_TEMPLATE: Capability.ONCE_MESSAGE in missing,
            Advice.NO_OAUTH: Capability.SCENE_QR in granted and not settings.oauth_on,
        }
        return tuple(each for each, is_so in found.items() if is_so)
