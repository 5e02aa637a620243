"""Documents to be drawn, and their pages read back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pypdfium2

from bot.reports.document import Attachment, Block, Document, Heading, Paragraph, TableBlock
from bot.reports.table import Column, Kind, Rows, Table

SENTENCE = "全市公共图书馆充分发挥文化传播与社会教育职能不断提高服务能力"


def body(sentences: int = 14) -> Paragraph:
    """A paragraph without marks, so that every full line has as many characters as fit."""
    return Paragraph(SENTENCE * sentences)


def long_table(rows: int) -> Table:
    """A list with sixteen columns, as T2 has."""
    titles = ("序号", "图书馆", "活动名称", "类型", "时间", "地点", "主办", "对象")
    counts = ("名额", "报名", "签到", "现场", "参加", "候补", "爽约")
    columns = (
        *(Column(title, Kind.COUNT if title == "序号" else Kind.TEXT, 8) for title in titles),
        *(Column(title, Kind.COUNT, 4) for title in counts),
        Column("备注", width=10),
    )
    made = Rows()
    for number in range(1, rows + 1):
        made.add(number, "苍溪县图书馆", f"“书香中国”图片展览第{number}场", *["展览"] * 5, *[number] * 7, None)
    return Table("T2", "活动一览表", columns, tuple(made.rows), ("参加人次为现场人次。",), landscape=True)


def report(blocks: Sequence[Block] = (), *, rows: int = 60, to_check: tuple[str, ...] = ()) -> Document:
    """A report of several pages with a list as attachment."""
    text = blocks or (
        body(),
        Heading(1, "周密安排，精心部署"),
        body(),
        Heading(1, "主要活动开展情况"),
        Heading(2, "免费开放主题宣传"),
        body(),
        Heading(3, "进社区"),
        Heading(4, "康乐社区"),
        body(),
        Heading(1, "参与性强，效果显著。", run_in=SENTENCE * 12),
    )
    return Document(
        title="关于广元市2016年图书馆服务宣传周活动开展情况的报告",
        addressee="市文广新局",
        closing="特此报告。",
        issuer="广元市图书馆",
        signed_on=date(2016, 6, 3),
        to_check=to_check,
        blocks=(
            *text,
            Attachment("活动一览表", landscape=True),
            TableBlock(long_table(rows)),
            Attachment("说明"),
            body(2),
        ),
    )


@dataclass(frozen=True)
class Page:
    """One drawn page: its lines from top to bottom, and its size in points."""

    lines: tuple[str, ...]
    width: float
    height: float
    number_at: float  # left edge of the page number


def pages_of(pdf: bytes) -> list[Page]:
    """What stands on each page, line by line."""
    file = pypdfium2.PdfDocument(pdf)
    found = []
    for page in file:
        text = page.get_textpage()
        lines = re.sub(r"\u2014\s+(\d+)", "\u2014 \\1", text.get_text_range()).splitlines()
        shown = [line.strip() for line in lines if line.strip()]
        search = text.search("\u2014")
        place = search.get_next()
        left = text.get_charbox(place[0])[0] if place else -1.0
        width, height = page.get_size()
        found.append(Page(tuple(shown), width, height, left))
        text.close()
        page.close()
    file.close()
    return found
