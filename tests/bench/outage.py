"""`python -m tests.bench.outage`: does the webhook notice that the platform's API is away?

One web server, one worker and one scheduler, and a thousand reminders that are due. By turns the API answers in 200 ms,
cuts every connection, or holds it until the caller gives up; the same readers ask for 帮助 all the time.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

from sqlalchemy import select

from bot.store.tables import reader
from tests.bench import pushes
from tests.bench.load import Round, percentile, run_round, spread
from tests.bench.parts import WARM_UP
from tests.bench.reminders import CALL_S, SENDING, add_reminders, crew
from tests.bench.report import Line, at_least, table
from tests.bench.stage import Stage, open_stage
from tests.wechat.platform import CUT, Platform, open_platform

ROUNDS, MESSAGES, REMINDERS = 5, 1600, 6000
BAR = 0.9
HELD_S = 10.0
"""Longer than the gateway reads."""

UP, CUT_OFF, HELD = "up", "cut", "held"


class Weather:
    """How the stand-in answers now."""

    def __init__(self, platform: Platform) -> None:
        self.now = UP
        self.changed = threading.Event()
        self._answer = platform.answer
        platform.answer = self.answer  # type: ignore[method-assign]

    def turn(self, to: str) -> None:
        """From now on so; what is held is let go."""
        self.now = to
        self.changed.set()
        self.changed = threading.Event()

    def answer(self, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> Any:
        """As the weather is."""
        if self.now == UP:
            time.sleep(CALL_S if path == SENDING else 0.0)
            return self._answer(path, query, body)
        if self.now == HELD:
            self.changed.wait(HELD_S)
        return CUT


def main() -> int:
    """Print the table."""
    with open_stage() as stage, open_platform() as platform:
        lines = [line for kind in ("sqlite", "postgresql") for line in measure_outage(stage, platform, kind)]
    print(table(lines))
    return 0


def measure_outage(stage: Stage, platform: Platform, kind: str) -> list[Line]:
    """The rate of answers in each weather against the rate while all is well."""
    url, db = stage.product_database(kind)
    add_reminders(db, REMINDERS)
    with db.reading() as tx:
        openids = list(tx.scalars(select(reader.c.openid).limit(MESSAGES)))
    platform.calls.clear()
    weather = Weather(platform)
    seen: dict[str, list[Round]] = {UP: [], CUT_OFF: [], HELD: []}
    account = {"WECHAT_APPID": "wx0123456789abcdef", "WECHAT_SECRET": "secret", "WECHAT_API_BASE": platform.url}
    with stage.product(url, account) as port, crew(stage, url, platform):
        while not platform.of(SENDING):
            time.sleep(0.1)
        run_round(port, _requests(openids[:WARM_UP]), "报名")
        for _ in range(ROUNDS):
            for name, rounds in seen.items():
                weather.turn(name)
                time.sleep(1.0)  # until calls under way have met it
                rounds.append(run_round(port, _requests(openids), "报名"))
        weather.turn(UP)
    slowest = {name: 1000 * percentile(rounds, 0.99) for name, rounds in seen.items()}
    lines = [Line(f"帮助, {kind}, API up", f"{_rate(seen[UP]):.0f}/s, 99 of 100 within {slowest[UP]:.1f} ms")]
    for name in (CUT_OFF, HELD):
        ratio = spread([one.rate / up.rate for one, up in zip(seen[name], seen[UP], strict=True)])
        more = f"{_rate(seen[name]):.0f}/s, 99 of 100 within {slowest[name]:.1f} ms"
        lines.append(at_least(f"  API {name}, ratio", ratio, BAR, more))
    return lines


def _rate(rounds: list[Round]) -> float:
    return spread([each.rate for each in rounds]).median


def _requests(openids: list[str]) -> list[bytes]:
    return [pushes.typed("帮助", openid) for openid in openids]


if __name__ == "__main__":
    sys.exit(main())
