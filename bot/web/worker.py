"""The service worker of the staff pages, with the list of what it keeps, so that the scanner opens without network."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from flask import Blueprint, Response, url_for

from bot.web.assets import asset
from bot.web.scanner import FILES, render_shell

worker = Blueprint("worker", __name__)

_SOURCE = (Path(__file__).parent / "static" / "worker.js").read_text(encoding="utf-8")


@worker.get("/staff/worker.js")
def show_worker() -> Response:
    """The script. Its bytes change with whatever it keeps; browsers then install the new one beside the old."""
    page = url_for("scanner.show_scanner")
    shell = [page, *(asset(name) for name in FILES)]
    version = hashlib.sha256("\n".join([_SOURCE, *shell, render_shell()]).encode()).hexdigest()[:12]
    told = f"var SHELL = {json.dumps(shell)};\nvar VERSION = {json.dumps(version)};\n"
    response = Response(told + _SOURCE, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/staff/"
    return response
