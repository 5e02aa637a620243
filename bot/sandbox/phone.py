"""What a person does on the phone, and what the account's answer does to the chat."""

import base64
import json
from collections.abc import Callable
from itertools import groupby
from typing import Any

from bot.sandbox import answers, chats, media, people, pushes, scenes
from bot.sandbox.box import Sandbox
from bot.sandbox.courier import Attempt, Parcel, Plan
from bot.sandbox.menus import choose_menu, find_button
from bot.sandbox.pushes import Push
from bot.texts import sandbox as texts

Result = dict[str, Any]
Wishes = dict[str, Any]

TEXT_BYTES = 60_000  # more does not fit into the push a webhook is asked to take


class NotPossibleError(Exception):
    """The phone cannot do this now; ``code`` says why in one word."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def say(box: Sandbox, openid: str, text: str, wishes: Wishes) -> Result:
    """Send a text message; ``menu_id`` among the wishes is the id of a tapped option of a menu message."""
    _require_follower(box, openid)
    if not text.strip() or len(text.encode()) > TEXT_BYTES:
        raise NotPossibleError("bad_text")
    parts: dict[str, Any] = {"Content": text}
    tapped = wishes.get("menu_id")
    if tapped is not None:
        parts["bizmsgmenuid"] = str(tapped)
    _show(box, openid, "reader", "text", {"text": text})
    if tapped is None:
        _open_message_window(box, openid)
    else:  # a tap on an option counts as a click
        _open_action_window(box, openid)
    return _send(box, _message(box, openid, "text", parts, wishes), wishes)


def tap(box: Sandbox, openid: str, key: str, wishes: Wishes) -> Result:
    """Tap a menu button by its key (or its address, for a link)."""
    _require_follower(box, openid)
    menu = choose_menu(box.db, openid)
    button = find_button(menu, key) or {"type": "click", "name": key}
    _show(box, openid, "system", "tapped", {"name": button["name"]})
    if button["type"] == "view":
        parts = {"EventKey": key, "MenuId": menu.menu_id}
        return _send(box, _event(box, openid, "VIEW", parts, wishes), wishes) | {"open": key}
    if button["type"] in pushes.CHOSEN:  # a place or pictures; choosing them opens no window
        parts = {"EventKey": key} | pushes.chosen_parts(button["type"], wishes)
        return _send(box, _event(box, openid, button["type"], parts, wishes), wishes)
    _open_action_window(box, openid)
    return _send(box, _event(box, openid, "CLICK", {"EventKey": key}, wishes), wishes)


def scan(box: Sandbox, openid: str, result: str, key: str, wishes: Wishes) -> Result:
    """Hold the camera over a code after tapping a scan button (``wait`` false: the kind that waits for nothing)."""
    _require_follower(box, openid)
    name = "scancode_waitmsg" if wishes.get("wait", True) else "scancode_push"
    _show(box, openid, "system", "scanned", {"result": result})
    _open_action_window(box, openid)
    return _send(box, _event(box, openid, name, pushes.scan_parts(key, result), wishes), wishes)


def scan_poster(box: Sandbox, openid: str, read: str, wishes: Wishes) -> Result:
    """Scan a poster: a follower sends SCAN, anybody else follows by it.

    ``read`` is a scene value or the address in the code.
    """
    person = people.get_person(box.db, openid)
    poster = scenes.find_scene(box.db, read, box.clock())
    if poster is None and read.startswith(scenes.ADDRESS):
        raise NotPossibleError("unknown_code")
    scene = poster["scene"] if poster else read
    if not person["followed"]:
        return follow(box, openid, scene, wishes)
    _show(box, openid, "system", "poster", {"scene": scene})
    _open_action_window(box, openid)
    parts = {"EventKey": scene, "Ticket": _ticket_of(box, scene)}
    return _send(box, _event(box, openid, "SCAN", parts, wishes), wishes)


def follow(box: Sandbox, openid: str, scene: str | None, wishes: Wishes) -> Result:
    """Follow the account, by its page or by a poster."""
    person = people.get_person(box.db, openid)
    if person["followed"]:
        raise NotPossibleError("already_following")
    people.follow(box.db, openid, scene or "", box.clock())
    _show(box, openid, "system", "followed", {"scene": scene} if scene else {})
    _open_action_window(box, openid)
    parts = {"EventKey": f"qrscene_{scene}", "Ticket": _ticket_of(box, scene)} if scene else {"EventKey": ""}
    return _send(box, _event(box, openid, "subscribe", parts, wishes), wishes)


def unfollow(box: Sandbox, openid: str, wishes: Wishes) -> Result:
    """Leave the account."""
    _require_follower(box, openid)
    people.unfollow(box.db, openid)
    _show(box, openid, "system", "unfollowed", {})
    return _send(box, _event(box, openid, "unsubscribe", {"EventKey": ""}, wishes), wishes)


def send_media(box: Sandbox, openid: str, kind: str, content: bytes, content_type: str, wishes: Wishes) -> Result:
    """Send a picture, voice or video message; ``recognition`` among the wishes is what a voice is heard to say."""
    _require_follower(box, openid)
    heard = _heard(wishes) if kind == "voice" else ""
    media_id = media.add_media(box.db, kind, content_type, content, box.clock())
    address = f"{box.settings.public_url.rstrip('/')}/sandbox/media/{media_id}"
    parts: dict[str, Any] = {"MediaId": media_id}
    if kind == "image":
        parts = {"PicUrl": address, "MediaId": media_id}
    elif kind == "voice":
        parts |= {"Format": "amr"} | ({"Recognition": heard} if heard else {})
    else:
        parts |= {"ThumbMediaId": media_id}
    _show(box, openid, "reader", kind, {"media_id": media_id} | ({"text": heard} if heard else {}))
    _open_message_window(box, openid)
    return _send(box, _message(box, openid, kind, parts, wishes), wishes)


def _heard(wishes: Wishes) -> str:
    heard = wishes.get("recognition", "")
    if not isinstance(heard, str) or len(heard.encode()) > TEXT_BYTES:
        raise NotPossibleError("bad_text")
    return heard.strip()


def send_location(box: Sandbox, openid: str, wishes: Wishes) -> Result:
    """Send a place on the map."""
    _require_follower(box, openid)
    parts = {
        "Location_X": wishes.get("latitude", 32.4355),
        "Location_Y": wishes.get("longitude", 105.8434),
        "Scale": 15,
        "Label": wishes.get("label", texts.SAMPLE_PLACE),
    }
    _show(box, openid, "reader", "location", {"label": parts["Label"]})
    _open_message_window(box, openid)
    return _send(box, _message(box, openid, "location", parts, wishes), wishes)


def send_link(box: Sandbox, openid: str, wishes: Wishes) -> Result:
    """Share an article."""
    _require_follower(box, openid)
    parts = {
        "Title": wishes.get("title", texts.SAMPLE_LINK_TITLE),
        "Description": wishes.get("description", texts.SAMPLE_LINK_DESCRIPTION),
        "Url": wishes.get("url", "https://mp.weixin.qq.com/s/sandbox"),
    }
    _show(box, openid, "reader", "link", {"title": parts["Title"], "description": parts["Description"]})
    _open_message_window(box, openid)
    return _send(box, _message(box, openid, "link", parts, wishes), wishes)


def send_custom(box: Sandbox, openid: str, fields: dict[str, Any], wishes: Wishes) -> Result:
    """Send a push of any fields; sender, receiver and time are filled in where they are missing."""
    people.get_person(box.db, openid)
    head = {
        "ToUserName": box.settings.account_id,
        "FromUserName": openid,
        "CreateTime": wishes.get("create_time", int(box.clock())),
    }
    push = Push(openid, head | fields)
    pushes.render(push.fields)  # an impossible name is refused before anything is shown
    _show(box, openid, "system", "custom", {"name": str(fields.get("Event") or fields.get("MsgType") or "?")})
    return _send(box, push, wishes)


def answer_consent(box: Sandbox, openid: str, kind: str, reference: str, accepted: bool, wishes: Wishes) -> Result:
    """Answer a page that asks for consent to one message.

    ``notice``: a subscription notice, ``reference`` is its template id, and the account is told by a push;
    ``once``: a one-time subscription message, ``reference`` is its scene, and the account learns it by redirect only.
    """
    people.get_person(box.db, openid)
    if accepted:
        people.add_consent(box.db, openid, kind, reference)
    if kind == "once":
        return {"reply": {"kind": "none"}, "attempts": []}
    status = "accept" if accepted else "reject"
    choice = {"TemplateId": reference, "SubscribeStatusString": status, "PopupScene": "1"}
    parts = {"SubscribeMsgPopupEvent": {"List": choice}}
    return _send(box, _event(box, openid, "subscribe_msg_popup_event", parts, wishes), wishes)


def redeliver(box: Sandbox, openid: str, wishes: Wishes) -> Result:
    """Deliver the person's last push again: the very same request, or with ``fresh`` signed anew."""
    kept = people.get_person(box.db, openid)["last_push"]
    if kept is None:
        raise NotPossibleError("nothing_to_redeliver")
    last = json.loads(kept)
    push = Push(openid, last["fields"])
    parcel = Parcel(last["query"], base64.b64decode(last["body"]))
    if wishes.get("fresh"):
        parcel = box.courier.pack(push)
    plan = _plan(box, wishes)
    attempts = box.courier.deliver(parcel, plan)
    return _conclude(box, push, attempts, before=last.get("answer"), deliveries=plan.times)


