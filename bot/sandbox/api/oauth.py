"""``/sns/oauth2/access_token``: whom a code of web authorisation stands for."""

import secrets
from typing import Any

from flask import Blueprint, request

from bot.sandbox import oauth
from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.platform import endpoint
from bot.sandbox.api.tokens import LIFETIME
from bot.sandbox.box import Sandbox
from bot.sandbox.crypto import same_signature
from bot.sandbox.settings import Level

blueprint = Blueprint("sandbox_oauth", __name__)

API = "sns/oauth2/access_token"


@endpoint(blueprint, API, path=f"/{API}", methods=("GET",), needs=Level.L3, token=False)
def access_token(box: Sandbox) -> dict[str, Any]:
    """The openid behind a code; its tokens open nothing here, for ``snsapi_base`` needs none."""
    given = request.args
    if given.get("appid") != box.settings.appid:
        raise ApiError(40013)
    if not same_signature(given.get("secret", ""), box.settings.secret):
        raise ApiError(40125)
    if given.get("grant_type") != "authorization_code":
        raise ApiError(40002)
    if not given.get("code"):
        raise ApiError(41008)
    try:
        openid = oauth.take_code(box.db, given["code"], box.clock())
    except oauth.BadCodeError as error:
        raise ApiError(40163 if error.used else 40029) from None
    told = {
        "access_token": secrets.token_urlsafe(64),
        "expires_in": LIFETIME,
        "refresh_token": secrets.token_urlsafe(64),
        "openid": openid,
        "scope": "snsapi_base",
    }
    if box.db.fact(oauth.SNAPSHOT_FACT, False):
        told |= {"openid": oauth.new_openid(), "is_snapshotuser": 1}
    return told
