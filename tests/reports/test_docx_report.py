"""The docx itself: values of GB/T 9704, order of its elements, odd words, the same bytes."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from docx import Document as open_word_file
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from bot.domain.report_style import FontNames, Numbering
from bot.reports.document import Attachment, Document, Heading, Paragraph, Picture, TableBlock
from bot.reports.docx_pictures import HIGHEST_MM
from bot.reports.docx_report import write_docx
from bot.reports.plain_text import write_text
from bot.reports.table import Column, Rows, Table
from bot.texts.report_paper import (
    GB2312,
    PLAIN,
    STYLE_NAMES,
    UNREADABLE_PICTURE,
    addressee_line,
    chinese_number,
)
from tests.reports.papers import long_table, picture, report

# ECMA-376, transitional: the order of children, as far as we write them. Word refuses what LibreOffice forgives.
ORDERS = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs"
    " suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd"
    " snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment"
    " textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid"
    " vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em"
    " lang eastAsianLayout specVanish oMath",
    "sectPr": "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType"
    " pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid printerSettings",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing"
    " tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription",
    "tbl": "tblPr tblGrid tr",
    "tr": "tblPrEx trPr tc",
    "tc": "tcPr p",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
    "pBdr": "top left bottom right between bar",
    "tblBorders": "top left bottom right insideH insideV",
    "tblCellMar": "top left bottom right",
    "style": "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked"
    " personal personalCompose personalReply rsid pPr rPr tblPr trPr tcPr tblStylePr",
    "styles": "docDefaults latentStyles style",
    "settings": "zoom proofState defaultTabStop evenAndOddHeaders characterSpacingControl compat themeFontLang"
    " decimalSymbol listSeparator",
    "compat": "spaceForUL balanceSingleByteDoubleByteWidth doNotLeaveBackslashAlone ulTrailSpace doNotExpandShiftReturn"
    " useFELayout compatSetting",
    "font": "altName panose1 charset family notTrueType pitch sig",
}
ALLOWED = {"pPr": {"pStyle", "keepNext", "ind", "sectPr"}, "rPr": {"rStyle", "rFonts"}}


def package(document: Document) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(write_docx(document))) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def opened(document: Document) -> Any:
    return open_word_file(io.BytesIO(write_docx(document)))


def names(element: Any) -> list[str]:
    return [etree.QName(child).localname for child in element]


def everything() -> Document:
    """A document with all that there is."""
    extra = (
        Heading(2, "又一项。", run_in="第一段“引号”。\n第二段。"),
        TableBlock(long_table(2)),
        picture("JPEG"),
        Attachment("照片"),
        picture(),
    )
    made = report(to_check=("一", "二"), rows=2)
    return replace(made, blocks=(*made.blocks, *extra))


@pytest.fixture(scope="module")
def file() -> Any:
    return opened(report())


def test_page_is_laid_out_by_the_standard(file: Any) -> None:
    section = file.sections[0]._sectPr
    page, margins, grid = section.find(qn("w:pgSz")), section.find(qn("w:pgMar")), section.find(qn("w:docGrid"))
    assert (page.get(qn("w:w")), page.get(qn("w:h"))) == ("11906", "16838")
    sides = [margins.get(qn(f"w:{side}")) for side in ("top", "left", "bottom", "right", "footer")]
    assert sides == ["2098", "1588", "1984", "1474", "1307"]
    grid_values = [grid.get(qn(f"w:{name}")) for name in ("type", "linePitch", "charSpace")]
    assert grid_values == ["linesAndChars", "579", "-848"]
    assert file.settings.odd_and_even_pages_header_footer
    assert file.settings.element.find(qn("w:characterSpacingControl")).get(qn("w:val")) == "doNotCompress"


@pytest.mark.parametrize(
    ("style", "face", "size"),
    [
        ("Normal", GB2312.body, "32"),
        ("Title", GB2312.title, "44"),
        ("Heading 1", GB2312.first, None),
        ("Heading 2", GB2312.second, None),
        ("Heading 3", GB2312.body, None),
        ("Heading 4", GB2312.body, None),
        (STYLE_NAMES["Attachment"], GB2312.first, None),
        (STYLE_NAMES["AttachmentTitle"], GB2312.title, "44"),
        (STYLE_NAMES["PageOdd"], GB2312.page, "28"),
    ],
)
def test_styles_name_the_faces_of_the_standard(file: Any, style: str, face: str, size: str | None) -> None:
    """Those without a size have the 16 pt of the body."""
    run = file.styles[style].element.rPr
    assert run.find(qn("w:rFonts")).get(qn("w:eastAsia")) == face
    assert (None if run.sz is None else run.sz.get(qn("w:val"))) == size


def test_fonts_can_be_named_without_gb2312() -> None:
    file = opened(replace(report(), fonts=FontNames.PLAIN))
    body: Any = file.styles["Normal"].element
    assert body.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) == PLAIN.body


def test_headings_are_real_ones_with_their_numbers_as_text(file: Any) -> None:
    found = [(each.style.name, each.text) for each in file.paragraphs if each.style.name.startswith("Heading")]
    assert found == [
        ("Heading 1", "一、周密安排，精心部署"),
        ("Heading 1", "二、主要活动开展情况"),
        ("Heading 2", "（一）免费开放主题宣传"),
        ("Heading 3", "1.进社区"),
        ("Heading 4", "（1）康乐社区"),
    ]


def test_heading_that_runs_in_stands_in_the_outline_and_keeps_its_face(file: Any) -> None:
    run_in = next(each for each in file.paragraphs if each.text.startswith("三、"))
    assert run_in.style.element.pPr.find(qn("w:outlineLvl")).get(qn("w:val")) == "0"
    head, rest = run_in.runs
    assert head.text == "三、参与性强，效果显著。"
    assert head.style.element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) == GB2312.first
    assert rest.style.name == "Default Paragraph Font"


def test_elements_stand_in_the_order_that_word_demands() -> None:
    """Seen to fail with w:jc before w:ind in a style."""
    orders = {key: order.split() for key, order in ORDERS.items()}
    checked = set()
    for name, content in package(everything()).items():
        if not name.startswith("word/") or not name.endswith(".xml") or "theme" in name:
            continue
        for element in etree.fromstring(content).iter(etree.Element):
            kind = etree.QName(element).localname
            if kind in orders and "wordprocessingml" in element.nsmap.get(element.prefix, ""):
                places = [orders[kind].index(child) for child in names(element)]
                assert places == sorted(places), (name, kind, names(element))
                checked.add(kind)
    assert checked == set(orders)


def test_looks_stand_in_styles_that_are_all_defined_and_named() -> None:
    parts = package(everything())
    text, styles = etree.fromstring(parts["word/document.xml"]), etree.fromstring(parts["word/styles.xml"])
    for kind, allowed in ALLOWED.items():
        for element in text.iter(qn(f"w:{kind}")):
            assert set(names(element)) <= allowed
    defined = {style.get(qn("w:styleId")) for style in styles.iter(qn("w:style"))}
    for kind in ("pStyle", "rStyle", "tblStyle"):
        assert {element.get(qn("w:val")) for element in text.iter(qn(f"w:{kind}"))} <= defined
    called = [style.find(qn("w:name")).get(qn("w:val")) for style in styles.iter(qn("w:style"))]
    assert len(set(called)) == len(called)
    assert set(STYLE_NAMES.values()) <= set(called)


def test_chinese_quotes_and_dashes_are_told_to_be_chinese() -> None:
    """Word draws “ ” — … · in the Latin face, half as wide, where a run does not say otherwise."""
    text = etree.fromstring(package(Document("总结", (Paragraph("“书香”——全民阅读"),)))["word/document.xml"])
    [run] = [run for run in text.iter(qn("w:r")) if "书香" in "".join(run.itertext())]
    assert run.find(qn("w:rPr")).find(qn("w:rFonts")).get(qn("w:hint")) == "eastAsia"


def test_lists_repeat_their_heading_and_no_row_is_torn() -> None:
    for table in opened(everything()).tables:
        marks = [names(row._tr.trPr) for row in table.rows]
        assert "tblHeader" in marks[0]
        assert not any("tblHeader" in mark for mark in marks[1:])
        assert all("cantSplit" in mark for mark in marks)


@pytest.mark.parametrize("columns", [1, 7, 16, 40])
def test_tables_fill_the_text_area_and_never_leave_it(columns: int) -> None:
    made = Rows()
    made.add(*["很长的一段文字" * 20, *["https://example.org/" + "x" * 300] * (columns - 1)])
    table = Table("T", "表", tuple(Column(f"第{at}列", width=at + 1) for at in range(columns)), tuple(made.rows))
    [drawn] = opened(Document("总结", (TableBlock(table),))).tables
    widths = [int(column.get(qn("w:w"))) for column in drawn._tbl.tblGrid]
    assert 8800 <= sum(widths) <= 8844
    assert min(widths) > 100


@pytest.mark.parametrize(
    ("issuer", "day"),
    [("广元市图书馆", date(2016, 6, 3)), ("馆", date(2026, 12, 16)), ("青山市文化广电和旅游局", date(2026, 5, 6))],
)
def test_date_begins_two_characters_to_the_right_of_the_issuer(issuer: str, day: date) -> None:
    """GB/T 9704 7.3.5.2: the issuer two from the right; where the date is longer, it stands there instead."""
    file = opened(replace(report(), issuer=issuer, signed_on=day))
    kinds = (STYLE_NAMES["Issuer"], STYLE_NAMES["SignedOn"])
    signed = [each for each in file.paragraphs if each.style.name in kinds]
    rights = [int(each._p.pPr.find(qn("w:ind")).get(qn("w:rightChars"))) for each in signed]
    widths = [sum(50 if char.isascii() else 100 for char in each.text) for each in signed]
    starts = [-right - width for right, width in zip(rights, widths, strict=True)]
    assert starts[1] - starts[0] == 200
    assert rights[0 if widths[0] >= widths[1] else 1] == 200


def test_list_of_attachments_has_no_marks_at_its_ends_and_leads_a_second_line_below_the_first() -> None:
    file = opened(Document("总结", (Attachment("活动一览表。"), Attachment("照片")), closing="特此报告。"))
    first, second = (each for each in file.paragraphs if each.style.name.startswith(STYLE_NAMES["AttachmentList"]))
    assert (first.text, second.text) == ("附件：1.\t活动一览表", "2.\t照片")
    lefts = {each.style.element.pPr.find(qn("w:ind")).get(qn("w:leftChars")) for each in (first, second)}
    assert lefts == {"600"}  # two in, 附件： and the number


def test_pictures_say_what_they_show_and_stay_with_their_caption() -> None:
    file = opened(Document("总结", (picture(), picture("JPEG", (30, 900)))))
    shapes = [shape._inline for shape in file.inline_shapes]
    assert {shape.docPr.get("descr") for shape in shapes} == {"读者观看展出的书画"}
    assert len({shape.docPr.get("id") for shape in shapes}) == 2
    assert max(shape.extent.cy for shape in shapes) <= HIGHEST_MM * 36000
    style = file.styles[STYLE_NAMES["Picture"]].element
    assert style.pPr.find(qn("w:keepNext")) is not None


def test_photos_tell_not_who_took_them_where_and_are_no_larger_than_print_needs() -> None:
    exif = Image.Exif()
    exif[0x013B], exif[0x0112] = "张三", 6  # artist; lies on its side
    taken = io.BytesIO()
    Image.new("RGB", (4000, 3000), "silver").save(taken, "JPEG", exif=exif)
    parts = package(Document("总结", (Picture(taken.getvalue(), "照片"),)))
    [kept] = [content for name, content in parts.items() if name.startswith("word/media/")]
    with Image.open(io.BytesIO(kept)) as photo:
        assert not photo.getexif()
        assert photo.height > photo.width
        assert max(photo.size) < 1000


def test_picture_that_cannot_be_read_leaves_its_words() -> None:
    file = opened(Document("总结", (Picture(b"\xff\xd8nothing", "照片", "开幕式"),)))
    assert any(each.text == f"{UNREADABLE_PICTURE}开幕式" for each in file.paragraphs)


def test_same_report_gives_the_same_bytes_and_tells_of_nobody() -> None:
    assert write_docx(everything()) == write_docx(everything())
    with zipfile.ZipFile(io.BytesIO(write_docx(report()))) as opened_package:
        assert {entry.date_time for entry in opened_package.infolist()} == {(2000, 1, 1, 0, 0, 0)}
    parts = package(report())
    core = etree.fromstring(parts["docProps/core.xml"])
    told = {etree.QName(child).localname: child.text for child in core if child.text}
    assert told.keys() <= {"title", "created", "modified", "revision", "language"}
    assert not {name for name in parts if "thumbnail" in name or "customXml" in name}


def test_lines_that_a_person_wrote_are_paragraphs() -> None:
    document = Document("总结", (Paragraph("第一段。\r\n\n第二段。"),))
    assert [each.text for each in opened(document).paragraphs][1:] == ["第一段。", "第二段。"]
    assert "\u3000\u3000第一段。\n\u3000\u3000第二段。\n" in write_text(document)


@settings(max_examples=40)
@given(st.text(max_size=60), st.text(alphabet="\x00\x0b\ud800\u202e\u2028<>&\"'\ufffe\x85一 {}", max_size=30))
def test_any_words_make_a_file_that_opens(first: str, second: str) -> None:
    made = Rows()
    made.add(first, second)
    table = Table("T", second, (Column(first), Column(second)), tuple(made.rows), (first,))
    blocks = (Heading(1, second, run_in=first), Paragraph(second), Attachment(first), TableBlock(table))
    document = Document(first, blocks, first, second, first, date(2026, 5, 6), (first, second))
    opened(document)
    said = write_text(document)
    assert "\u202e" not in said
    assert said.encode()


def test_addressee_has_one_full_width_colon() -> None:
    assert {addressee_line(said) for said in ("市文广新局", "市文广新局:", "市文广新局：")} == {"市文广新局："}


def test_numbers_of_headings_are_chinese() -> None:
    numbers = (1, 10, 11, 20, 21, 99, 100, 101, 110, 350, 1000)
    said = ["一", "十", "十一", "二十", "二十一", "九十九", "一百", "一百零一", "一百一十", "三百五十", "1000"]
    assert [chinese_number(number) for number in numbers] == said


@pytest.mark.parametrize(
    ("numbering", "numbers"),
    [(Numbering.STANDARD, "一、 （一） 1. （1） （2） 二、"), (Numbering.PLAIN, "一、 1、 （1） ① ② 二、")],
)
def test_plain_text_numbers_headings_as_paper_does(numbering: Numbering, numbers: str) -> None:
    headings = tuple(Heading(level, "标题") for level in (1, 2, 3, 4, 4, 1))
    document = Document("总结", headings, numbering=numbering)
    expected = [f"{number}标题" for number in numbers.split()]
    assert [each.text for each in opened(document).paragraphs][1:] == expected
    assert [line.strip() for line in write_text(document).splitlines() if "标题" in line] == expected


def test_plain_text_has_the_parts_in_the_order_of_paper() -> None:
    text = write_text(report(rows=2))
    parts = ("特此报告。", "附件：1.活动一览表", "2016年12月13日", "附件1", "序号\t图书馆", "附件2")
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert text.count("活动一览表") == 2  # in the list and over the attachment, not again over the table
