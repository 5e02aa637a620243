"""Addresses that lead nowhere: a page not found, and a brake on whoever tries many."""

from __future__ import annotations

from typing import NoReturn

from flask import abort, request
from werkzeug.exceptions import TooManyRequests

from bot.web.context import page_context
from bot.web.guessing import WINDOW_S


def refuse_guessers() -> None:
    """Before a request: 429 for a network address with too many failures."""
    if page_context().brake.is_guessing(_caller()):
        raise TooManyRequests(retry_after=WINDOW_S)


def refuse_unknown_address() -> NoReturn:
    """Answer 404, and count it against the caller."""
    page_context().brake.note_failure(_caller())
    abort(404)


def _caller() -> str:
    return request.remote_addr or ""
