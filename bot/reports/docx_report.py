"""A report as docx to GB/T 9704-2012 with the values of library-domain 4.1. Layout in Word is a result: the tests look
at rendered pages.

Paragraphs and tables are written as WordprocessingML at once: cell by cell python-docx takes seconds for a list of
350 activities. It keeps the package, the pictures and the settings.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from bot.reports import docx_styles as styles
from bot.reports.document import Attachment, Block, Document, Heading, Paragraph, Picture, TableBlock
from bot.reports.docx_table import LANDSCAPE_WIDTH, PORTRAIT_WIDTH, table_xml
from bot.reports.numbering import numbered
from bot.reports.title_lines import break_title
from bot.texts import report_paper as words
from bot.texts.report_paper import GB2312, Fonts

if TYPE_CHECKING:
    from docx.document import Document as WordFile

_FIXED = datetime(2000, 1, 1)  # noqa: DTZ001 - the same report gives the same bytes
_ZIP_DATE = (2000, 1, 1, 0, 0, 0)
_PAGE = 'w:top="2098" w:right="1474" w:bottom="1984" w:left="1588" w:header="851" w:footer="1307" w:gutter="0"'
_LYING = 'w:top="1588" w:right="2098" w:bottom="1474" w:left="1984" w:header="851" w:footer="797" w:gutter="0"'
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_docx(document: Document, *, fonts: Fonts = GB2312, note: str = "") -> bytes:
    """The report as a file for Word and WPS; the same document gives the same bytes.

    `note`: stands at the head of every page, for copies that are not the document itself.
    """
    # Only here: few processes ever make one, and it takes megabytes.
    from docx import Document as open_word_file

    file = open_word_file()
    _Writer(file, document, fonts, note).write()
    packed = io.BytesIO()
    file.save(packed)
    return _with_fixed_dates(packed.getvalue())


def clean(text: str) -> str:
    """Text without what XML cannot hold; line breaks become spaces."""
    return _NOT_XML.sub("", text.replace("\r", "").replace("\n", " "))


class _Writer:
    def __init__(self, file: WordFile, document: Document, fonts: Fonts, note: str) -> None:
        self._file, self._document, self._fonts, self._note = file, document, fonts, note
        self._body: Any = file.element.body
        self._end: Any = self._body.sectPr
        self._lies = False
        self._is_first_section = True

    def write(self) -> None:
        """All of it, from the front to the last attachment."""
        self._set_styles()
        self._set_settings()
        self._write_front()
        self._write_head()
        ended = False
        for block, number in numbered(self._document):
            if isinstance(block, Attachment) and not ended:
                self._write_ending()
                ended = True
            self._write_block(block, number)
        if not ended:
            self._write_ending()
        self._set_section(self._end, lies=self._lies)

    # --- parts -------------------------------------------------------------------------------------------------------

    def _write_front(self) -> None:
        """What a person must look at stands on a page of its own, to be taken away."""
        if not self._document.to_check:
            return
        self._add(styles.DRAFT, words.DRAFT_HEADING)
        for at, line in enumerate(self._document.to_check, 1):
            self._add(styles.DRAFT, f"{at}. {line}")
        self._append(f'<w:p {styles.NAMESPACE}><w:r><w:br w:type="page"/></w:r></w:p>')

    def _write_head(self) -> None:
        lines = break_title(clean(self._document.title), styles.TITLE_CHARACTERS)
        self._append(_paragraph(styles.TITLE, "<w:br/>".join(_text(line) for line in lines), raw=True))
        self._add(styles.BODY, "")
        if self._document.addressee:
            self._add(styles.ADDRESSEE, words.addressee_line(self._document.addressee))

    def _write_block(self, block: Block, number: str) -> None:
        match block:
            case Heading(run_in=""):
                self._add(styles.heading(block.level), number + block.words)
            case Heading():
                self._append(self._run_in(block, number))
            case Paragraph():
                self._add(styles.BODY, block.words)
            case Picture():
                self._write_picture(block)
            case TableBlock():
                self._write_table(block)
            case Attachment():
                self._begin_attachment(block, number)

    def _run_in(self, block: Heading, number: str) -> str:
        """A heading whose paragraph runs on: it stands in the outline, its sentence in the face of its level."""
        face = {1: self._fonts.first, 2: self._fonts.second}.get(block.level, self._fonts.body)
        properties = f'<w:pPr><w:outlineLvl w:val="{block.level - 1}"/></w:pPr>'
        head = f'<w:rPr><w:rFonts w:eastAsia="{face}"/></w:rPr>{_text(number + block.words)}'
        return f"<w:p {styles.NAMESPACE}>{properties}<w:r>{head}</w:r><w:r>{_text(block.run_in)}</w:r></w:p>"

    def _write_picture(self, picture: Picture) -> None:
        from docx.shared import Mm

        paragraph = self._file.add_paragraph(style=self._file.styles[styles.PICTURE])
        shape = paragraph.add_run().add_picture(io.BytesIO(picture.content), width=Mm(picture.width_mm))
        described: Any = shape._inline.docPr
        described.set("descr", clean(picture.alternative))
        described.set("name", f"{styles.PICTURE} {described.get('id')}")
        if picture.caption:
            self._add(styles.CAPTION, picture.caption)

    def _write_table(self, block: TableBlock) -> None:
        width = LANDSCAPE_WIDTH if self._lies else PORTRAIT_WIDTH
        self._append(table_xml(block.table, width, clean))
        for note in block.table.notes:
            self._add(styles.NOTE, note)
        self._add(styles.NOTE, "")

    def _begin_attachment(self, attachment: Attachment, number: str) -> None:
        if attachment.landscape != self._lies:
            self._end_section()
            self._lies = attachment.landscape
        self._add(styles.ATTACHMENT, number)
        self._add(styles.NOTE, "")
        self._add(styles.ATTACHMENT_TITLE, attachment.title)

    def _write_ending(self) -> None:
        document = self._document
        if document.closing:
            self._add(styles.BODY, document.closing)
        if document.attachments:
            self._add(styles.BODY, "")
            for line in words.attachment_lines(document.attachments):
                self._append(_hanging(line, is_first=line.startswith(words.ATTACHMENT)))
        if document.issuer:
            self._write_signature()

    def _write_signature(self) -> None:
        """Without a seal: the date begins two characters to the right of the issuer (GB/T 9704 7.3.5.2)."""
        issuer, day = clean(self._document.issuer), self._document.signed_on
        date = words.date_line(day) if day else ""
        wide, long = _width(issuer), _width(date)
        issuer_in, date_in = (200, 200 + wide - long - 200) if wide >= long + 200 else (400 + long - wide, 200)
        self._add(styles.BODY, "")
        self._append(_signed(issuer, max(issuer_in, 200)))
        if date:
            self._append(_signed(date, max(date_in, 0)))

    # --- sections ----------------------------------------------------------------------------------------------------

    def _end_section(self) -> None:
        """What came so far keeps the way the paper lies."""
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        paragraph: Any = OxmlElement("w:p")
        properties = OxmlElement("w:pPr")
        style = OxmlElement("w:pStyle")
        style.set(qn("w:val"), styles.NOTE)
        section = OxmlElement("w:sectPr")
        properties.extend((style, section))
        paragraph.append(properties)
        self._end.addprevious(paragraph)
        self._set_section(section, lies=self._lies)

    def _set_section(self, section: Any, *, lies: bool) -> None:
        from docx.oxml import parse_xml

        for child in list(section):
            section.remove(child)
        if self._is_first_section:
            self._add_footers(section)  # the other sections have those of the first
            self._is_first_section = False
        size = 'w:w="16838" w:h="11906" w:orient="landscape"' if lies else 'w:w="11906" w:h="16838"'
        grid = f'w:type="linesAndChars" w:linePitch="{styles.LINE}" w:charSpace="{styles.CHAR_SPACE}"'
        for xml in (
            f"<w:pgSz {styles.NAMESPACE} {size}/>",
            f"<w:pgMar {styles.NAMESPACE} {_LYING if lies else _PAGE}/>",
            f"<w:docGrid {styles.NAMESPACE} {grid}/>",
        ):
            section.append(parse_xml(xml))

    def _add_footers(self, element: Any) -> None:
        from docx.section import Section

        section = Section(element, self._file.part)
        for footer, style in ((section.footer, "Page Odd"), (section.even_page_footer, "Page Even")):
            footer.is_linked_to_previous = False
            footer.paragraphs[0].style = self._file.styles[style]
            _page_number(footer.paragraphs[0]._p)
        for header in (section.header, section.even_page_header) if self._note else ():
            header.is_linked_to_previous = False
            header.paragraphs[0].style = self._file.styles["Table Note"]
            header.paragraphs[0].add_run(self._note)

    # --- the file ----------------------------------------------------------------------------------------------------

    def _set_styles(self) -> None:
        from docx.oxml import parse_xml

        root: Any = self._file.styles.element
        made = [parse_xml(xml) for xml in styles.styles_of(self._fonts)]
        ids = {style.styleId for style in made}
        for style in list(root.style_lst):
            if style.styleId in ids or (style.type is not None and style.styleId.endswith("Char")):
                root.remove(style)
        for style in made:
            root.append(style)

    def _set_settings(self) -> None:
        rels = self._file.part.package.rels
        for key in [key for key, rel in rels.items() if rel.reltype.endswith("/thumbnail")]:
            del rels[key]  # the template's picture of itself
        self._file.settings.odd_and_even_pages_header_footer = True
        core = self._file.core_properties
        core.title, core.author, core.comments, core.last_modified_by = clean(self._document.title)[:255], "", "", ""
        core.created = core.modified = _FIXED

    def _add(self, style: str, text: str) -> None:
        self._append(_paragraph(style, text))

    def _append(self, xml: str) -> None:
        from docx.oxml import parse_xml

        self._end.addprevious(parse_xml(xml))


# --- WordprocessingML ------------------------------------------------------------------------------------------------


def _text(text: str) -> str:
    return f'<w:t xml:space="preserve">{escape(clean(text))}</w:t>'


def _paragraph(style: str, text: str, *, raw: bool = False) -> str:
    run = f"<w:r>{text if raw else _text(text)}</w:r>" if text else ""
    mark = "" if style == styles.BODY else f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
    return f"<w:p {styles.NAMESPACE}>{mark}{run}</w:p>"


def _hanging(text: str, *, is_first: bool) -> str:
    """附件说明: two characters in; a second line stands below the title, not below 附件."""
    number = 150 if text[:1].isdigit() or text[3:4].isdigit() else 0
    left = 500 + number
    first = 300 + number if is_first else number
    indent = f'w:leftChars="{left}" w:left="{left * 32 // 10}" w:hangingChars="{first}" w:hanging="{first * 32 // 10}"'
    return f"<w:p {styles.NAMESPACE}><w:pPr><w:ind {indent}/></w:pPr><w:r>{_text(text)}</w:r></w:p>"


def _signed(text: str, right: int) -> str:
    indent = f'<w:ind w:rightChars="{right}" w:right="{right * 32 // 10}" w:firstLineChars="0" w:firstLine="0"/>'
    return (
        f'<w:p {styles.NAMESPACE}><w:pPr><w:pStyle w:val="{styles.SIGNED}"/>{indent}</w:pPr>'
        f"<w:r>{_text(text)}</w:r></w:p>"
    )


def _width(text: str) -> int:
    """In hundredths of a Chinese character; digits and Latin letters are half as wide."""
    return sum(50 if ord(char) < 0x2E80 else 100 for char in text)


def _page_number(paragraph: Any) -> None:
    """— 1 —, the number filled in by the word processor."""
    from docx.oxml import parse_xml

    runs = (
        '<w:r><w:t xml:space="preserve">\u2014 </w:t></w:r>',
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>',
        '<w:r><w:instrText xml:space="preserve">PAGE</w:instrText></w:r>',
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r>',
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
        '<w:r><w:t xml:space="preserve"> \u2014</w:t></w:r>',
    )
    made = parse_xml(f"<w:p {styles.NAMESPACE}>{''.join(runs)}</w:p>")
    for run in list(made):
        paragraph.append(run)


def _with_fixed_dates(content: bytes) -> bytes:
    """The same package with one date for all of its parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            info = zipfile.ZipInfo(entry.filename, _ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(entry))
    return packed.getvalue()
