"""Tokens, tickets and diagnostics of the account."""

import secrets
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, request

from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.platform import OK, daily_limit, endpoint, forget_use, json_body, text_field, used_today
from bot.sandbox.api.tokens import LIFETIME, Token, issue_stable_token, issue_token
from bot.sandbox.box import Sandbox
from bot.sandbox.crypto import same_signature

blueprint = Blueprint("sandbox_account", __name__)

CLEARS_A_MONTH = 10
_TICKETS_FACT = "js_tickets"
_CLEARS_FACT = "quota_clears"


@endpoint(blueprint, "stable_token", token=False)
def stable_token(box: Sandbox) -> dict[str, Any]:
    """The recommended way to a token."""
    body = json_body()
    _check_account(box, body)
    return _tell(issue_stable_token(box.db, box.clock(), force=body.get("force_refresh") is True))


@endpoint(blueprint, "token", methods=("GET",), token=False)
def token(box: Sandbox) -> dict[str, Any]:
    """The old way to a token."""
    _check_account(box, request.args.to_dict())
    return _tell(issue_token(box.db, box.clock()))


@endpoint(blueprint, "ticket/getticket", methods=("GET",))
def getticket(box: Sandbox) -> dict[str, Any]:
    """A ticket for signing pages that use the phone's scanner."""
    kind = request.args.get("type")
    if kind not in ("jsapi", "wx_card"):
        raise ApiError(40249)
    now, tickets = int(box.clock()), box.db.fact(_TICKETS_FACT, {})
    value, ends = tickets.get(kind, ("", 0))
    if ends <= now:  # until then everybody is given the same one, with the rest of its life
        value, ends = secrets.token_urlsafe(64), now + LIFETIME
        box.db.remember(_TICKETS_FACT, {**tickets, kind: (value, ends)})
    return OK | {"ticket": value, "expires_in": ends - now}


@endpoint(blueprint, "openapi/quota/get", counted=False)
def quota_get(box: Sandbox) -> dict[str, Any]:
    """Quota and use of one API today."""
    path = text_field(json_body(), "cgi_path")
    api = path.removeprefix("/").removeprefix("cgi-bin/")
    limit, used = daily_limit(box.db, api), used_today(box.db, api, box.clock())
    return OK | {"quota": {"daily_limit": limit, "used": used, "remain": max(0, limit - used)}}


@endpoint(blueprint, "clear_quota", counted=False)
def clear_quota(box: Sandbox) -> dict[str, Any]:
    """Start all quotas anew, ten times a month."""
    if text_field(json_body(), "appid", 40013) != box.settings.appid:
        raise ApiError(40013)
    month = datetime.fromtimestamp(box.clock(), timezone(timedelta(hours=8))).strftime("%Y-%m")
    clears = box.db.fact(_CLEARS_FACT, {})
    if clears.get(month, 0) >= CLEARS_A_MONTH:
        raise ApiError(48006)
    box.db.remember(_CLEARS_FACT, {month: clears.get(month, 0) + 1})
    forget_use(box.db)
    return OK


@endpoint(blueprint, "callback/check")
def callback_check(box: Sandbox) -> dict[str, Any]:
    """Name and reachability of the webhook's host."""
    if json_body().get("action") not in ("dns", "ping", "all"):
        raise ApiError(40097)
    host = urlsplit(box.settings.webhook_url).hostname or ""
    reached, attempt = box.courier.check_address()
    loss = "0%" if reached else "100%"
    return {
        "dns": [{"ip": host, "real_operator": "DEFAULT"}],
        "ping": [
            {"ip": host, "from_operator": "DEFAULT", "package_loss": loss, "time": f"{attempt.seconds * 1000:.3f}ms"}
        ],
    }


@endpoint(blueprint, "getcallbackip", methods=("GET",))
def getcallbackip(box: Sandbox) -> dict[str, Any]:
    """Where pushes come from."""
    return {"ip_list": ["127.0.0.1"]}


@endpoint(blueprint, "get_api_domain_ip", methods=("GET",))
def get_api_domain_ip(box: Sandbox) -> dict[str, Any]:
    """Where this API side is."""
    return {"ip_list": ["127.0.0.1"]}


def _check_account(box: Sandbox, given: dict[str, Any]) -> None:
    if given.get("grant_type") != "client_credential":
        raise ApiError(40002)
    if given.get("appid") != box.settings.appid:
        raise ApiError(40013)
    if not same_signature(str(given.get("secret", "")), box.settings.secret):
        raise ApiError(40125)


def _tell(issued: Token) -> dict[str, Any]:
    return {"access_token": issued.value, "expires_in": issued.expires_in}
