"""Documents to be drawn, and their pages read back."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pypdfium2
from PIL import Image

from bot.reports.document import Attachment, Block, Document, Heading, Paragraph, Picture, TableBlock
from bot.reports.table import Column, Kind, RowKind, Rows, Table
from bot.texts.report_paper import PREVIEW_NOTE

SENTENCE = "全市公共图书馆充分发挥文化传播与社会教育职能不断提高服务能力"
CAPTION = "图1 书画展览现场"


def body(sentences: int = 14) -> Paragraph:
    """A paragraph without marks, so that every full line has as many characters as fit."""
    return Paragraph(SENTENCE * sentences)


def picture(kind: str = "PNG", size: tuple[int, int] = (600, 300), caption: str = CAPTION) -> Picture:
    """A picture of nothing."""
    drawn = io.BytesIO()
    Image.new("RGB", size, "silver").save(drawn, kind)
    return Picture(drawn.getvalue(), "读者观看展出的书画", caption)


def long_table(rows: int) -> Table:
    """A list with sixteen columns, as T2 has."""
    titles = ("序号", "图书馆", "活动名称", "类型", "时间", "地点", "主办", "对象")
    counts = ("名额", "报名人数", "签到人次", "现场人次", "参加人次", "候补", "爽约")
    columns = (
        *(Column(title, Kind.COUNT if title == "序号" else Kind.TEXT, 8) for title in titles),
        *(Column(title, Kind.COUNT, 4) for title in counts),
        Column("备注", width=10),
    )
    made = Rows()
    for number in range(1, rows + 1):
        name = f"“书香中国”图片展览第{number}场"
        made.add(number, "苍溪县图书馆", name, *["展览", "5月28日 10:00—11:00"], *["展览"] * 3, *[12345] * 7, None)
    made.add(None, "合计", *[None] * 6, *[12345 * rows] * 7, None, kind=RowKind.TOTAL)
    return Table("T2", "活动一览表", columns, tuple(made.rows), ("参加人次为现场人次。",), landscape=True)


def report(blocks: Sequence[Block] = (), *, rows: int = 60, to_check: tuple[str, ...] = ()) -> Document:
    """A report of several pages with a list as attachment."""
    text = blocks or (
        body(),
        Heading(1, "周密安排，精心部署"),
        body(),
        Heading(1, "主要活动开展情况"),
        Heading(2, "免费开放主题宣传"),
        body(13),
        Heading(3, "进社区"),
        Heading(4, "康乐社区"),
        body(8),
        picture(),
        Heading(1, "参与性强，效果显著。", run_in=SENTENCE * 16),
    )
    return Document(
        title="关于广元市2016年图书馆服务宣传周活动开展情况的报告",
        addressee="市文广新局",
        closing="特此报告。",
        issuer="广元市图书馆",
        signed_on=date(2016, 12, 13),
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
    """One drawn page: its lines from top to bottom without the preview's note, and its size in points."""

    lines: tuple[str, ...]
    width: float
    height: float
    number_at: float  # left edge of the page number
    has_note: bool
    pictures: int


def pages_of(pdf: bytes) -> list[Page]:
    """What stands on each page, line by line."""
    file = pypdfium2.PdfDocument(pdf)
    found = []
    for page in file:
        text = page.get_textpage()
        lines = re.sub(r"\u2014\s+(\d+)", "\u2014 \\1", text.get_text_range()).splitlines()
        shown = [line.strip() for line in lines if line.strip()]
        kept = [line for line in shown if line.replace(" ", "") != PREVIEW_NOTE]
        search = text.search("\u2014 ")
        place = None
        while (match := search.get_next()) is not None:
            place = match  # the last dash is that of the number
        left = text.get_charbox(place[0])[0] if place else -1.0
        width, height = page.get_size()
        pictures = sum(1 for _ in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))
        found.append(Page(tuple(kept), width, height, left, len(kept) < len(shown), pictures))
        text.close()
        page.close()
    file.close()
    return found


def sizes_of_characters(pdf: bytes) -> dict[str, tuple[float, float]]:
    """Width and height of the ink of every character, in points."""
    file = pypdfium2.PdfDocument(pdf)
    sizes: dict[str, tuple[float, float]] = {}
    for page in file:
        text = page.get_textpage()
        units = [pypdfium2.raw.FPDFText_GetUnicode(text, at) for at in range(text.count_chars())]
        for at, unit in enumerate(units):
            if 0xDC00 <= unit < 0xE000:
                continue  # the second half of a pair that was read with the first
            pair = 0xD800 <= unit < 0xDC00
            char = chr(0x10000 + ((unit - 0xD800) << 10) + (units[at + 1] - 0xDC00)) if pair else chr(unit)
            left, bottom, right, top = text.get_charbox(at)
            sizes[char] = (right - left, top - bottom)
        text.close()
        page.close()
    file.close()
    return sizes
