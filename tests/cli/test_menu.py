"""`flask menu publish` and `flask menu show` over the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from redis import Redis

from bot.domain.capability import Capability, CapabilityState
from bot.domain.clock import utc_now
from bot.store.capabilities import save_states
from tests.cli.test_doctor import app as app
from tests.cli.test_doctor import sandbox as sandbox
from tests.wechat.sandbox import ServedSandbox


@pytest.fixture
def granted(app: Flask, redis: Redis) -> Iterator[Flask]:
    """A house whose account has every right."""
    with app.extensions["shuqian"].db.writing() as tx:
        save_states(tx, [(each, CapabilityState.GRANTED, "test") for each in Capability], utc_now())
    yield app


def run(app: Flask, *words: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    result = FlaskCliRunner(app).invoke(args=["menu", *words])
    return result.exit_code, result.output


def test_menus_are_published_once_and_shown(granted: Flask, sandbox: ServedSandbox) -> None:
    assert run(granted, "show")[1].count("not published") == 2
    code, said = run(granted, "publish")
    assert (code, said.splitlines()[:2]) == (0, ["published readers", "published staff"])
    assert run(granted, "show")[1].count("since") == 2
    assert "Nothing has changed." in run(granted, "publish")[1]
    assert [call["api"] for call in sandbox.list_calls()].count("menu/create") == 1


def test_account_without_a_menu_is_told_so(app: Flask) -> None:
    code, said = run(app, "publish")
    assert code == 0
    assert "the numbered one" in said
