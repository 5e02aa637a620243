"""Messages the account sends on its own: customer service, template, notice, one-time subscription."""

import re
import secrets
import sqlite3
from datetime import datetime
from typing import Any

from flask import Blueprint

from bot.sandbox import chats, media, people, phone
from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.platform import OK, endpoint, json_body, text_field
from bot.sandbox.box import Sandbox
from bot.sandbox.settings import Level
from bot.sandbox.windows import SendsUsedUpError, WindowClosedError
from bot.texts import sandbox as texts

blueprint = Blueprint("sandbox_messages", __name__)

TEXT_BYTES = 2048
TYPING_SECONDS = 15
IDEMPOTENT_SECONDS = 600
ONCE_TITLE = 15
ONCE_TEXT = 200
_TEMPLATES_FACT = "templates"
_FIELD = re.compile(r"^(?P<label>[^{]*?)[:：]?\s*\{\{(?P<name>\w+)\.DATA\}\}\s*$", re.MULTILINE)
_CHINESE = re.compile("[\u3400-\u9fff]")


@endpoint(blueprint, "message/custom/send", needs=Level.L2)
def custom_send(box: Sandbox) -> dict[str, Any]:
    """A customer-service message, inside the reader's window."""
    body = json_body()
    openid = text_field(body, "touser", 40003)
    _get_person(box, openid)
    kind, data = _read_custom(box, body)
    with box.db.together():
        _spend_send(box, openid)
        chats.add_entry(box.db, openid, "account", kind, data | {"service": True}, box.clock())
    return OK


@endpoint(blueprint, "message/custom/typing", needs=Level.L2)
def custom_typing(box: Sandbox) -> dict[str, Any]:
    """The line that says the account is writing."""
    body = json_body()
    openid = text_field(body, "touser", 40003)
    _get_person(box, openid)
    if body.get("command") not in ("Typing", "CancelTyping"):
        raise ApiError(40035)
    until = box.clock() + TYPING_SECONDS if body["command"] == "Typing" else 0
    box.db.run("UPDATE people SET typing_until = ? WHERE openid = ?", until, openid)
    return OK


@endpoint(blueprint, "message/template/send", needs=Level.L3)
def template_send(box: Sandbox) -> dict[str, Any]:
    """A template message; the same ``client_msg_id`` within ten minutes sends nothing again."""
    body = json_body()
    person = _get_person(box, text_field(body, "touser", 40003))
    if not person["followed"]:
        raise ApiError(43004)
    openid, repeat_id = person["openid"], body.get("client_msg_id")
    card = _read_card(box, body)
    with box.db.together():
        earlier = _find_sent(box, openid, repeat_id)
        if earlier is not None:
            return OK | {"msgid": earlier}
        msgid = _new_msgid()
        _remember_sent(box, openid, repeat_id, msgid)
        if not person["refuses"]:
            chats.add_entry(box.db, openid, "account", "template", card, box.clock())
    status = "failed:user block" if person["refuses"] else "success"
    phone.report_later(box, openid, "TEMPLATESENDJOBFINISH", {"MsgID": msgid, "Status": status})
    return OK | {"msgid": msgid}


@endpoint(blueprint, "message/subscribe/bizsend", needs=Level.L3)
def bizsend(box: Sandbox) -> dict[str, Any]:
    """A subscription notice: one for each consent."""
    body = json_body()
    person = _get_person(box, text_field(body, "touser", 40003))
    openid, card = person["openid"], _read_card(box, body)
    with box.db.together():
        if not people.claim_consent(box.db, openid, "notice", card["template_id"]):
            raise ApiError(43101)
        chats.add_entry(box.db, openid, "account", "notice", card, box.clock())
    sent = {"TemplateId": card["template_id"], "MsgID": _new_msgid(), "ErrorCode": 0, "ErrorStatus": "success"}
    phone.report_later(box, openid, "subscribe_msg_sent_event", {"SubscribeMsgSentEvent": {"List": sent}})
    return OK


@endpoint(blueprint, "message/template/subscribe", needs=Level.L2)
def template_subscribe(box: Sandbox) -> dict[str, Any]:
    """A one-time subscription message: one for each scene the reader agreed to."""
    body = json_body()
    person = _get_person(box, text_field(body, "touser", 40003))
    template_id, title = text_field(body, "template_id", 40037), text_field(body, "title", 47003)
    if template_id != texts.ONCE_TEMPLATE:
        raise ApiError(40037)
    scene, content = str(body.get("scene", "")), body.get("data", {})
    if not scene.isdecimal() or int(scene) > 10_000:
        raise ApiError(40035)
    words = content.get("content", {}).get("value", "") if isinstance(content, dict) else ""
    if len(title) > ONCE_TITLE or not words or len(words) > ONCE_TEXT:
        raise ApiError(47003)
    card: dict[str, Any] = {
        "template_id": template_id,
        "title": title,
        "url": str(body.get("url", "")),
        "fields": [],
        "text": words,
    }
    with box.db.together():
        if not people.claim_consent(box.db, person["openid"], "once", scene):
            raise ApiError(43101)
        chats.add_entry(box.db, person["openid"], "account", "notice", card, box.clock())
    return OK


@endpoint(blueprint, "template/get_all_private_template", methods=("GET",), needs=Level.L3)
def get_all_private_template(box: Sandbox) -> dict[str, Any]:
    """Templates the account may use."""
    rest = {"primary_industry": "", "deputy_industry": "", "example": ""}
    return {"template_list": [rest | template for template in list_templates(box)]}


def list_templates(box: Sandbox) -> list[dict[str, str]]:
    """The templates shipped with the sandbox and those added since."""
    return [*texts.TEMPLATES, *box.db.fact(_TEMPLATES_FACT, [])]


