"""Settings as a keeper meets them: every fault at once, in sentences; what is not set is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.texts.sandbox import ONCE_TEMPLATE
from config.redis_server import RedisFiles
from config.settings import Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def faults_of(**settings: str) -> set[str]:
    """What is said about these settings."""
    with pytest.raises(SettingsError) as refused:
        load_settings(**settings)
    return set(refused.value.faults)


def test_faults_of_single_settings_and_between_two_are_named_in_one_go() -> None:
    faults = faults_of(wechat_appid="wx1234567890abcdef", wechat_mode="safe", tz="Asia/Nowhere", secret_key="x" * 20)
    assert {fault.split()[0] for fault in faults} == {"WECHAT_TOKEN", "WECHAT_SECRET", "WECHAT_AES_KEY", "TZ"}
    assert "WECHAT_SECRET is needed with a real WECHAT_APPID." in faults
    assert "WECHAT_AES_KEY is needed when WECHAT_MODE is compatible or safe." in faults


def test_a_trial_needs_no_setting_at_all() -> None:
    settings = load_settings()
    assert settings.sandbox_on and settings.demo_on and settings.metrics_token is None


def test_the_embedded_redis_is_found_under_its_usual_path_quoted(tmp_path: Path) -> None:
    settings = load_settings(data_dir=str(tmp_path / "50% off"))
    assert settings.effective_redis_url == f"unix://{tmp_path}/50%25%20off/run/redis.sock"


def test_the_embedded_redis_is_found_where_the_launcher_had_to_put_its_socket(tmp_path: Path) -> None:
    settings = load_settings(data_dir=str(tmp_path))
    (tmp_path / "run").mkdir()
    files = RedisFiles(tmp_path / "run" / "redis.conf", Path("/short/redis.sock"), tmp_path / "redis")
    files.note_address()
    assert settings.effective_redis_url == "unix:///short/redis.sock"


def test_a_configured_redis_wins_over_the_embedded_one(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    RedisFiles(tmp_path / "run" / "redis.conf", Path("/short/redis.sock"), tmp_path).note_address()
    settings = load_settings(data_dir=str(tmp_path), redis_url="redis://127.0.0.1:1/0")
    assert settings.effective_redis_url == "redis://127.0.0.1:1/0"


def test_the_trial_knows_the_templates_of_the_account_that_the_sandbox_plays() -> None:
    assert load_settings(secret_key="x" * 20, wechat_token="token").wechat_once_template == ONCE_TEMPLATE


@pytest.mark.parametrize(
    ("settings", "quiet"),
    [
        ({}, ""),
        ({"sandbox": "0"}, "22:00-07:30"),
        ({"quiet_hours": "21:00-06:00"}, "21:00-06:00"),
        ({"quiet_hours": "", "sandbox": "0"}, ""),
    ],
)
def test_nights_are_quiet_but_for_the_sandbox(settings: dict[str, str], quiet: str, tmp_path: Path) -> None:
    assert load_settings(data_dir=str(tmp_path), **settings).effective_quiet_hours == quiet
