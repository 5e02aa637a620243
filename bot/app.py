"""The composition root: settings in, a running web application out. Only here everything meets."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from bot.conversation.engine import Conversation
from bot.conversation.talk import Desk
from bot.domain.capability import Capability
from bot.domain.clock import Clock, utc_now
from bot.reports.poster_files import PosterFiles
from bot.store.attempts import Attempts
from bot.store.dialogues import Dialogues
from bot.store.inbox import Inbox
from bot.web.context import WeChatPages
from bot.web.pages import register_pages
from bot.web.poster_desk import PosterDesk
from bot.wechat.effects import Beside, Effects
from bot.wechat.js_pages import PageSigner
from bot.wechat.page_auth import PageAuth
from bot.wechat.scene_qrs import PosterCodes
from bot.wechat.webhook import Observer, create_webhook
from bot.wiring import Services, build_services, deployment_of
from config.log import configure_logging, secret_values
from config.settings import Settings, load_settings


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
    """The web application: webhook and pages."""
    settings = settings or load_settings()
    configure_logging(settings.log_level, secret_values(settings))
    services = build_services(settings, clock)
    app = Flask("bot", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.secret_key = services.keys.derive("session")
    app.config["SECRET_KEY_FALLBACKS"] = [key for key in (services.keys.derive_previous("session"),) if key]
    app.extensions["shuqian"] = services
    metrics = register_pages(
        app,
        db=services.db,
        redis=services.redis,
        keys=services.keys,
        public_url=settings.effective_public_url,
        contact=settings.contact,
        account_name=settings.account_name,
        clock=clock,
        metrics_token=settings.metrics_token.get_secret_value() if settings.metrics_token else None,
        metrics_folder=settings.prometheus_multiproc_dir,
        live_seats=settings.web_streams,
        poster_desk=poster_desk_of(services),
        sign_page=PageSigner(
            services.account, services.redis, services.gateway(), partial(services.has, Capability.JS_SCAN)
        ),
        deployment=deployment_of(settings),
        capabilities=services.capabilities,
        wechat=wechat_pages_of(services),
    )
    app.register_blueprint(create_webhook_of(services, metrics.observe))
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    return app


def wechat_pages_of(services: Services) -> WeChatPages | None:
    """What pages opened in WeChat may use; None for an account that nobody gave a secret."""
    settings = services.settings
    if not services.account.secret:
        return None
    auth = PageAuth(
        services.account.appid, services.gateway(), settings.effective_open_base, settings.effective_consent_base
    )
    return WeChatPages(
        auth,
        oauth_on=settings.oauth_on,
        any_browser=settings.sandbox_on and settings.is_trial,
        notice_template=(settings.wechat_notice_template or "").partition(":")[0],
        once_template=settings.wechat_once_template or "",
    )


def poster_desk_of(services: Services) -> PosterDesk:
    """Posters with this deployment's account; drawn ones lie beside the data."""
    settings = services.settings
    return PosterDesk(
        find_codes=PosterCodes(services.db, services.gateway, settings.account_qr).find_each,
        files=PosterFiles(settings.data_dir / "cache" / "posters"),
        account_name=settings.account_name,
        contact=settings.contact,
    )


def conversation_of(services: Services) -> Conversation:
    """The conversation with this deployment's keys and addresses."""
    desk = Desk(
        keys=services.keys,
        attempts=Attempts(services.redis, services.keys),
        public_url=services.settings.effective_public_url,
        contact=services.settings.contact,
        account_name=services.settings.account_name,
        capabilities=services.capabilities,
    )
    return Conversation(desk, Dialogues(services.keys))


def create_webhook_of(services: Services, observe: Observer | None = None) -> Blueprint:
    """`/wechat` over these services."""
    return create_webhook(
        account=services.account,
        db=services.db,
        inbox=Inbox(services.redis),
        keys=services.keys,
        conversation=conversation_of(services),
        listen=Beside(Effects(services.db, services.redis, services.keys, services.clock).apply),
        clock=services.clock,
        observe=observe,
    )
