"""Photos that staff sent in the chat, fetched from where the platform holds them."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import requests
import structlog

from bot.reports.photos import LARGEST_BYTES, NotAPhotoError, make_photo
from bot.store.coverage import give_up_photo, keep_picture, list_unfetched
from tasks.celery_app import app, services

_AT_ONCE = 5
_TIMEOUT_S = (3, 10)
_PLATFORM = (".qpic.cn", ".qlogo.cn")
_CHUNK = 64 * 1024
_KEPT_THERE = timedelta(days=3)
"""How long the platform holds a picture that was sent."""
_log = structlog.get_logger("tasks.photos")


@app.task
def fetch_photos() -> None:
    """Fetch what is still with the platform; what is no picture, or lies elsewhere, is given up."""
    world = services()
    with world.db.reading() as tx:
        waiting = [(row.id, row.source, row.noted_at) for row in list_unfetched(tx, _AT_ONCE)]
    for photo_id, source, noted_at in waiting:
        try:
            made = make_photo(_fetch(source, world.settings.effective_api_base))
        except (requests.RequestException, NotAPhotoError) as error:
            if isinstance(error, requests.RequestException) and world.clock() < noted_at + _KEPT_THERE:
                _log.info("photo not fetched", photo=photo_id)  # the next run tries
                continue
            _log.info("photo given up", photo=photo_id)
            with world.db.writing() as tx:
                give_up_photo(tx, photo_id, world.clock())
            continue
        with world.db.writing() as tx:
            keep_picture(tx, photo_id, *made)


def _fetch(source: str, api_base: str) -> bytes:
    """The bytes. Raises NotAPhotoError for an address that is not the platform's, and for too many bytes.

    The address comes from a signed push; still only the platform's own hosts are asked, and no redirect is followed.
    """
    host = urlsplit(source).hostname or ""
    if not host.endswith(_PLATFORM) and host != urlsplit(api_base).hostname:
        raise NotAPhotoError("not the platform's")
    with requests.get(source, timeout=_TIMEOUT_S, stream=True, allow_redirects=False) as answer:
        if answer.status_code != 200:
            raise NotAPhotoError("not there")
        content = bytearray()
        for chunk in answer.iter_content(_CHUNK):
            content += chunk
            if len(content) > LARGEST_BYTES:
                raise NotAPhotoError("too many bytes")
    return bytes(content)
