"""`python -m tests.bench.reminders`: a large festival's reminders through the real worker and scheduler.

The stand-in takes 200 ms for each call, as the platform does. Meanwhile promotions are queued now and then: how long
until they have left, and how evenly do the reminders leave? Beside each slow second stands what the machine did: how
late a thread of the measurement woke, and how long a disk sync took.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from bot.domain.clock import utc_now
from bot.domain.kinds import NoticeKind
from bot.domain.notice import lane_of
from bot.store.database import Database
from bot.store.tables import notice, reader, registration
from config.processes import ROOT, programs_of
from config.settings import load_settings
from tests.bench.report import Line, equal, table
from tests.bench.stage import SECRET, Stage, clean_environment, open_stage
from tests.factories import add_house, add_occurrence, grant_rights
from tests.wechat.platform import Platform, open_platform

CALL_S = 0.2
PROMOTIONS, PROMOTION_EVERY_S = 30, 2.0
LONGEST_S = 1800.0
SENDING = "message/custom/send"
LETTERS = "ABCDEFGHJK"


@dataclass
class Seen:
    """Moments of calls (monotonic seconds), and the machine's own delays in each second since the first."""

    calls: list[float] = field(default_factory=list)
    late: dict[int, float] = field(default_factory=dict)
    synced: dict[int, float] = field(default_factory=dict)
    promoted: list[float] = field(default_factory=list)

    def per_second(self) -> list[int]:
        """Calls in each second from the first to the last full one."""
        first = self.calls[0]
        counts = Counter(int(each - first) for each in self.calls)
        return [counts.get(second, 0) for second in range(max(counts))]


