"""The composition root: settings in, a running application out. Only here everything meets."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask
from redis import Redis
from werkzeug.middleware.proxy_fix import ProxyFix

from bot.conversation.engine import Conversation
from bot.conversation.talk import Desk
from bot.domain.clock import Clock, utc_now
from bot.sandbox.app import create_sandbox
from bot.sandbox.settings import SandboxSettings
from bot.store.attempts import Attempts
from bot.store.database import Database, open_database
from bot.store.dialogues import Dialogues
from bot.store.inbox import Inbox
from bot.store.pii import Keys
from bot.store.redis import open_redis
from bot.web.pages import register_pages
from bot.wechat.account import Account, Mode
from bot.wechat.webhook import create_webhook
from config.log import configure_logging
from config.settings import Settings, SettingsError, load_settings


@dataclass(frozen=True, slots=True)
class Services:
    """What web pages, webhook, commands and tasks share."""

    settings: Settings
    db: Database
    redis: Redis
    keys: Keys
    clock: Clock
    account: Account


def build_services(settings: Settings, clock: Clock = utc_now) -> Services:
    """Open the stores and derive the keys."""
    return Services(
        settings=settings,
        db=open_database(settings.effective_database_url),
        redis=open_redis(settings.effective_redis_url),
        keys=Keys(settings.secret_key.get_secret_value()),
        clock=clock,
        account=account_of(settings),
    )


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


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
    """The web application: webhook and pages."""
    settings = settings or load_settings()
    configure_logging(settings.log_level)
    services = build_services(settings, clock)
    app = Flask("bot", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.secret_key = services.keys.derive("session")
    app.extensions["shuqian"] = services
    app.register_blueprint(create_webhook_of(services))
    register_pages(
        app,
        db=services.db,
        redis=services.redis,
        keys=services.keys,
        public_url=settings.effective_public_url,
        contact=settings.contact,
        clock=clock,
    )
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    return app


def conversation_of(services: Services) -> Conversation:
    """The conversation with this deployment's keys and addresses."""
    desk = Desk(
        keys=services.keys,
        attempts=Attempts(services.redis, services.keys),
        public_url=services.settings.effective_public_url,
        contact=services.settings.contact,
        account_name=services.settings.account_name,
    )
    return Conversation(desk, Dialogues(services.redis, services.keys))


def create_webhook_of(services: Services) -> Blueprint:
    """`/wechat` over these services."""
    return create_webhook(
        account=services.account,
        db=services.db,
        inbox=Inbox(services.redis),
        keys=services.keys,
        conversation=conversation_of(services),
        record_report=lambda report: None,
        clock=services.clock,
    )


def create_sandbox_app() -> Flask:
    """The stand-in for WeChat, as a process of its own; refused unless the settings ask for it."""
    settings = load_settings()
    if not settings.sandbox_on:
        raise SettingsError(["SANDBOX is off."])
    account = account_of(settings)
    return create_sandbox(
        SandboxSettings(
            webhook_url=f"http://127.0.0.1:{settings.port}/wechat",
            token=account.token,
            appid=account.appid,
            secret=account.secret,
            data_dir=settings.data_dir,
            public_url=f"http://127.0.0.1:{settings.sandbox_port}",
            aes_key=account.aes_keys[0] if account.aes_keys else None,
            mode=account.mode.value,
            account_name=settings.account_name,
        )
    )
