"""Drawn posters, kept as files under the digest of what is on them: the same poster is drawn once."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from bot.reports.poster import TEMPLATE, Poster, Size, describe, draw_pdf, draw_png

MOST_FILES = 300
"""About 30 MB of single posters; a file of sixty pages alone has 0.6 MB, so 200 MB at the very most."""


class PosterFiles:
    """A folder of drawn posters; without a folder everything is drawn each time."""

    def __init__(self, folder: Path | None, most: int = MOST_FILES) -> None:
        self._folder, self._most = folder, most

    def pdf(self, posters: Sequence[Poster], size: Size) -> bytes:
        """A PDF, one page each. Raises NotDrawnError."""
        path = self._path(posters, size, "pdf")
        return self._kept(path) or self._keep(path, draw_pdf(posters, size))

    def png(self, poster: Poster) -> bytes:
        """The picture for phones. Raises NotDrawnError."""
        path = self._path([poster], Size.PHONE, "png")
        return self._kept(path) or self._keep(path, draw_png(poster))

    def _path(self, posters: Sequence[Poster], size: Size, ending: str) -> Path | None:
        if self._folder is None:
            return None
        drawn = json.dumps([describe(poster) for poster in posters], ensure_ascii=False)
        digest = hashlib.sha256(TEMPLATE.read_bytes() + drawn.encode()).hexdigest()[:32]
        return self._folder / f"{digest}-{size.value}.{ending}"

    def _kept(self, path: Path | None) -> bytes | None:
        if path is None:
            return None
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return content

    def _keep(self, path: Path | None, content: bytes) -> bytes:
        """Write the file whole or not at all; a full disk costs only the time to draw again."""
        if path is None:
            return content
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
                file.write(content)
            os.replace(file.name, path)
            self._drop_oldest(path.parent)
        except OSError:
            pass
        return content

    def _drop_oldest(self, folder: Path) -> None:
        files = sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
        for each in files[self._most :]:
            each.unlink(missing_ok=True)
