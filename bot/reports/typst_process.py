"""The process behind `typesetting`: an order as JSON on its input, the drawn page on its output."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typst


def main() -> int:
    """Draw one order."""
    order = json.load(sys.stdin)
    drawn = typst.compile(
        Path(order["template"]),
        font_paths=[Path(order["font"]).parent],
        ignore_system_fonts=True,  # a page looks the same wherever it is drawn
        format=order["ending"],
        ppi=order["ppi"],
        sys_inputs=order["inputs"],
    )
    if not isinstance(drawn, bytes):
        sys.stderr.write(f"{len(drawn or [])} pages where one was meant")
        return 1
    sys.stdout.buffer.write(drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main())
