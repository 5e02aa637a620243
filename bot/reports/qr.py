"""QR pictures of ticket addresses: black on white, quiet zone included, upper case so that the code stays coarse.

Scheme and host of an address mean the same in any case, and our ticket path is accepted in any case. In upper case the
whole address fits the alphanumeric mode of ISO/IEC 18004 (5.5 bits a letter instead of 8), which saves one or two
versions: bigger squares, and old phones read them.

The library is loaded at the first picture: Pillow comes with it, and a process that only chats never draws.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.domain.ticket import ticket_url

if TYPE_CHECKING:
    from qrcode.main import QRCode

QUIET_ZONE = 4
"""Modules of white around the code, as the standard asks."""

MODULE_PX = 24
"""Pixels for each module: exact on screens of 1, 2 and 3 device pixels when shown at 8 CSS pixels a module."""


def ticket_address(public_url: str, token: str) -> str:
    """The address inside a ticket's QR; a sub-path of PUBLIC_URL keeps its case, because only hosts ignore it."""
    return coarse(ticket_url(public_url, token.upper()))


def coarse(address: str) -> str:
    """An address with scheme and host in upper case; its path should be so as well."""
    parts = urlsplit(address)
    return f"{parts.scheme.upper()}://{parts.netloc.upper()}{parts.path}"


class QrPicture:
    """One code, drawn as often as needed."""

    def __init__(self, content: str) -> None:
        self.code = _strongest_at_lowest_version(content)
        self.code.make(fit=False)

    @property
    def side(self) -> int:
        """Modules along one side, quiet zone included."""
        return int(self.code.modules_count) + 2 * QUIET_ZONE

    def png(self, module_px: int = MODULE_PX) -> bytes:
        """A PNG in pure black and white."""
        from qrcode.image.pil import PilImage

        self.code.box_size = module_px
        picture = io.BytesIO()
        self.code.make_image(image_factory=PilImage).save(picture, "PNG", optimize=True)
        return picture.getvalue()


def qr_png(content: str) -> bytes:
    """The picture of a content as PNG."""
    return QrPicture(content).png()


def _strongest_at_lowest_version(content: str) -> QRCode[Any]:
    from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M, ERROR_CORRECT_Q

    chosen = _fitted(content, ERROR_CORRECT_M)
    for stronger in (ERROR_CORRECT_Q, ERROR_CORRECT_H):
        candidate = _fitted(content, stronger)
        if candidate.version == chosen.version:
            chosen = candidate
    return chosen


def _fitted(content: str, correction: int) -> QRCode[Any]:
    from qrcode.main import QRCode

    code: QRCode[Any] = QRCode(error_correction=correction, border=QUIET_ZONE)
    code.add_data(content, optimize=0)  # one segment: cutting it up would leave the alphanumeric mode
    code.best_fit()
    return code
