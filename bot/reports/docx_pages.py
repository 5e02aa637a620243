"""Sections of a report: paper, margins, the grid of 22 lines and 28 characters, page numbers (library-domain 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.reports import docx_styles as styles
from bot.reports.docx_words import NAMESPACE, paragraph, run
from bot.texts.report_paper import DRAFT_FOOT

if TYPE_CHECKING:
    from docx.document import Document as WordFile

_PAGE = 'w:top="2098" w:right="1474" w:bottom="1984" w:left="1588" w:header="851" w:footer="1307" w:gutter="0"'
_LYING = 'w:top="1588" w:right="2098" w:bottom="1474" w:left="1984" w:header="851" w:footer="797" w:gutter="0"'
_UPRIGHT_PAPER, _LYING_PAPER = 'w:w="11906" w:h="16838"', 'w:w="16838" w:h="11906" w:orient="landscape"'
_DASH = "\u2014"


class Sections:
    """Makes the sections of one file, first to last: a later one has the page numbers of the one before."""

    def __init__(self, file: WordFile) -> None:
        self._file = file
        self._numbered = False

    def front(self) -> str:
        """What goes before the report is signed bears no page number: the report begins with page 1 without it."""
        draft = run(DRAFT_FOOT)
        return _section(self._feet(draft), "", lies=False)

    def next(self, *, lies: bool) -> str:
        """A section of the report itself, on paper that stands or lies."""
        if self._numbered:
            return _section("", "", lies=lies)
        self._numbered = True
        return _section(self._feet(_NUMBER), '<w:pgNumType w:start="1"/>', lies=lies)

    def _feet(self, runs: str) -> str:
        """Odd pages bear it at the right, even ones at the left."""
        return self._foot("default", styles.PAGE_ODD, runs) + self._foot("even", styles.PAGE_EVEN, runs)

    def _foot(self, kind: str, style: str, runs: str) -> str:
        from docx.oxml import parse_xml

        text: Any = self._file.part
        part, key = text.add_footer_part()
        root = part.element
        for child in list(root):
            root.remove(child)
        root.append(parse_xml(paragraph(style, runs).replace("<w:p>", f"<w:p {NAMESPACE}>", 1)))
        return f'<w:footerReference w:type="{kind}" r:id="{key}"/>'


def _section(feet: str, number: str, *, lies: bool) -> str:
    """In the order of CT_SectPr."""
    paper, margins = (_LYING_PAPER, _LYING) if lies else (_UPRIGHT_PAPER, _PAGE)
    grid = f'w:type="linesAndChars" w:linePitch="{styles.LINE}" w:charSpace="{styles.CHAR_SPACE}"'
    return (
        f'<w:sectPr>{feet}<w:type w:val="nextPage"/><w:pgSz {paper}/><w:pgMar {margins}/>{number}'
        f"<w:docGrid {grid}/></w:sectPr>"
    )


def _field_run(inner: str) -> str:
    return f"<w:r>{inner}</w:r>"


# — 1 —, the number filled in by the word processor.
_NUMBER = "".join(
    (
        _field_run(f'<w:t xml:space="preserve">{_DASH} </w:t>'),
        _field_run('<w:fldChar w:fldCharType="begin"/>'),
        _field_run('<w:instrText xml:space="preserve"> PAGE </w:instrText>'),
        _field_run('<w:fldChar w:fldCharType="separate"/>'),
        _field_run("<w:t>1</w:t>"),
        _field_run('<w:fldChar w:fldCharType="end"/>'),
        _field_run(f'<w:t xml:space="preserve"> {_DASH}</w:t>'),
    )
)
