"""Every address of the readers' own pages, asked for by nobody: a route that is new must be entered here."""

from __future__ import annotations

import pytest

from bot.store.database import Database
from tests.web.readers.platform import ELSEWHERE, Phones


@pytest.fixture
def db(small_db: Database) -> Database:
    """The same on every kind of database."""
    return small_db


NOBODY = {
    "GET reader_pages.show_own": 403,
    "GET reader_pages.show_family": 403,
    "POST reader_pages.add": 403,
    "POST reader_pages.change": 403,
    "POST reader_pages.remove": 403,
    "GET reader_entry.come_back": 400,
    "GET reader_entry.show_link": 404,
    "POST reader_entry.enter": 404,
    "POST reader_entry.leave": 403,
}
"""What somebody gets whom no browser knows."""


def test_nobody_sees_or_changes_anything(phones: Phones) -> None:
    """Seen to fail with a route left out of the table."""
    routes = {
        f"{method} {rule.endpoint}": rule.rule.replace("<int:child_id>", "1").replace("<token>", "guess")
        for rule in phones.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if f"{rule.rule}/".startswith("/me/")
    }
    client = phones.browser(**ELSEWHERE)
    answers = {key: client.open(path, method=key.split()[0]) for key, path in routes.items()}
    assert {key: answer.status_code for key, answer in answers.items()} == NOBODY
    for answer in answers.values():
        assert "no-store" in answer.headers["Cache-Control"]
        assert "noindex" in answer.headers["X-Robots-Tag"]
