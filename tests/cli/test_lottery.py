"""`lottery show`, `draw` and `verify`, as a keeper or a doubter types them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import update

from bot.app import create_app
from bot.commands import LazyCommands
from bot.domain.party import Party
from bot.services.registrations import sign_up
from bot.store.migrate import upgrade
from bot.store.tables import occurrence
from config.settings import Settings
from tests.factories import NOW, add_event, add_house, add_occurrence, add_reader


class MovingClock:
    """The present, as the test sets it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def app(tmp_path: Path, clock: MovingClock) -> Flask:
    """Number 12 with three entries for two seats, drawn in an hour; 13 as always."""
    settings = Settings(_env_file=None, data_dir=tmp_path, secret_key="k" * 40, wechat_token="token")
    made = create_app(settings, clock)
    made.cli = LazyCommands("bot.cli")
    services = made.extensions["shuqian"]
    upgrade(services.db)
    with services.db.writing() as tx:
        house = add_house(tx)
        event_id = add_event(tx, house, rules={"allocation": "lottery"})
        facts = add_occurrence(tx, house, 12, event_id=event_id, capacity=2, closes_at=NOW + timedelta(hours=1))
        add_occurrence(tx, house, 13)
        for number in range(3):
            one = add_reader(tx, f"r{number}", services.keys, phone=f"+861380013800{number}")
            sign_up(tx, one, facts, Party(1, 0), None, services.keys, NOW)
    return made


def run(app: Flask, *words: str) -> Result:
    result = FlaskCliRunner(app).invoke(args=["lottery", *words])
    assert "Traceback" not in result.output
    return result


def test_before_the_draw_show_tells_when_and_what_is_published(app: Flask) -> None:
    said = run(app, "show", "12").output
    assert "draw 2026-05-27T10:00:00+08:00" in said
    assert "entries 3" in said
    assert "digest " in said


def test_a_draw_before_its_time_is_refused_and_one_in_time_is_made_once(app: Flask, clock: MovingClock) -> None:
    early = run(app, "draw", "12")
    assert (early.exit_code, "until 2026-05-27T10:00:00+08:00" in early.output) == (1, True)
    clock.now = NOW + timedelta(hours=1)
    assert run(app, "draw", "12").output == "drawn 12: 3 entries, 2 won\n"
    again = run(app, "draw", "12")
    assert (again.exit_code, "nothing was changed" in again.output) == (0, True)


def test_verify_accepts_the_result_by_number_and_from_a_file_and_names_what_was_changed(
    app: Flask, clock: MovingClock, tmp_path: Path
) -> None:
    assert run(app, "verify", "12").exit_code == 1
    clock.now = NOW + timedelta(hours=1)
    run(app, "draw", "12")
    assert run(app, "verify", "12").output == "ok 12: 3 entries, 2 won, 0 set aside\n"
    published = json.loads(run(app, "show", "12").output)
    file = tmp_path / "lottery-12.json"
    file.write_text(json.dumps(published))
    assert run(app, "verify", str(file)).exit_code == 0
    published["entries"].reverse()
    published["seats"] = 3
    file.write_text(json.dumps(published))
    wrong = run(app, "verify", str(file))
    assert wrong.exit_code == 1
    assert "order" in wrong.output
    assert "seats" in wrong.output


@pytest.mark.parametrize("content", [None, "{", "[]", '{"seed": 1}', "\xff"])
def test_verify_says_when_there_is_no_result_to_read(app: Flask, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "x.json"
    if content is not None:
        file.write_bytes(content.encode("latin-1"))
    result = run(app, "verify", str(file))
    assert result.exit_code == 1
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("command", ["show", "draw", "verify"])
def test_numbers_without_a_lottery_are_named(app: Flask, command: str) -> None:
    assert "There is no occurrence 99." in run(app, command, "99").output
    assert "not drawn by lot" in run(app, command, "13").output


def test_a_cancelled_occurrence_is_not_drawn(app: Flask, clock: MovingClock) -> None:
    with app.extensions["shuqian"].db.writing() as tx:
        tx.execute(update(occurrence).values(status="cancelled"))
    clock.now = NOW + timedelta(hours=1)
    result = run(app, "draw", "12")
    assert (result.exit_code, "cancelled" in result.output) == (1, True)