def add_template(box: Sandbox, template: dict[str, str]) -> None:
    """Grant the account one more template."""
    with box.db.together():
        added = [one for one in box.db.fact(_TEMPLATES_FACT, []) if one["template_id"] != template["template_id"]]
        box.db.remember(_TEMPLATES_FACT, [*added, template])


def _get_person(box: Sandbox, openid: str) -> sqlite3.Row:
    person = people.find_person(box.db, openid)
    if person is None:
        raise ApiError(40003)
    return person


def _spend_send(box: Sandbox, openid: str) -> None:
    person = _get_person(box, openid)
    try:
        window = people.get_window(person).after_send(box.clock())
    except WindowClosedError:
        raise ApiError(45015) from None
    except SendsUsedUpError:
        raise ApiError(45047) from None
    people.set_window(box.db, openid, window)


def _read_custom(box: Sandbox, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    kind = body.get("msgtype")
    part = body.get(str(kind))
    if kind not in ("text", "image", "voice", "video", "news", "msgmenu"):
        raise ApiError(40008)
    if not isinstance(part, dict):
        raise ApiError(47001)
    if kind == "text":
        return "text", {"text": _short_text(part.get("content"))}
    if kind == "news":
        return "news", {"articles": _read_articles(part)}
    if kind == "msgmenu":
        return "msgmenu", _read_options(part)
    media_id = part.get("media_id")
    if not isinstance(media_id, str) or media.find_media(box.db, media_id, box.clock()) is None:
        raise ApiError(40007)
    return str(kind), {"media_id": media_id}


def _short_text(content: Any) -> str:
    if not isinstance(content, str) or not content:
        raise ApiError(44004)
    if len(content.encode()) > TEXT_BYTES:
        raise ApiError(45002)
    return content


def _read_articles(part: dict[str, Any]) -> list[dict[str, str]]:
    articles = part.get("articles")
    if not isinstance(articles, list) or not articles or not all(isinstance(one, dict) for one in articles):
        raise ApiError(47001)
    if len(articles) > 1:
        raise ApiError(45008)
    names = {"title": "title", "description": "description", "picture_url": "picurl", "url": "url"}
    return [{ours: str(one.get(theirs, "")) for ours, theirs in names.items()} for one in articles]


def _read_options(part: dict[str, Any]) -> dict[str, Any]:
    options = part.get("list")
    if not isinstance(options, list) or not all(isinstance(one, dict) for one in options):
        raise ApiError(47001)
    return {
        "text": str(part.get("head_content", "")),
        "options": [{"id": str(one.get("id", "")), "text": str(one.get("content", ""))} for one in options],
        "tail": str(part.get("tail_content", "")),
    }


def _read_card(box: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Check a template message's values by field type; give what the phone shows."""
    template_id = text_field(body, "template_id", 40037)
    template = next((one for one in list_templates(box) if one["template_id"] == template_id), None)
    if template is None:
        raise ApiError(40037)
    data = body.get("data")
    if not isinstance(data, dict):
        raise ApiError(47001)
    fields = []
    for found in _FIELD.finditer(template["content"]):
        name = found["name"]
        value = data.get(name, {}).get("value") if isinstance(data.get(name), dict) else None
        if not isinstance(value, str | int | float) or not _fits(template, name, str(value)):
            raise ApiError(47003, f"data.{name}.value invalid")
        fields.append({"label": found["label"].strip(), "value": str(value)})
    address = body.get("url") or body.get("page") or ""
    return {"template_id": template_id, "title": template["title"], "fields": fields, "url": str(address)}


def _fits(template: dict[str, str], name: str, value: str) -> bool:
    """A constant takes only what was approved beforehand: ``const`` of the template, one value a line."""
    if name.rstrip("0123456789") == "const":
        return value in template.get("const", "").split("\n")
    return fits_field(name, value)


def fits_field(name: str, value: str) -> bool:
    """Whether a value fits the type its field's name begins with (platform notes, section 3)."""
    kind = name.rstrip("0123456789")
    chinese = len(_CHINESE.findall(value))
    if not value.strip() or "\n" in value:
        return False
    rules = {
        "thing": len(value) <= 20,
        "character_string": len(value) <= 32 and not chinese,
        "phrase": len(value) <= 5 and chinese == len(value),
        "name": len(value) <= (10 if chinese else 20),
        "number": len(value) <= 32 and value.replace(".", "", 1).isdecimal(),
        "phone_number": len(value) <= 17 and re.fullmatch(r"[\d+\- ]+", value, re.ASCII) is not None,
        "time": _is_time(value),
        "date": _is_time(value),
    }
    return rules.get(kind, True)


def _is_time(value: str) -> bool:
    for wanted in texts.TIME_FORMS:
        try:
            datetime.strptime(value.strip(), wanted)  # noqa: DTZ007 (only its form is looked at)
        except ValueError:
            continue
        return True
    return False


def _find_sent(box: Sandbox, openid: str, repeat_id: Any) -> int | None:
    if not repeat_id:
        return None
    found = box.db.row(
        "SELECT msgid FROM sent_messages WHERE openid = ? AND client_msg_id = ? AND at > ?",
        openid,
        str(repeat_id),
        box.clock() - IDEMPOTENT_SECONDS,
    )
    return int(found["msgid"]) if found else None


def _remember_sent(box: Sandbox, openid: str, repeat_id: Any, msgid: int) -> None:
    if repeat_id:
        box.db.run(
            "INSERT INTO sent_messages (openid, client_msg_id, msgid, at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (openid, client_msg_id) DO UPDATE SET msgid = excluded.msgid, at = excluded.at",
            openid,
            str(repeat_id),
            msgid,
            box.clock(),
        )


def _new_msgid() -> int:
    return 3_000_000_000_000_000_000 + secrets.randbelow(10**18)
