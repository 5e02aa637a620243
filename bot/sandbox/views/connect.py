"""Pages of the platform that send a reader back to the account: who opens a page, and leave for one message.

- ``GET /connect/oauth2/authorize?appid&redirect_uri&response_type=code&scope=snsapi_base&state`` asks which phone opens
  the page; ``&person=OPENID`` or the cookie ``sandbox-phone`` (the phone shown on the sandbox's page) chooses at once.
  Back go ``code`` and ``state``.
- ``GET /mp/subscribemsg?action=get_confirm&appid&scene&template_id&redirect_url&reserved`` asks for one message;
  ``&person=OPENID&choice=confirm|cancel`` answers at once. Back go ``openid`` (on yes), ``template_id``, ``action``,
  ``scene`` and ``reserved``.

What is wrong with the address is shown as the platform shows it, with its number.
"""

import re
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from bot.sandbox import oauth, people, phone
from bot.sandbox.box import Sandbox, current_sandbox
from bot.sandbox.settings import Level
from bot.texts import sandbox as texts

blueprint = Blueprint("sandbox_connect", __name__)

PHONE_COOKIE = "sandbox-phone"
MOST_SCENE = 10_000
_STATE = re.compile(r"[a-zA-Z0-9]{0,128}")
_ORDER = ["appid", "redirect_uri", "response_type", "scope", "state"]


@blueprint.get("/connect/oauth2/authorize")
def authorize() -> AnyResponse:
    """Say who opens the page; ``snsapi_base`` asks nobody."""
    box, given = current_sandbox(), request.args
    fault = _find_fault(box)
    if fault is not None:
        return _refuse(fault)
    openid = _chosen(box)
    if openid is None:
        return _choose(box)
    code = oauth.give_code(box.db, openid, box.clock())
    return _back(given["redirect_uri"], {"code": code, "state": given.get("state", "")})


def _find_fault(box: Sandbox) -> int | None:
    """The number of what is wrong; parameters must stand in the documented order."""
    given = request.args
    if given.get("appid") != box.settings.appid:
        return 10013
    if given.get("response_type") != "code" or given.get("scope") not in ("snsapi_base", "snsapi_userinfo"):
        return 10014
    names = [name for name in given if name in _ORDER]
    if names != _ORDER[: len(names)] or not _STATE.fullmatch(given.get("state", "")):
        return 10014
    if not _is_own_page(box, given.get("redirect_uri", "")):
        return 10003
    return 10005 if box.level < Level.L3 else None


@blueprint.get("/mp/subscribemsg")
def subscribemsg() -> AnyResponse:
    """Ask for leave to send one message, and take the answer back to the account."""
    box, given = current_sandbox(), request.args
    scene, reserved = given.get("scene", ""), given.get("reserved", "")
    if given.get("action") != "get_confirm" or given.get("appid") != box.settings.appid:
        return _refuse(10013)
    is_slot = scene.isdecimal() and int(scene) <= MOST_SCENE
    if not is_slot or given.get("template_id") != texts.ONCE_TEMPLATE or not _STATE.fullmatch(reserved):
        return _refuse(10014)
    if not _is_own_page(box, given.get("redirect_url", "")):
        return _refuse(10003)
    if box.level < Level.L2:
        return _refuse(10005)
    openid, choice = _chosen(box), given.get("choice", "")
    if openid is None:
        return _choose(box)
    if choice not in ("confirm", "cancel"):
        return _ask(box, openid)
    agreed = choice == "confirm"
    phone.answer_consent(box, openid, "once", scene, agreed, {})
    told = {"openid": openid} if agreed else {}
    told |= {"template_id": given["template_id"], "action": choice, "scene": scene, "reserved": reserved}
    return _back(given["redirect_url"], told)


def _chosen(box: Sandbox) -> str | None:
    """The phone that opens the page, if it is said."""
    openid = request.args.get("person") or request.cookies.get(PHONE_COOKIE, "")
    return openid if people.find_person(box.db, openid) is not None else None


def _is_own_page(box: Sandbox, address: str) -> bool:
    """Whether an address is on the domain that the account has entered."""
    parts = urlsplit(address)
    wanted = urlsplit(box.settings.page_url or address)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and parts.netloc == wanted.netloc


def _here(**more: str) -> str:
    return "?" + urlencode(request.args.to_dict() | more)


def _choose(box: Sandbox) -> Response:
    phones = [{"nickname": one["nickname"], "url": _here(person=one["openid"])} for one in people.list_people(box.db)]
    return _page("choose", phones=phones)


def _ask(box: Sandbox, openid: str) -> Response:
    nickname = people.get_person(box.db, openid)["nickname"]
    answers = {choice: _here(person=openid, choice=choice) for choice in ("confirm", "cancel")}
    return _page("ask", nickname=nickname, answers=answers)


def _refuse(fault: int) -> Response:
    page = _page("refused", fault=fault, words=texts.CONNECT_FAULTS[fault])
    page.status_code = 400
    return page


def _page(kind: str, **facts: object) -> Response:
    name = current_sandbox().settings.account_name or texts.ACCOUNT_NAME
    return Response(render_template("sandbox/connect.html", kind=kind, account_name=name, **facts))


def _back(address: str, told: dict[str, str]) -> AnyResponse:
    join = "&" if urlsplit(address).query else "?"
    return redirect(f"{address}{join}{urlencode(told)}")
