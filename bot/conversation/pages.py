"""Long replies in pages: a passive reply over 2,048 bytes shows the reader a fault notice instead."""

from __future__ import annotations

from bot.texts.general import turn_page

PAGE_BYTES = 1_800


def split_pages(text: str) -> tuple[str, ...]:
    """Split at line ends so that each page fits with its hint; a short text is one page as it is."""
    if len(text.encode()) <= PAGE_BYTES:
        return (text,)
    room = PAGE_BYTES - len(turn_page().encode()) - 1
    pages: list[str] = []
    page = ""
    for line in (piece for long in text.split("\n") for piece in _cut(long, room)):
        if page and len(f"{page}\n{line}".encode()) > room:
            pages.append(f"{page}\n{turn_page()}")
            page = line
        else:
            page = f"{page}\n{line}" if page else line
    return (*pages, page)


def _cut(line: str, room: int) -> list[str]:
    """A line that alone exceeds a page is cut between characters."""
    pieces = []
    while len(line.encode()) > room:
        head = line.encode()[:room].decode(errors="ignore")
        pieces.append(head)
        line = line[len(head) :]
    return [*pieces, line]
