"""The stand-in for WeChat as a process of its own; loads nothing of the product but its settings."""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from bot.sandbox.app import create_sandbox
from bot.sandbox.settings import SandboxSettings
from config.settings import Settings, SettingsError, load_settings

HOST = "127.0.0.1"  # never another one: whoever reaches the sandbox can be any reader


def create_sandbox_app(settings: Settings | None = None) -> Flask:
    """The sandbox for the configured account; refused unless the settings ask for it."""
    settings = settings or load_settings()
    if not settings.sandbox_on:
        raise SettingsError(["SANDBOX is off."])
    return create_sandbox(
        SandboxSettings(
            webhook_url=f"http://127.0.0.1:{settings.port}/wechat",
            token=settings.wechat_token.get_secret_value(),
            appid=settings.wechat_appid,
            secret=settings.wechat_secret.get_secret_value() if settings.wechat_secret else "",
            data_dir=settings.data_dir,
            public_url=f"http://127.0.0.1:{settings.sandbox_port}",
            aes_key=settings.wechat_aes_key.get_secret_value() if settings.wechat_aes_key else None,
            mode=settings.wechat_mode.value,
            account_name=settings.account_name,
            page_url=settings.effective_public_url,
        )
    )


def open_sandbox(settings: Settings) -> BaseWSGIServer:
    """A server that listens for the sandbox, with one thread for each request.

    Werkzeug's and not Granian: one person tries things out on the own machine, and a parent process just to watch one
    worker would cost thirty megabytes. supervisord watches it.
    """
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # no line for each poll of the page
    return make_server(HOST, settings.sandbox_port, create_sandbox_app(settings), threaded=True)


def main() -> None:
    """Serve until told to stop."""
    signal.signal(signal.SIGTERM, _leave)
    open_sandbox(load_settings()).serve_forever()


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
