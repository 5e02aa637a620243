"""A docx as PDF, by LibreOffice where it is installed, with the stand-in fonts that are there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from xml.sax.saxutils import escape

from bot.texts.report_paper import STAND_INS

TIMEOUT_S = 90
_NAMES = ("soffice", "libreoffice")
_ONE_AT_A_TIME = threading.Lock()
"""It takes hundreds of megabytes; two at once are too many for a small machine."""


def can_preview() -> bool:
    """Whether LibreOffice is there."""
    return _program() is not None


def to_pdf(docx: bytes) -> bytes | None:
    """The pages as PDF; None where LibreOffice is missing, fails or takes longer than a minute and a half."""
    program = _program()
    if program is None:
        return None
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="preview-") as folder:
        here = Path(folder)
        (here / "report.docx").write_bytes(docx)
        (here / "fonts.conf").write_text(fonts_conf(), encoding="utf-8")
        _convert(program, here)
        made = here / "report.pdf"
        return made.read_bytes() if made.exists() else None


def fonts_conf() -> str:
    """Which installed face stands in for one that Word would draw (library-domain 4.2)."""
    aliases = "".join(
        f"<alias binding='same'><family>{escape(name)}</family><prefer>"
        + "".join(f"<family>{escape(each)}</family>" for each in (name, *instead))
        + "</prefer></alias>"
        for name, instead in STAND_INS.items()
    )
    return (
        "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>"
        f"<include ignore_missing='yes'>/etc/fonts/fonts.conf</include>{aliases}</fontconfig>"
    )


def _program() -> str | None:
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def _convert(program: str, here: Path) -> None:
    command = [
        program,
        f"-env:UserInstallation={(here / 'profile').as_uri()}",
        *("--headless", "--norestore", "--convert-to", "pdf:writer_pdf_Export", "--outdir", str(here)),
        str(here / "report.docx"),
    ]
    environment = os.environ | {"FONTCONFIG_FILE": str(here / "fonts.conf"), "HOME": str(here)}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
