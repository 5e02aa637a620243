"""The service worker's script: what it keeps, and when browsers take a new one."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask

from bot.web import worker
from bot.web.staff_session import COOKIE


def _shell_of(script: str) -> list[str]:
    found = re.match(r"var SHELL = (\[.*?\]);", script)
    assert found
    shell: list[str] = json.loads(found.group(1))
    return shell


def test_the_worker_serves_all_staff_pages_and_is_asked_for_each_time(app: Flask) -> None:
    answer = app.test_client().get("/staff/worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/staff/"


def test_it_keeps_the_page_and_every_file_that_the_page_names(app: Flask) -> None:
    """Scripts, style, decoder: seen to fail with the decoder's parts left out."""
    client = app.test_client()
    shell = _shell_of(client.get("/staff/worker.js").get_data(as_text=True))
    page = client.get("/staff/scan").get_data(as_text=True)
    named = re.findall(r'(?:src|href|data-\w+)="((?:/assets/|/staff/decoder)[^"]+)"', page)
    assert named and set(named) <= set(shell[1:])
    assert shell[0] == "/staff/scan"
    assert not any("/api/" in address for address in shell)
    for address in shell:
        with client.get(address) as answer:
            assert answer.status_code == 200, address


def test_the_page_that_is_kept_is_the_same_for_everybody(app: Flask) -> None:
    first, second = app.test_client(), app.test_client()
    second.set_cookie(COOKIE, "somebody", domain="localhost")
    assert first.get("/staff/scan").data == second.get("/staff/scan").data


def test_another_page_makes_another_worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    before = app.test_client().get("/staff/worker.js").data
    monkeypatch.setattr(worker, "render_shell", lambda: 'another page <img src="/assets/x">')
    assert app.test_client().get("/staff/worker.js").data != before
