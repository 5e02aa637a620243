"""Tables as WordprocessingML: the heading repeats on every page, a row stays in one piece, numbers do not break."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from bot.reports import docx_styles as styles
from bot.reports.column_widths import NUMBERS, Layout, cell_lines, heading_lines, lay_out
from bot.reports.docx_words import broken, clean, paragraph
from bot.reports.table import Column, Kind, RowKind, Table
from bot.reports.wording_of_cells import said

PORTRAIT_WIDTH, LANDSCAPE_WIDTH = 8844, 12756  # twips of the text area
_EDGES = 12  # twips by which the outer lines stand out


def table_xml(table: Table, width: int) -> str:
    """A whole table of this width in twips. Its last row stays with the note below it, where there is one."""
    rows = [[clean(said(cell, of)) for cell, of in zip(row.cells, table.columns, strict=True)] for row in table.rows]
    layout = lay_out(table.columns, rows, width - _EDGES)
    looks = [_look(at, column, fits) for at, (column, fits) in enumerate(zip(table.columns, layout.fits, strict=True))]
    drawn = [_head(table.columns, layout)]
    for at, (row, texts) in enumerate(zip(table.rows, rows, strict=True)):
        is_last = at == len(rows) - 1 and bool(table.notes)
        face = styles.TOTAL if row.kind is not RowKind.BODY else ""
        cells = [
            paragraph(styles.cell(look, layout.size), broken(cell_lines(text, given, layout.size), face), keep=is_last)
            for text, look, given in zip(texts, looks, layout.widths, strict=True)
        ]
        drawn.append(_row(cells, layout))
    grid = "".join(f'<w:gridCol w:w="{each}"/>' for each in layout.widths)
    properties = _properties(clean(table.title), width - _EDGES)
    return f"<w:tbl>{properties}<w:tblGrid>{grid}</w:tblGrid>{''.join(drawn)}</w:tbl>"


def _look(at: int, column: Column, fits: bool) -> str:
    """Numbers end at one edge, the first column of them counts rows; words that need several lines begin at one."""
    if column.kind in NUMBERS:
        return "Centre" if at == 0 and column.kind is Kind.COUNT else "Right"
    return "Centre" if fits else "Left"


def _properties(title: str, width: int) -> str:
    return (
        f'<w:tblPr><w:tblStyle w:val="{styles.TABLE}"/><w:tblW w:w="{width}" w:type="dxa"/><w:jc w:val="center"/>'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0"'
        f' w:lastColumn="0" w:noHBand="1" w:noVBand="1"/><w:tblCaption w:val={quoteattr(title)}/></w:tblPr>'
    )


def _head(columns: Sequence[Column], layout: Layout) -> str:
    style = styles.cell("Head", layout.size)
    cells = [
        paragraph(style, broken(heading_lines(clean(column.title), width, layout.size)))
        for column, width in zip(columns, layout.widths, strict=True)
    ]
    return _row(cells, layout, "<w:tblHeader/>")


def _row(paragraphs: Sequence[str], layout: Layout, mark: str = "") -> str:
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>{words}</w:tc>'
        for words, width in zip(paragraphs, layout.widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{mark}</w:trPr>{cells}</w:tr>"
