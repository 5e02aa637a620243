"""Addresses that lead nowhere: a page not found, and a brake on whoever tries many."""

from __future__ import annotations

from typing import NoReturn

from flask import abort, request
from werkzeug.exceptions import TooManyRequests

from bot.web.context import page_context
from bot.web.guessing import WINDOW_S


def refuse_unknown_address() -> NoReturn:
    """Answer 404, and after too many of them 429. Genuine addresses are never braked: a guesser on the library's
    wireless network must not stand between readers and their tickets."""
    brake, caller = page_context().brake, _caller()
    if brake.is_guessing(caller):
        raise TooManyRequests(retry_after=WINDOW_S)
    brake.note_failure(caller)
    abort(404)


def _caller() -> str:
    return request.remote_addr or ""
