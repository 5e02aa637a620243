"""The one Chinese font of everything we draw: Noto Sans CJK, which comes with a package (OFL 1.1).

It is one file of variable weight in five regional forms; typst and Pillow read it, and we ask it what it can draw.
What it cannot is never left to an empty box: pictures such as emoji are left out, and a character without a form
becomes a geta mark, the printers' sign for a missing letter.
"""

from __future__ import annotations

import struct
import unicodedata
from bisect import bisect_right
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FAMILY = "Noto Sans CJK SC"
SIMPLIFIED = 2
"""The place of the simplified forms in the file."""

GETA = "\u3013"
REGULAR, MEDIUM, BOLD, BLACK = 400, 500, 700, 900
_DECORATION = frozenset({"So", "Sk", "Cf", "Cc", "Cs", "Co", "Cn", "Mn", "Me"})
_FORMAT = 12


@cache
def font_path() -> Path:
    """The font's file. Raises FileNotFoundError when the package is not installed."""
    spec = find_spec("manimgx_fonts_cjk")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package manimgx-fonts-cjk is not installed")
    return Path(spec.origin).parent / "NotoSansCJK-VF.otf.ttc"


@lru_cache(32)
def font_of(size: int, weight: int = REGULAR) -> FreeTypeFont:
    """The font for Pillow, `size` in pixels."""
    from PIL import ImageFont

    font = ImageFont.truetype(str(font_path()), size, index=SIMPLIFIED, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([weight])
    return font


def drawable(text: str) -> str:
    """The text as the font can draw it: on one line, without what is no letter to it, geta marks for lost letters."""
    kept = []
    for letter in unicodedata.normalize("NFC", text):
        if letter.isspace():
            kept.append(" ")
        elif unicodedata.category(letter) in ("Cf", "Cc", "Cs") or "\ufe00" <= letter <= "\ufe0f":
            continue
        elif _has(ord(letter)):
            kept.append(letter)
        elif unicodedata.category(letter) not in _DECORATION:
            kept.append(GETA)
    return " ".join("".join(kept).split())


def lost_letters(text: str) -> str:
    """The letters that become geta marks, each once, for who looks at the picture before it is hung up."""
    return "".join(dict.fromkeys(letter for letter in text if drawable(letter) == GETA != letter))


def _has(code: int) -> bool:
    starts, ends = _covered()
    place = bisect_right(starts, code) - 1
    return place >= 0 and code <= ends[place]


@cache
def _covered() -> tuple[list[int], list[int]]:
    """First and last code points of the runs that the font has forms for (OpenType, table cmap, format 12)."""
    with font_path().open("rb") as file:

        def read(at: int, pattern: str) -> tuple[int, ...]:
            file.seek(at)
            return struct.unpack(pattern, file.read(struct.calcsize(pattern)))

        (face,) = read(12 + 4 * SIMPLIFIED, ">I")
        (tables,) = read(face + 4, ">H")
        directory = [read(face + 12 + 16 * each, ">4I") for each in range(tables)]
        at = next(offset for tag, _, offset, _ in directory if tag == int.from_bytes(b"cmap", "big"))
        (count,) = read(at + 2, ">H")
        for each in range(count):
            _, _, offset = read(at + 4 + 8 * each, ">HHI")
            if read(at + offset, ">H") == (_FORMAT,):
                (groups,) = read(at + offset + 12, ">I")
                numbers = read(at + offset + 16, f">{3 * groups}I")
                return list(numbers[0::3]), list(numbers[1::3])
    raise ValueError("the font has no map of all of Unicode")
