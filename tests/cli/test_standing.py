"""`flask standing`: seen without names, lifted and taken back with a reason that is written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from bot.store.pii import Keys
from bot.store.sign_up_tables import mark, suspension
from bot.store.tables import audit, notice
from tests.cli.conftest import stores
from tests.conftest import TEST_SECRET
from tests.factories import NOW
from tests.services.standing_rows import Season, open_season


@pytest.fixture
def app(empty_app: Flask) -> Flask:
    """An empty house."""
    return empty_app


@pytest.fixture
def season(app: Flask) -> Season:
    """A reader with two no-shows, the second of which suspended."""
    season = open_season(stores(app), Keys(TEST_SECRET), ban_after=2, ban_days=40_000)
    for day in (0, 1):
        season.hold(day, absent=["a"])
    season.settle(NOW + timedelta(days=2))
    return season


def run(app: Flask, *args: str) -> tuple[int, str]:
    """Exit code and output."""
    result = FlaskCliRunner(app).invoke(args=["standing", *args])
    return result.exit_code, result.output


def code_of(app: Flask) -> str:
    """The code of the suspension."""
    with stores(app).reading() as tx:
        return str(tx.scalars(select(suspension.c.code)).one())


def actions(app: Flask) -> list[tuple[str, str]]:
    """Who did what, as the audit has it."""
    with stores(app).reading() as tx:
        return [(row.actor, row.action) for row in tx.execute(select(audit.c.actor, audit.c.action))]


def test_standing_is_shown_by_code_and_nobody_is_named(app: Flask, season: Season) -> None:
    code, output = run(app, "show", code_of(app).lower())
    assert code == 0
    lines = [line.split("\t") for line in output.splitlines()]
    assert lines[0][:2] == [code_of(app), "suspended"]
    assert [line[1] for line in lines[1:]] == ["no_show", "no_show"]
    assert "张" not in output


def test_a_suspension_is_lifted_with_a_reason_and_the_reader_is_told(app: Flask, season: Season) -> None:
    code = code_of(app)
    assert run(app, "lift", code, "--reason", "志愿服务") == (0, f"{code} lifted\n")
    assert ("command", "lift_suspension") in actions(app)
    with stores(app).reading() as tx:
        assert tx.scalars(select(suspension.c.reason)).one() == "志愿服务"
        assert tx.scalars(select(mark.c.id).where(mark.c.voided_at.is_(None))).all() == []
        assert tx.scalars(select(notice.c.kind).order_by(notice.c.id)).all()[-1] == "appeal_answered"
    assert run(app, "lift", code, "--reason", "again")[0] == 1


def test_one_mark_is_taken_back_and_the_suspension_with_it(app: Flask, season: Season) -> None:
    first = season.code_of_place(1)
    assert run(app, "void", first, "--reason", "纸质名单上有") == (0, f"{first} void\n")
    assert {("command", "void_mark"), ("command", "lift_suspension")} <= set(actions(app))
    with stores(app).reading() as tx:
        assert tx.scalars(select(suspension.c.lifted_at)).one() is not None
        assert len(tx.scalars(select(mark.c.id).where(mark.c.voided_at.is_(None))).all()) == 1


@pytest.mark.parametrize("command", ["show", "lift", "void"])
def test_an_unknown_code_is_answered_in_a_sentence(app: Flask, season: Season, command: str) -> None:
    reason = [] if command == "show" else ["--reason", "x"]
    code, output = run(app, command, "ZZZZZZ", *reason)
    assert code == 1
    assert "is held under ZZZZZZ" in output


def test_each_command_takes_its_own_kind_of_code(app: Flask, season: Season) -> None:
    assert run(app, "void", code_of(app), "--reason", "x")[0] == 1
    assert run(app, "lift", season.code_of_place(1), "--reason", "x")[0] == 1
