"""A tiny stand-in for the platform's API: it notes every call and answers as told, also not at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CUT = "cut"
"""In place of an answer: the request is read and the connection closed."""


@dataclass
class Platform:
    """What was called, and what the next calls get. `answers` are used up in order, then all goes well."""

    url: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    answers: dict[str, list[Any]] = field(default_factory=dict)
    life: int = 7200
    before: Callable[[str], None] = lambda path: None

    def next(self, path: str, *answers: Any) -> None:
        """What the next calls of an API get."""
        self.answers.setdefault(path, []).extend(answers)

    def of(self, path: str) -> list[dict[str, Any]]:
        """The bodies of the calls of an API."""
        return [body for called, body in self.calls if called == path]

    def answer(self, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> Any:
        """Note the call and find its answer."""
        self.calls.append((path, {**body, "query": query}))
        self.before(path)
        waiting = self.answers.get(path)
        if waiting:
            return waiting.pop(0)
        if path in {"stable_token", "token"}:
            self.tokens.append(f"token-{len(self.tokens) + 1}")
            return {"access_token": self.tokens[-1], "expires_in": self.life}
        if path == "template/get_all_private_template":
            return {"template_list": [{"template_id": "TPL", "content": "{{thing2.DATA}}\n{{time3.DATA}}"}]}
        return {"errcode": 0, "errmsg": "ok", "msgid": 1000 + len(self.calls)}


@contextmanager
def open_platform() -> Iterator[Platform]:
    """Serve on a free port of this machine."""
    platform = Platform()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            is_json = "json" in self.headers.get("Content-Type", "")
            body = json.loads(raw) if is_json else {"raw": raw} if raw else {}
            answer = platform.answer(parts.path.removeprefix("/cgi-bin/"), parse_qs(parts.query), body)
            if answer == CUT:
                self.close_connection = True
                return
            status, content = answer if isinstance(answer, tuple) else (200, answer)
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _serve

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    platform.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
