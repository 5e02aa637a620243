"""The preview's own manners: what it leaves behind, and that it gives up."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bot.reports import preview
from bot.reports.document import Document
from bot.reports.docx_report import write_docx


@pytest.fixture
def docx() -> bytes:
    return write_docx(Document("总结", ()))


def stand_in(folder: Path, script: str) -> None:
    """A program by LibreOffice's name that does what the script says."""
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_there_is_no_preview_without_libreoffice(docx: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not preview.can_preview()
    assert preview.to_pdf(docx) is None


def test_program_that_hangs_is_ended_with_its_children(
    docx: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Seen to fail with the program killed alone: its child, which is LibreOffice itself, went on."""
    told = tmp_path / "child"
    stand_in(tmp_path, f'sleep 600 & echo $! > "{told}"; wait')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(preview, "TIMEOUT_S", 0.3)
    assert preview.to_pdf(docx) is None
    child = int(told.read_text())
    deadline = time.monotonic() + 5
    while _is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_program_gets_a_home_of_its_own_that_is_gone_afterwards(
    docx: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = tmp_path / "home"
    stand_in(tmp_path, f'echo "$HOME" > "{told}"; cp "$HOME/fonts.conf" "{tmp_path}"; echo drawn > "$HOME/report.pdf"')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert preview.to_pdf(docx) == b"drawn\n"
    assert not Path(told.read_text().strip()).exists()
    assert "Noto Serif CJK SC" in (tmp_path / "fonts.conf").read_text()


def _is_running(process: int) -> bool:
    """Whether it is there and not merely waiting to be buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
