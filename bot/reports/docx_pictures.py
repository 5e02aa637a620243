"""Photos and charts for paper: as small as print needs, upright, and without what a camera writes into them."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

WIDEST_MM, HIGHEST_MM = 156, 76
"""Of the text area; two of the highest stand on one page, also on an attachment's first."""
_DOTS_PER_MM = 8  # 200 a inch
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Printable:
    """A picture as the file holds it, and its size on paper."""

    content: bytes
    width_mm: float
    height_mm: float


def printable(content: bytes, width_mm: int) -> Printable | None:
    """The picture at this width, or smaller where it would be too high; None when it cannot be read.

    Photos are written anew: a phone's have ten times the dots that print shows, lie on their side by a note in their
    margin, and tell there who took them where.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content)) as opened:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if opened.format == "PNG":
                return _sized(content, opened.width, opened.height, width_mm)
            opened.draft("RGB", (_dots(WIDEST_MM), _dots(WIDEST_MM)))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
            wanted = _sized(b"", upright.width, upright.height, width_mm)
            upright.thumbnail((_dots(wanted.width_mm), _dots(wanted.height_mm)))
            upright.info.clear()
            written = io.BytesIO()
            upright.save(written, "JPEG", quality=_QUALITY)
            return Printable(written.getvalue(), wanted.width_mm, wanted.height_mm)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def _sized(content: bytes, width: int, height: int, width_mm: int) -> Printable:
    wide = float(min(width_mm, WIDEST_MM))
    high = wide * height / width
    if high > HIGHEST_MM:
        wide, high = wide * HIGHEST_MM / high, float(HIGHEST_MM)
    return Printable(content, wide, high)


def _dots(mm: float) -> int:
    return max(1, round(mm * _DOTS_PER_MM))
