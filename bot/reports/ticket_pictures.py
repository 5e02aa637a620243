"""Tickets as pictures for the chat: a portrait to be shown at the door, and the cover of a news card.

Pillow draws them, with the font of the posters: a few hundredths of a second each, many times faster than typst.
Nothing personal is on them: who has the picture has the place, and that is all it says.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.reports.lettering import BLACK, BOLD, MEDIUM, REGULAR, drawable, font_of
from bot.reports.qr import QrPicture
from bot.store.tickets import TicketFacts
from bot.texts import posters as words
from bot.texts.moments import party_words, place_words, time_words

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

WIDTH_PX = 750
CARD_PX = (900, 383)
"""The size that WeChat shows the first card of a message in."""

_GREEN, _INK, _FAINT, _RIBBON, _PAPER, _WHITE = "#0f4c4a", "#1d2529", "#4c565b", "#c23b2a", "#f6f1e6", "#ffffff"
_MARGIN = 52
_QR_PX = 520


@dataclass(frozen=True, slots=True)
class TicketPicture:
    """What a drawn ticket tells. `number`: the occurrence's; `address`: what the QR holds (`qr.ticket_address`)."""

    library: str
    title: str
    when: str
    where: str
    party: str
    number: int
    short_code: str
    address: str


def ticket_picture_of(ticket: TicketFacts, address: str) -> TicketPicture:
    """What is drawn of a ticket; `address` is that of its page."""
    facts = ticket.occurrence
    return TicketPicture(
        library=facts.library_name,
        title=facts.name,
        when=time_words(facts),
        where=place_words(facts),
        party=party_words(ticket.party),
        number=facts.number,
        short_code=ticket.short_code,
        address=address,
    )


