"""A report as plain text, for looking at in a terminal, comparing and copying."""

from __future__ import annotations

from collections.abc import Iterator

from bot.reports.document import Attachment, Document, Heading, Paragraph, Picture, TableBlock
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
        yield from (f"{at}. {line}" for at, line in enumerate(document.to_check, 1))
        yield ""
    yield document.title
    yield ""
    if document.addressee:
        yield words.addressee_line(document.addressee)
    ended = False
    for block, number in numbered(document):
        if isinstance(block, Attachment) and not ended:
            yield from _ending(document)
            ended = True
        match block:
            case Heading():
                yield f"{INDENT}{number}{block.words}{block.run_in}"
            case Paragraph():
                yield INDENT + block.words
            case Picture():
                yield f"[{block.caption or block.alternative}]"
            case TableBlock():
                yield from _table(block.table)
            case Attachment():
                yield from ("", number, block.title, "")
    if not ended:
        yield from _ending(document)


def _ending(document: Document) -> Iterator[str]:
    if document.closing:
        yield INDENT + document.closing
    if document.attachments:
        yield ""
        yield from (INDENT + line for line in words.attachment_lines(document.attachments))
    if document.issuer:
        yield ""
        yield document.issuer
    if document.signed_on:
        yield words.date_line(document.signed_on)


def _table(table: Table) -> Iterator[str]:
    yield table.title
    yield "\t".join(column.title for column in table.columns)
    for row in table.rows:
        yield "\t".join(said(cell, column) for cell, column in zip(row.cells, table.columns, strict=True))
    yield from table.notes
