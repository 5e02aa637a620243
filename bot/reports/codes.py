"""Reading QR codes from photos, for phones whose browser cannot do it itself."""

from __future__ import annotations

import io

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2_400
FORMATS = ("JPEG", "PNG", "WEBP")


class UnreadablePhoto(ValueError):
    """The file is no picture of a kind that we open, or too large a one."""


def read_codes(data: bytes) -> list[str]:
    """The texts of all QR codes in a photo, none when there are none. Raises UnreadablePhoto."""
    # Only here: the webhook's processes never open a photo.
    import zxingcpp
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise UnreadablePhoto("too many pixels")
            opened.draft("L", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is read at a part of its size
            photo = ImageOps.exif_transpose(opened).convert("L")
    except UnreadablePhoto:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning) as error:
        raise UnreadablePhoto("no picture of a known kind") from error
    photo.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    found = zxingcpp.read_barcodes(photo, formats=zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in found if code.text]
