"""The commands as a keeper types them: what goes wrong is said in a plain sentence."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from bot.app import create_app
from bot.commands import LazyCommands
from bot.domain.clock import LOCAL, local
from bot.store.migrate import upgrade
from bot.store.staff_tables import invitation
from config.settings import Settings

EXAMPLE = Path(__file__).parents[2] / "config" / "samples" / "rules-example.yaml"


def _app(folder: Path, database_url: str | None = None) -> Flask:
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=database_url,
        secret_key="k" * 40,
        wechat_token="token",
    )
    app = create_app(settings)
    app.cli = LazyCommands("bot.cli")
    return app


def _run(app: Flask, *words: str) -> Result:
    result = FlaskCliRunner(app).invoke(args=words)
    assert "Traceback" not in result.output
    return result


def _ready(folder: Path) -> Flask:
    app = _app(folder)
    upgrade(app.extensions["shuqian"].db)
    return app


@pytest.mark.parametrize(
    "words", [("campaign", "list"), ("summary", "--json"), ("staff", "invite", "--role", "venue"), ("demo", "load")]
)
def test_before_the_upgrade_commands_name_it(tmp_path: Path, words: tuple[str, ...]) -> None:
    result = _run(_app(tmp_path), *words)
    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert "db upgrade" in result.output


def test_the_upgrade_says_that_it_is_done_and_is_harmless_twice(tmp_path: Path) -> None:
    app = _app(tmp_path)
    for _ in range(2):
        result = _run(app, "db", "upgrade")
        assert result.exit_code == 0
        assert "up to date" in result.output
    assert _run(app, "campaign", "list").exit_code == 0


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    result = _run(_app(tmp_path, "postgresql://nobody:word@127.0.0.1:1/none"), "campaign", "list")
    assert result.exit_code == 1
    assert "cannot be reached" in result.output
    assert "word" not in result.output.replace("password", "")


def test_an_export_to_nowhere_says_why(tmp_path: Path) -> None:
    app = _ready(tmp_path)
    key = _run(app, "demo", "load").output.split()[1]
    result = _run(app, "campaign", "export", key, str(tmp_path / "none" / "x.xlsx"))
    assert result.exit_code == 1
    assert "cannot be written" in result.output


def test_unknown_scopes_of_an_invitation_are_named(tmp_path: Path) -> None:
    app = _ready(tmp_path)
    assert "no library" in _run(app, "staff", "invite", "--role", "venue", "--library", "x").output
    assert "no occurrence 99" in _run(app, "staff", "invite", "--role", "venue", "--occurrence", "99").output


def test_an_invitation_for_a_day_comes_with_the_address_of_its_qr(tmp_path: Path) -> None:
    app = _ready(tmp_path)
    day = (datetime.now(LOCAL) + timedelta(days=2)).date()
    made = _run(app, "staff", "invite", "--role", "venue", "--day", day.isoformat())
    words, address = made.output.splitlines()
    assert words.startswith("invitation venue ")
    assert address.endswith(f"/J/{words.split()[2]}")
    with app.extensions["shuqian"].db.reading() as tx:
        ends_at = tx.execute(select(invitation.c.ends_at)).scalar_one()
    assert local(ends_at).replace(tzinfo=None) == datetime.combine(day + timedelta(days=1), time())
    over = _run(app, "staff", "invite", "--role", "venue", "--day", "2020-01-01")
    assert over.exit_code == 1
    assert "over" in over.output


def test_a_list_of_cards_is_imported_and_listed(tmp_path: Path) -> None:
    app = _ready(tmp_path)
    assert _run(app, "campaign", "import", str(EXAMPLE)).exit_code == 0
    cards = tmp_path / "cards.txt"
    cards.write_text("G000001\nG000002\n")
    unknown = _run(app, "card-list", "import", str(cards), "--library", "nowhere", "--group", "教师")
    done = _run(app, "card-list", "import", str(cards), "--library", "example", "--group", "教师")
    cards.write_text("G000001\n-\n")
    refused = _run(app, "card-list", "import", str(cards), "--library", "example", "--group", "教师", "--replace")
    listed = _run(app, "card-list", "list")
    assert (unknown.exit_code, done.exit_code, refused.exit_code) == (1, 0, 1)
    assert "nowhere" in unknown.output
    assert "新增 2" in done.output
    assert "第 2 行" in refused.output
    assert listed.output == "example\t教师\t2\n"
