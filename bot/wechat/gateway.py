"""Calls to the platform's API: one token for all, one retry for a dead token, timeouts, errors without secrets.

A refused token (40001, 40014, 42001) is renewed once, and the call made once more: at most two calls of the API and one
token call an attempt. A token that this very attempt has fetched is not fetched again, since `stable_token` gives the
same one while it lasts; and when it gives the refused one again, nothing is gained by asking more often. Should the
second call be refused too, the secret is wrong, belongs to another account, or the platform gives out a dead token.
Then the circuit opens for all processes (`watch.py`), and only its trials go on, a minute or more apart. The first of
them whose token is refused again forces a new one (`force_refresh`, 20 a day and 30 seconds apart: we take 19 at most).

wechatpy's client is not used for calls: it retries token errors without end, fetches the token without a timeout and
puts the secret into the text of its errors. Its catalogue of error codes is (`errors.py`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests
import structlog
from redis import Redis
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import MaxRetryError, NewConnectionError

from bot.domain.notice import Lane
from bot.store.limits import RateLimit
from bot.store.tokens import AccessToken, TokenPendingError, TokenStore
from bot.wechat.account import Account
from bot.wechat.bounded import exchange
from bot.wechat.errors import (
    TOKEN_CODES,
    Action,
    GatewayError,
    NotReachedError,
    NotServedError,
    OutcomeUnknownError,
    SlowDownError,
    WeChatError,
)

CONNECT_TIMEOUT_S = 3.05
READ_TIMEOUT_S = 8.0
MAX_WAIT_S = 5.0
CALLS_PER_SECOND = 20.0
BURST = 40

log = structlog.get_logger(__name__)

Json = dict[str, Any]


BUSY_PAUSES_S = (0.2, 0.5, 1.0)
BUSY_BUDGET_S = 5.0
"""No repeat begins later than this after the first try: somebody may be waiting, and a lease runs out."""

NOT_SERVED = frozenset({404, 405, 410, 501})
OLDER_FOR_S = 3600.0
"""For how long the older token call is used after an API side turned out not to have `stable_token`."""

LONGEST_LEASE_S = 86_400
LARGEST_CODE = 2**31 - 1
"""What an answer says beyond these, a broken intermediary says; the platform's leases last for two hours."""

OAUTH_API = "sns/oauth2/access_token"
BULK_RESERVE = 30
"""Calls at once that bulk leaves to everything else: a place that was freed, a screen's code, a menu. What remains of
the burst is little, so that bulk leaves evenly, also after it was held up."""

REPEAT_RESERVE = 10
"""The same of repeats of a call that somebody waits for."""


class Watch(Protocol):
    """Told of every call; remembers for all processes what must not be tried, and tells the keeper.

    Its methods raise nothing but what `before` says.
    """

    def before(self, api: str) -> None:
        """Raise CircuitOpenError, QuotaSpentError or SlowDownError when this call would be in vain."""
        ...

    def after(self, api: str, error: WeChatError | None) -> None:
        """The platform has answered, with or without an error. What it never answered is not told.

        Told of every answer; of one that the gateway tries to mend itself with `error.is_repeated`.
        """
        ...


class Unwatched:
    """For who needs no memory, such as single calls of a command."""

    def before(self, api: str) -> None:
        """Everything may be tried."""

    def after(self, api: str, error: WeChatError | None) -> None:
        """Nothing is remembered."""


