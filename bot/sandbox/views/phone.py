"""The JSON API of the phones.

All bodies and answers are JSON. Making people and looking:

- ``POST /sandbox/people {nickname}`` makes a phone and follows at once (``{"follow": false}`` does not): ``{person,
  result}``
- ``GET /sandbox/people``: ``{people: [{openid, nickname, followed, refuses, tags, last_entry}]}``
- ``GET /sandbox/people/<openid>/chat?after=N``: ``{person, entries, menu, typing}``
- ``GET /sandbox/tickets``: ``{tickets: [{url, openid, nickname, said}]}``, links seen in any chat

Doing something; each answers with what became of the push (below):

- ``POST /sandbox/people/<openid>/follow {scene?}``, ``…/unfollow``
- ``…/say {text, menu_id?}``, ``…/tap {key}``, ``…/scan {result, key: "SCAN", wait: true}``, ``…/scene {scene}``
- ``…/send {kind}``: ``image``, ``voice`` (``{recognition?}``, the words it is heard to say), ``video``,
  ``shortvideo`` (all with ``{content_base64?}``), ``location``, ``link``, ``custom`` (``{fields: {MsgType: …}}``,
  any push at all)
- ``…/consent {kind: "notice"|"once", reference, accepted: true}``
- ``…/redeliver {fresh?}`` the last push again

Every one of these takes ``times``, ``parallel``, ``delay``, ``attempts``, ``timeout``, ``pause`` (see courier.Plan)
and ``create_time``, ``msg_id``. The answer: ``push`` (kind, times, clear XML), ``attempts`` (each with delivery,
attempt, outcome, status, body, body_base64, seconds), ``clear`` (decrypted answer of each delivery), ``reply`` (as
parsed: kind text, image, news, voice, video, music, transfer, none, fault), ``replies``, ``same``, ``same_bytes``,
``entries`` (what was added to the chat).

Also ``…/refuses {refuses}`` (template messages off), ``…/window {closed: true}`` (no customer-service message any
more).
"""

import base64
import binascii
import io
from typing import Any

import qrcode
from flask import Blueprint, request

from bot.sandbox import chats, menus, people, phone
from bot.sandbox.box import current_sandbox
from bot.sandbox.media import picture_type
from bot.sandbox.phone import NotPossibleError, Result
from bot.sandbox.views.wishes import read_text, read_wishes
from bot.sandbox.windows import Window

blueprint = Blueprint("sandbox_phone", __name__, url_prefix="/sandbox")

_MEDIA_TYPES = {"voice": "audio/amr", "video": "video/mp4", "shortvideo": "video/mp4"}


@blueprint.get("/people")
def list_people() -> Result:
    """Everyone who has a phone here."""
    return {"people": people.list_people(current_sandbox().db)}


@blueprint.post("/people")
def add_person() -> Result:
    """A new reader, who follows at once unless asked not to."""
    box, wishes = current_sandbox(), read_wishes()
    nickname = read_text(wishes, "nickname", most=people.NICKNAME_LENGTH)
    openid = people.add_person(box.db, nickname.strip(), box.clock())
    result = phone.follow(box, openid, _scene(wishes), wishes) if wishes.get("follow", True) else None
    return {"person": people.describe_person(box.db, people.get_person(box.db, openid)), "result": result}


@blueprint.get("/people/<openid>/chat")
def chat(openid: str) -> Result:
    """The chat from an entry on, with the menu this person sees now."""
    box = current_sandbox()
    person = people.get_person(box.db, openid)
    after = request.args.get("after", "0")
    if not after.isdecimal():
        raise NotPossibleError("bad_json", "after is a number")
    menu = menus.choose_menu(box.db, openid)
    return {
        "person": people.describe_person(box.db, person),
        "entries": chats.list_entries(box.db, openid, int(after)),
        "menu": {"id": menu.menu_id, "tag_id": menu.tag_id, "buttons": menu.buttons},
        "typing": person["typing_until"] > box.clock(),
    }


@blueprint.get("/tickets")
def tickets() -> Result:
    """Ticket links that a scanner could be held over."""
    return {"tickets": chats.list_ticket_links(current_sandbox().db)}


@blueprint.post("/people/<openid>/follow")
def follow(openid: str) -> Result:
    """Follow, by the account's page or by a poster's scene."""
    wishes = read_wishes()
    return phone.follow(current_sandbox(), openid, _scene(wishes), wishes)


