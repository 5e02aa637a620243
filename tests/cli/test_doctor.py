"""`flask doctor` at each level of the sandbox, and with each part of the house away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner
from pydantic import SecretStr
from redis import Redis

from bot.app import create_app
from bot.commands import LazyCommands
from bot.domain.capability import LEVEL_OF, Capability, Level
from bot.domain.clock import utc_now
from bot.domain.diagnosis import Broken
from bot.store.alarms import AlarmKind, end_alarm, raise_alarm
from bot.store.heartbeat import beat_heart
from bot.texts.account import LEVELS, MEANINGS, VERIFY
from bot.texts.diagnosis import ADVICE, ALARMS, BROKEN, TO_DO
from config.settings import Settings, WeChatMode
from tests.cli.conftest import stores
from tests.conftest import TEST_SECRET
from tests.wechat.pushes import APPID, TOKEN
from tests.wechat.sandbox import SECRET, ServedSandbox, open_sandbox

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[ServedSandbox]:
    """The platform."""
    with open_sandbox(tmp_path / "sandbox") as opened:
        yield opened


@pytest.fixture
def app(tmp_path: Path, sqlite_template: Path, sandbox: ServedSandbox, redis_url: str, redis: Redis) -> Flask:
    """A migrated house whose worker has just given a sign of life."""
    shutil.copy(sqlite_template, tmp_path / "shuqian.db")
    beat_heart(redis, utc_now())
    return make_app(tmp_path, sandbox.url, redis_url)


def make_app(folder: Path, api_base: str, redis_url: str, **settings: object) -> Flask:
    """The application over these stores, with a real account's settings."""
    wanted: dict[str, object] = {
        "data_dir": folder,
        "redis_url": redis_url,
        "secret_key": SecretStr(TEST_SECRET),
        "public_url": "https://signup.library.example",
        "wechat_appid": APPID,
        "wechat_secret": SecretStr(SECRET),
        "wechat_token": SecretStr(TOKEN),
        "wechat_mode": WeChatMode.SAFE,
        "wechat_aes_key": SecretStr(AES_KEY),
        "wechat_api_base": api_base,
        "wechat_reminder_template": "a-template",
        "wechat_notice_template": "a-template",
        "wechat_once_template": "a-template",
        "wechat_oauth": True,
    }
    app = create_app(Settings(**(wanted | settings)))  # type: ignore[arg-type]
    app.cli = LazyCommands("bot.cli")
    return app


def doctor(app: Flask, *options: str) -> Result:
    """Run it."""
    return FlaskCliRunner(app).invoke(args=["doctor", *options])


def lines_about(result: Result, capability: Capability) -> list[str]:
    """What is said of one right."""
    lines = result.output.splitlines()
    start = next(number for number, line in enumerate(lines) if f"] {capability.value} " in line)
    end = next(number for number in range(start + 1, len(lines)) if not lines[number].startswith("     "))
    return lines[start:end]


@pytest.mark.parametrize("level", Level)
def test_each_level_is_named_first_with_each_right_its_evidence_and_what_it_costs(
    app: Flask, sandbox: ServedSandbox, level: Level
) -> None:
    sandbox.set_level(level.name)
    result = doctor(app, "--probe")
    assert result.output.splitlines()[:2] == [f"level {level.name}", LEVELS[level]]
    for capability in Capability:
        said, meaning = lines_about(result, capability), MEANINGS[capability]
        has = LEVEL_OF[capability] <= level
        assert said[0].startswith(f"[{'有' if has else '没有'}] {capability.value} {meaning.name}：")
        assert ": " in said[1] or "cannot be asked" in said[1]
        assert (meaning.without in "".join(said)) is not has
        assert (meaning.cost in "".join(said)) is not has
    assert result.exit_code == 0, "a low level is not broken"


def test_without_probe_it_tells_what_was_found_last_and_calls_nobody(app: Flask, sandbox: ServedSandbox) -> None:
    before = doctor(app)
    assert before.output.splitlines()[0] == "level L0"
    assert "还没有查询过" in before.output
    assert not sandbox.list_calls()
    doctor(app, "--probe")
    calls = len(sandbox.list_calls())
    after = doctor(app)
    assert after.output.splitlines()[0] == "level L3"
    assert len(sandbox.list_calls()) == calls
    assert "qrcode/create：1 次，每日最多 100000 次" in after.output


def test_nothing_secret_is_printed(app: Flask) -> None:
    output = doctor(app, "--probe").output
    assert output.startswith("level L3")
    assert not any(secret in output for secret in (SECRET, TOKEN, TEST_SECRET, AES_KEY))


