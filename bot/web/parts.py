"""Front-end parts of others, served by us: which files, under which addresses, and whether they are installed.

They come from the npm registry at set-up (config/install.py), locked with integrity hashes, and are not in our
repository. A page asks `part_url` and does without what is not there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, url_for

from bot.web.compression import squeeze

INSTALLED = Path(__file__).parent / "frontend" / "node_modules"

parts = Blueprint("parts", __name__)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a package. `before` makes a plain script of a module for another system."""

    path: str
    mimetype: str
    before: bytes = b""


PARTS = {
    # Reads QR codes (MIT). The small script loads in a worker and is told where the other file is.
    "zxing-reader.js": Part("zxing-wasm/dist/iife/reader/index.js", "text/javascript"),
    "zxing-reader.wasm": Part("zxing-wasm/dist/reader/zxing_reader.wasm", "application/wasm"),
    # The scanner of WeChat itself (MIT). It is written for bundlers, and leaves `jWeixin` on the window all the same.
    "wechat.js": Part("weixin-js-sdk/index.js", "text/javascript", b"var module = {exports: {}};\n"),
}


def part_url(name: str) -> str | None:
    """The address of a part, which changes with its content; None when it is not installed."""
    content = _content_of(name)
    return None if content is None else url_for("parts.send", name=name, v=hashlib.sha256(content).hexdigest()[:10])


@parts.get("/assets/parts/<name>")
def send(name: str) -> Response:
    """One of the listed files."""
    content = _content_of(name) if name in PARTS else None
    if content is None:
        abort(404)
    response = Response(content, mimetype=PARTS[name].mimetype)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return squeeze(response)


def _content_of(name: str) -> bytes | None:
    """The file as it is served. What is missing is looked for again: it may be installed while we run."""
    path = INSTALLED / PARTS[name].path
    try:
        return _read(path, path.stat().st_mtime_ns, PARTS[name].before)
    except FileNotFoundError:
        return None


@cache
def _read(path: Path, _: int, before: bytes) -> bytes:
    return before + path.read_bytes()
