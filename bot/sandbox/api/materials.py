"""Uploaded media and codes with a scene value."""

import io
from typing import Any

import qrcode
from flask import Blueprint, Response, request

from bot.sandbox import media, scenes
from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.platform import endpoint, json_body
from bot.sandbox.box import Sandbox, current_sandbox
from bot.sandbox.settings import Level

blueprint = Blueprint("sandbox_materials", __name__)

MOST_BYTES = {"image": 10 * 2**20, "voice": 2 * 2**20, "video": 10 * 2**20, "thumb": 64 * 2**10}
MOST_SCENE_SECONDS = 2_592_000
DEFAULT_SCENE_SECONDS = 60
SCENE_LENGTH = 64
PERMANENT_SCENES = 100_000
_VOICE_TYPES = (".amr", ".mp3", ".speex")


@endpoint(blueprint, "media/upload", needs=Level.L2)
def media_upload(box: Sandbox) -> dict[str, Any]:
    """Keep a file for three days."""
    kind = request.args.get("type", "")
    if kind not in MOST_BYTES:
        raise ApiError(40004)
    file = request.files.get("media")
    content = file.read() if file is not None else b""
    if file is None or not content:
        raise ApiError(41005)
    if len(content) > MOST_BYTES[kind]:
        raise ApiError(40006)
    content_type = _content_type(kind, content, file.filename or "")
    media_id = media.add_media(box.db, kind, content_type, content, box.clock())
    return {"type": kind, "media_id": media_id, "created_at": int(box.clock())}


@endpoint(blueprint, "media/get", methods=("GET",), needs=Level.L2)
def media_get(box: Sandbox) -> Response:
    """Give a file back."""
    found = media.find_media(box.db, request.args.get("media_id", ""), box.clock())
    if found is None:
        raise ApiError(40007)
    response = Response(found["content"], content_type=found["content_type"])
    response.headers["Content-Disposition"] = f'attachment; filename="{found["media_id"][:16]}"'
    return response


@endpoint(blueprint, "qrcode/create", needs=Level.L3)
def qrcode_create(box: Sandbox) -> dict[str, Any]:
    """A code that leads to the account with a scene value."""
    body = json_body()
    action = body.get("action_name")
    permanent = action in ("QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE")
    scene = _read_scene(action, body.get("action_info"))
    if permanent:
        if box.db.number("SELECT count(*) FROM scenes WHERE expires_at IS NULL") >= PERMANENT_SCENES:
            raise ApiError(45009)
        made = scenes.add_scene(box.db, scene, None)
        return {"ticket": made["ticket"], "url": made["url"]}
    seconds = body.get("expire_seconds", DEFAULT_SCENE_SECONDS)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 1 <= seconds <= MOST_SCENE_SECONDS:
        raise ApiError(40035)
    made = scenes.add_scene(box.db, scene, box.clock() + seconds)
    return {"ticket": made["ticket"], "expire_seconds": seconds, "url": made["url"]}


@blueprint.get("/cgi-bin/showqrcode")
def showqrcode() -> Response:
    """The picture of a code; needs no token."""
    try:
        made = scenes.get_scene(current_sandbox().db, request.args.get("ticket", ""))
    except LookupError:
        return Response("", status=404)
    picture = io.BytesIO()
    qrcode.make(made["url"], box_size=10, border=4).save(picture)
    return Response(picture.getvalue(), content_type="image/png")


def _content_type(kind: str, content: bytes, filename: str) -> str:
    if kind in ("image", "thumb"):
        found = media.picture_type(content)
        if found is None:
            raise ApiError(40005)
        return found
    if kind == "voice" and not filename.lower().endswith(_VOICE_TYPES):
        raise ApiError(40005)
    return "audio/amr" if kind == "voice" else "video/mp4"


def _read_scene(action: Any, info: Any) -> str:
    scene = info.get("scene") if isinstance(info, dict) else None
    if not isinstance(scene, dict):
        raise ApiError(40053)
    if action in ("QR_STR_SCENE", "QR_LIMIT_STR_SCENE"):
        text = scene.get("scene_str")
        if not isinstance(text, str) or not 1 <= len(text) <= SCENE_LENGTH:
            raise ApiError(40053)
        return text
    most = {"QR_SCENE": 2**32 - 1, "QR_LIMIT_SCENE": 100_000}.get(str(action), 0)
    number = scene.get("scene_id")
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
        raise ApiError(40053)
    return str(number)
