"""`python -m tests.bench`: measure and print a table. Below a bar is no failure; a wrong count is one."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.parts import measure_check_in, measure_reading, measure_sign_up
from tests.bench.report import Line, table
from tests.bench.rest import measure_clone, measure_rest
from tests.bench.sentences import measure_sentences
from tests.bench.stage import Stage, disk_syncs, open_stage
from tests.bench.weeks import measure_report

PARTS: dict[str, Callable[[Stage, str], list[Line]]] = {
    "signup": measure_sign_up,
    "checkin": measure_check_in,
    "read": measure_reading,
    "report": measure_report,
}
KINDS = ("sqlite", "postgresql")


def main() -> int:
    """Run the parts asked for; 1 when answers and rows do not agree."""
    asked = _arguments()
    began = time.monotonic()
    lines: list[Line] = []
    with open_stage() as stage:
        lines.append(Line("disk syncs before", f"{disk_syncs(stage.folder):.0f}/s"))
        for name, measure in PARTS.items():
            for kind in KINDS:
                if asked.only in (None, name) and asked.database in (None, kind):
                    lines += measure(stage, kind)
        lines.append(Line("disk syncs after", f"{disk_syncs(stage.folder):.0f}/s"))
    if asked.only in (None, "sentence"):
        lines += measure_sentences()
    if asked.only in (None, "rest"):
        lines += measure_rest()
    if asked.clone:
        lines += measure_clone()
    lines.append(Line("this run", f"{time.monotonic() - began:.0f} s"))
    text = table(lines)
    print(text)
    if asked.out is not None:
        asked.out.write_text(text + "\n", encoding="utf-8")
    return 1 if any(line.bar == "equal" and not line.ok for line in lines) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=(*PARTS, "sentence", "rest"), help="one part instead of all")
    parser.add_argument("--database", choices=KINDS, help="one kind of database instead of both")
    parser.add_argument("--clone", action="store_true", help="also from a clean clone; downloads all packages")
    parser.add_argument("--out", type=Path, help="write the table to this file as well")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
