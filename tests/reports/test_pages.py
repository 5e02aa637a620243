"""What GB/T 9704 asks for, seen on the drawn pages: layout in Word is a result (library-domain 4.1)."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from bot.reports.docx_report import write_docx
from bot.reports.preview import can_preview, to_pdf
from bot.texts.report_paper import DRAFT_HEADING
from tests.reports.papers import Page, pages_of, report

pytestmark = pytest.mark.skipif(not can_preview(), reason="no LibreOffice on this machine: install it to look at pages")

_PAGE_NUMBER = re.compile("\u2014 ?\\d+ ?\u2014")


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    """A draft of several pages with a list of sixty rows."""
    pdf = to_pdf(write_docx(report(to_check=("苍溪馆尚未确认数据",))))
    assert pdf is not None
    return pages_of(pdf)


def text_of(page: Page) -> tuple[str, ...]:
    return tuple(line for line in page.lines if not _PAGE_NUMBER.fullmatch(line))


def test_full_page_has_22_lines_of_28_characters(pages: list[Page]) -> None:
    """Seen to fail with the letters on the grid (LibreOffice: 14 a line), and with lines of 29 pt (21 a page)."""
    full = [text_of(page) for page in pages if page.width < page.height and len(text_of(page)) >= 20]
    assert full
    assert {len(lines) for lines in full} <= {22, 21, 20}
    assert any(len(lines) == 22 for lines in full)
    inside = [line for lines in full for line in lines[:-1] if not re.search("[，。、（一]", line)]
    lengths = Counter(len(line) for line in inside)
    assert lengths.most_common(1)[0][0] == max(lengths) == 28


def test_no_heading_stands_alone_at_the_foot(pages: list[Page]) -> None:
    for page in pages:
        lines = text_of(page)
        if lines:
            assert not re.match("[一二三]、|（[一二三]）|[0-9]\\.进|（[0-9]）", lines[-1]) or "全市" in lines[-1], (
                lines[-1]
            )


def test_page_numbers_stand_outside_right_on_odd_pages_and_left_on_even_ones(pages: list[Page]) -> None:
    for number, page in enumerate(pages, 1):
        assert any(re.sub(r"\s", "", line) == f"\u2014{number}\u2014" for line in page.lines), number
        assert (page.number_at > page.width / 2) == (number % 2 == 1)


def test_draft_begins_with_what_is_to_be_checked_and_then_the_report(pages: list[Page]) -> None:
    assert pages[0].lines[0] == DRAFT_HEADING
    assert "苍溪馆尚未确认数据" in pages[0].lines[1]
    assert any("全市公共图书馆" in line for line in pages[1].lines)  # the first page of the report shows its text


def test_attachments_begin_new_pages_and_lists_repeat_their_heading(pages: list[Page]) -> None:
    lists = [page for page in pages if page.width > page.height]
    assert len(lists) >= 3
    assert re.sub(r"\s", "", lists[0].lines[0]) == "附件1"
    assert all(any("活动名称" in line for line in page.lines) for page in lists[:-1])
    assert re.sub(r"\s", "", pages[-1].lines[0]) == "附件2"


def test_names_outside_gb2312_are_drawn() -> None:
    from bot.reports.document import Paragraph

    pdf = to_pdf(write_docx(report((Paragraph("主讲人䶮先生、㼆女士"),), rows=1)))
    assert pdf is not None
    assert any("䶮" in line and "㼆" in line for page in pages_of(pdf) for line in page.lines)
