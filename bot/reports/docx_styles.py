"""The styles of a report by GB/T 9704-2012 (library-domain 4.1), as WordprocessingML.

All looks stand here: paragraphs name a style and nothing else, so that an office changes a font in one place.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.reports.column_widths import MARGIN, SIZES
from bot.texts import report_paper as words
from bot.texts.report_paper import Fonts

LINE = 579  # twips: 22 lines in 225 mm
CHARACTER = 320  # twips of 16 pt
CHAR_SPACE = -848  # of the grid: 28 characters of 16 pt in 156 mm
TITLE_CHARACTERS, LYING_TITLE_CHARACTERS = 19, 27  # of 22 pt in a line, with a little room at the sides
CAPTION_CHARACTERS = 34  # of 12 pt

NORMAL, TITLE, CAPTION = "Normal", "Title", "Caption"
ADDRESSEE, CLOSING, ISSUER, SIGNED_ON = "Addressee", "Closing", "Issuer", "SignedOn"
ATTACHMENT_LIST, ATTACHMENT_LIST_MORE = "AttachmentList", "AttachmentListMore"
ATTACHMENT, ATTACHMENT_TITLE = "Attachment", "AttachmentTitle"
TABLE_TITLE, TABLE_NOTE, AFTER_TABLE, PICTURE = "TableTitle", "TableNote", "AfterTable", "Picture"
DRAFT_HEAD, DRAFT_NOTE = "DraftHead", "DraftNote"
PAGE_ODD, PAGE_EVEN, PAGE_HEAD = "PageOdd", "PageEven", "Header"
TOTAL, TABLE = "Total", "ReportTable"
LEVELS = 4

_NO_INDENT = 'w:firstLineChars="0" w:firstLine="0"'
_TWO_IN = 'w:firstLineChars="200" w:firstLine="640"'
_IN_BOX = 'w:leftChars="200" w:left="640" w:rightChars="50" w:right="160" w:hangingChars="150" w:hanging="480"'


def heading(level: int) -> str:
    """The id of the style of a heading; Word's own, so that its navigation shows them."""
    return f"Heading{min(max(level, 1), LEVELS)}"


def run_in(level: int) -> str:
    """The id of the style of a paragraph that begins with its heading."""
    return f"RunIn{min(max(level, 1), LEVELS)}"


def run_in_face(level: int) -> str:
    """The id of the style of the heading's sentence in such a paragraph."""
    return f"RunInFace{min(max(level, 1), LEVELS)}"


def cell(look: str, size: int) -> str:
    """The id of the style of a cell's words. `look`: Head, Left, Centre or Right; `size` in half points."""
    return f"Table{look}{size}"


def styles_of(fonts: Fonts, attachments: int = 0) -> str:
    """All styles as the content of w:styles. `attachments`: how many there are, which moves their titles."""
    return "".join((_defaults(fonts), *_text_styles(fonts, attachments), *_table_styles(fonts)))


def _defaults(fonts: Fonts) -> str:
    looks = f"<w:rPr>{_run(fonts, fonts.body, 32)}</w:rPr>"
    return f"<w:docDefaults><w:rPrDefault>{looks}</w:rPrDefault><w:pPrDefault/></w:docDefaults>"


