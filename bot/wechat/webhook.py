"""`/wechat`: the one address that the platform calls.

Pushes are answered in front of Flask, from the bare WSGI environment: on messages that change nothing, Flask's context
and its parsing of query and body would cost as much as everything else together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

import structlog
from flask import Blueprint, Flask, Response, request

from bot.conversation.messages import Unfollow
from bot.domain.clock import Clock
from bot.store.database import Database
from bot.store.inbox import Inbox
from bot.store.pii import Keys
from bot.wechat.account import Account
from bot.wechat.delivery import Conversation, Delivery
from bot.wechat.envelope import Envelopes, ForgedError
from bot.wechat.pushes import Farewell, News
from bot.wechat.replies import SUCCESS
from bot.wechat.unknown import UnknownKinds
from bot.wechat.xml import MalformedXmlError

PATH = "/wechat"
XML = "application/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
MAX_BODY = 64 * 1024
MAX_QUERY_FIELDS = 40

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask.sansio.blueprints import BlueprintSetupState

log = structlog.get_logger(__name__)

Answer = tuple[int, str, bytes]
Listener = Callable[[News], None]
"""Told of what is not a reader's message; returns within a second."""

Observer = Callable[[str, int, float], None]
"""Told of each answered push: route, status, seconds."""


class _RefusedError(Exception):
    """A request that gets no answer but its status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def create_webhook(
    *,
    account: Account,
    db: Database,
    inbox: Inbox,
    keys: Keys,
    conversation: Conversation,
    listen: Listener,
    clock: Clock,
    observe: Observer | None = None,
) -> Blueprint:
    """GET (address check) and POST (pushes) at `/wechat`; other methods are 405.

    `observe` is told of what is answered in front of Flask, where Flask's own hooks see nothing.
    """
    delivery = Delivery(db=db, inbox=inbox, keys=keys, conversation=conversation, clock=clock)
    return Webhook(Envelopes(account), delivery, listen, clock, observe).blueprint()


class Webhook:
    """Turns requests into answers; no input makes it raise."""

    def __init__(
        self,
        envelopes: Envelopes,
        delivery: Delivery,
        listen: Listener,
        clock: Clock,
        observe: Observer | None = None,
    ) -> None:
        self._envelopes = envelopes
        self._delivery = delivery
        self._listen = listen
        self._unknown = UnknownKinds()
        self._clock = clock
        self._observe = observe

    def blueprint(self) -> Blueprint:
        """The routes; on registration the shorter way is laid in front of the application as well."""

        def receive() -> Response:
            status, kind, body = self.answer(request.environ)
            return Response(body, status, content_type=kind)

        blueprint = Blueprint("wechat", __name__)
        blueprint.add_url_rule(PATH, "receive", receive, methods=["GET", "POST"], provide_automatic_options=False)
        blueprint.record_once(self._shorten)
        return blueprint

    def _shorten(self, state: BlueprintSetupState) -> None:
        app = state.app
        assert isinstance(app, Flask)
        app.wsgi_app = self.in_front_of(app.wsgi_app)  # type: ignore[method-assign, assignment]

    def in_front_of(self, app: WSGIApplication) -> WSGIApplication:
        """The same for POST without the way through Flask, which costs as much as reading a push; the rest goes on."""

        def shorter(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST":
                return app(environ, start_response)
            started = perf_counter()
            status, kind, body = self.answer(environ)
            if self._observe is not None:
                self._observe(PATH, status, perf_counter() - started)
            headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
            start_response(f"{status} {HTTPStatus(status).phrase}", headers)
            return (body,)

        return shorter

    def answer(self, environ: WSGIEnvironment) -> Answer:
        """Status, content type and body for one request."""
        try:
            return self._post(environ) if environ["REQUEST_METHOD"] == "POST" else self._get(environ)
        except ForgedError as error:
            return _refused(403, error.reason)
        except MalformedXmlError:
            return _refused(400, "malformed")
        except _RefusedError as refusal:
            return _refused(refusal.status, refusal.reason)

    def _get(self, environ: WSGIEnvironment) -> Answer:
        query = _read_query(environ)
        self._envelopes.check(query, self._clock())
        return _plain(query.get("echostr", "").encode())

    def _post(self, environ: WSGIEnvironment) -> Answer:
        query = _read_query(environ)
        self._envelopes.check(query, self._clock())
        opened = self._envelopes.open(query, _read_body(environ))
        content = opened.push.content
        if opened.push.unknown:
            self._unknown.note(opened.push.unknown)
        if content is None:
            return _plain(SUCCESS)
        if isinstance(content, News):
            self._tell(content)
            return _plain(SUCCESS)
        rendered = self._delivery.answer(opened.push, content)
        if not rendered:
            return _plain(SUCCESS)
        if isinstance(content, Unfollow):  # nobody reads an answer to it, and there is one only if it failed
            self._tell(Farewell(content.sender))
            return _plain(SUCCESS)
        return 200, XML, self._envelopes.close(rendered, opened.box, self._clock())

    def _tell(self, news: News) -> None:
        try:
            self._listen(news)
        except Exception as error:  # the platform must not repeat its report because our database is busy
            log.error("news_not_taken", kind=type(news).__name__, error=type(error).__name__)


def _read_query(environ: WSGIEnvironment) -> dict[str, str]:
    """The first value of each parameter; array forms such as `signature[]` are other names and simply not found."""
    found: dict[str, str] = {}
    for pair in environ.get("QUERY_STRING", "").split("&", MAX_QUERY_FIELDS):
        name, _, value = pair.partition("=")
        if "%" in value or "+" in value:
            value = unquote_plus(value, errors="replace")
        found.setdefault(name, value)
    return found


def _read_body(environ: WSGIEnvironment) -> bytes:
    """The whole body, which must state its length: servers cut chunked bodies silently."""
    if environ.get("HTTP_TRANSFER_ENCODING"):
        raise _RefusedError(411, "chunked")
    stated = environ.get("CONTENT_LENGTH") or ""
    if not (stated.isascii() and stated.isdigit()):
        raise _RefusedError(400, "length")
    if len(stated) > 9 or int(stated) > MAX_BODY:
        raise _RefusedError(413, "too large")
    body: bytes = environ["wsgi.input"].read(int(stated))
    if len(body) != int(stated):
        raise _RefusedError(400, "cut body")
    return body


def _plain(body: bytes) -> Answer:
    return 200, TEXT, body


def _refused(status: int, reason: str) -> Answer:
    log.warning("push_refused", status=status, reason=reason)
    return status, TEXT, b""
