"""A report as docx to GB/T 9704-2012 with the values of library-domain 4.1. Layout in Word is a result: the tests look
at rendered pages.

Paragraphs and tables are written as WordprocessingML at once: cell by cell python-docx takes seconds for a list of
350 activities. It keeps the package, the pictures and the feet of the pages. Numbers of headings are words of their
paragraphs: so they survive Word, WPS, LibreOffice and copying alike.
"""

from __future__ import annotations

import io
from typing import Any

from bot.reports import docx_styles as styles
from bot.reports.char_width import width
from bot.reports.document import Attachment, Block, Document, Heading, Paragraph, Picture, TableBlock
from bot.reports.docx_package import new_file, pack
from bot.reports.docx_pages import Sections
from bot.reports.docx_pictures import printable
from bot.reports.docx_table import LANDSCAPE_WIDTH, PORTRAIT_WIDTH, table_xml
from bot.reports.docx_words import broken, clean, lines_of, paragraph, run, with_section
from bot.reports.numbering import numbered
from bot.reports.table import Table
from bot.reports.title_lines import break_title
from bot.texts import report_paper as words
from bot.texts.report_paper import FONTS, Fonts

_FARTHEST_IN = 1800  # hundredths of a character: an issuer of several lines leaves room for the date
_TAB = "<w:r><w:tab/></w:r>"


def write_docx(document: Document, *, fonts: Fonts | None = None) -> bytes:
    """The report as a file for Word and WPS; the same document gives the same bytes.

    `fonts`: others than those that the document asks for.
    """
    return _Writer(document, fonts or FONTS[document.fonts]).write()


