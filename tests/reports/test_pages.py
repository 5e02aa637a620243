"""What GB/T 9704 asks for, seen on the drawn pages: layout in Word is a result (library-domain 4.1)."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from bot.reports.document import Document, Heading, Paragraph
from bot.reports.docx_report import write_docx
from bot.reports.preview import can_preview, to_pdf
from bot.texts.report_paper import DRAFT_FOOT, DRAFT_HEADING
from tests.reports.papers import CAPTION, SENTENCE, Page, body, pages_of, report, sizes_of_characters

pytestmark = pytest.mark.skipif(not can_preview(), reason="no LibreOffice on this machine: install it to look at pages")

_PAGE_NUMBER = re.compile("\u2014 ?\\d+ ?\u2014")
_HEADING = re.compile("[一二三]、|（[一二三]）|[0-9]\\.进|（[0-9]）")


@pytest.fixture(scope="module")
def drawn() -> list[Page]:
    """A draft of several pages with a list of sixty rows."""
    pdf = to_pdf(write_docx(report(to_check=("苍溪馆尚未确认数据",))))
    assert pdf is not None
    return pages_of(pdf)


@pytest.fixture(scope="module")
def pages(drawn: list[Page]) -> list[Page]:
    """The pages of the report itself: without the draft's front."""
    return drawn[1:]


def text_of(page: Page) -> tuple[str, ...]:
    return tuple(line for line in page.lines if not _PAGE_NUMBER.fullmatch(line))


def test_full_page_has_22_lines_of_28_characters(pages: list[Page]) -> None:
    """Seen to fail with the letters on the grid (LibreOffice: 14 a line), and with lines of 29 pt (21 a page)."""
    upright = [text_of(page) for page in pages if page.width < page.height and not page.pictures]
    full = [lines for lines in upright if len(lines) >= 20]
    assert {len(lines) for lines in full} <= {22, 21, 20}
    assert any(len(lines) == 22 for lines in full)
    inside = [line for lines in full for line in lines[:-1] if not re.search("[，。、（一]", line)]
    lengths = Counter(len(line) for line in inside)
    assert lengths.most_common(1)[0][0] == max(lengths) == 28


def test_no_heading_stands_alone_at_the_foot() -> None:
    """Whatever came before it. Seen to fail without keepNext in the styles of headings."""
    blocks = [block for lines in range(1, 24) for block in (body(3), Paragraph("书香" * lines), Heading(1, "进社区"))]
    pdf = to_pdf(write_docx(Document("总结", (*blocks, body(1)))))
    assert pdf is not None
    feet = [text_of(page)[-1] for page in pages_of(pdf)]
    assert len(feet) > 5
    assert not [line for line in feet if "进社区" in line]


def test_pages_of_a_report_end_in_text_and_none_is_empty(pages: list[Page]) -> None:
    for page in pages:
        lines = text_of(page)
        assert lines
        assert not _HEADING.match(lines[-1]) or SENTENCE[:2] in lines[-1], lines[-1]


def test_first_page_shows_text_below_title_and_addressee(pages: list[Page]) -> None:
    first = text_of(pages[0])
    assert first[:2] == ("关于广元市 2016 年图书馆", "服务宣传周活动开展情况的报告")
    assert first[2] == "市文广新局："
    assert sum("公共图书馆" in line for line in first) > 10


def test_page_numbers_stand_outside_right_on_odd_pages_and_left_on_even_ones(pages: list[Page]) -> None:
    for number, page in enumerate(pages, 1):
        assert any(re.sub(r"\s", "", line) == f"\u2014{number}\u2014" for line in page.lines), number
        assert (page.number_at > page.width / 2) == (number % 2 == 1)


def test_draft_begins_with_a_page_of_what_is_to_be_checked_that_has_no_number(drawn: list[Page]) -> None:
    front = drawn[0]
    assert [re.sub(r"\s", "", line) for line in front.lines] == [DRAFT_HEADING, "1.苍溪馆尚未确认数据", DRAFT_FOOT]


def test_signature_never_stands_on_a_page_without_text(pages: list[Page]) -> None:
    signed = next(text_of(page) for page in pages if "广元市图书馆" in text_of(page))
    assert signed[-1] == "2016 年 12 月 13 日"
    assert any("特此报告。" in line for line in signed)


def test_attachments_begin_new_pages_and_lists_repeat_their_heading(pages: list[Page]) -> None:
    lists = [page for page in pages if page.width > page.height]
    assert len(lists) >= 3
    assert re.sub(r"\s", "", lists[0].lines[0]) == "附件1"
    assert all(any("活动名称" in line for line in page.lines) for page in lists)
    assert re.sub(r"\s", "", pages[-1].lines[0]) == "附件2"


def test_numbers_and_times_in_lists_are_not_torn(pages: list[Page]) -> None:
    words = " ".join(line for page in pages for line in page.lines)
    assert len(re.findall("10:00— ?11:00", words)) == 60
    assert words.count("12345") >= 60 * 7
    assert "740700" in words  # the total, which is longer than all it adds up


def test_picture_stands_on_the_page_of_its_caption(pages: list[Page]) -> None:
    [page] = [page for page in pages if page.pictures]
    assert CAPTION in {line.replace("图 1", "图1") for line in page.lines}


def test_preview_says_that_its_fonts_are_stand_ins(drawn: list[Page]) -> None:
    """No machine of ours has 方正小标宋: its licence does not let us."""
    assert all(page.has_note for page in drawn)


def test_every_character_of_gb2312_and_rare_names_are_drawn_and_not_as_boxes() -> None:
    """A character that no font has is drawn as a box: two without a meaning show how large that is."""
    rows, cells = range(0xB0, 0xF8), range(0xA1, 0xFF)
    common = "".join(bytes((row, cell)).decode("gb2312", "ignore") for row in rows for cell in cells)
    rare = "䶮㼆𠮷"
    pdf = to_pdf(
        write_docx(Document("字", (Paragraph(common), Paragraph(f"主讲人{rare}"), Paragraph("甲\u0378乙\u0379"))))
    )
    assert pdf is not None
    sizes = sizes_of_characters(pdf)
    assert len(common) == 6763
    assert set(common + rare) <= set(sizes)
    box = sizes["\u0378"]

    def is_box(char: str) -> bool:
        return all(abs(mine - its) < 0.05 for mine, its in zip(sizes[char], box, strict=True))

    assert is_box("\u0379")
    assert not [char for char in common + rare if is_box(char) or not sizes[char][0]]
