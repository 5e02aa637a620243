"""Calls to the platform's API: one token for all, one retry for a dead token, timeouts, errors without secrets.

wechatpy's client is not used for calls: it retries token errors without end, fetches the token without a timeout and
puts the secret into the text of its errors. Its catalogue of error codes is (`errors.py`).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests
import structlog
from redis import Redis
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import MaxRetryError, NewConnectionError

from bot.domain.notice import Lane
from bot.store.limits import RateLimit
from bot.store.tokens import TokenStore
from bot.wechat.account import Account
from bot.wechat.errors import TOKEN_CODES, Action, NotReachedError, OutcomeUnknownError, WeChatError

CONNECT_TIMEOUT_S = 3.05
READ_TIMEOUT_S = 8.0
MAX_WAIT_S = 5.0
CALLS_PER_SECOND = 20.0
BURST = 40

_RID = re.compile(r"\brid: ?([0-9A-Za-z-]{1,60})")

log = structlog.get_logger(__name__)

Json = dict[str, Any]


BUSY_PAUSES_S = (0.2, 0.5, 1.0)
OAUTH_API = "sns/oauth2/access_token"
BULK_RESERVE = 10
"""Calls at once that bulk leaves to everything else: a place that was freed, a screen's code, a menu."""


class Watch(Protocol):
    """Told of every call; remembers for all processes what must not be tried, and tells the keeper.

    Its methods raise nothing but what `before` says.
    """

    def before(self, api: str) -> None:
        """Raise CircuitOpenError, QuotaSpentError or SlowDownError when this call would be in vain."""
        ...

    def after(self, api: str, error: WeChatError | None) -> None:
        """The platform has answered, with or without an error. What it never answered is not told."""
        ...


