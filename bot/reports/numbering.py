"""Numbers of headings and attachments, the same on paper and in plain text."""

from __future__ import annotations

from collections.abc import Iterator

from bot.reports.document import Attachment, Block, Document, Heading
from bot.texts.report_paper import attachment_name, heading_number

LEVELS = 4


def numbered(document: Document) -> Iterator[tuple[Block, str]]:
    """Every block with the number that stands before it; empty for those without one.

    A heading begins the numbers of the levels below it anew, an attachment those of all.
    """
    counts = [0] * (LEVELS + 1)
    attachment, of = 0, len(document.attachments)
    for block in document.blocks:
        match block:
            case Heading():
                level = min(max(block.level, 1), LEVELS)
                counts[level] += 1
                counts[level + 1 :] = [0] * (LEVELS - level)
                yield block, heading_number(level, counts[level], document.numbering)
            case Attachment():
                attachment += 1
                counts = [0] * (LEVELS + 1)
                yield block, attachment_name(attachment, of)
            case _:
                yield block, ""
