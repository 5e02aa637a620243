"""The sign-in sheet: a list on paper for a door without phones, to be marked afterwards by its short codes.

Large type, one row for each registration, in the order of names: a volunteer with a queue in front looks for a name,
and finds it where the telephone book has it, without turning pages to and fro.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.texts import sign_in_sheet as words

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table

ROW_MM = 11
ROW_PT = 15
MARGIN_MM = 14
_WIDTHS_MM = (15, 38, 24, 26, 30, 31, 18)
_SPARE_ROWS = 12


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One registration. `name` is masked already where it must be; `last4`: of the phone."""

    name: str
    last4: str
    party: str
    people: int
    short_code: str
    came: int


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What the sheet says: about the occurrence, who is expected, who waits in line."""

    number: int
    title: str
    when: str
    where: str
    library: str
    expected: Sequence[SheetLine]
    waiting: Sequence[SheetLine]
    walk_ins: bool


def sign_in_sheet(facts: SheetFacts) -> bytes:
    """The sheet as docx, A4."""
    # Only here: few processes ever make one, and it takes megabytes.
    from docx import Document
    from docx.shared import Mm

    sheet = Document()
    section = sheet.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(MARGIN_MM)
    section.top_margin, section.bottom_margin = Mm(14), Mm(14)
    _set_font(sheet)
    _head(sheet, facts)
    if facts.expected:
        _table(sheet, [_row(place, line) for place, line in enumerate(_by_name(facts.expected), 1)])
    if facts.waiting:
        _heading(sheet, words.WAITING)
        _table(sheet, [_row(place, line) for place, line in enumerate(facts.waiting, 1)])
    _heading(sheet, words.WALK_INS if facts.walk_ins else words.OTHERS)
    _table(sheet, [("", "", "", "", "", "", "")] * _SPARE_ROWS)
    _totals(sheet)
    _footer(section, facts)
    file = io.BytesIO()
    sheet.save(file)
    return file.getvalue()


def _by_name(lines: Sequence[SheetLine]) -> list[SheetLine]:
    """By pronunciation: Chinese telephone books are, and GB 2312 has its common characters in that order."""
    return sorted(lines, key=lambda line: (line.name.encode("gb18030", "replace"), line.last4))


def _row(place: int, line: SheetLine) -> tuple[str, ...]:
    came = str(line.came) if line.came else ""
    return (str(place), line.name, line.last4, line.party, line.short_code, "", came)


def _set_font(sheet: Document) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    normal: Any = sheet.styles["Normal"]
    normal.font.name, normal.font.size = words.FONT, Pt(ROW_PT)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), words.FONT)
    normal.paragraph_format.space_after = Pt(0)
    footer: Any = sheet.styles["Footer"]
    footer.font.size = Pt(10)  # of the page numbers too, which the word processor writes


def _head(sheet: Document, facts: SheetFacts) -> None:
    from docx.shared import Pt

    title = sheet.add_paragraph()
    run = title.add_run(words.title(facts.number, facts.title))
    run.bold, run.font.size = True, Pt(22)
    for line in (words.when(facts.when), words.where(facts.where), words.counts(facts.library, facts.expected)):
        sheet.add_paragraph(line)
    advice = sheet.add_paragraph()
    advice.add_run(words.ADVICE).font.size = Pt(12)
    advice.paragraph_format.space_after = Pt(6)


def _heading(sheet: Document, text: str) -> None:
    from docx.shared import Pt

    heading = sheet.add_paragraph()
    heading.paragraph_format.space_before, heading.paragraph_format.space_after = Pt(12), Pt(4)
    heading.paragraph_format.keep_with_next = True
    heading.add_run(text).bold = True


def _table(sheet: Document, rows: Sequence[tuple[str, ...]]) -> None:
    table = sheet.add_table(rows=1 + len(rows), cols=len(words.COLUMNS))
    table.style, table.autofit = "Table Grid", False
    cells = table._cells  # read once: looking up each cell by its place takes minutes at two hundred rows
    width = len(words.COLUMNS)
    for place, texts in enumerate((words.COLUMNS, *rows)):
        for column, text in enumerate(texts):
            _fill(cells[place * width + column], text, column, is_head=place == 0)
    for place, row in enumerate(table.rows):
        _shape_row(row, is_head=place == 0)
    _set_widths(table)


def _fill(cell: Any, text: str, column: int, *, is_head: bool) -> None:
    from docx.enum.table import WD_ALIGN_VERTICAL
    from docx.shared import Mm, Pt

    cell.width, cell.vertical_alignment = Mm(_WIDTHS_MM[column]), WD_ALIGN_VERTICAL.CENTER
    if text:
        run = cell.paragraphs[0].add_run(text)
        run.bold = is_head
        if is_head:
            run.font.size = Pt(12)


def _shape_row(row: Any, *, is_head: bool) -> None:
    """A row stays in one piece, and the head comes again on every page."""
    from docx.enum.table import WD_ROW_HEIGHT_RULE
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    row.height, row.height_rule = Mm(ROW_MM), WD_ROW_HEIGHT_RULE.AT_LEAST
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))


def _set_widths(table: Table) -> None:
    from docx.shared import Mm

    for column, width in zip(table.columns, _WIDTHS_MM, strict=True):
        column.width = Mm(width)


def _totals(sheet: Document) -> None:
    from docx.shared import Pt

    totals = sheet.add_paragraph(words.TOTALS)
    totals.paragraph_format.space_before = Pt(14)
    totals.paragraph_format.keep_together = True


def _footer(section: Any, facts: SheetFacts) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    line = section.footer.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, between, after = words.page_of(facts.number)
    for text, field in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        line.add_run(text)
        if field:
            _field(line, field)


def _field(line: Any, name: str) -> None:
    """A number that the word processor fills in."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    run = line.add_run()
    for kind in ("begin", "", "end"):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = name
        run._r.append(element)
