"""The docx itself: values of GB/T 9704, order of its elements, odd words, the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
from docx import Document as open_word_file
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bot.reports.document import Document, Heading, Paragraph, Picture
from bot.reports.docx_report import write_docx
from bot.reports.plain_text import write_text
from bot.reports.title_lines import break_title, width
from bot.texts.report_paper import GB2312, PLAIN, UNBREAKABLE, addressee_line, chinese_number
from tests.reports.papers import report

PROPERTIES = [
    "pStyle",
    "keepNext",
    "keepLines",
    "pageBreakBefore",
    "widowControl",
    "kinsoku",
    "overflowPunct",
    "autoSpaceDE",
    "autoSpaceDN",
    "snapToGrid",
    "spacing",
    "ind",
    "jc",
    "outlineLvl",
    "sectPr",
]
SECTION = ["headerReference", "footerReference", "type", "pgSz", "pgMar", "docGrid"]


def opened(document: Document) -> Any:
    return open_word_file(io.BytesIO(write_docx(document)))


def names(element: Any) -> list[str]:
    return [etree.QName(child).localname for child in element]


@pytest.fixture(scope="module")
def file() -> Any:
    return opened(report())


def test_page_is_laid_out_by_the_standard(file: Any) -> None:
    section = file.sections[0]._sectPr
    page, margins, grid = section.find(qn("w:pgSz")), section.find(qn("w:pgMar")), section.find(qn("w:docGrid"))
    assert (page.get(qn("w:w")), page.get(qn("w:h"))) == ("11906", "16838")
    sides = [margins.get(qn(f"w:{side}")) for side in ("top", "left", "bottom", "right", "footer")]
    assert sides == ["2098", "1588", "1984", "1474", "1307"]
    assert [grid.get(qn(f"w:{name}")) for name in ("type", "linePitch", "charSpace")] == [
        "linesAndChars",
        "579",
        "-848",
    ]
    assert file.settings.odd_and_even_pages_header_footer


@pytest.mark.parametrize(
    ("style", "face", "size"),
    [
        ("Normal", GB2312.body, "32"),
        ("Title", GB2312.title, "44"),
        ("Heading 1", GB2312.first, "32"),
        ("Heading 2", GB2312.second, "32"),
        ("Heading 3", GB2312.body, "32"),
        ("Heading 4", GB2312.body, "32"),
        ("Page Odd", GB2312.page, "28"),
    ],
)
def test_styles_name_the_faces_of_the_standard(file: Any, style: str, face: str, size: str) -> None:
    run = file.styles[style].element.rPr
    assert run.find(qn("w:rFonts")).get(qn("w:eastAsia")) == face
    assert run.find(qn("w:sz")).get(qn("w:val")) == size


def test_fonts_can_be_named_without_gb2312() -> None:
    file = open_word_file(io.BytesIO(write_docx(report(), fonts=PLAIN)))
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
    run_in = next(each for each in file.paragraphs if each.text.startswith("三、"))
    assert run_in.runs[0]._r.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) == GB2312.first
    assert run_in._p.pPr.find(qn("w:outlineLvl")) is not None


def test_elements_stand_in_the_order_that_word_demands(file: Any) -> None:
    """Word refuses a file that LibreOffice forgives (ECMA-376 CT_PPr, CT_SectPr)."""
    body = file.element.body
    for paragraph in [*body.iter(qn("w:pPr")), *file.styles.element.iter(qn("w:pPr"))]:
        known = [PROPERTIES.index(name) for name in names(paragraph) if name in PROPERTIES]
        assert known == sorted(known), names(paragraph)
    for section in body.iter(qn("w:sectPr")):
        assert [SECTION.index(name) for name in names(section)] == sorted(
            SECTION.index(name) for name in names(section)
        )
    for row in body.iter(qn("w:tr")):
        assert "cantSplit" in names(row.trPr)
    assert all("tblHeader" in names(table.rows[0]._tr.trPr) for table in file.tables)


def test_date_begins_two_characters_to_the_right_of_the_issuer(file: Any) -> None:
    issuer, date = (each for each in file.paragraphs if each.style.name == "Signed")
    rights = [int(each._p.pPr.find(qn("w:ind")).get(qn("w:rightChars"))) for each in (issuer, date)]
    widths = [sum(50 if char.isascii() else 100 for char in each.text) for each in (issuer, date)]
    starts = [-right - wide for right, wide in zip(rights, widths, strict=True)]
    assert starts[1] - starts[0] == 200
    assert min(rights) >= 200


def test_pictures_say_what_they_show() -> None:
    from PIL import Image

    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(drawn, "PNG")
    file = opened(Document("总结", (Picture(drawn.getvalue(), "各馆参加人次：苍溪馆60。", "图1 各馆参加人次"),)))
    assert file.inline_shapes[0]._inline.docPr.get("descr") == "各馆参加人次：苍溪馆60。"


def test_same_report_gives_the_same_bytes_and_tells_of_nobody() -> None:
    assert write_docx(report()) == write_docx(report())
    with zipfile.ZipFile(io.BytesIO(write_docx(report()))) as package:
        core = package.read("docProps/core.xml").decode()
        assert {entry.date_time for entry in package.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        assert "python-docx" not in core


@given(st.text(max_size=60), st.text(alphabet="\x00\x0b\ud800&<>\"'\ufffe一 ", max_size=30))
def test_any_words_make_a_file_that_opens(first: str, second: str) -> None:
    document = Document(first or "总结", (Heading(1, second, run_in=first), Paragraph(second)), to_check=(first,))
    opened(document)
    write_text(document)


@given(st.text(alphabet="关于广元市图书馆服务宣传周活动开展情况的报告《书香》2016年", min_size=1, max_size=70))
def test_title_lines_lose_nothing_and_break_no_word(title: str) -> None:
    lines = break_title(title, 20)
    assert "".join(lines) == title
    for word in UNBREAKABLE:
        assert sum(line.count(word) for line in lines) == title.count(word) or len(lines) == 1
    if len(lines) > 1:
        assert max(width(line) for line in lines) <= 20


def test_title_of_the_seed_is_broken_between_words() -> None:
    assert break_title("关于广元市2016年图书馆服务宣传周活动开展情况的报告", 20) == [
        "关于广元市2016年图书馆",
        "服务宣传周活动开展情况的报告",
    ]


def test_addressee_has_one_full_width_colon() -> None:
    assert {addressee_line(said) for said in ("市文广新局", "市文广新局:", "市文广新局：")} == {"市文广新局："}


def test_numbers_of_headings_are_chinese() -> None:
    assert [chinese_number(number) for number in (1, 10, 11, 20, 21)] == ["一", "十", "十一", "二十", "二十一"]


def test_plain_text_numbers_headings_as_paper_does() -> None:
    text = write_text(report())
    assert re.findall("^\u3000\u3000([一二三]、|（一）|1\\.|（1）)", text, re.MULTILINE) == [
        "一、",
        "二、",
        "（一）",
        "1.",
        "（1）",
        "三、",
    ]
    assert (
        text.index("特此报告。") < text.index("附件：1.活动一览表") < text.index("2016年6月3日") < text.index("附件1")
    )
