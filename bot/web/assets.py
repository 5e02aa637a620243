"""Addresses of the files that pages need: each changes with its content, so that browsers keep them for good."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import url_for

STATIC = Path(__file__).parent / "static"


def _hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


_HASHES = {path.name: _hash_of(path) for path in STATIC.iterdir() if path.is_file()}


def asset(name: str) -> str:
    """The address of a file in bot/web/static."""
    return url_for("pages.static", filename=name, v=_HASHES[name])