def _text_styles(fonts: Fonts, attachments: int) -> Iterator[str]:
    faces = (fonts.first, fonts.second, fonts.body, fonts.body)
    big, first = _run(fonts, fonts.title, 44), _face(fonts.first)
    yield _style(NORMAL, _paragraph("both", _TWO_IN), _run(fonts, fonts.body, 32), default=True)
    yield (
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/></w:style>'
    )
    for level, face in enumerate(faces, 1):
        shape = _paragraph("both", _TWO_IN, keep=True, outline=level - 1)
        yield _style(heading(level), shape, _face(face), name=f"heading {level}")
        ready = _paragraph("both", _TWO_IN, outline=level - 1)
        yield _style(run_in(level), ready, "", name=f"{words.RUN_IN}{level}")
        yield _character(run_in_face(level), f"{words.RUN_IN_FACE}{level}", face)
    yield _style(TITLE, _paragraph("center", _NO_INDENT, keep=True, after=LINE), big, name="Title")
    yield _style(ADDRESSEE, _paragraph("left", _NO_INDENT), "")
    yield _style(CLOSING, _paragraph("both", _TWO_IN, keep=True), "")
    for key, before in ((ATTACHMENT_LIST, LINE), (ATTACHMENT_LIST_MORE, 0)):
        shape = _paragraph("left", _listed(attachments, first=before > 0), keep=True, before=before)
        yield _style(key, shape, "")
    yield _style(ISSUER, _paragraph("right", _NO_INDENT, keep=True, before=LINE), "")
    yield _style(SIGNED_ON, _paragraph("right", _NO_INDENT), "")
    yield _style(ATTACHMENT, _paragraph("left", _NO_INDENT, keep=True, page_break=True), first)
    yield _style(ATTACHMENT_TITLE, _paragraph("center", _NO_INDENT, keep=True, before=LINE, after=LINE // 2), big)
    yield _style(PICTURE, _paragraph("center", _NO_INDENT, line=None, keep=True, before=120), "")
    yield _style(
        CAPTION, _paragraph("center", _NO_INDENT, line=_height(24), before=60, after=180), _size(24), name="caption"
    )
    yield _style(DRAFT_HEAD, _boxed(), first)
    yield _style(DRAFT_NOTE, _boxed(), _size(28))
    page = _run(fonts, fonts.page, 28, latin=fonts.page)
    yield _style(PAGE_ODD, _paragraph("right", f'w:rightChars="100" w:right="280" {_NO_INDENT}', line=None), page)
    yield _style(PAGE_EVEN, _paragraph("left", f'w:leftChars="100" w:left="280" {_NO_INDENT}', line=None), page)
    yield _style(PAGE_HEAD, _paragraph("center", _NO_INDENT, line=None), _size(18), name="header")


def _table_styles(fonts: Fonts) -> Iterator[str]:
    first = _face(fonts.first)
    yield _style(TABLE_TITLE, _paragraph("center", _NO_INDENT, keep=True, before=120), first + _size(24))
    yield _style(TABLE_NOTE, _paragraph("left", _NO_INDENT, line=_height(21), before=60), _size(21))
    tiny = _paragraph("left", _NO_INDENT, line=120)
    yield _style(AFTER_TABLE, tiny, _size(2))
    for size in SIZES:
        for look, side in (("Head", "center"), ("Left", "left"), ("Centre", "center"), ("Right", "right")):
            is_head = look == "Head"
            name = f"{words.TABLE_STYLE_NAMES[look]}{words.SIZE_NAMES[size]}"
            shape = _paragraph(side, _NO_INDENT, line=_height(size), keep=is_head, break_words=True)
            yield _style(cell(look, size), shape, (first if is_head else "") + _size(size), name=name)
    yield _character(TOTAL, words.STYLE_NAMES[TOTAL], fonts.first)
    yield (
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr>'
        '<w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/>'
        '<w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
    )
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    margins = "".join(
        f'<w:{side} w:w="{twips}" w:type="dxa"/>'
        for side, twips in (("top", 40), ("left", MARGIN), ("bottom", 40), ("right", MARGIN))
    )
    yield (
        f'<w:style w:type="table" w:customStyle="1" w:styleId="{TABLE}"><w:name w:val="{words.STYLE_NAMES[TABLE]}"/>'
        f'<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>{edges}</w:tblBorders>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr></w:style>"
    )


def _style(key: str, paragraph: str, run: str, *, name: str = "", default: bool = False) -> str:
    """One paragraph style; what follows a heading or an addressee is body text."""
    own = words.STYLE_NAMES.get(key, "")
    based = "" if default else f'<w:basedOn w:val="{NORMAL}"/><w:next w:val="{NORMAL}"/>'
    mark = ' w:default="1"' if default else ' w:customStyle="1"' if own or key.startswith(("RunIn", "Table")) else ""
    looks = f"<w:rPr>{run}</w:rPr>" if run else ""
    return (
        f'<w:style w:type="paragraph"{mark} w:styleId="{key}"><w:name w:val="{name or own or key}"/>{based}'
        f"<w:qFormat/><w:pPr>{paragraph}</w:pPr>{looks}</w:style>"
    )


def _character(key: str, name: str, face: str) -> str:
    return (
        f'<w:style w:type="character" w:customStyle="1" w:styleId="{key}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="DefaultParagraphFont"/><w:qFormat/><w:rPr>{_face(face)}</w:rPr></w:style>'
    )


def _height(half_points: int) -> int:
    """Of a line of small letters, in twips: the same with every font, so that a stand-in fills as many pages."""
    return half_points * 13


def _face(face: str) -> str:
    return f'<w:rFonts w:eastAsia="{face}"/>'


def _size(half_points: int) -> str:
    return f'<w:spacing w:val="0"/><w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


def _run(fonts: Fonts, face: str, half_points: int, latin: str = "") -> str:
    name = latin or fonts.latin
    # Letters of 16 pt are wider than a 28th of the line. Word narrows them by the grid, LibreOffice gives each two
    # places there: so ours keep off the grid, and are 0.3 pt narrower in both; justified, 28 of them fill the line.
    squeeze = -6 if half_points == 32 else 0
    return (
        f'<w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:eastAsia="{face}" w:cs="{name}"/>'
        f'<w:color w:val="000000"/><w:spacing w:val="{squeeze}"/><w:kern w:val="0"/>'
        f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/>'
    )


def _listed(attachments: int, *, first: bool) -> str:
    """附件说明: two characters in; a title's second line stands below its first, a tab leads there."""
    number = 0 if attachments < 2 else 100 if attachments < 10 else 150
    left, hanging = 500 + number, number + (300 if first else 0)
    return f'w:leftChars="{left}" w:left="{_twips(left)}" w:hangingChars="{hanging}" w:hanging="{_twips(hanging)}"'


def _twips(hundredths: int) -> int:
    return hundredths * CHARACTER // 100


def _boxed() -> str:
    """A box around what has to go before the report is signed."""
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="8" w:space="6" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right")
    )
    return _paragraph("left", _IN_BOX, border=f"<w:pBdr>{edges}</w:pBdr>")


def _paragraph(
    side: str,
    indent: str,
    *,
    line: int | None = LINE,
    keep: bool = False,
    page_break: bool = False,
    before: int = 0,
    after: int = 0,
    border: str = "",
    outline: int | None = None,
    break_words: bool = False,
) -> str:
    """The elements in the order that the schema (ECMA-376 CT_PPr) demands; Word refuses any other.

    No space is put between Chinese and digits, nor is a mark at a line's end squeezed: 28 characters stay 28. A page
    may end after the first line of a paragraph: a full one has 22 lines.
    """
    height = f'w:line="{line}" w:lineRule="exact"' if line else 'w:line="240" w:lineRule="auto"'
    return "".join(
        (
            "<w:keepNext/><w:keepLines/>" if keep else "",
            "<w:pageBreakBefore/>" if page_break else "",
            '<w:widowControl w:val="0"/>',
            border,
            '<w:kinsoku w:val="1"/>',
            '<w:wordWrap w:val="0"/>' if break_words else "",
            '<w:overflowPunct w:val="1"/><w:topLinePunct w:val="0"/>',
            '<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/><w:adjustRightInd w:val="0"/>',
            '<w:snapToGrid w:val="0"/>',
            f'<w:spacing w:before="{before}" w:after="{after}" {height}/>',
            f"<w:ind {indent}/>",
            f'<w:jc w:val="{side}"/>',
            "" if outline is None else f'<w:outlineLvl w:val="{outline}"/>',
        )
    )