def test_a_wrong_secret_is_broken_and_the_right_one_mends_it_at_once(
    app: Flask, tmp_path: Path, sandbox: ServedSandbox, redis_url: str, redis: Redis
) -> None:
    """The circuit is open for a minute; the keeper who has mended the setting need not wait for it."""
    doctor(app, "--probe")
    redis.flushall()  # with the token that was good
    beat_heart(redis, utc_now())
    wrong = make_app(tmp_path, sandbox.url, redis_url, wechat_secret=SecretStr("mistyped secret"))
    result = doctor(wrong, "--probe")
    assert result.exit_code == 1
    assert BROKEN[Broken.CONFIGURATION] in result.output
    assert result.output.splitlines()[0] == "level L3", "what is known is kept"
    assert "40125" in result.output
    assert doctor(app, "--probe").exit_code == 0


def test_each_part_that_is_away_is_named_and_the_exit_code_tells(
    tmp_path: Path, sqlite_template: Path, redis_url: str, redis: Redis
) -> None:
    nowhere = f"unix://{tmp_path / 'nobody.sock'}"
    empty = doctor(make_app(tmp_path, "http://127.0.0.1:9", nowhere))
    assert empty.exit_code == 1
    assert all(BROKEN[each] in empty.output for each in (Broken.SCHEMA, Broken.REDIS))
    shutil.copy(sqlite_template, tmp_path / "shuqian.db")
    idle = doctor(make_app(tmp_path, "http://127.0.0.1:9", redis_url))
    assert idle.exit_code == 1
    assert BROKEN[Broken.WORKER] in idle.output
    beat_heart(redis, utc_now())
    assert doctor(make_app(tmp_path, "http://127.0.0.1:9", redis_url)).exit_code == 0
    away = make_app(tmp_path, "http://127.0.0.1:9", redis_url, database_url="postgresql+psycopg://127.0.0.1:9/none")
    assert BROKEN[Broken.DATABASE] in doctor(away).output


def test_open_alarms_are_told_and_a_lost_right_is_not_broken(app: Flask) -> None:
    now = utc_now()
    with stores(app).writing() as tx:
        raise_alarm(tx, AlarmKind.RIGHT_LOST, Capability.SCENE_QR, 48001, "qrcode/create: 48001", now)
        raise_alarm(tx, AlarmKind.TEMPLATE, "message/template/send", 47003, "47003 a field does not fit", now)
        raise_alarm(tx, AlarmKind.TEMPLATE, "message/template/send", 47003, "47003 a field does not fit", now)
    result = doctor(app)
    assert result.exit_code == 1
    assert f"{ALARMS[AlarmKind.RIGHT_LOST]}：{MEANINGS[Capability.SCENE_QR].name}" in result.output
    assert "47003 a field does not fit" in result.output
    assert all(TO_DO[kind] in result.output for kind in (AlarmKind.RIGHT_LOST, AlarmKind.TEMPLATE)), "what to do"
    assert "共 2 次" in result.output
    with stores(app).writing() as tx:
        end_alarm(tx, AlarmKind.TEMPLATE, "message/template/send", now + timedelta(minutes=1))
    assert doctor(app).exit_code == 0


def test_settings_that_could_serve_better_are_named(
    app: Flask, tmp_path: Path, sandbox: ServedSandbox, redis_url: str
) -> None:
    doctor(app, "--probe")
    poor = make_app(
        tmp_path,
        sandbox.url,
        redis_url,
        public_url="http://signup.library.example",
        wechat_mode=WeChatMode.PLAIN,
        wechat_reminder_template=None,
        wechat_notice_template=None,
        wechat_once_template=None,
        wechat_oauth=None,
    )
    result = doctor(poor)
    assert result.exit_code == 0
    assert [each for each, words in ADVICE.items() if words not in result.output] == ["no_secret"]
    assert not any(words in doctor(app).output for words in ADVICE.values())


def test_a_missing_setting_alone_costs_nothing_and_a_menu_that_nobody_published_is_named(
    tmp_path: Path, app: Flask, sandbox: ServedSandbox, redis_url: str
) -> None:
    """An account of L3 has paid for its verification."""
    verified = doctor(make_app(tmp_path, sandbox.url, redis_url, wechat_oauth=None), "--probe").output
    assert verified.startswith("level L3")
    assert VERIFY not in verified
    assert "menu publish" in verified
    sandbox.set_level("L0")
    unverified = doctor(app, "--probe").output
    assert VERIFY in unverified
    assert "menu publish" not in unverified
