"""The report of a large week, from its rows to the files: time, memory, and both for ten times as much."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from bot.services.summary import summarize
from config.processes import ROOT
from tests.bench.building import NOW
from tests.bench.load import spread
from tests.bench.report import Line, at_least, below
from tests.bench.stage import SECRET, Stage, clean_environment
from tests.services.big_week import CAMPAIGN, FULL, Size, build_big_week
from tests.services.recount import Recount
from tests.services.test_recount import assert_agrees

SECONDS_BAR, MEMORY_BAR_MB, GROWTH_BAR, COUNTED_BAR, WRITTEN_BAR = 3.0, 300.0, 11.0, 0.25, 0.4
ROUNDS = 5
TENFOLD = Size(FULL.occurrences * 10, FULL.sign_ups * 10, FULL.libraries)


def measure_report(stage: Stage, kind: str) -> list[Line]:
    """350 occurrences, 80,000 sign-ups, seven libraries; then ten times the occurrences and sign-ups."""
    url, lines = _fill(stage, kind, FULL)
    once = _build(url, ROUNDS)
    tenfold_url, _ = _fill(stage, kind, TENFOLD, recounted=False)
    tenfold = _build(tenfold_url, 1)
    what = f"report of {FULL.occurrences} occurrences, {FULL.sign_ups:,} sign-ups, {kind}"
    warm = spread(once["warm"])
    counted = spread([theirs / ours for ours, theirs in once["counted"]])
    seconds = [spread([each[side] for each in once["counted"]]).median for side in (0, 1)]
    return [
        below(f"{what}, from the start of a process", once["cold"], SECONDS_BAR, "s"),
        below("  peak memory", once["peak"], MEMORY_BAR_MB, "MB"),
        Line("  again in the same process", f"{warm.median:.2f} ({warm.least:.2f}–{warm.most:.2f}) s"),
        Line("  files", ", ".join(f"{name} {size // 1024} KB" for name, size in once["sizes"].items())),
        *lines,
        at_least("  summary beside all its rows by plain SQL", counted, COUNTED_BAR, _beside(seconds)),
        *_written(once),
        below("  ten times of both, so many times the time", tenfold["cold"] / once["cold"], GROWTH_BAR, "times"),
        below("  the same in a warm process", tenfold["warm"][0] / warm.median, GROWTH_BAR, "times"),
        Line("  peak memory of ten times", f"{tenfold['peak']:.1f} MB"),
    ]


def _written(once: dict[str, Any]) -> list[Line]:
    lines = []
    for at, name in enumerate(("xlsx beside the same cells by bare XlsxWriter", "docx beside bare python-docx")):
        pairs = [each[at] for each in once["written"]]
        seconds = [spread([pair[side] for pair in pairs]).median for side in (0, 1)]
        ratio = spread([theirs / ours for ours, theirs in pairs])
        lines.append(at_least(f"  tables as {name}", ratio, WRITTEN_BAR, _beside(seconds)))
    return lines


def _beside(seconds: list[float]) -> str:
    return f"{seconds[0] * 1000:.0f} ms beside {seconds[1] * 1000:.0f} ms"


def _fill(stage: Stage, kind: str, size: Size, *, recounted: bool = True) -> tuple[str, list[Line]]:
    """A database with such a week, and whether the recount agrees."""

    def person_of(openid: str) -> bytes:
        return stage.keys.person_hashes(CAMPAIGN, openid)[0]

    url, db = stage.product_database(kind)
    with db.writing() as tx:
        build_big_week(tx, person_of, size)
    if kind == "postgresql":
        with db.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
    if not recounted:
        return url, []
    with db.reading() as tx:
        summary, recount = summarize(tx, CAMPAIGN, stage.keys, NOW), Recount(tx, CAMPAIGN, NOW, person_of)
    try:
        assert_agrees(summary, recount)
    except AssertionError as fault:
        return url, [Line("  summary and recount", str(fault).splitlines()[0], "equal", ok=False)]
    parts = len(summary.occurrences) + len(summary.events) + len(summary.shelves)
    return url, [Line("  summary and recount", f"{parts} parts, every number", "equal", ok=True)]


def _build(url: str, rounds: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.building", url, str(rounds)]
    environment = clean_environment() | {"SECRET_KEY": SECRET}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
