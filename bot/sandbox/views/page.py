"""The page, and the pictures it shows."""

import requests
from flask import Blueprint, Response, render_template

from bot.sandbox import chats
from bot.sandbox.box import current_sandbox
from bot.sandbox.media import find_media, picture_type
from bot.texts import sandbox as texts

blueprint = Blueprint("sandbox_page", __name__)

PICTURE_SECONDS = 5
MOST_PICTURE_BYTES = 4 * 2**20
_NEVER_RUNS = "default-src 'none'; sandbox"


@blueprint.get("/")
@blueprint.get("/sandbox", strict_slashes=False)
def page() -> str:
    """The phone."""
    settings = current_sandbox().settings
    return render_template("sandbox/phone.html", account_name=settings.account_name or texts.ACCOUNT_NAME)


@blueprint.get("/sandbox/media/<media_id>")
def show_media(media_id: str) -> Response:
    """A picture, voice or video of a chat."""
    box = current_sandbox()
    found = find_media(box.db, media_id, box.clock())
    if found is None:
        return Response("", status=404)
    return _picture(found["content"], found["content_type"])


@blueprint.get("/sandbox/picture/<int:entry_id>/<int:place>")
def show_picture(entry_id: int, place: int) -> Response:
    """The picture of a news card, fetched by the server as WeChat does, so that the page calls no other host.

    Only addresses that the account itself sent can be fetched.
    """
    entry = chats.find_entry(current_sandbox().db, entry_id)
    articles = entry.get("articles", []) if entry is not None else []
    address = articles[place]["picture_url"] if place < len(articles) else ""
    if not address.startswith(("http://", "https://")):
        return Response("", status=404)
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.get(address, timeout=PICTURE_SECONDS, stream=True, allow_redirects=False) as fetched:
                content = fetched.raw.read(MOST_PICTURE_BYTES, decode_content=True) if fetched.ok else b""
    except (requests.RequestException, OSError):
        content = b""
    content_type = picture_type(content)
    return Response("", status=404) if content_type is None else _picture(content, content_type)


def _picture(content: bytes, content_type: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers["Content-Security-Policy"] = _NEVER_RUNS
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
