"""The styles of a report by GB/T 9704-2012 (library-domain 4.1), as WordprocessingML."""

from __future__ import annotations

from bot.texts.report_paper import Fonts

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMESPACE = f'xmlns:w="{W}"'
LINE = 579  # twips: 22 lines in 225 mm
CHAR_SPACE = -848  # of the grid: 28 characters of 16 pt in 156 mm
TWO_CHARACTERS = 'w:firstLineChars="200" w:firstLine="640"'
TITLE_CHARACTERS = 20  # of 22 pt in a line

BODY, TITLE, ADDRESSEE, TABLE, CAPTION, PICTURE = "Normal", "Title", "Addressee", "TableText", "Caption", "Picture"
ATTACHMENT, ATTACHMENT_TITLE, NOTE, DRAFT, SIGNED = "Attachment", "AttachmentTitle", "TableNote", "DraftNote", "Signed"
PAGE_ODD, PAGE_EVEN = "PageOdd", "PageEven"


def heading(level: int) -> str:
    """The id of the style of a heading; Word's own, so that its navigation shows them."""
    return f"Heading{level}"


def styles_of(fonts: Fonts) -> list[str]:
    """All styles, each a w:style element."""
    made = [
        _style(BODY, "Normal", _body(TWO_CHARACTERS), _run(fonts, fonts.body, 32), default=True),
        _style(TITLE, "Title", _centred(keep=True), _run(fonts, fonts.title, 44)),
        _style(ADDRESSEE, "Addressee", _body('w:firstLineChars="0" w:firstLine="0"'), ""),
        _style(SIGNED, "Signed", _paragraph("right", _NO_INDENT, LINE, keep=True), ""),
        _style(ATTACHMENT, "Attachment", _flush(page_break=True), _run(fonts, fonts.first, 32)),
        _style(ATTACHMENT_TITLE, "Attachment Title", _centred(keep=True), _run(fonts, fonts.title, 44)),
        _style(TABLE, "Table Text", _tight("center"), _run(fonts, fonts.body, 21)),
        _style(NOTE, "Table Note", _tight("left"), _run(fonts, fonts.body, 21)),
        _style(DRAFT, "Draft Note", _flush(), _run(fonts, fonts.second, 28)),
        _style(PICTURE, "Picture", _loose(keep=True), ""),
        _style(CAPTION, "caption", _tight("center"), _run(fonts, fonts.body, 24)),
        _style(PAGE_ODD, "Page Odd", _page("right"), _run(fonts, fonts.page, 28, latin=fonts.page)),
        _style(PAGE_EVEN, "Page Even", _page("left"), _run(fonts, fonts.page, 28, latin=fonts.page)),
    ]
    faces = (fonts.first, fonts.second, fonts.body, fonts.body)
    for level, face in enumerate(faces, 1):
        properties = _body(TWO_CHARACTERS, keep=True, outline=level - 1)
        made.append(_style(heading(level), f"heading {level}", properties, _run(fonts, face, 32)))
    return made


def _style(key: str, name: str, paragraph: str, run: str, *, default: bool = False) -> str:
    based = "" if default else f'<w:basedOn w:val="{BODY}"/>'
    mark = ' w:default="1"' if default else ""
    return (
        f'<w:style {NAMESPACE} w:type="paragraph"{mark} w:styleId="{key}"><w:name w:val="{name}"/>{based}'
        f"<w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def _run(fonts: Fonts, face: str, half_points: int, latin: str = "") -> str:
    name = latin or fonts.latin
    # Letters of 16 pt are wider than a 28th of the line. Word narrows them by the grid, LibreOffice gives each two
    # places there: so ours keep off the grid, and are 0.3 pt narrower in both.
    squeeze = -6 if half_points == 32 else 0
    return (
        f'<w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:eastAsia="{face}" w:cs="{name}"/>'
        f'<w:b w:val="0"/><w:i w:val="0"/><w:color w:val="000000"/><w:spacing w:val="{squeeze}"/><w:kern w:val="0"/>'
        f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/>'
    )


def _body(indent: str, *, keep: bool = False, outline: int | None = None) -> str:
    """A paragraph of 28 characters a line. Space between Chinese and digits would break the 28 characters of a line."""
    return _paragraph("both", indent, LINE, keep=keep, outline=outline)


def _centred(*, keep: bool) -> str:
    return _paragraph("center", _NO_INDENT, LINE, keep=keep)


def _flush(*, page_break: bool = False) -> str:
    return _paragraph("left", _NO_INDENT, LINE, page_break=page_break)


def _tight(side: str) -> str:
    """Lines as high as their letters, off the grid: tables and captions."""
    return _paragraph(side, _NO_INDENT, None)


def _loose(*, keep: bool) -> str:
    return _paragraph("center", _NO_INDENT, None, keep=keep)


def _page(side: str) -> str:
    """One character in from the edge of the text."""
    indent = 'w:rightChars="100" w:right="280"' if side == "right" else 'w:leftChars="100" w:left="280"'
    return _paragraph(side, f'w:firstLineChars="0" w:firstLine="0" {indent}', None)


_NO_INDENT = 'w:firstLineChars="0" w:firstLine="0"'


def _paragraph(
    side: str,
    indent: str,
    line: int | None,
    *,
    keep: bool = False,
    page_break: bool = False,
    outline: int | None = None,
) -> str:
    """The elements in the order that the schema (ECMA-376 CT_PPr) demands; Word refuses any other."""
    height = f'w:line="{line}" w:lineRule="exact"' if line else 'w:line="240" w:lineRule="auto"'
    return "".join(
        (
            "<w:keepNext/><w:keepLines/>" if keep else '<w:keepNext w:val="0"/><w:keepLines w:val="0"/>',
            "<w:pageBreakBefore/>" if page_break else "",
            '<w:widowControl w:val="0"/>',  # GB: a full page has 22 lines
            '<w:kinsoku w:val="1"/><w:overflowPunct w:val="1"/>',
            '<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>',
            '<w:snapToGrid w:val="0"/>',
            f'<w:spacing w:before="0" w:after="0" {height}/>',
            f"<w:ind {indent}/>",
            f'<w:jc w:val="{side}"/>',
            "" if outline is None else f'<w:outlineLvl w:val="{outline}"/>',
        )
    )