def draw_ticket(ticket: TicketPicture) -> bytes:
    """A PNG, 750 pixels wide: the QR with its quiet zone, the code to be read aloud, what, when, where, who."""
    from PIL import Image, ImageDraw

    room = WIDTH_PX - 2 * _MARGIN
    title = _wrap(ticket.title, 46, BLACK, room, most=3)
    facts = [
        (name, _wrap(value, 30, REGULAR, room - 90, most=2))
        for name, value in (
            (words.WHEN_LABEL, ticket.when),
            (words.WHERE_LABEL, ticket.where),
            (words.PARTY_LABEL, ticket.party),
            (words.NUMBER_LABEL, str(ticket.number)),
        )
        if value
    ]
    code = _code(ticket.address, _QR_PX)
    height = 130 + 62 * len(title) + 20 + sum(42 * len(lines) + 10 for _, lines in facts) + code.height + 250
    picture = Image.new("RGB", (WIDTH_PX, height), _WHITE)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, WIDTH_PX, 14), fill=_GREEN)
    pen.polygon([(648, 0), (698, 0), (698, 112), (673, 90), (648, 112)], fill=_RIBBON)
    (library,) = _wrap(ticket.library, 30, BOLD, room - 80, most=1)
    pen.text((_MARGIN, 50), library, _GREEN, font_of(30, BOLD))
    y = _lines(pen, title, (_MARGIN, 120), 46, BLACK, 62) + 16
    for name, lines in facts:
        pen.text((_MARGIN, y + 4), name, _GREEN, font_of(26, BOLD))
        y = _lines(pen, lines, (_MARGIN + 90, y), 30, REGULAR, 42) + 10
    y += 6
    picture.paste(code, ((WIDTH_PX - code.width) // 2, y))
    y += code.height
    _centred(pen, words.CODE_LABEL, y, 26, BOLD, _GREEN)
    _centred(pen, " ".join(ticket.short_code), y + 36, 78, BLACK, _INK)
    _centred(pen, words.SHOW_AT_DOOR, y + 152, 26, MEDIUM, _FAINT)
    return _png(picture)


def draw_card(ticket: TicketPicture) -> bytes:
    """A PNG, 900 x 383: the QR in the middle square, which is all that some places of WeChat show of it."""
    from PIL import Image, ImageDraw

    width, height = CARD_PX
    picture = Image.new("RGB", CARD_PX, _PAPER)
    pen = ImageDraw.Draw(picture)
    square = (width - height) // 2
    pen.rectangle((square, 0, width - square, height), fill=_WHITE)
    pen.rectangle((0, 0, width, 10), fill=_GREEN)
    pen.polygon([(26, 0), (54, 0), (54, 62), (40, 50), (26, 62)], fill=_RIBBON)
    code = _code(ticket.address, height - 14)
    picture.paste(code, ((width - code.width) // 2, 10 + (height - 10 - code.height) // 2))
    room = square - 44
    _lines(pen, _wrap(ticket.title, 32, BLACK, room, most=4), (24, 86), 32, BLACK, 44)
    _lines(pen, _wrap(ticket.when, 22, MEDIUM, room, most=3), (24, 276), 22, MEDIUM, 31)
    right = width - square + 20
    pen.text((right, 92), words.CODE_LABEL, _GREEN, font_of(24, BOLD))
    size = 50
    while font_of(size, BLACK).getlength(ticket.short_code) > room and size > 20:
        size -= 2
    pen.text((right, 124), ticket.short_code, _INK, font_of(size, BLACK))
    _lines(pen, _wrap(ticket.party, 30, BOLD, room, most=2), (right, 214), 30, BOLD, 40)
    _lines(pen, _wrap(ticket.library, 20, REGULAR, room, most=2), (right, 306), 20, REGULAR, 28)
    return _png(picture)


def _code(address: str, side: int) -> Image:
    """The QR with its quiet zone, in whole pixels a module, as large as `side` allows."""
    from PIL import Image

    picture = QrPicture(address)
    bits = Image.new("1", (picture.side, picture.side), 1)
    offset = (picture.side - len(picture.code.modules)) // 2
    for row, line in enumerate(picture.code.modules):
        for column, is_dark in enumerate(line):
            if is_dark:
                bits.putpixel((column + offset, row + offset), 0)
    pixels = picture.side * max(3, side // picture.side)
    return bits.resize((pixels, pixels), Image.Resampling.NEAREST).convert("RGB")


def _wrap(text: str, size: int, weight: int, width: int, *, most: int) -> list[str]:
    """The text in lines of at most `width` pixels; what is more than `most` lines ends in an ellipsis."""
    font, lines, line = font_of(size, weight), [], ""
    for word in words.WORD.findall(drawable(text)):
        if line and font.getlength(line + word.rstrip()) > width and word[0] not in words.NEVER_FIRST:
            lines.append(line.rstrip())
            line = ""
        for letter in word if font.getlength(word) > width else (word,):
            if line and font.getlength(line + letter) > width and letter not in words.NEVER_FIRST:
                lines.append(line.rstrip())
                line = ""
            line += letter
    lines.append(line.rstrip())
    if len(lines) > most:
        last = lines[most - 1]
        while last and font.getlength(last + words.ELLIPSIS) > width:
            last = last[:-1]
        lines = [*lines[: most - 1], last + words.ELLIPSIS]
    return lines


def _lines(pen: ImageDraw, lines: list[str], at: tuple[int, int], size: int, weight: int, step: int) -> int:
    """Draw lines from a corner downwards; where the next would be."""
    x, y = at
    for line in lines:
        pen.text((x, y), line, _INK, font_of(size, weight))
        y += step
    return y


def _centred(pen: ImageDraw, text: str, y: int, size: int, weight: int, colour: str) -> None:
    pen.text((WIDTH_PX // 2, y), text, colour, font_of(size, weight), anchor="ma")


def _png(picture: Image) -> bytes:
    file = io.BytesIO()
    # Few colours: a palette makes the file a quarter as large, and phones on a slow network are glad of it.
    picture.quantize(64, method=2).save(file, "PNG", compress_level=6)
    return file.getvalue()
