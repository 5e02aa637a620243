"""Photos as they are kept: small, upright, and without what the camera wrote into them."""

from __future__ import annotations

import io
import zlib

import pytest
from PIL import Image

from bot.reports.photos import LONGEST_SIDE_PX, NotAPhotoError, make_photo

PLACE = 0x8825  # GPS, in EXIF
ORIENTATION = 0x0112


def taken(width: int, height: int, orientation: int = 1) -> bytes:
    """A photo with the place and the way the camera was held."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif.get_ifd(PLACE)[1] = "N"
    drawn = io.BytesIO()
    Image.new("RGB", (width, height), "#c23b2a").save(drawn, "JPEG", exif=exif)
    return drawn.getvalue()


def test_photo_keeps_nothing_of_place_and_time() -> None:
    content, *_ = make_photo(taken(200, 100))
    with Image.open(io.BytesIO(content)) as kept:
        assert dict(kept.getexif()) == {}
        assert "exif" not in kept.info


def test_photo_is_turned_upright_and_made_small() -> None:
    content, width, height, digest = make_photo(taken(4000, 3000, orientation=6))
    assert (width, height) == (LONGEST_SIDE_PX * 3 // 4, LONGEST_SIDE_PX)
    assert len(digest) == 64
    assert len(content) < 200_000


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"\xff\xd8\xff" + b"0" * 50, taken(30, 30)[:200]])
def test_what_is_no_photo_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPhotoError):
        make_photo(content)


def test_picture_that_unpacks_to_gigabytes_is_refused() -> None:
    """A PNG of a few kilobytes that says it is 60,000 pixels wide and high."""
    head = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    bomb = head + zlib.crc32(head[12:]).to_bytes(4, "big") + b"\x00\x00\x00\x00IEND\xaeB`\x82"
    with pytest.raises(NotAPhotoError):
        make_photo(bomb)