def main() -> int:
    """Print the table; 1 when somebody was told twice or not at all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reminders", description=__doc__)
    parser.add_argument("--number", type=int, default=10_000, help="how many reminders")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    asked = parser.parse_args()
    with open_stage() as stage, open_platform() as platform:
        lines = measure_reminders(stage, platform, asked.database, asked.number)
    print(table(lines))
    return 1 if any(line.ok is False for line in lines if line.bar == "equal") else 0


def measure_reminders(stage: Stage, platform: Platform, kind: str, number: int) -> list[Line]:
    """Let the worker send that many, and tell how it went."""
    url, db = stage.product_database(kind)
    promoted = add_reminders(db, number)
    seen, ended = Seen(), threading.Event()

    def note(path: str) -> None:
        if path == SENDING:
            seen.calls.append(time.monotonic())
            time.sleep(CALL_S)

    platform.before = note
    watcher = threading.Thread(target=_watch_machine, args=(stage.folder, seen, ended), daemon=True)
    watcher.start()
    with crew(stage, url, platform):
        _promote_and_wait(db, seen, promoted)
    ended.set()
    watcher.join()
    return _lines(db, platform, seen, kind, number)


def add_reminders(db: Database, number: int) -> list[int]:
    """Readers with a place and a reminder that is due; ids of further places, for the promotions."""
    now = utc_now()
    starts_at = now + timedelta(days=1)
    with db.writing() as tx:
        grant_rights(tx)
        held = add_occurrence(tx, add_house(tx), 1, starts_at=starts_at, capacity=2 * (number + PROMOTIONS))
        everybody = range(1, number + PROMOTIONS + 1)
        tx.execute(insert(reader), [{"id": each, "openid": f"o-bench-{each}", "created_at": now} for each in everybody])
        same = {"occurrence_id": held.id, "status": "confirmed", "adults": 1, "children": 1, "seats": 2}
        since = {"created_at": now - timedelta(days=9), "confirmed_at": now - timedelta(days=9)}
        places = [{"id": each, "reader_id": each, "short_code": _code(each), **same, **since} for each in everybody]
        tx.execute(insert(registration), places)
        moment = f"24h@{starts_at:%Y%m%dT%H%M}"
        rows = [_notice(each, NoticeKind.REMINDER, moment, now) for each in range(1, number + 1)]
        tx.execute(insert(notice), rows)
    return list(everybody[number:])


def _code(number: int) -> str:
    return "".join(LETTERS[int(digit)] for digit in f"{number:06d}")


def _notice(number: int, kind: NoticeKind, moment: str, now: datetime) -> dict[str, object]:
    row = {"kind": kind, "registration_id": number, "reader_id": number, "moment": moment, "facts": {}}
    return {**row, "due_at": now, "created_at": now, "state": "pending", "lane": lane_of(kind), "not_after": None}


@contextmanager
def crew(stage: Stage, url: str, platform: Platform) -> Iterator[None]:
    """One worker and one scheduler, as the product starts them."""
    environment = clean_environment() | {
        "DATABASE_URL": url,
        "REDIS_URL": stage.redis_url,
        "DATA_DIR": str(stage.folder),
        "SECRET_KEY": SECRET,
        "WECHAT_TOKEN": "token",
        "WECHAT_APPID": "wx0123456789abcdef",
        "WECHAT_SECRET": "secret",
        "WECHAT_API_BASE": platform.url,
        "PUBLIC_URL": "http://library.example",
        "REMINDER_OFFSETS": "",
        "QUIET_HOURS": "",
    }
    programs = programs_of(load_settings(data_dir=stage.folder, secret_key=SECRET, wechat_token="token"))
    processes = []
    with (stage.folder / "crew.log").open("ab") as log:
        for program in programs:
            if program.name in ("worker", "beat"):
                processes.append(
                    subprocess.Popen(program.command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
                )
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)


def _promote_and_wait(db: Database, seen: Seen, promoted: list[int]) -> None:
    """Queue a promotion every two seconds, time each until it is sent, and wait for the last reminder."""
    deadline = time.monotonic() + LONGEST_S
    while not seen.calls:
        time.sleep(0.1)
    waiting = iter(promoted)
    while time.monotonic() < deadline:
        time.sleep(PROMOTION_EVERY_S)
        one = next(waiting, None)
        if one is not None:
            seen.promoted.append(_time_promotion(db, one, deadline))
        with db.reading() as tx:
            if tx.execute(select(notice.c.id).where(_OPEN).limit(1)).first() is None:
                return


_OPEN = notice.c.state.in_(("pending", "sending"))


def _time_promotion(db: Database, one: int, deadline: float) -> float:
    began = time.monotonic()
    with db.writing() as tx:
        tx.execute(insert(notice), _notice(one, NoticeKind.PROMOTED, "promoted", utc_now()))
    mine = (notice.c.registration_id == one) & (notice.c.kind == NoticeKind.PROMOTED)
    while time.monotonic() < deadline:
        with db.reading() as tx:
            if tx.execute(select(notice.c.state).where(mine)).scalar_one() == "sent":
                break
        time.sleep(0.02)
    return time.monotonic() - began


def _watch_machine(folder: Path, seen: Seen, ended: threading.Event) -> None:
    """How late this thread wakes, and how long a sync takes: what no worker can do anything about."""
    file = os.open(folder / "watch", os.O_RDWR | os.O_CREAT)
    try:
        while not ended.is_set():
            began = time.monotonic()
            time.sleep(0.05)
            woke = time.monotonic()
            os.pwrite(file, os.urandom(4096), 0)
            os.fdatasync(file)
            if seen.calls:
                second = int(began - seen.calls[0])
                seen.late[second] = max(seen.late.get(second, 0.0), woke - began - 0.05)
                seen.synced[second] = max(seen.synced.get(second, 0.0), time.monotonic() - woke)
    finally:
        os.close(file)


def _lines(db: Database, platform: Platform, seen: Seen, kind: str, number: int) -> list[Line]:
    with db.reading() as tx:
        sent = len(tx.execute(select(notice.c.id).where(notice.c.state == "sent")).all())
    told = Counter(body["touser"] for body in platform.of(SENDING) if body["touser"])  # a probe of rights names nobody
    seconds = seen.per_second()
    steady = sorted(seconds[5:-5]) or [0]  # at the end only promotions are left
    shares = [steady[min(len(steady) - 1, int(len(steady) * share))] for share in (0.05, 0.5, 0.95)]
    slow = [second for second, count in enumerate(seconds[:-5]) if second >= 5 and count < 15]
    held = [second for second in slow if _machine(seen, second) > 0.1]
    syncs = sorted(seen.synced.values())
    waits = sorted(seen.promoted)
    lines = [
        Line(f"{number} reminders, {kind}", f"{len(seconds)} s, {len(seen.calls) / max(1, len(seconds)):.1f}/s"),
        Line("  in a second: p5, median, p95", ", ".join(map(str, shares))),
        Line("  least and most", f"{steady[0]}, {steady[-1]} (first five: {', '.join(map(str, seconds[:5]))})"),
        Line("  seconds below 15", f"{len(slow)}, in {len(held)} of them the machine itself stood for 0.1 s or more"),
        Line(
            "  longest disk sync in a second",
            f"median {1000 * statistics.median(syncs):.0f} ms, most {syncs[-1]:.2f} s",
        ),
    ]
    if waits:
        lines.append(
            Line("  a promotion has left after", f"median {statistics.median(waits):.2f} s, most {waits[-1]:.2f} s")
        )
    lines.append(equal("  told once each", len(told) if max(told.values()) == 1 else -1, sent))
    return lines


def _machine(seen: Seen, second: int) -> float:
    around = (second - 1, second)
    return max(max(seen.late.get(each, 0.0), seen.synced.get(each, 0.0)) for each in around)


if __name__ == "__main__":
    sys.exit(main())
