"""Reading the platform's XML strictly, in one pass, into the nested dictionaries that wechatpy's catalogue takes.

wechatpy parses with xmltodict, which lets DTDs and attributed elements through and raises five kinds of errors on bad
bytes. This reader refuses all of that with one error, at half the cost. What is repeated becomes a list, under any
name: the platform repeats more elements than it documents, and who reads a field takes one text or nothing.
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

ROOT = "xml"
MAX_DEPTH = 8

Element = dict[str, Any]


class MalformedXmlError(Exception):
    """Not XML as the platform writes it."""


def read_xml(body: bytes) -> Element:
    """The children of the root `xml` as text or dictionaries; raise MalformedXmlError for anything unusual."""
    reader = _Reader()
    try:
        body.decode("utf-8")
        reader.parser.Parse(body, True)
    except (expat.ExpatError, UnicodeDecodeError):
        raise MalformedXmlError from None
    if reader.root is None:
        raise MalformedXmlError
    return reader.root


class _Reader:
    """Collects one document. A parent of text is a leaf; a parent of elements ignores the white space between them."""

    def __init__(self) -> None:
        # The encoding is forced: a declaration inside the document must not choose another one.
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        self.parser = parser
        self.root: Element | None = None
        self._open: list[Element] = []
        self._words: list[str] = []

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if attributes or len(self._open) >= MAX_DEPTH or (not self._open and name != ROOT):
            raise MalformedXmlError
        self._open.append({})
        self._words.clear()

    def _text(self, words: str) -> None:
        self._words.append(words)

    def _end(self, name: str) -> None:
        element = self._open.pop()
        if not self._open:
            self.root = element
            return
        words = "".join(self._words).strip()
        self._words.clear()
        if element and words:
            raise MalformedXmlError
        _put(self._open[-1], name, element or words or None)


def _put(parent: Element, name: str, value: Element | str | None) -> None:
    if name not in parent:
        parent[name] = value
        return
    known = parent[name]
    parent[name] = [*known, value] if isinstance(known, list) else [known, value]


def _refuse(*_: object) -> None:
    raise MalformedXmlError
