"""A report as blocks, before it is drawn: docx, plain text and pages read the same one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.domain.report_style import FontNames, Numbering
from bot.reports.table import Table


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 4, without its number: 一、 （一） 1. （1） are put by who draws it.

    `run_in`: text of the paragraph that runs on after the heading's sentence, as many reports write it; `run_in_slot`
    is the name of that text.
    """

    level: int
    words: str
    run_in: str = ""
    slot: str = ""  # the name under which a person may write it anew
    run_in_slot: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, two characters in. `slot`: the name under which a person may write it anew."""

    words: str
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart or photo, with what it shows for those who do not see it. `width_mm` on the page."""

    content: bytes  # PNG or JPEG
    alternative: str
    caption: str = ""
    width_mm: int = 150


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table inside the text or an attachment."""

    table: Table


@dataclass(frozen=True, slots=True)
class Attachment:
    """Begins an attachment on a new page; what follows belongs to it. `title` stands centred below 附件1."""

    title: str
    landscape: bool = False


Block = Heading | Paragraph | Picture | TableBlock | Attachment


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report.

    `addressee`, `closing` and `issuer` are empty where the document has none (an internal 总结). `to_check`: figures
    that a person must look at, listed at the front of a draft. `signed_on`: 成文日期, none while it is a draft.
    """

    title: str
    blocks: tuple[Block, ...]
    addressee: str = ""
    closing: str = ""
    issuer: str = ""
    signed_on: date | None = None
    to_check: tuple[str, ...] = ()
    numbering: Numbering = Numbering.STANDARD  # of the headings
    fonts: FontNames = FontNames.GB2312

    @property
    def attachments(self) -> tuple[str, ...]:
        """The titles of the attachments, in order."""
        return tuple(block.title for block in self.blocks if isinstance(block, Attachment))