def report_later(box: Sandbox, openid: str, name: str, parts: dict[str, Any], seconds: float = 0.5) -> None:
    """Have WeChat report the end of a job (a template message sent…) by a push of its own."""

    def report() -> None:
        push = pushes.event(box.settings.account_id, openid, int(box.clock()), name, parts)
        box.courier.deliver(box.courier.pack(push), Plan())

    box.later.after(seconds, report)


def _message(box: Sandbox, openid: str, kind: str, parts: dict[str, Any], wishes: Wishes) -> Push:
    created = wishes.get("create_time", int(box.clock()))
    return pushes.message(box.settings.account_id, openid, created, kind, parts, wishes.get("msg_id"))


def _event(box: Sandbox, openid: str, name: str, parts: dict[str, Any], wishes: Wishes) -> Push:
    return pushes.event(box.settings.account_id, openid, wishes.get("create_time", int(box.clock())), name, parts)


def _plan(box: Sandbox, wishes: Wishes) -> Plan:
    try:
        return box.plan.changed(wishes)
    except ValueError as error:
        raise NotPossibleError("bad_plan", str(error)) from None


def _send(box: Sandbox, push: Push, wishes: Wishes) -> Result:
    plan = _plan(box, wishes)
    parcel = box.courier.pack(push)
    attempts = box.courier.deliver(parcel, plan)
    result = _conclude(box, push, attempts, before=None, deliveries=plan.times)
    kept = {
        "fields": push.fields,
        "query": parcel.query,
        "body": base64.b64encode(parcel.body).decode(),
        "answer": result["clear"][0],
    }
    box.db.run("UPDATE people SET last_push = ? WHERE openid = ?", json.dumps(kept), push.openid)
    return result


