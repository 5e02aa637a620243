"""Signing pages of ours that use the phone's own scanner inside WeChat (JS-SDK `scanQRCode`, wechat-platform 3).

The ticket lies in Redis with its end, and one caller fetches it. No page waits long for it: what is not there within
moments is fetched on in the background, and the page takes another way to scan meanwhile.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from redis import Redis

from bot.store.tokens import TokenPendingError, TokenStore
from bot.wechat.account import Account
from bot.wechat.errors import NotReachedError, OutcomeUnknownError, WeChatError
from bot.wechat.gateway import Gateway

PATIENCE_S = 1.0
PAUSE_S = 60.0  # after a failure, so that not every page meets it again

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PageSignature:
    """What `wx.config` takes. The timestamp is text: some WeChat clients compare it as they got it."""

    app_id: str
    timestamp: str
    nonce: str
    signature: str


class PageSigner:
    """Signs addresses of our pages for one account. `may_sign`: whether the account has the right (JS_SCAN)."""

    def __init__(
        self, account: Account, redis: Redis, gateway: Gateway, may_sign: Callable[[], bool] = lambda: True
    ) -> None:
        self._account, self._gateway, self._may_sign = account, gateway, may_sign
        self._tickets = TokenStore(redis, f"jsapi:{account.appid}")
        self._lock = threading.Lock()
        self._fetch: _Fetch | None = None
        self._paused_until = 0.0

    def __call__(self, url: str) -> PageSignature | None:
        """The signature of a page's address without its fragment; None where this account cannot, or not yet."""
        if not self._account.secret or time.monotonic() < self._paused_until or not self._may_sign():
            return None
        ticket = self._wait_for_ticket()
        if ticket is None:
            return None
        timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
        return PageSignature(self._account.appid, timestamp, nonce, sign_page(ticket, nonce, timestamp, url))

    def _wait_for_ticket(self) -> str | None:
        with self._lock:
            fetch = self._fetch
            if fetch is None or not fetch.is_alive():
                fetch = self._fetch = _Fetch(self._get)
                fetch.start()
        fetch.join(PATIENCE_S)
        return fetch.ticket

    def _get(self) -> str | None:
        try:
            return self._tickets.get(self._gateway.fetch_js_ticket)
        except (WeChatError, NotReachedError, OutcomeUnknownError, TokenPendingError, KeyError, ValueError) as error:
            self._paused_until = time.monotonic() + PAUSE_S
            log.warning("js_ticket_refused", error=type(error).__name__, code=getattr(error, "code", None))
            return None


class _Fetch(threading.Thread):
    """One way to the ticket; all who ask meanwhile wait for it together."""

    def __init__(self, get: Callable[[], str | None]) -> None:
        super().__init__(name="jsapi-ticket", daemon=True)
        self._get = get
        self.ticket: str | None = None

    def run(self) -> None:
        self.ticket = self._get()


def sign_page(ticket: str, nonce: str, timestamp: str, url: str) -> str:
    """The platform's signature of a page: parameters in the order of their names, SHA-1."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url.partition('#')[0]}"
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 - the platform's algorithm