class _Writer:
    def __init__(self, document: Document, fonts: Fonts) -> None:
        self._document = document
        self._file = new_file(document.title, fonts, len(document.attachments))
        self._sections = Sections(self._file)
        self._parts: list[str] = []
        self._pictures = 0
        self._lies = False
        self._titled = ""  # the title of the attachment that has just begun

    def write(self) -> bytes:
        """All of it, from the front to the last attachment."""
        self._write_front()
        self._write_head()
        blocks = list(numbered(self._document))
        ending = next((at for at, (block, _) in enumerate(blocks) if isinstance(block, Attachment)), len(blocks))
        for at, (block, number) in enumerate(blocks):
            if at == ending:
                self._write_ending()
            self._write_block(block, number, keep=at == ending - 1 and self._signs_at_once)
        if ending == len(blocks):
            self._write_ending()
        return pack(self._file, "".join(self._parts) + self._sections.next(lies=self._lies))

    @property
    def _signs_at_once(self) -> bool:
        """Whether the last paragraph has to hold the signature, so that it never stands on a page without text."""
        return bool(self._document.issuer and not self._document.closing and not self._document.attachments)

    # --- parts -------------------------------------------------------------------------------------------------------

    def _write_front(self) -> None:
        """What a person must look at stands in a box on a page of its own, to be taken away."""
        if not self._document.to_check:
            return
        self._add(styles.DRAFT_HEAD, run(words.DRAFT_HEADING))
        for at, line in enumerate(self._document.to_check, 1):
            self._add(styles.DRAFT_NOTE, run(f"{at}.") + _TAB + run(line))
        self._end_section(self._sections.front())

    def _write_head(self) -> None:
        lines = break_title(clean(self._document.title), styles.TITLE_CHARACTERS)
        self._add(styles.TITLE, broken(lines))
        if clean(self._document.addressee).strip():
            self._add(styles.ADDRESSEE, run(words.addressee_line(clean(self._document.addressee))))

    def _write_block(self, block: Block, number: str, *, keep: bool) -> None:
        titled, self._titled = self._titled, ""
        match block:
            case Heading():
                self._write_heading(block, number, keep=keep)
            case Paragraph():
                self._write_lines(lines_of(block.words), keep=keep)
            case Picture():
                self._write_picture(block)
            case TableBlock():
                self._write_table(block.table, titled)
            case Attachment():
                self._begin_attachment(block, number)

    def _write_heading(self, block: Heading, number: str, *, keep: bool) -> None:
        """A heading of its own line, or one whose paragraph runs on in the face of the body."""
        head = number + clean(block.words)
        first, *rest = lines_of(block.run_in)
        if not first:
            self._add(styles.heading(block.level), run(head))
            return
        runs = run(head, styles.run_in_face(block.level)) + run(first)
        self._add(styles.run_in(block.level), runs, keep=keep and not rest)
        self._write_lines(rest, keep=keep)

    def _write_lines(self, lines: list[str], *, keep: bool) -> None:
        for at, line in enumerate(lines, 1):
            if line:
                self._add("", run(line), keep=keep and at == len(lines))

    def _write_picture(self, picture: Picture) -> None:
        from docx.shared import Mm

        shown = printable(picture.content, picture.width_mm)
        caption = clean(picture.caption)
        if shown is None:
            self._add(styles.CAPTION, run(words.UNREADABLE_PICTURE + (caption or clean(picture.alternative))))
            return
        inline: Any = self._file.part.new_pic_inline(io.BytesIO(shown.content), Mm(shown.width_mm), Mm(shown.height_mm))
        self._pictures += 1
        described: Any = inline.docPr
        described.set("id", str(self._pictures))
        described.set("name", f"{styles.PICTURE} {self._pictures}")
        described.set("descr", clean(picture.alternative) or caption)
        self._add(styles.PICTURE, f"<w:r><w:drawing>{inline.xml}</w:drawing></w:r>")
        if caption:
            self._add(styles.CAPTION, broken(break_title(caption, styles.CAPTION_CHARACTERS)))

    def _write_table(self, table: Table, titled: str) -> None:
        """Its title stands above it, except where it is that of the attachment that it fills."""
        if clean(table.title) and table.title != titled:
            self._add(styles.TABLE_TITLE, run(table.title))
        self._parts.append(table_xml(table, LANDSCAPE_WIDTH if self._lies else PORTRAIT_WIDTH))
        for note in table.notes:
            self._add(styles.TABLE_NOTE, run(note))
        self._add(styles.AFTER_TABLE, "")  # Word joins two tables that touch, and wants a paragraph after the last

    def _begin_attachment(self, attachment: Attachment, number: str) -> None:
        if attachment.landscape != self._lies:
            self._end_section(self._sections.next(lies=self._lies))
            self._lies = attachment.landscape
        most = styles.LYING_TITLE_CHARACTERS if self._lies else styles.TITLE_CHARACTERS
        self._add(styles.ATTACHMENT, run(number))
        self._add(styles.ATTACHMENT_TITLE, broken(break_title(clean(attachment.title), most)))
        self._titled = attachment.title

    def _write_ending(self) -> None:
        document = self._document
        if clean(document.closing).strip():
            self._add(styles.CLOSING, run(document.closing))
        for at, (before, title) in enumerate(words.attachment_lines(document.attachments)):
            style = styles.ATTACHMENT_LIST_MORE if at else styles.ATTACHMENT_LIST
            self._add(style, run(before) + (_TAB if before[-1] == "." else "") + run(title))
        if document.issuer:
            self._write_signature()

    def _write_signature(self) -> None:
        """Without a seal, 7.3.5.2: the issuer two characters from the right, the date's first character two to the
        right of the issuer's; where the date is the longer, it stands two from the right and the issuer moves left."""
        issuer, day = clean(self._document.issuer), self._document.signed_on
        date = words.date_line(day) if day else ""
        wide, long = round(width(issuer) * 100), round(width(date) * 100)
        issuer_in, date_in = (200, min(wide - long, _FARTHEST_IN)) if wide >= long else (400 + long - wide, 200)
        self._add(styles.ISSUER, run(issuer), _from_the_right(issuer_in))
        if date:
            self._add(styles.SIGNED_ON, run(date), _from_the_right(date_in))

    # --- pieces ------------------------------------------------------------------------------------------------------

    def _end_section(self, section: str) -> None:
        """What came last ends it: a paragraph of its own might need a page of its own."""
        self._parts[-1] = with_section(self._parts[-1], section)

    def _add(self, style: str, runs: str, properties: str = "", *, keep: bool = False) -> None:
        self._parts.append(paragraph(style, runs, properties, keep=keep))


def _from_the_right(hundredths: int) -> str:
    twips = hundredths * styles.CHARACTER // 100
    return f'<w:ind w:rightChars="{hundredths}" w:right="{twips}" w:firstLineChars="0" w:firstLine="0"/>'
