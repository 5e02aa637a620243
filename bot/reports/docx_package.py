"""The docx as a package: our styles, settings and fonts in place of those of python-docx's template, and the same bytes
for the same report."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from bot.reports.docx_styles import styles_of
from bot.reports.docx_words import NAMESPACE, clean
from bot.texts.report_paper import OTHER_NAMES, Fonts

if TYPE_CHECKING:
    from docx.document import Document as WordFile

_FIXED = datetime(2000, 1, 1)  # noqa: DTZ001 - the same report gives the same bytes
_ZIP_DATE = (2000, 1, 1, 0, 0, 0)
_OF_THE_TEMPLATE = ("/thumbnail", "/stylesWithEffects", "/numbering", "/customXml", "/webSettings")
_LONGEST_TITLE = 255
_APPLICATION = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns="http://schemas.openxmlformats.org/'
    'officeDocument/2006/extended-properties"><Application>Shuqian</Application></Properties>'
)
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<w:document {NAMESPACE} xmlns:r="{_RELATIONS}"><w:body>{{body}}</w:body></w:document>'
)
# In the order of CT_Settings. What the template says of zoom, Japanese and its own history is left behind.
_SETTINGS = (
    '<w:zoom w:percent="100"/>',
    '<w:defaultTabStop w:val="420"/>',
    "<w:evenAndOddHeaders/>",
    '<w:characterSpacingControl w:val="doNotCompress"/>',
    "<w:compat><w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/><w:ulTrailSpace/>"
    "<w:doNotExpandShiftReturn/><w:useFELayout/>"
    + "".join(
        f'<w:compatSetting w:name="{name}" w:uri="http://schemas.microsoft.com/office/word" w:val="{value}"/>'
        for name, value in (
            ("compatibilityMode", 15),
            ("overrideTableStyleFontSizeAndJustification", 1),
            ("enableOpenTypeFeatures", 1),
            ("doNotFlipMirrorIndents", 1),
        )
    )
    + "</w:compat>",
    '<w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/>',
    '<w:decimalSymbol w:val="."/>',
    '<w:listSeparator w:val=","/>',
)


def new_file(title: str, fonts: Fonts, attachments: int) -> WordFile:
    """An empty file with our styles and settings. It tells of nobody: no author, no machine, no time."""
    # Only here: few processes ever make one, and it takes megabytes.
    from docx import Document as open_word_file

    file = open_word_file()
    for relations in (file.part.package.rels, file.part.rels):
        for key in [key for key, rel in relations.items() if rel.reltype.endswith(_OF_THE_TEMPLATE)]:
            del relations[key]
    _refill(file.styles.element, styles_of(fonts, attachments))
    _refill(file.settings.element, "".join(_SETTINGS))
    for part in file.part.package.iter_parts():
        if part.partname.endswith("/fontTable.xml"):
            part._blob = _font_table(fonts).encode()
        elif part.partname.endswith("/app.xml"):
            part._blob = _APPLICATION.encode()
    core = file.core_properties
    core.title, core.author, core.comments, core.last_modified_by = clean(title)[:_LONGEST_TITLE], "", "", ""
    core.created = core.modified = _FIXED
    core.language, core.keywords, core.revision = "zh-CN", "", 1
    return file


def pack(file: WordFile, body: str) -> bytes:
    """The file's bytes with this content of its w:body, and one date for all of its parts.

    The text goes around lxml: to hang a list of thousands of cells into its tree takes longer than all the rest.
    """
    written = io.BytesIO()
    file.save(written)
    packed = io.BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            info = zipfile.ZipInfo(entry.filename, _ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            is_text = entry.filename == "word/document.xml"
            new.writestr(info, _DOCUMENT.format(body=body).encode() if is_text else old.read(entry))
    return packed.getvalue()


def _refill(root: Any, inner: str) -> None:
    from docx.oxml import parse_xml

    for child in list(root):
        root.remove(child)
    for child in list(parse_xml(f"<w:body {NAMESPACE}>{inner}</w:body>")):
        root.append(child)


def _font_table(fonts: Fonts) -> str:
    """The fonts by name, and what may be taken instead where one is missing."""
    named = dict.fromkeys((fonts.body, fonts.title, fonts.first, fonts.second, fonts.page))
    chinese = "".join(
        f"<w:font w:name={quoteattr(name)}>"
        + (f"<w:altName w:val={quoteattr(OTHER_NAMES[name])}/>" if name in OTHER_NAMES else "")
        + '<w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="default"/></w:font>'
        for name in named
    )
    latin = (
        f"<w:font w:name={quoteattr(fonts.latin)}>"
        '<w:charset w:val="00"/><w:family w:val="roman"/><w:pitch w:val="variable"/></w:font>'
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f"{head}<w:fonts {NAMESPACE}>{chinese}{latin}</w:fonts>"
