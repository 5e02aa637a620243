"""The service worker of the staff pages, with the list of what it keeps, so that the scanner opens without network."""

from __future__ import annotations

import hashlib
import html
import json
import re

from flask import Blueprint, Response, url_for

from bot.web.assets import STATIC
from bot.web.scanner import render_shell

worker = Blueprint("worker", __name__)

_SOURCE = (STATIC / "worker.js").read_text(encoding="utf-8")
_DECODER = (STATIC / "decoder_worker.js").read_bytes()
_FILE = re.compile(r'="(/assets/[^"]+|/staff/[a-z_]+\.js[^"]*)"')


@worker.get("/staff/worker.js")
def show_worker() -> Response:
    """The script. Its bytes change with whatever it keeps; browsers then install the new one beside the old."""
    page = render_shell()
    shell = [url_for("scanner.show_scanner"), *dict.fromkeys(html.unescape(found) for found in _FILE.findall(page))]
    version = hashlib.sha256(f"{_SOURCE}\n{page}".encode()).hexdigest()[:12]
    told = f"var SHELL = {json.dumps(shell)};\nvar VERSION = {json.dumps(version)};\n"
    response = Response(told + _SOURCE, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/staff/"
    return response


@worker.get("/staff/decoder_worker.js")
def show_decoder() -> Response:
    """The decoder's own thread, at an address in the scope of the service worker: browsers let it keep no other."""
    response = Response(_DECODER, mimetype="text/javascript")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def decoder_url() -> str:
    """Its address, which changes with its content."""
    return url_for("worker.show_decoder", v=hashlib.sha256(_DECODER).hexdigest()[:10])
