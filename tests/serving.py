"""A real socket for an application under test."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.serving import BaseWSGIServer, make_server

Answer = Callable[[dict[str, Any], Any], Iterable[bytes]]


def listen(app: Answer, port: int = 0) -> BaseWSGIServer:
    """A server for browsers; they hang up in mid-answer when a page is left, and that is nobody's fault."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    return make_server("127.0.0.1", port, answer_whole(app), threaded=True)


def answer_whole(app: Answer) -> Answer:
    """Read an answer to its end and close it before any of it is sent.

    werkzeug's server forgets to close an answer whose reader has hung up; a file in it then stays open.
    """

    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        parts = app(environ, start)
        try:
            return [b"".join(parts)]
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return answer
