"""Front-end parts and our own scripts: served by us, compressed, for good; nothing else of their folder is."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.web import parts
from bot.web.parts import INSTALLED, PARTS, part_url


@pytest.mark.parametrize("name", PARTS)
def test_a_part_comes_compressed_and_may_be_kept_for_good(app: Flask, client: FlaskClient, name: str) -> None:
    with app.test_request_context():
        url = part_url(name)
    assert url is not None, "make install-dev fetches the parts"
    plain = client.get(url)
    assert plain.mimetype == PARTS[name].mimetype
    assert plain.data == PARTS[name].before + (INSTALLED / PARTS[name].path).read_bytes()
    small = client.get(url, headers={"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert "immutable" in small.headers["Cache-Control"]
    assert "Accept-Encoding" in small.headers["Vary"]


@pytest.mark.parametrize("name", ["package.json", "../package.json", "zxing-wasm/package.json", "%2e%2e%2fx", ""])
def test_nothing_else_of_the_folder_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/assets/parts/{name}").status_code == 404


def test_what_is_not_installed_has_no_address(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(parts, "INSTALLED", tmp_path)
    with app.test_request_context():
        assert part_url("zxing-reader.wasm") is None
    assert app.test_client().get("/assets/parts/zxing-reader.wasm").status_code == 404


def test_our_own_scripts_and_styles_are_compressed_too(client: FlaskClient) -> None:
    def fetched(accepts: str) -> bytes:
        with client.get("/assets/shuqian.css", headers={"Accept-Encoding": accepts}) as answer:
            return answer.data

    plain = fetched("")
    assert gzip.decompress(fetched("br, gzip;q=0.5")) == plain
    assert fetched("gzip;q=0") == plain


def test_the_scanner_with_its_decoder_comes_in_under_seven_hundred_kilobytes(client: FlaskClient) -> None:
    """Everything that the page names, as a phone gets it."""

    def weight(path: str) -> int:
        with client.get(path, headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.status_code == 200, path
            return len(answer.data)

    page = client.get("/staff/scan").text
    named = set(re.findall(r'(?:src|href|data-\w+)="(/[^"]+)"', page))
    files = {path for path in named if path.startswith("/assets/") or path.endswith(".js")}
    assert any("zxing-reader.wasm" in path for path in files), files
    assert len(page.encode()) + sum(map(weight, files)) < 700_000