class Hidden(str):
    """A secret among harmless words: whoever prints them, as a trace with its variables does, prints it not."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way to the platform. Bytes, not a stream: a retry must send all of them again."""

    filename: str
    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Leave to make one call now."""

    token: AccessToken = field(repr=False)


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
        self._older_until = 0.0

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

        `api` is the path under `/cgi-bin/`. A dead token is renewed and the call repeated, once; a busy platform is
        asked again up to three times.
        """
        if turn is None:
            turn = self._wait_for_turn(api, lane)
        else:
            self._watch.before(api)
        query, token = dict(params or {}), turn.token
        try:
            return self._insist(api, token, query, body, file)
        except WeChatError as error:
            if error.code not in TOKEN_CODES:
                raise
        token = self._renew(api, token)
        try:
            return self._insist(api, token, query, body, file, is_last=True)
        except WeChatError as error:
            if error.code in TOKEN_CODES:
                self._tokens.note_stuck(token)
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
        number = answer.get("msgid", 0)  # accepted all the same where it has no number: its report will find nobody
        return number if isinstance(number, int) and 0 <= number < 2**63 else 0

    def create_scene_qr(self, scene: str, expires_s: int) -> str:
        """What a temporary scene QR holds: an address of the platform. Verified service accounts only (48001 else)."""
        body = {
            "expire_seconds": expires_s,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        return text_of(self.call("qrcode/create", body), "url")

    def fetch_js_ticket(self) -> tuple[str, int]:
        """The ticket that signs pages for the phone's own scanner, and its life in seconds."""
        answer = self.call("ticket/getticket", params={"type": "jsapi"})
        return _read_lease(answer, "ticket")

    def exchange_code(self, code: str, read_timeout_s: float | None = None) -> Json:
        """Whom a code of web authorisation stands for: `openid`, perhaps `is_snapshotuser`. A code is good once."""
        self._watch.before(OAUTH_API)
        code = Hidden(code)
        query = {**self._credentials(), "code": code, "grant_type": "authorization_code"}
        return self._ask(OAUTH_API, lambda: self._request(OAUTH_API, query, None, read_timeout_s=read_timeout_s))

    def _insist(
        self,
        api: str,
        token: AccessToken,
        query: Mapping[str, str],
        body: Json | None,
        file: Upload | None,
        *,
        is_last: bool = False,
    ) -> Json:
        """Call, and tell the watch. `is_last`: a token error is not going to be mended any more."""

        def ask() -> Json:
            return self._request(f"cgi-bin/{api}", {"access_token": Hidden(token.value), **query}, body, file)

        return self._ask(api, ask, may_renew=not is_last)

    def _ask(self, api: str, ask: Callable[[], Json], *, may_renew: bool = False) -> Json:
        """Ask, and again with growing pauses while the platform says that it is busy (-1).

        That is right for every call: the platform says that it has not done it. Repeats end after `BUSY_BUDGET_S`, and
        when the common rate has no room for them: what is busy is not helped by a storm.
        """
        until, pauses = time.monotonic() + BUSY_BUDGET_S, iter(BUSY_PAUSES_S)
        while True:
            try:
                answer = ask()
            except WeChatError as error:
                pause = next(pauses, None) if error.action is Action.RETRY else None
                again = pause is not None and time.monotonic() + pause < until and self._limit.take(REPEAT_RESERVE) == 0
                error.is_repeated = again or (may_renew and error.code in TOKEN_CODES)
                self._watch.after(api, error)
                if not again or pause is None:
                    raise
                time.sleep(pause)
            else:
                self._watch.after(api, None)
                return answer

    def _wait_for_turn(self, api: str, lane: Lane) -> Turn:
        self._watch.before(api)
        deadline = time.monotonic() + MAX_WAIT_S
        reserve = BULK_RESERVE if lane is Lane.BULK else 0
        while (wait := self._limit.take(reserve)) > 0:
            if time.monotonic() + wait > deadline:
                raise SlowDownError(f"{api}: over our own rate")
            time.sleep(wait)
        return Turn(self._token())

    def _token(self, refused: AccessToken | None = None) -> AccessToken:
        try:
            return self._tokens.lease(lambda: self._fetch_token(refused))
        except (OutcomeUnknownError, TokenPendingError) as error:
            failure = NotReachedError(str(error))  # without a token the call itself never left
        raise failure

    def _renew(self, api: str, refused: AccessToken) -> AccessToken:
        """Another token, or the same where it has just been fetched; see the head of this module."""
        self._watch.before(api)  # the circuit may have opened since: then a second call would be one too many
        if refused.is_new:
            return refused
        self._tokens.expire(refused)
        return self._token(refused)

    def _fetch_token(self, refused: AccessToken | None) -> tuple[str, int]:
        account = {"grant_type": "client_credential", **self._credentials()}
        force = refused is not None and self._tokens.claim_force(refused)
        answer = self._force(account) if force else self._ask_stable({**account, "force_refresh": False})
        if answer is None:
            # The older call, whose every answer ends the token before it. A GET: the secret is in its address.
            answer = self._fetch("token", account, None)
        token, life = _read_lease(answer, "access_token")
        log.info("token_fetched", life=life, forced=force)
        return token, life

    def _credentials(self) -> dict[str, str]:
        return {"appid": self._account.appid, "secret": Hidden(self._account.secret)}

    def _force(self, account: Json) -> Json:
        """Have the dead token replaced. Others may have used up the few times a day; that concerns no other call."""
        try:
            answer = self._request("cgi-bin/stable_token", {}, {**account, "force_refresh": True})
        except WeChatError as error:
            error.is_repeated = error.action is not Action.OPEN_CIRCUIT  # a trial after the next pause does without
            self._watch.after("stable_token", error)
            failure = NotReachedError(f"stable_token, forced: {error.code}")
        else:
            self._watch.after("stable_token", None)
            return answer
        raise failure

    def _ask_stable(self, body: Json) -> Json | None:
        """The answer of `stable_token`; None where the API side does not have it. Not after a mere timeout."""
        if time.monotonic() < self._older_until:
            return None
        try:
            return self._fetch("stable_token", {}, body)
        except NotServedError:
            pass
        except WeChatError as error:
            if error.action is not Action.REFUSE:
                raise
        self._older_until = time.monotonic() + OLDER_FOR_S
        return None

    def _fetch(self, api: str, query: Mapping[str, str], body: Json | None) -> Json:
        self._watch.before(api)  # those who waited for one another see here that the first was refused
        return self._ask(api, lambda: self._request(f"cgi-bin/{api}", query, body))

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
        failure: GatewayError
        try:
            return _read_answer(path, *self._transmit(path, params, body, file, timeout))
        except requests.RequestException as error:
            # The text of these errors holds the address, and with it the token: only their kind is passed on.
            told = f"{path}: {type(error).__name__}"
            failure = NotReachedError(told) if _never_left(error) else OutcomeUnknownError(told)
        raise failure  # out here, where it does not carry the other one along as its context

    def _transmit(
        self, path: str, params: Mapping[str, str], body: Json | None, file: Upload | None, read_timeout_s: float
    ) -> tuple[int, bytes]:
        address = f"{self._base}/{path}"
        # No connection is used twice: one that the other side has just closed would leave the outcome unknown.
        headers = {"Connection": "close"}
        options: dict[str, Any] = {"params": dict(params), "headers": headers}
        method = "GET" if body is None and file is None else "POST"
        if file is not None:
            options["files"] = {"media": (file.filename, file.content, file.content_type)}
        elif body is not None:
            # ensure_ascii would turn Chinese into escapes, which the platform shows as they are.
            headers["Content-Type"] = "application/json; charset=utf-8"
            options["data"] = json.dumps(body, ensure_ascii=False).encode()
        return exchange(method, address, connect_s=CONNECT_TIMEOUT_S, answer_s=read_timeout_s, **options)


def gateway_of(account: Account, redis: Redis, api_base: str, watch: Watch | None = None) -> Gateway:
    """The gateway of an account, with the token and the rate that all its processes share."""
    limit = RateLimit(redis, account.appid, per_second=CALLS_PER_SECOND, burst=BURST)
    return Gateway(account, TokenStore(redis, account.appid), limit, api_base, watch)


def text_of(answer: Json, name: str) -> str:
    """A text that a successful answer must hold. Raises OutcomeUnknownError without it: something else answered."""
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise OutcomeUnknownError(f"an answer without {name}")
    return value


def _read_lease(answer: Json, name: str) -> tuple[str, int]:
    """A token or ticket and its life in seconds."""
    life = answer.get("expires_in")
    if not isinstance(life, int) or isinstance(life, bool) or not 0 < life <= LONGEST_LEASE_S:
        raise OutcomeUnknownError("an answer without expires_in")
    return text_of(answer, name), life


def _never_left(error: requests.RequestException) -> bool:
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _read_answer(path: str, status: int, content: bytes) -> Json:
    if status in NOT_SERVED:
        raise NotServedError(f"{path}: HTTP {status}")
    if status != 200:
        raise OutcomeUnknownError(f"{path}: HTTP {status}")
    try:
        answer = json.loads(content)
        code = int(answer.get("errcode") or 0) if isinstance(answer, dict) else 0
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise OutcomeUnknownError(f"{path}: not JSON") from None
    if not isinstance(answer, dict) or abs(code) > LARGEST_CODE:
        raise OutcomeUnknownError(f"{path}: not an answer of the platform")
    if code:
        raise WeChatError(code, _words_of(answer, "errmsg"), _words_of(answer, "rid"))
    return answer


def _words_of(answer: Json, name: str) -> str:
    """What a refusal says; nothing where it says it in another shape."""
    value = answer.get(name)
    return value if isinstance(value, str) else ""
