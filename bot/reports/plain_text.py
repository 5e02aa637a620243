"""A report as plain text, for looking at in a terminal, comparing and copying: numbers are words, tables are lines
whose cells a tab parts, as spreadsheets take them."""

from __future__ import annotations

from collections.abc import Iterator

from bot.reports.document import Attachment, Document, Heading, Paragraph, Picture, TableBlock
from bot.reports.docx_words import clean, lines_of
from bot.reports.numbering import numbered
from bot.reports.table import Table
from bot.reports.wording_of_cells import said
from bot.texts import report_paper as words

INDENT = "\u3000\u3000"


def write_text(document: Document) -> str:
    """The whole report; the same document gives the same text."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    if document.to_check:
        yield words.DRAFT_HEADING
        yield from (f"{at}. {clean(line)}" for at, line in enumerate(document.to_check, 1))
        yield ""
    yield clean(document.title)
    yield ""
    if clean(document.addressee).strip():
        yield words.addressee_line(clean(document.addressee))
    ended, titled = False, ""
    for block, number in numbered(document):
        if isinstance(block, Attachment) and not ended:
            yield from _ending(document)
            ended = True
        match block:
            case Heading():
                first, *rest = lines_of(block.run_in)
                yield f"{INDENT}{number}{clean(block.words)}{first}"
                yield from (INDENT + line for line in rest)
            case Paragraph():
                yield from (INDENT + line for line in lines_of(block.words))
            case Picture():
                yield f"[{clean(block.caption) or clean(block.alternative)}]"
            case TableBlock():
                yield from _table(block.table, titled)
            case Attachment():
                yield from ("", number, clean(block.title), "")
        titled = block.title if isinstance(block, Attachment) else ""
    if not ended:
        yield from _ending(document)


def _ending(document: Document) -> Iterator[str]:
    if clean(document.closing).strip():
        yield INDENT + clean(document.closing)
    if document.attachments:
        yield ""
        for before, title in words.attachment_lines(document.attachments):
            yield INDENT + before + clean(title)
    if document.issuer:
        yield ""
        yield clean(document.issuer)
        if document.signed_on:
            yield words.date_line(document.signed_on)


def _table(table: Table, titled: str) -> Iterator[str]:
    """Its title stands above it, except where it is that of the attachment that it fills."""
    if table.title != titled:
        yield clean(table.title)
    yield "\t".join(clean(column.title) for column in table.columns)
    for row in table.rows:
        yield "\t".join(clean(said(cell, column)) for cell, column in zip(row.cells, table.columns, strict=True))
    yield from map(clean, table.notes)