def _conclude(box: Sandbox, push: Push, attempts: list[Attempt], *, before: str | None, deliveries: int) -> Result:
    """Read the answers, put into the chat what the person would see, and tell it all.

    ``before`` is the clear answer of an earlier delivery of the same push, when this is a repeat.
    """
    last = [list(group)[-1] for _, group in groupby(attempts, key=lambda attempt: attempt.delivery)]
    read = [answers.read_answer(attempt, push, box.settings, _media_exists(box)) for attempt in last]
    clear = [_clear(box, attempt) for attempt in last]
    same = len(set(clear)) == 1 and (before is None or clear[0] == before)
    shown: list[dict[str, Any]] = []
    if not push.is_quiet:
        visible = read if before is None else [one for one, text in zip(read, clear, strict=True) if text != before]
        shown = [_show_answer(box, push.openid, answer) for answer in _different(visible) if answer["kind"] != "none"]
    if deliveries > 1 or before is not None:
        shown.append(_show(box, push.openid, "system", "repeated", {"times": deliveries, "same": same}))
    return {
        "push": push.summary() | {"xml": pushes.render(push.fields)},
        "attempts": [attempt.describe() for attempt in attempts],
        "clear": clear,
        "reply": read[0],
        "replies": read,
        "same": same,
        "same_bytes": len({attempt.body for attempt in last}) == 1,
        "entries": shown,
    }


def _clear(box: Sandbox, attempt: Attempt) -> str:
    try:
        return answers.clear_text(attempt, box.settings) or ""
    except answers.BadAnswerError as error:
        return f"fault: {error}"


def _different(found: list[answers.Answer]) -> list[answers.Answer]:
    return [answer for place, answer in enumerate(found) if answer not in found[:place]]


def _media_exists(box: Sandbox) -> Callable[[str], bool]:
    return lambda media_id: media.find_media(box.db, media_id, box.clock()) is not None


def _show_answer(box: Sandbox, openid: str, answer: answers.Answer) -> dict[str, Any]:
    data = {name: value for name, value in answer.items() if name != "kind"}
    if answer["kind"] == "fault":
        data["text"] = texts.SERVICE_FAULT
    side = "system" if answer["kind"] in ("fault", "transfer") else "account"
    return _show(box, openid, side, answer["kind"], data)


def _show(box: Sandbox, openid: str, side: str, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return chats.add_entry(box.db, openid, side, kind, data, box.clock())


def _require_follower(box: Sandbox, openid: str) -> None:
    if not people.get_person(box.db, openid)["followed"]:
        raise NotPossibleError("not_following")


def _open_message_window(box: Sandbox, openid: str) -> None:
    window = people.get_window(people.get_person(box.db, openid))
    people.set_window(box.db, openid, window.after_message(box.clock()))


def _open_action_window(box: Sandbox, openid: str) -> None:
    window = people.get_window(people.get_person(box.db, openid))
    people.set_window(box.db, openid, window.after_action(box.clock()))


def _ticket_of(box: Sandbox, scene: str) -> str:
    poster = scenes.find_scene(box.db, scene, box.clock()) or scenes.add_scene(box.db, scene, None)
    return str(poster["ticket"])
