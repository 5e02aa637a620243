"""The font of charts: our Chinese font is one file of variable weight in five forms, and matplotlib reads the first of
its forms at its thinnest only. So the letters of a chart are cut out of it, in simplified form and one weight.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import threading
from functools import lru_cache
from pathlib import Path

from bot.reports.lettering import SIMPLIFIED, drawable, font_path
from bot.texts import charts as words

WEIGHT = 500
_ALWAYS = words.LETTERS
_LOCK = threading.Lock()


@lru_cache(1)
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Kept as long as the process, and gone with it."""
    return tempfile.TemporaryDirectory(prefix="chart-font-")


def chart_font(text: str) -> Path:
    """A font file with all letters of a text, made once for the same letters."""
    letters = "".join(sorted(set(_ALWAYS + drawable(text))))
    with _LOCK:
        path = Path(_folder().name) / f"{hashlib.sha256(letters.encode()).hexdigest()[:20]}.otf"
        if not path.exists():
            path.write_bytes(_cut(letters))
        return path


def _cut(letters: str) -> bytes:
    # Only here: megabytes, and nobody but the drawing of reports needs it.
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    options = subset.Options()
    options.layout_features, options.notdef_outline, options.hinting = [], True, False
    cut, made = io.BytesIO(), io.BytesIO()
    with TTFont(str(font_path()), fontNumber=SIMPLIFIED, lazy=True) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(text=letters)
        cutter.subset(font)
        font.save(cut)
    cut.seek(0)  # read anew: the instancer stumbles over what the cutter leaves in memory
    with TTFont(cut) as font, instancer.instantiateVariableFont(font, {"wght": WEIGHT}) as single:
        single.save(made)
    return made.getvalue()
