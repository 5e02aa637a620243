"""`flask notices`: what did not reach readers is listed without naming them, and sent again on a person's word."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select, update

from bot.domain.kinds import NoticeKind
from bot.store.pii import Keys
from bot.store.tables import audit, notice
from tests.cli.conftest import stores
from tests.conftest import TEST_SECRET
from tests.services.notices_rows import add_registrations, queue, states


@pytest.fixture
def app(empty_app: Flask) -> Flask:
    """Four notices: sent, failed, unknown, pending."""
    with stores(empty_app).writing() as tx:
        for one in add_registrations(tx, Keys(TEST_SECRET), 4)[1]:
            queue(tx, one, NoticeKind.PROMOTED, moment="m1")
        for number, state in enumerate(("sent", "failed", "unknown"), start=1):
            told = {"state": state, "error": "45015 response_out_of_time" if state == "failed" else ""}
            tx.execute(update(notice).where(notice.c.id == number).values(**told))
    return empty_app


def test_failed_and_unknown_are_listed_and_nobody_is_named(app: Flask) -> None:
    result = FlaskCliRunner(app).invoke(args=["notices", "list"])
    assert [line.split("\t") for line in result.output.splitlines()] == [
        ["3", "promoted", "12", "活动12", "m1", "unknown", "尚无通道", ""],
        ["2", "promoted", "12", "活动12", "m1", "failed", "尚无通道", "45015 response_out_of_time"],
    ]
    assert "o-reader" not in result.output and "张" not in result.output


@pytest.mark.parametrize("number", [2, 3])
def test_notice_is_sent_again_on_the_word_of_a_person_which_is_written_down(app: Flask, number: int) -> None:
    result = FlaskCliRunner(app).invoke(args=["notices", "resend", str(number)])
    assert result.exit_code == 0
    with stores(app).reading() as tx:
        assert states(tx)[number - 1] == "pending"
        rows = tx.execute(select(audit.c.actor, audit.c.action, audit.c.subject)).all()
    assert tuple(rows[-1]) == ("command", "resend_notice", f"notice:{number}")


@pytest.mark.parametrize("number", [1, 4, 99])
def test_notice_that_was_sent_or_waits_or_does_not_exist_is_refused_in_a_sentence(app: Flask, number: int) -> None:
    result = FlaskCliRunner(app).invoke(args=["notices", "resend", str(number)])
    assert result.exit_code == 1
    assert "neither failed nor of unknown outcome" in result.output
    with stores(app).reading() as tx:
        assert states(tx) == ["sent", "failed", "unknown", "pending"]
