"""Tables as WordprocessingML: the heading repeats on every page, a row stays in one piece, widths are as given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape

from bot.reports.docx_styles import NAMESPACE, TABLE
from bot.reports.table import Column, Kind, Row, RowKind, Table
from bot.reports.wording_of_cells import said

PORTRAIT_WIDTH, LANDSCAPE_WIDTH = 8844, 12756  # twips of the text area
_SMALL = 18  # half points, where a table has many columns
_MANY_COLUMNS = 9
_NUMBERS = (Kind.COUNT, Kind.AMOUNT, Kind.SHARE)
_SHADES = {RowKind.SUBTOTAL: "F2F2F2", RowKind.TOTAL: "E7E6E6"}


def table_xml(table: Table, width: int, clean: Callable[[str], str]) -> str:
    """A whole table of this width in twips; `clean` takes out what XML cannot hold."""
    widths = share_out(table.columns, width)
    small = len(table.columns) >= _MANY_COLUMNS
    grid = "".join(f'<w:gridCol w:w="{each}"/>' for each in widths)
    head = _row_xml([clean(column.title) for column in table.columns], widths, ["center"] * len(widths), "head", small)
    rows = "".join(_body_row(row, table.columns, widths, small, clean) for row in table.rows)
    return f"<w:tbl {NAMESPACE}>{_properties(width)}<w:tblGrid>{grid}</w:tblGrid>{head}{rows}</w:tbl>"


def share_out(columns: Sequence[Column], width: int) -> list[int]:
    """Twips for each column by its share; together exactly the width."""
    total = sum(column.width for column in columns)
    widths = [column.width * width // total for column in columns]
    widths[-1] += width - sum(widths)
    return widths


def _properties(width: int) -> str:
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    return (
        f'<w:tblPr><w:tblW w:w="{width}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{edges}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="57" w:type="dxa"/><w:right w:w="57" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr>"
    )


def _body_row(
    row: Row, columns: Sequence[Column], widths: Sequence[int], small: bool, clean: Callable[[str], str]
) -> str:
    texts = [clean(said(cell, column)) for cell, column in zip(row.cells, columns, strict=True)]
    sides = ["right" if column.kind in _NUMBERS else "left" for column in columns]
    return _row_xml(texts, widths, sides, _SHADES.get(row.kind, ""), small)


def _row_xml(texts: Sequence[str], widths: Sequence[int], sides: Sequence[str], look: str, small: bool) -> str:
    is_head = look == "head"
    mark = "<w:cantSplit/>" + ("<w:tblHeader/>" if is_head else "")
    cells = "".join(
        _cell_xml(text, width, side, look, small) for text, width, side in zip(texts, widths, sides, strict=True)
    )
    return f"<w:tr><w:trPr>{mark}</w:trPr>{cells}</w:tr>"


def _cell_xml(text: str, width: int, side: str, look: str, small: bool) -> str:
    shade = "F2F2F2" if look == "head" else look
    shading = f'<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>' if shade else ""
    size = f'<w:sz w:val="{_SMALL}"/><w:szCs w:val="{_SMALL}"/>' if small else ""
    weight = "<w:b/>" if look else ""
    run = f'<w:r><w:rPr>{weight}{size}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shading}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{TABLE}"/><w:jc w:val="{side}"/></w:pPr>{run}</w:p></w:tc>'
    )
