"""Puts the sandbox together: a Flask application of its own, for a port of its own.

Serve it with one worker (its locks are of one process) and at least eight blocking threads: while a push waits for the
account's answer, the account calls the API side here.
"""

import time
from collections.abc import Callable

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from bot.sandbox.api import account, materials, menus, messages, oauth, users
from bot.sandbox.box import EXTENSION, Sandbox
from bot.sandbox.courier import Courier
from bot.sandbox.database import Database
from bot.sandbox.later import Later
from bot.sandbox.people import UnknownPersonError
from bot.sandbox.phone import NotPossibleError
from bot.sandbox.pushes import BadPushError
from bot.sandbox.settings import SandboxSettings
from bot.sandbox.views import connect, page, phone, tools
from bot.sandbox.views.guard import install_guard

MOST_BODY_BYTES = 16 * 2**20
_CONFLICTS = frozenset({"not_following", "already_following", "nothing_to_redeliver"})


def create_sandbox(settings: SandboxSettings, *, clock: Callable[[], float] = time.time) -> Flask:
    """Make the stand-in for WeChat; ``clock`` gives epoch seconds."""
    app = Flask(__name__, static_folder="static", static_url_path="/static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions[EXTENSION] = Sandbox(settings, Database(settings.data_dir), clock, Courier(settings, clock), Later())
    for part in (account, materials, menus, messages, oauth, users, connect, page, phone, tools):
        app.register_blueprint(part.blueprint)
    install_guard(app)
    app.register_error_handler(NotPossibleError, _not_possible)
    app.register_error_handler(UnknownPersonError, _unknown_person)
    app.register_error_handler(BadPushError, _bad_push)
    app.register_error_handler(HTTPException, _plain_error)
    return app


def _not_possible(error: NotPossibleError) -> tuple[Response, int]:
    return jsonify(error=error.code, detail=error.detail), 409 if error.code in _CONFLICTS else 400


def _unknown_person(error: UnknownPersonError) -> tuple[Response, int]:
    return jsonify(error="unknown_person"), 404


def _bad_push(error: BadPushError) -> tuple[Response, int]:
    return jsonify(error="bad_push", detail=str(error)), 400


def _plain_error(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error="http", detail=error.name), error.code or 500
