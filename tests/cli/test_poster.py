"""`flask poster`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask

from tests.cli.conftest import stores
from tests.factories import add_house, add_occurrence


def _fill(app: Flask) -> None:
    now = app.extensions["shuqian"].clock()
    with stores(app).writing() as tx:
        house = add_house(tx)
        for number in (12, 13):
            starts_at = now + timedelta(days=number)
            add_occurrence(tx, house, number, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))


def test_poster_is_written_as_picture_and_the_campaign_as_one_file(empty_app: Flask, tmp_path: Path) -> None:
    _fill(empty_app)
    run = empty_app.test_cli_runner().invoke
    picture, sheets = tmp_path / "12.png", tmp_path / "all.pdf"
    assert run(args=["poster", "12", "--out", str(picture)]).exit_code == 0
    assert run(args=["poster", "--campaign", "2026", "--out", str(sheets), "--size", "A3"]).exit_code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert sheets.read_bytes().startswith(b"%PDF")


def test_what_cannot_be_drawn_is_said(empty_app: Flask, tmp_path: Path) -> None:
    run = empty_app.test_cli_runner().invoke
    for arguments in (["99"], ["--campaign", "none"], []):
        answer = run(args=["poster", *arguments, "--out", str(tmp_path / "x.pdf")])
        assert answer.exit_code == 1, arguments
    assert run(args=["poster", "12", "--out", str(tmp_path / "x.doc")]).exit_code == 1
