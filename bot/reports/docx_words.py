"""Words as WordprocessingML: paragraphs and runs, without anything that XML or a line cannot hold."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMESPACE = f'xmlns:w="{W}"'

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Marks that turn the rest of a line round, and what is neither seen nor wanted: C1 controls, byte order, soft hyphens.
_UNSEEN = re.compile("[\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_BREAKS = re.compile("[\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
# Of these Word asks the run which face to take: “ ” — … · × ℃ ① Ⅱ. Without a hint they become Latin and narrow.
_EITHER = re.compile(
    "[\u00a1\u00a4\u00a7\u00a8\u00aa\u00af-\u00b4\u00b6-\u00ba\u00bc-\u00bf\u00d7\u00f7\u02c7-\u02df\u0370-\u04ff\u2010-\u2e7f]"
)


def clean(text: str) -> str:
    """One line, of what can be written and read; line breaks become spaces."""
    return _UNSEEN.sub("", _NOT_XML.sub("", _BREAKS.sub(" ", text)))


def lines_of(text: str) -> list[str]:
    """The lines of words that a person wrote, each clean; one empty line for nothing."""
    return [line for part in re.split("[\n\r\x0b\x0c\x85\u2028\u2029]+", text) if (line := clean(part).strip())] or [""]


def run(text: str, style: str = "") -> str:
    """A run; `style`: the id of a character style. Nothing for no words."""
    said = clean(text)
    if not said:
        return ""
    mark = f'<w:rStyle w:val="{style}"/>' if style else ""
    hint = '<w:rFonts w:hint="eastAsia"/>' if _EITHER.search(said) else ""
    properties = f"<w:rPr>{mark}{hint}</w:rPr>" if mark or hint else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(said)}</w:t></w:r>'


def broken(lines: list[str], style: str = "") -> str:
    """Runs with line breaks between them; `style`: the id of a character style."""
    return "<w:r><w:br/></w:r>".join(run(line, style) for line in lines)


def paragraph(style: str, runs: str, properties: str = "", *, keep: bool = False) -> str:
    """A paragraph; `properties` beside its style and in the order of the schema, `keep`: with the next one."""
    mark = f'<w:pStyle w:val="{style}"/>' if style else ""
    held = "<w:keepNext/>" if keep else ""
    inner = f"<w:pPr>{mark}{held}{properties}</w:pPr>" if mark or held or properties else ""
    return f"<w:p>{inner}{runs}</w:p>"


def with_section(element: str, section: str) -> str:
    """A paragraph with which a section ends."""
    head, has_properties, rest = element.partition("</w:pPr>")
    if has_properties:
        return f"{head}{section}</w:pPr>{rest}"
    return element.replace("<w:p>", f"<w:p><w:pPr>{section}</w:pPr>", 1)
