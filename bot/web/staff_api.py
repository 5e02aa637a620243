"""/staff/api: what the scanner's page asks and brings, as JSON. The contract stands in README.md, "Scanner"."""

from __future__ import annotations

import json
from dataclasses import asdict
from threading import BoundedSemaphore
from typing import NoReturn
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import HTTPException

from bot.domain.act_reading import MOST_ACTS, moment_ms, read_device, read_moment
from bot.domain.occurrence import OccurrenceFacts
from bot.reports.codes import UnreadablePhoto, read_codes
from bot.services.door_lists import hand_out_list, list_served_doors, search_door
from bot.services.scans import takes_walk_ins
from bot.services.sessions import sign_out
from bot.services.staff import serves
from bot.store.occurrences import find_by_number
from bot.texts.door import REFUSED_REQUESTS
from bot.texts.pages import error_words
from bot.web.context import page_context
from bot.web.door_json import Json, door_json
from bot.web.errors import status_of
from bot.web.headers import forbid_keeping
from bot.web.live import stream_of
from bot.web.staff_acts import Upload, answer_acts
from bot.web.staff_session import Visitor, forget_signed_in, signed_in

staff_api = Blueprint("staff_api", __name__, url_prefix="/staff/api")
staff_api.after_request(forbid_keeping)

LONGEST_SEARCH = 20
LONGEST_URL = 500
LARGEST_PHOTO = 6 * 1024 * 1024
DECODING_WAIT_S = 5
_decoding = BoundedSemaphore(1)  # one photo at a time in a process: it takes its whole processor


@staff_api.get("/door")
def show_doors() -> Response:
    """The occurrences that this member serves, today's first, with their counts."""
    visitor, context = signed_in(), page_context()
    now = context.clock()
    with context.db.reading() as tx:
        doors = list_served_doors(tx, visitor.member, now)
    told = [door_json(door, now, walk_ins=takes_walk_ins(visitor.member, door.facts)) for door in doors]
    member = visitor.member
    return _answer(
        {
            "now": moment_ms(now),
            "staff": {"label": member.label, "role": member.role.value},
            "expires_at": moment_ms(visitor.expires_at),
            "occurrences": told,
        }
    )


@staff_api.get("/door/<int:number>/list")
def show_list(number: int) -> Response:
    """The list that a device takes with it, under a key of its own."""
    visitor, context = signed_in(), page_context()
    now = context.clock()
    door = _own_door(visitor, number)
    with context.db.writing() as tx:
        taken = hand_out_list(tx, visitor.member, door, context.keys, now)
    return _answer(
        {
            "number": number,
            "made_at": moment_ms(now),
            "key": taken.key,
            "tickets": taken.tickets,
            "codes": taken.codes,
        }
    )


@staff_api.get("/door/<int:number>/search")
def show_found(number: int) -> Response:
    """Who is expected there, by four digits of the phone or the beginning of the name."""
    visitor, context = signed_in(), page_context()
    words = request.args.get("q", "").strip()
    if not words or len(words) > LONGEST_SEARCH or "\0" in words or (words.isdigit() and len(words) != 4):
        _refuse(400, "search")
    door = _own_door(visitor, number)
    with context.db.writing() as tx:
        found, more = search_door(tx, visitor.member, door, words, context.keys, context.clock())
    told = [asdict(each) for each in found]
    return _answer({"found": told, "more": more})


@staff_api.post("/acts")
def take_acts() -> Response:
    """What a device did: each act is answered for itself."""
    visitor, context = signed_in(only_bring=True), page_context()
    received = context.clock()
    sent = _json_object()
    device, acts = read_device(sent.get("device")), sent.get("acts")
    device_now = read_moment(sent.get("now", moment_ms(received)))
    if device is None:
        _refuse(400, "device")
    if device_now is None or not isinstance(acts, list):
        _refuse(400, "not_json")
    if len(acts) > MOST_ACTS:
        _refuse(413, "too_many")
    only_brings = visitor.expires_at <= received
    upload = Upload(context, visitor.member, visitor.session_id, device, device_now, received, only_brings)
    return _answer({"now": moment_ms(received), "answers": answer_acts(upload, acts)})


@staff_api.post("/decode")
def decode_photo() -> Response:
    """The codes in a photo, for browsers that cannot read them; nothing of the photo is kept."""
    signed_in()
    request.max_content_length = LARGEST_PHOTO
    if not request.mimetype.startswith("image/"):
        _refuse(400, "photo")
    if not _decoding.acquire(timeout=DECODING_WAIT_S):
        _refuse(429, "busy")
    try:
        codes = read_codes(request.get_data(cache=False))
    except UnreadablePhoto:
        _refuse(400, "photo")
    finally:
        _decoding.release()
    return _answer({"codes": codes})


@staff_api.get("/door/<int:number>/live")
def show_live(number: int) -> Response:
    """How full the door is, now and at every change, as server-sent events."""
    return stream_of([_own_door(signed_in(), number).id])


@staff_api.get("/wx")
def show_signature() -> Response:
    """What opens WeChat's own scanner on a page of ours; not available where the account may not."""
    signed_in()
    context, url = page_context(), request.args.get("url", "")
    if context.sign_page is None or len(url) > LONGEST_URL or not _is_ours(url):
        return _answer({"available": False})
    signed = context.sign_page(url)
    if signed is None:
        return _answer({"available": False})
    told = {"appId": signed.app_id, "timestamp": signed.timestamp, "nonceStr": signed.nonce}
    return _answer({"available": True, **told, "signature": signed.signature})


def _is_ours(url: str) -> bool:
    """Whether an address is one of our staff pages: we sign for nobody else."""
    try:
        asked, own = urlsplit(url), urlsplit(page_context().public_url)
        host = (asked.scheme, asked.hostname, asked.port)
        return host == (own.scheme, own.hostname, own.port) and asked.username is None and url.isprintable()
    except ValueError:
        return False


@staff_api.post("/sign-out")
def leave() -> Response:
    """End the session on this browser: the scanner's page keeps no form for it, being the same for everybody."""
    visitor, context = signed_in(only_bring=True), page_context()
    with context.db.writing() as tx:
        sign_out(tx, visitor.session_id, visitor.member, context.clock())
    return forget_signed_in(_answer({"sign_in": "/staff/sign-in"}))


def _own_door(visitor: Visitor, number: int) -> OccurrenceFacts:
    context = page_context()
    with context.db.reading() as tx:
        door = find_by_number(tx, number, context.clock()) if number < 2**31 else None
        if door is not None and not serves(tx, visitor.member, door):
            _refuse(403, "not_served")
    if door is None:
        _refuse(404, "no_door")
    return door


def _json_object() -> Json:
    if request.mimetype != "application/json":
        _refuse(400, "not_json")
    try:
        sent = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError):
        _refuse(400, "not_json")
    if not isinstance(sent, dict):
        _refuse(400, "not_json")
    return sent


def _answer(told: Json, status: int = 200) -> Response:
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status, mimetype="application/json")


def _refuse(status: int, reason: str) -> NoReturn:
    """End the request with a headline and what to do."""
    error, advice = REFUSED_REQUESTS[reason]
    abort(_answer({"error": error, "advice": advice}, status))


@staff_api.errorhandler(HTTPException)
def _say(error: HTTPException) -> Response | HTTPException:
    """Errors of this part are JSON, whatever the browser says that it takes."""
    if error.response is not None:
        return error
    status = status_of(error) or 500
    headline, advice = REFUSED_REQUESTS["store_away"] if status == 503 else error_words(status)
    return _answer({"error": headline, "advice": advice}, status)