class Unwatched:
    """For who needs no memory, such as single calls of a command."""

    def before(self, api: str) -> None:
        """Everything may be tried."""

    def after(self, api: str, error: WeChatError | None) -> None:
        """Nothing is remembered."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way to the platform. Bytes, not a stream: a retry must send all of them again."""

    filename: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Leave to make one call now."""

    token: str = field(repr=False)


class Gateway:
    """The API of one account. Methods raise WeChatError, NotReachedError or OutcomeUnknownError."""

    def __init__(
        self,
        account: Account,
        tokens: TokenStore,
        limit: RateLimit,
        api_base: str = "https://api.weixin.qq.com",
        watch: Watch | None = None,
    ) -> None:
        self._account = account
        self._watch = watch or Unwatched()
        self._tokens = tokens
        self._limit = limit
        self._base = api_base.rstrip("/")

    def wait_for_turn(self, lane: Lane = Lane.URGENT) -> Turn:
        """Do all the waiting of a call beforehand: for our turn under the common rate, and for the token."""
        return self._wait_for_turn("turn", lane)

    def call(
        self,
        api: str,
        body: Json | None = None,
        *,
        params: Mapping[str, str] | None = None,
        file: Upload | None = None,
        turn: Turn | None = None,
        lane: Lane = Lane.URGENT,
    ) -> Json:
        """One call with a token: a GET without a body, a POST of JSON, or an upload of `file` as `media`.

        `api` is the path under `/cgi-bin/`. A dead token is renewed and the call repeated, once.
        """
        if turn is None:
            turn = self._wait_for_turn(api, lane)
        else:
            self._watch.before(api)
        token = turn.token
        try:
            return self._insist(api, {"access_token": token, **(params or {})}, body, file)
        except WeChatError as error:
            if error.code not in TOKEN_CODES:
                self._watch.after(api, error)
                raise
        # Not forced: `stable_token` gives a new one as soon as the old one is dead, and forcing is for leaks, 20 a day.
        self._tokens.expire(token)
        try:
            return self._insist(api, {"access_token": self._token(), **(params or {})}, body, file)
        except WeChatError as error:
            self._watch.after(api, error)  # a token error of a fresh token too: the secret is wrong, or another's
            raise

    def send_text(self, openid: str, text: str, turn: Turn | None = None) -> None:
        """A customer-service message; needs a message of the reader within 48 hours (45015 else)."""
        message = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        self.call("message/custom/send", message, turn=turn)

    def send_template(
        self,
        openid: str,
        template_id: str,
        fields: Mapping[str, str],
        *,
        url: str,
        client_msg_id: str,
        turn: Turn | None = None,
    ) -> int:
        """A template message; its number. The same `client_msg_id` within ten minutes is sent once only."""
        data = {name: {"value": value} for name, value in fields.items()}
        message = {"touser": openid, "template_id": template_id, "url": url, "data": data}
        answer = self.call("message/template/send", {**message, "client_msg_id": client_msg_id}, turn=turn)
        return int(answer.get("msgid", 0))

    def create_scene_qr(self, scene: str, expires_s: int) -> str:
        """What a temporary scene QR holds: an address of the platform. Verified service accounts only (48001 else)."""
        body = {
            "expire_seconds": expires_s,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        return str(self.call("qrcode/create", body)["url"])

    def fetch_js_ticket(self) -> tuple[str, int]:
        """The ticket that signs pages for the phone's own scanner, and its life in seconds."""
        answer = self.call("ticket/getticket", params={"type": "jsapi"})
        return str(answer["ticket"]), int(answer["expires_in"])

    def exchange_code(self, code: str, read_timeout_s: float | None = None) -> Json:
        """Whom a code of web authorisation stands for: `openid`, perhaps `is_snapshotuser`. A code is good once."""
        secrets = {"appid": self._account.appid, "secret": self._account.secret}
        self._watch.before(OAUTH_API)
        query = {**secrets, "code": code, "grant_type": "authorization_code"}
        try:
            answer = self._request(OAUTH_API, query, None, read_timeout_s=read_timeout_s)
        except WeChatError as error:
            self._watch.after(OAUTH_API, error)
            raise
        self._watch.after(OAUTH_API, None)
        return answer

    def _insist(self, api: str, params: Mapping[str, str], body: Json | None, file: Upload | None) -> Json:
        """Call, and again with growing pauses while the platform says that it is busy: it has done nothing then."""
        for pause in (*BUSY_PAUSES_S, None):
            try:
                answer = self._request(f"cgi-bin/{api}", params, body, file)
            except WeChatError as error:
                if error.action is not Action.RETRY or pause is None:
                    raise
                time.sleep(pause)
            else:
                self._watch.after(api, None)
                return answer
        raise AssertionError("the last round returns or raises")

    def _wait_for_turn(self, api: str, lane: Lane) -> Turn:
        self._watch.before(api)
        deadline = time.monotonic() + MAX_WAIT_S
        reserve = BULK_RESERVE if lane is Lane.BULK else 0
        while (wait := self._limit.take(reserve)) > 0:
            if time.monotonic() + wait > deadline:
                raise NotReachedError(f"{api}: over our own rate")
            time.sleep(wait)
        return Turn(self._token())

    def _token(self) -> str:
        try:
            return self._tokens.get(self._fetch_token)
        except OutcomeUnknownError as error:
            raise NotReachedError(str(error)) from None  # without a token the call itself never left

    def _fetch_token(self) -> tuple[str, int]:
        body = {"grant_type": "client_credential", "appid": self._account.appid, "secret": self._account.secret}
        try:
            answer = self._request("cgi-bin/stable_token", {}, {**body, "force_refresh": False})
        except (WeChatError, OutcomeUnknownError) as error:
            if isinstance(error, WeChatError) and error.action is not Action.REFUSE:
                self._watch.after("stable_token", error)
                raise
            # An API side without stable_token: the older call, whose every answer ends the token before it.
            answer = self._request("cgi-bin/token", body, None)
        log.info("token_fetched", life=answer.get("expires_in"))
        return str(answer["access_token"]), int(answer["expires_in"])

    def _request(
        self,
        path: str,
        params: Mapping[str, str],
        body: Json | None,
        file: Upload | None = None,
        *,
        read_timeout_s: float | None = None,
    ) -> Json:
        timeout = READ_TIMEOUT_S if read_timeout_s is None else read_timeout_s
        try:
            response = self._transmit(path, params, body, file, timeout)
        except requests.RequestException as error:
            # The text of these errors holds the address, and with it the token: only their kind is passed on.
            kind = type(error).__name__
            if _never_left(error):
                raise NotReachedError(f"{path}: {kind}") from None
            raise OutcomeUnknownError(f"{path}: {kind}") from None
        return _read_answer(path, response)

    def _transmit(
        self, path: str, params: Mapping[str, str], body: Json | None, file: Upload | None, read_timeout_s: float
    ) -> requests.Response:
        address = f"{self._base}/{path}"
        options: dict[str, Any] = {
            "params": dict(params),
            "timeout": (CONNECT_TIMEOUT_S, read_timeout_s),
            # No connection is used twice: one that the other side has just closed would leave the outcome unknown.
            "headers": {"Connection": "close"},
            "allow_redirects": False,
        }
        if file is not None:
            return requests.post(address, files={"media": (file.filename, file.content, file.content_type)}, **options)
        if body is None:
            return requests.get(address, **options)
        # ensure_ascii would turn Chinese into escapes, which the platform shows as they are.
        options["headers"]["Content-Type"] = "application/json; charset=utf-8"
        return requests.post(address, data=json.dumps(body, ensure_ascii=False).encode(), **options)


def gateway_of(account: Account, redis: Redis, api_base: str, watch: Watch | None = None) -> Gateway:
    """The gateway of an account, with the token and the rate that all its processes share."""
    limit = RateLimit(redis, account.appid, per_second=CALLS_PER_SECOND, burst=BURST)
    return Gateway(account, TokenStore(redis, account.appid), limit, api_base, watch)


def _never_left(error: requests.RequestException) -> bool:
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _read_answer(path: str, response: requests.Response) -> Json:
    if response.status_code != 200:
        raise OutcomeUnknownError(f"{path}: HTTP {response.status_code}")
    try:
        answer = json.loads(response.content)
    except ValueError:
        raise OutcomeUnknownError(f"{path}: not JSON") from None
    if not isinstance(answer, dict):
        raise OutcomeUnknownError(f"{path}: not an object")
    code = answer.get("errcode", 0)
    if code:
        message = str(answer.get("errmsg", ""))
        named = _RID.search(message)
        raise WeChatError(int(code), message[:120], str(answer.get("rid", "")) or (named[1] if named else ""))
    return answer
