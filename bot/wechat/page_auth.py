"""Web authorisation: who opens a page of ours in WeChat (`snsapi_base`, wechat-platform 3); and where a reader allows
one message.

A page must not hold a thread of the web server as long as the platform may take: the exchange goes on by itself, the
page waits for it for moments, and then says that trying again helps. A code is good once, so trying again is a new one.
"""

from __future__ import annotations

import threading
import time
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import structlog

from bot.wechat.errors import GatewayError, WeChatError
from bot.wechat.gateway import Gateway

PATIENCE_S = 1.5
PAUSE_S = 10.0
"""After an exchange without an answer nobody waits for another one: the web process has two threads, and the webhook
needs one of them within its five seconds."""
MOST_AT_ONCE = 8
"""Exchanges under way in one process: while the platform hangs, more of them would only pile up threads."""

_USED_CODES = frozenset({40029, 40163, 41008})  # bad or over, used, missing
_NO_RIGHT = frozenset({48001, 48004, 50002})

log = structlog.get_logger(__name__)


class Unknown(StrEnum):
    """Why it is not known who opens a page."""

    USED = "used"  # the code is used or over: a page loaded again
    SNAPSHOT = "snapshot"  # WeChat's preview, with an openid of nobody
    SLOW = "slow"  # no answer in time
    NO_RIGHT = "no_right"


class PageAuth:
    """The two pages of the platform that send readers back to us, for one account."""

    def __init__(self, appid: str, gateway: Gateway, open_base: str, consent_base: str) -> None:
        self._appid, self._gateway = appid, gateway
        self._open_base, self._consent_base = open_base.rstrip("/"), consent_base.rstrip("/")
        self._free = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._paused_until = 0.0

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where a reader is sent to be known. The platform compares the parameters in exactly this order."""
        address = quote(redirect_uri, safe="")
        return (
            f"{self._open_base}/connect/oauth2/authorize?appid={self._appid}&redirect_uri={address}"
            f"&response_type=code&scope=snsapi_base&state={state}#wechat_redirect"
        )

    def consent_url(self, template_id: str, scene: int, redirect_url: str, reserved: str) -> str:
        """Where a reader allows one message; comes back with `openid` (on yes), `action`, `scene` and `reserved`."""
        return (
            f"{self._consent_base}/mp/subscribemsg?action=get_confirm&appid={self._appid}&scene={scene}"
            f"&template_id={quote(template_id, safe='')}&redirect_url={quote(redirect_url, safe='')}"
            f"&reserved={reserved}#wechat_redirect"
        )

    def whose(self, code: str) -> str | Unknown:
        """The openid that a code stands for, or why there is none."""
        if time.monotonic() < self._paused_until or not self._free.acquire(blocking=False):
            return Unknown.SLOW
        exchange = _Exchange(self._gateway, code, self._free)
        exchange.start()
        exchange.join(PATIENCE_S)
        if exchange.is_alive():
            self._paused_until = time.monotonic() + PAUSE_S
        return exchange.found


class _Exchange(threading.Thread):
    """One code on its way; gives its place back when the platform has answered, however late."""

    def __init__(self, gateway: Gateway, code: str, place: threading.BoundedSemaphore) -> None:
        super().__init__(name="page-auth", daemon=True)
        self._gateway, self._code, self._place = gateway, code, place
        self.found: str | Unknown = Unknown.SLOW

    def run(self) -> None:
        try:
            self.found = _read(self._gateway.exchange_code(self._code))
        except WeChatError as error:
            self.found = _meaning(error)
            if self.found is not Unknown.USED:
                log.warning("page_auth_refused", errcode=error.code, rid=error.rid)
        except GatewayError as error:
            log.warning("page_auth_failed", error=type(error).__name__)
        finally:
            self._place.release()


def _read(answer: dict[str, Any]) -> str | Unknown:
    if str(answer.get("is_snapshotuser", 0)) == "1":
        return Unknown.SNAPSHOT
    openid = answer.get("openid")
    return openid if isinstance(openid, str) and openid else Unknown.SLOW


def _meaning(error: WeChatError) -> Unknown:
    if error.code in _USED_CODES:
        return Unknown.USED
    return Unknown.NO_RIGHT if error.code in _NO_RIGHT else Unknown.SLOW
