"""The stand-in for WeChat as a process of its own; loads nothing of the product but its settings."""

from __future__ import annotations

from flask import Flask

from bot.sandbox.app import create_sandbox
from bot.sandbox.settings import SandboxSettings
from config.settings import SettingsError, load_settings


def create_sandbox_app() -> Flask:
    """The sandbox for the configured account; refused unless the settings ask for it."""
    settings = load_settings()
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
        )
    )
