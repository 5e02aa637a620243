"""Photos as they are kept: JPEG of bearable size, without what the camera wrote into them (place, time, owner)."""

from __future__ import annotations

import hashlib
import io

LONGEST_SIDE_PX = 1600
MOST_PIXELS = 60_000_000
LARGEST_BYTES = 12_000_000
_QUALITY = 82


class NotAPhotoError(ValueError):
    """The bytes are no picture that can be read, or one too large to be opened safely."""


def make_photo(content: bytes) -> tuple[bytes, int, int, str]:
    """JPEG bytes, width, height and their SHA-256. Turned as the camera held it, at most 1,600 pixels long.

    Raises NotAPhotoError.
    """
    # Only here: few processes ever read a photo, and it takes megabytes.
    from PIL import Image, ImageOps, UnidentifiedImageError

    if len(content) > LARGEST_BYTES:
        raise NotAPhotoError("too many bytes")
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF", "BMP")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise NotAPhotoError("too many pixels")
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NotAPhotoError(str(error)) from error
    upright.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    drawn = io.BytesIO()
    upright.save(drawn, "JPEG", quality=_QUALITY, optimize=True)
    made = drawn.getvalue()
    return made, upright.width, upright.height, hashlib.sha256(made).hexdigest()
