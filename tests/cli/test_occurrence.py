"""`flask occurrence`: an occurrence is called off, held after all, moved, or gets other seats."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from bot.domain.clock import local, utc_now
from bot.store.occurrences import find_by_number
from bot.store.pii import Keys
from bot.store.tables import audit, notice
from tests.cli.conftest import stores
from tests.conftest import TEST_SECRET
from tests.services.notices_rows import add_registrations

STARTS = (utc_now() + timedelta(days=3)).replace(hour=6, minute=0, second=0, microsecond=0)


@pytest.fixture
def app(empty_app: Flask) -> Flask:
    """Number 12 in three days, with two pairs who have signed up."""
    with stores(empty_app).writing() as tx:
        add_registrations(tx, Keys(TEST_SECRET), 2, starts_at=STARTS)
    return empty_app


def run(app: Flask, *words: str) -> tuple[int, str]:
    """Type a command; its exit code and all that it said."""
    result = FlaskCliRunner(app).invoke(args=["occurrence", *words])
    assert "Traceback" not in result.output
    return result.exit_code, result.output


def told(app: Flask) -> list[str]:
    """The kinds of all notices."""
    with stores(app).reading() as tx:
        return list(tx.scalars(select(notice.c.kind).order_by(notice.c.id)))


def test_calling_off_needs_a_reason_and_tells_everybody(app: Flask) -> None:
    assert run(app, "cancel", "12")[0] == 2
    code, said = run(app, "cancel", "12", "--reason", "暴雨")
    assert (code, "将通知 2 位读者" in said, "已取消" in said) == (0, True, True)
    assert "没有变化" in run(app, "cancel", "12", "--reason", "暴雨")[1]
    assert told(app) == ["occurrence_cancelled"] * 2
    assert run(app, "restore", "12")[0] == 0
    assert told(app)[2:] == ["occurrence_changed"] * 2
    with stores(app).reading() as tx:
        rows = [tuple(row) for row in tx.execute(select(audit.c.actor, audit.c.action, audit.c.detail))]
    assert rows == [("command", "cancel_occurrence", {"reason": "暴雨"}), ("command", "restore_occurrence", {})]


def test_moving_takes_library_time_and_keeps_the_length(app: Flask) -> None:
    later = STARTS + timedelta(hours=1)
    code, said = run(app, "move", "12", "--start", f"{local(later):%Y-%m-%dT%H:%M}")
    assert (code, "将通知 2 位读者" in said) == (0, True)
    with stores(app).reading() as tx:
        facts = find_by_number(tx, 12, utc_now())
    assert facts is not None and (facts.starts_at, facts.ends_at) == (later, later + timedelta(hours=2))
    assert run(app, "move", "12")[0] == 1
    assert "一楼报告厅" in run(app, "move", "12", "--venue", "火星")[1]
    assert run(app, "move", "12", "--start", "tomorrow")[0] == 2


def test_seats_cannot_be_fewer_than_are_taken(app: Flask) -> None:
    code, said = run(app, "seats", "12", "3")
    assert (code, "已占的 4 座" in said) == (1, True)
    assert run(app, "seats", "12", "3", "--overbooking", "1")[0] == 0
    assert run(app, "seats", "12", "-1")[0] == 2
    assert told(app) == []


def test_an_unknown_number_is_named(app: Flask) -> None:
    for words in (["cancel", "99", "--reason", "x"], ["restore", "99"], ["seats", "99", "5"]):
        code, said = run(app, *words)
        assert (code, "There is no occurrence 99." in said) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("occurrence", "seats", "12", "9" * 20),
        ("occurrence", "seats", "12", "5", "--overbooking", "9" * 20),
        ("occurrence", "cancel", "9" * 20, "--reason", "停电"),
        ("lottery", "show", "9" * 20),
        ("lottery", "draw", "9" * 20),
        ("lottery", "verify", "9" * 20),
        ("notices", "resend", "9" * 20),
        ("staff", "invite", "--role", "venue", "--occurrence", "9" * 20),
    ],
    ids=" ".join,
)
def test_numbers_that_no_database_holds_are_refused_in_a_sentence(app: Flask, words: tuple[str, ...]) -> None:
    """Seen to end in an OverflowError."""
    result = FlaskCliRunner(app).invoke(args=words)
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code != 0
    assert "9" * 20 in result.output
