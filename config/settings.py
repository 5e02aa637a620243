"""Settings, read once from the environment (and `.env`), checked all together at start.

The environment wins over `.env`. Every fault is named in one go, so that a keeper mends the file once, not five times.
"""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config.environment import configured_environment
from config.redis_server import embedded_url
from config.trial_secrets import missing_secrets

DEMO_APPID = "wx0000000000sandbox"  # the account that the sandbox plays; a real appid switches the demo off

SANDBOX_ACCOUNT_QR = "http://weixin.qq.com/r/sandbox-account"
SANDBOX_ONCE_TEMPLATE = "SandboxOnceTemplate_00000000000000000000005"


class WeChatMode(StrEnum):
    """How pushes are encrypted: fixed by configuration, never chosen by the request (platform page: message push)."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


class SettingsError(Exception):
    """Settings that cannot work. `faults` has one plain sentence for each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def _empty_is_unset(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _split_numbers(value: object) -> object:
    return [part for part in value.replace(" ", "").split(",") if part] if isinstance(value, str) else value


_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
_SPAN = f"^(?:{_CLOCK}-{_CLOCK})?$"
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(_empty_is_unset)]
OptionalText = Annotated[str | None, BeforeValidator(_empty_is_unset)]
OptionalBool = Annotated[bool | None, BeforeValidator(_empty_is_unset)]


