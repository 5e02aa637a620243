"""`python -m tests.bench.building URL ROUNDS`: build a report in this process, and do the same work bare beside it.

A process of its own, because a peak of memory never goes down again. Prints one line of JSON.
"""

from __future__ import annotations

import gc
import io
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)
"""Nine in the morning after the week of tests.services.big_week."""
SECRET = os.environ.get("SECRET_KEY", "")
TABLES = ("event", "occurrence", "registration", "checkin", "walk_in", "tally", "rating", "media_item")


def main() -> None:
    """Build cold, then `ROUNDS` times warm, each time with the bare work after it."""
    url, rounds = sys.argv[1], int(sys.argv[2])
    began = time.perf_counter()
    build = _builder(url)
    files = build()
    cold = time.perf_counter() - began
    peak = _peak_mb()
    bare = _Bare(url)
    warm, counted, beside = [], [], []
    for _ in range(rounds):
        warm.append(_timed(build))
        counted.append((_timed(bare.count), _timed(bare.read)))
        beside.append([(_timed(ours), _timed(theirs)) for ours, theirs in bare.writers()])
    sizes = {name: len(content) for name, content in files.items()}
    found = {"cold": cold, "peak": peak, "warm": warm, "counted": counted, "written": beside, "sizes": sizes}
    print(json.dumps(found))


def _peak_mb() -> float:
    """Of this program alone: what the system tells of used resources includes the process that started it."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _builder(url: str) -> Callable[[], Any]:
    """What `report build` does, imports included: gather, draw all files, keep them."""
    from bot.press import Press
    from bot.store.database import open_database
    from bot.store.pii import Keys

    press = Press(open_database(url), Keys(SECRET), lambda: NOW, lambda key: "")
    return lambda: press.build_draft(1)[1]


class _Bare:
    """The same work without the product: rows by plain SQL, cells by XlsxWriter and python-docx as their guides show."""

    def __init__(self, url: str) -> None:
        from bot.reports.tables import list_tables
        from bot.services.summary import summarize
        from bot.store.database import open_database
        from bot.store.pii import Keys

        self._db, self._keys = open_database(url), Keys(SECRET)
        with self._db.reading() as tx:
            summary = summarize(tx, 1, self._keys, NOW)
        self._tables = list_tables(summary)
        self._cells: list[list[list[Any]]] = [
            [[column.title for column in table.columns], *([cell.value for cell in row.cells] for row in table.rows)]
            for table in self._tables
        ]

    def count(self) -> object:
        """The product's summary."""
        from bot.services.summary import summarize

        with self._db.reading() as tx:
            return summarize(tx, 1, self._keys, NOW)

    def read(self) -> int:
        """Every row that the summary is made from, as the driver gives it."""
        with self._db.reading() as tx:
            driver: Any = tx.connection.driver_connection
            cursor = driver.cursor()
            rows = 0
            for table in TABLES:
                cursor.execute(f"SELECT * FROM {table}")
                rows += len(cursor.fetchall())
            cursor.close()
        return rows

    def writers(self) -> Sequence[tuple[Callable[[], object], Callable[[], object]]]:
        """The product's way and the bare one, for the workbook and for the tables on paper."""
        from bot.reports.document import Document, TableBlock
        from bot.reports.docx_report import write_docx
        from bot.reports.workbook import write_workbook

        document = Document("", tuple(TableBlock(table) for table in self._tables))
        return (
            (lambda: write_workbook(self._tables, title="", made_at=NOW), self._write_xlsx),
            (lambda: write_docx(document), self._write_docx),
        )

    def _write_xlsx(self) -> None:
        import xlsxwriter

        with xlsxwriter.Workbook(io.BytesIO(), {"in_memory": True}) as workbook:
            for cells in self._cells:
                sheet = workbook.add_worksheet()
                for at, row in enumerate(cells):
                    sheet.write_row(at, 0, row)

    def _write_docx(self) -> None:
        import docx

        document = docx.Document()
        for cells in self._cells:
            table = document.add_table(0, len(cells[0]))
            for values in cells:
                for cell, value in zip(table.add_row().cells, values, strict=False):
                    cell.text = "" if value is None else str(value)
        document.save(io.BytesIO())


if __name__ == "__main__":
    main()