@blueprint.post("/people/<openid>/unfollow")
def unfollow(openid: str) -> Result:
    """Leave."""
    return phone.unfollow(current_sandbox(), openid, read_wishes())


@blueprint.post("/people/<openid>/say")
def say(openid: str) -> Result:
    """Type something."""
    wishes = read_wishes()
    return phone.say(current_sandbox(), openid, read_text(wishes, "text", most=phone.TEXT_BYTES), wishes)


@blueprint.post("/people/<openid>/tap")
def tap(openid: str) -> Result:
    """Tap a menu button."""
    wishes = read_wishes()
    return phone.tap(current_sandbox(), openid, read_text(wishes, "key"), wishes)


@blueprint.post("/people/<openid>/scan")
def scan(openid: str) -> Result:
    """Scan a code after tapping a scan button."""
    wishes = read_wishes()
    key = read_text(wishes, "key", "SCAN")
    return phone.scan(current_sandbox(), openid, read_text(wishes, "result"), key, wishes)


@blueprint.post("/people/<openid>/scene")
def scan_poster(openid: str) -> Result:
    """Scan a poster that leads to the account."""
    wishes = read_wishes()
    return phone.scan_poster(current_sandbox(), openid, read_text(wishes, "scene", most=512).strip(), wishes)


@blueprint.post("/people/<openid>/send")
def send(openid: str) -> Result:
    """Send a message that is not text."""
    box, wishes = current_sandbox(), read_wishes()
    kind = read_text(wishes, "kind")
    if kind == "location":
        return phone.send_location(box, openid, wishes)
    if kind == "link":
        return phone.send_link(box, openid, wishes)
    if kind == "custom" and isinstance(wishes.get("fields"), dict):
        return phone.send_custom(box, openid, wishes["fields"], wishes)
    if kind == "image" or kind in _MEDIA_TYPES:
        content = _content(wishes, kind, openid)
        content_type = picture_type(content) if kind == "image" else _MEDIA_TYPES[kind]
        if content_type is None:
            raise NotPossibleError("not_a_picture")
        return phone.send_media(box, openid, kind, content, content_type, wishes)
    raise NotPossibleError("unknown_kind")


@blueprint.post("/people/<openid>/consent")
def consent(openid: str) -> Result:
    """Answer a page that asks for consent to one message."""
    wishes = read_wishes()
    kind = read_text(wishes, "kind")
    if kind not in ("notice", "once"):
        raise NotPossibleError("unknown_kind")
    accepted = wishes.get("accepted", True) is True
    reference = read_text(wishes, "reference", most=64)
    return phone.answer_consent(current_sandbox(), openid, kind, reference, accepted, wishes)


@blueprint.post("/people/<openid>/redeliver")
def redeliver(openid: str) -> Result:
    """Deliver the last push again."""
    return phone.redeliver(current_sandbox(), openid, read_wishes())


@blueprint.post("/people/<openid>/refuses")
def refuses(openid: str) -> Result:
    """Switch the account's template messages off or on."""
    box, wishes = current_sandbox(), read_wishes()
    people.get_person(box.db, openid)
    people.set_refuses(box.db, openid, wishes.get("refuses", True) is True)
    return {"person": people.describe_person(box.db, people.get_person(box.db, openid))}


@blueprint.post("/people/<openid>/window")
def window(openid: str) -> Result:
    """Close the customer-service window, as two silent days would; ``{"closed": false}`` opens it anew."""
    box, wishes = current_sandbox(), read_wishes()
    people.get_person(box.db, openid)
    closed = wishes.get("closed", True) is True
    people.set_window(box.db, openid, Window() if closed else Window().after_message(box.clock()))
    return {"closed": closed}


def _scene(wishes: dict[str, Any]) -> str | None:
    return read_text(wishes, "scene", most=64).strip() if wishes.get("scene") else None


def _content(wishes: dict[str, Any], kind: str, openid: str) -> bytes:
    encoded = wishes.get("content_base64")
    if encoded is None:
        return _sample_picture(openid) if kind == "image" else b"#!AMR\n"
    try:
        return base64.b64decode(str(encoded), validate=True)
    except (binascii.Error, ValueError):
        raise NotPossibleError("bad_json", "content_base64 is not base64") from None


def _sample_picture(openid: str) -> bytes:
    picture = io.BytesIO()
    qrcode.make(openid, box_size=4, border=2).save(picture)
    return picture.getvalue()
