"""Typst in a process of its own: one template and its data in, a PDF or PNG out.

A page takes 75 MB while it is drawn, and a process that draws many keeps 250; a web process must neither keep them nor
stand still meanwhile. One page at a time in each process, and none longer than PATIENCE_S.
A web process has two threads: one that waits behind another's drawing soon gives up, for the chat needs it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from bot.reports.lettering import font_path

PATIENCE_S = 30.0
TURN_S = 2.0
_drawing = Lock()


class NotDrawnError(Exception):
    """The typesetter failed or took too long; the text is its own words, without the data."""


def typeset(template: Path, inputs: Mapping[str, str], ending: str, ppi: float | None) -> bytes:
    """What typst makes of the template, whose `sys.inputs` these are; `ppi` for PNG. Raises NotDrawnError."""
    order = {"template": str(template), "inputs": dict(inputs), "ending": ending, "ppi": ppi, "font": str(font_path())}
    command = [sys.executable, "-I", str(Path(__file__).with_name("typst_process.py"))]
    if not _drawing.acquire(timeout=TURN_S):
        raise NotDrawnError("another page is being drawn")
    try:
        done = subprocess.run(
            command, input=json.dumps(order).encode(), capture_output=True, timeout=PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotDrawnError(f"not done within {PATIENCE_S:.0f} s") from None
    finally:
        _drawing.release()
    if done.returncode != 0:
        raise NotDrawnError(done.stderr.decode(errors="replace")[-300:])
    return done.stdout