class Settings(BaseSettings):
    """Everything that can be set. Each attribute is the environment name in lower case."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    data_dir: Path = Path("data")
    database_url: OptionalText = None
    redis_url: OptionalText = None
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65534)
    public_url: OptionalText = None
    secret_key: SecretStr = Field(min_length=16)
    secret_key_previous: OptionalSecret = None  # while SECRET_KEY replaces it: `keys rotate`
    tz: str = "Asia/Shanghai"
    log_level: str = "INFO"

    wechat_appid: str = DEMO_APPID
    wechat_secret: OptionalSecret = Field(None, validate_default=True)
    wechat_token: SecretStr = Field(min_length=3, max_length=32)
    wechat_mode: WeChatMode = WeChatMode.PLAIN  # before the keys: whether one is needed depends on it
    wechat_aes_key: OptionalSecret = Field(None, validate_default=True)
    wechat_aes_key_previous: OptionalSecret = None
    wechat_api_base: OptionalText = None
    wechat_reminder_template: OptionalText = None
    wechat_notice_template: OptionalText = None  # of subscription notices, ID or ID:field=value,…
    wechat_once_template: OptionalText = Field(None, validate_default=True)  # of one-time subscription messages, ID
    wechat_open_base: OptionalText = None  # where readers are sent to be known: open.weixin.qq.com
    wechat_oauth: OptionalBool = None  # the page domain is entered on the platform: pages may ask who opens them
    wechat_account_qr: OptionalText = None  # what the account's own QR holds, for posters

    sandbox: OptionalBool = None
    demo: OptionalBool = None
    reminder_offsets: Annotated[list[float], NoDecode, BeforeValidator(_split_numbers)] = [24.0, 1.0]
    quiet_hours: str | None = Field(None, pattern=_SPAN)  # what can wait leaves after them; empty: none
    contact: str = ""
    account_name: str = ""
    report_wording: Annotated[Path | None, BeforeValidator(_empty_is_unset)] = None  # laid over the built-in wording
    behind_proxy: bool = False
    web_streams: int = Field(24, ge=0, le=500)  # pages told of every change, in each web process; the rest ask again
    metrics_token: OptionalSecret = None
    prometheus_multiproc_dir: OptionalText = None  # set by the launcher; the Prometheus library reads it by itself

    # Rules between two settings are rules of the later one, not of the model: pydantic leaves out those of the model
    # as soon as one field is wrong, and the keeper would learn of them only at the next try.
    @field_validator("secret_key_previous")
    @classmethod
    def _key_is_another(cls, key: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        if key is not None and key == others.data.get("secret_key"):
            raise ValueError("must be the key before SECRET_KEY, not the same one")
        return key

    @field_validator("wechat_secret")
    @classmethod
    def _real_account_has_secret(cls, secret: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        if secret is None and others.data.get("wechat_appid", DEMO_APPID) != DEMO_APPID:
            raise ValueError("is needed with a real WECHAT_APPID")
        return secret

    @field_validator("wechat_once_template")
    @classmethod
    def _trial_has_its_template(cls, template: str | None, others: ValidationInfo) -> str | None:
        """The sandbox's account has one, as every verified account has."""
        is_trial = others.data.get("wechat_appid", DEMO_APPID) == DEMO_APPID
        return SANDBOX_ONCE_TEMPLATE if template is None and is_trial else template

    @field_validator("wechat_aes_key")
    @classmethod
    def _mode_has_its_key(cls, key: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        if key is None and others.data.get("wechat_mode", WeChatMode.PLAIN) is not WeChatMode.PLAIN:
            raise ValueError("is needed when WECHAT_MODE is compatible or safe")
        return key

    @field_validator("wechat_aes_key", "wechat_aes_key_previous")
    @classmethod
    def _aes_key_decodes(cls, key: SecretStr | None) -> SecretStr | None:
        if key is None:
            return None
        try:
            raw = base64.b64decode(key.get_secret_value() + "=", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(key.get_secret_value()) != 43 or len(raw) != 32:
            raise ValueError("must be the 43 letters and digits of the EncodingAESKey")
        return key

    @field_validator("tz")
    @classmethod
    def _tz_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"is not a known time zone: {name}") from error
        return name

    @field_validator("public_url", "wechat_api_base", "wechat_open_base")
    @classmethod
    def _url_is_absolute(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError("must be an absolute http or https address")
        return url.rstrip("/")

    @field_validator("reminder_offsets")
    @classmethod
    def _offsets_are_positive(cls, hours: list[float]) -> list[float]:
        if any(not 0 < hour <= 24 * 14 for hour in hours):
            raise ValueError("must be hours before the start, each above 0 and at most 336")
        return sorted(set(hours), reverse=True)

    @property
    def is_trial(self) -> bool:
        """True while no real account is configured."""
        return self.wechat_appid == DEMO_APPID

    @property
    def sandbox_on(self) -> bool:
        """Whether the WeChat sandbox runs: as asked, else only without a real account."""
        return self.is_trial if self.sandbox is None else self.sandbox

    @property
    def demo_on(self) -> bool:
        """Whether the sample campaign is loaded: as asked, else only without a real account."""
        return self.is_trial if self.demo is None else self.demo

    @property
    def effective_database_url(self) -> str:
        """DATABASE_URL, else the SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'shuqian.db'}"

    @property
    def effective_redis_url(self) -> str:
        """REDIS_URL, else the socket of the embedded server."""
        return self.redis_url or embedded_url(self.data_dir)

    @property
    def effective_public_url(self) -> str:
        """PUBLIC_URL, else the local address."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_port(self) -> int:
        """The sandbox listens beside the web process."""
        return self.port + 1

    @property
    def effective_api_base(self) -> str:
        """WECHAT_API_BASE, else the sandbox when it runs, else the platform."""
        if self.wechat_api_base:
            return self.wechat_api_base
        return f"http://127.0.0.1:{self.sandbox_port}" if self.sandbox_on else "https://api.weixin.qq.com"

    @property
    def effective_quiet_hours(self) -> str:
        """QUIET_HOURS, else the night; with the sandbox none: its phones wake nobody."""
        if self.quiet_hours is not None:
            return self.quiet_hours
        return "" if self.sandbox_on else "22:00-07:30"

    @property
    def effective_open_base(self) -> str:
        """WECHAT_OPEN_BASE, else the sandbox when it runs, else the platform."""
        if self.wechat_open_base:
            return self.wechat_open_base
        return f"http://127.0.0.1:{self.sandbox_port}" if self.sandbox_on else "https://open.weixin.qq.com"

    @property
    def effective_consent_base(self) -> str:
        """Where readers allow one message: beside the page that knows them, on a host of its own at the platform."""
        base = self.effective_open_base
        return "https://mp.weixin.qq.com" if base == "https://open.weixin.qq.com" else base

    @property
    def oauth_on(self) -> bool:
        """Whether pages may ask who opens them: as set, else only with the sandbox. The right itself comes on top."""
        return self.sandbox_on if self.wechat_oauth is None else self.wechat_oauth

    @property
    def effective_report_wording(self) -> Path | None:
        """The file with the library's own wording: the one named, else report_wording.yaml in DATA_DIR."""
        if self.report_wording:
            return self.report_wording
        usual = self.data_dir / "report_wording.yaml"
        return usual if usual.is_file() else None

    @property
    def account_qr(self) -> str | None:
        """What the account's own QR holds; the sandbox's has one."""
        return self.wechat_account_qr or (SANDBOX_ACCOUNT_QR if self.is_trial else None)


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; raise SettingsError naming every fault in a plain sentence.

    What nobody has to invent is taken from the file beside the data, and made there at the first start
    (`config.trial_secrets`). Several machines on one PostgreSQL must be given SECRET_KEY: a key made on each of them
    would split the personal data.
    """
    configured = {**configured_environment(), **{name.upper(): str(value) for name, value in overrides.items()}}
    trial = configured.get("WECHAT_APPID", "").strip() in ("", DEMO_APPID)
    shared = configured.get("DATABASE_URL", "").startswith("postgresql")
    try:
        made = {} if shared else missing_secrets(Path(configured.get("DATA_DIR") or "data"), configured, trial=trial)
    except OSError as error:
        raise SettingsError([f"DATA_DIR cannot be used: {error.strerror}."]) from None
    try:
        return Settings(**{**{name.lower(): value for name, value in made.items()}, **overrides})
    except ValidationError as error:
        raise SettingsError(
            [_sentence(fault["loc"], fault["msg"], fault["type"]) for fault in error.errors()]
        ) from None


def _sentence(where: tuple[int | str, ...], message: str, kind: str) -> str:
    name = str(where[0]).upper() if where else ""
    if kind == "missing":
        return f"{name} is not set."
    text = message.removeprefix("Value error, ")
    return f"{name} {text[0].lower() + text[1:]}.".strip() if name else f"{text}."
