"""A docx as PDF, by LibreOffice where it is installed, with the stand-in fonts that are there."""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import signal
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from bot.reports.docx_styles import PAGE_HEAD
from bot.reports.lettering import font_path
from bot.texts.report_paper import PREVIEW_NOTE, STAND_INS

TIMEOUT_S = 90
_NAMES = ("soffice", "libreoffice")
_FONT_LIST_S = 20
_EAST_ASIAN = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia"


def can_preview() -> bool:
    """Whether LibreOffice is there."""
    return _program() is not None


def to_pdf(docx: bytes) -> bytes | None:
    """The pages as PDF; None where LibreOffice is missing, fails or takes longer than a minute and a half.

    Where this machine lacks a font that the document names, the copy says so at the head of every page.
    """
    program = _program()
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="preview-") as folder:
        here = Path(folder)
        (here / "fonts.conf").write_text(fonts_conf(), encoding="utf-8")
        environment = os.environ | {"FONTCONFIG_FILE": str(here / "fonts.conf"), "HOME": str(here)}
        marked = _with_note(docx) if fonts_of(docx) - _installed(environment) else docx
        (here / "report.docx").write_bytes(marked)
        with _one_at_a_time():
            _convert(program, here, environment)
        made = here / "report.pdf"
        return made.read_bytes() if made.exists() else None


def fonts_conf() -> str:
    """Which installed face stands in for one that Word would draw (library-domain 4.2). Behind them all comes the font
    that we bring ourselves: a page never shows boxes for Chinese."""
    aliases = "".join(
        f"<alias binding='same'><family>{escape(name)}</family><prefer>"
        + "".join(f"<family>{escape(each)}</family>" for each in (name, *instead))
        + "</prefer></alias>"
        for name, instead in STAND_INS.items()
    )
    return (
        "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>"
        f"<dir>{escape(str(font_path().parent))}</dir>"
        f"<include ignore_missing='yes'>/etc/fonts/fonts.conf</include>{aliases}</fontconfig>"
    )


def fonts_of(docx: bytes) -> set[str]:
    """The Chinese fonts that a document's styles name."""
    with zipfile.ZipFile(io.BytesIO(docx)) as package:
        styles = ElementTree.fromstring(package.read("word/styles.xml"))
    return {name for element in styles.iter() if (name := element.get(_EAST_ASIAN)) and not name.startswith("zh")}


def _installed(environment: Mapping[str, str]) -> set[str]:
    """Names of all families here; none where nobody can say."""
    lister = shutil.which("fc-list")
    if lister is None:
        return set()
    with suppress(OSError, subprocess.SubprocessError):
        told = subprocess.run(
            [lister, ":", "family"], env=environment, capture_output=True, timeout=_FONT_LIST_S, check=True
        )
        return {name.strip() for name in told.stdout.decode(errors="replace").replace("\n", ",").split(",")}
    return set()


def _with_note(docx: bytes) -> bytes:
    """A copy with the note on stand-in fonts at the head of its pages."""
    from docx import Document as open_word_file

    file = open_word_file(io.BytesIO(docx))
    first = file.sections[0]  # the others have the heads of the first
    for head in (first.header, first.even_page_header):
        head.is_linked_to_previous = False
        line = head.paragraphs[0]
        line.add_run(PREVIEW_NOTE)
        properties: Any = line._p.get_or_add_pPr()
        properties.style = PAGE_HEAD
    copy = io.BytesIO()
    file.save(copy)
    return copy.getvalue()


def _program() -> str | None:
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Among all processes of this user: one takes hundreds of megabytes, two are too many for a small machine."""
    path = Path(tempfile.gettempdir()) / f"shuqian-preview-{os.getuid()}.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _convert(program: str, here: Path, environment: Mapping[str, str]) -> None:
    command = [
        program,
        f"-env:UserInstallation={(here / 'profile').as_uri()}",
        *("--headless", "--norestore", "--convert-to", "pdf:writer_pdf_Export", "--outdir", str(here)),
        str(here / "report.docx"),
    ]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        with suppress(subprocess.TimeoutExpired):
            process.wait(TIMEOUT_S)
    finally:
        # soffice is a script with children: all of them end, whatever ended the wait.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
