"""The comparisons: the product and its yardstick by turns in one run, so that both meet the same weather."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from sqlalchemy import func, select

from bot.store.database import Database
from bot.store.door_tables import checkin
from bot.store.tables import registration
from tests.bench import pushes, rows, yardstick
from tests.bench.load import CLIENTS, Round, percentile, run_round, spread
from tests.bench.report import Line, at_least, below, equal
from tests.bench.stage import Stage

WRITES_BAR, READS_BAR, SLOWEST_BAR_MS = 0.4, 0.5, 250.0
SIGNED_UP, CHECKED_IN = "报名成功", "签到成功"
WARM_UP = 160


@dataclass(frozen=True, slots=True)
class Size:
    """How many rounds, and messages in each."""

    rounds: int
    messages: int

    @property
    def total(self) -> int:
        """All messages of one side, with those before the clock runs."""
        return WARM_UP + self.rounds * self.messages


SPREAD, HOT, READ = Size(7, 640), Size(5, 240), Size(5, 1200)
DOORS = {1: (Size(3, 80), 105.0), CLIENTS: (Size(3, 240), 160.0)}
"""For so many scanners: how much is sent, and how many check-ins a second there must be (event-anchors 7.1)."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared. `make` gives the next so many requests."""

    port: int
    make: Callable[[int], list[bytes]]
    expected: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rounds of both sides, in pairs."""

    product: tuple[Round, ...]
    yardstick: tuple[Round, ...]
    good: int  # answers of the product with the expected words, those before the clock ran included
    good_beside: int  # the same of the yardstick

    def line(self, what: str, bar: float) -> Line:
        """The ratio of the rates, with both rates beside it."""
        ratio = spread([one.rate / other.rate for one, other in zip(self.product, self.yardstick, strict=True)])
        one, other = spread([each.rate for each in self.product]), spread([each.rate for each in self.yardstick])
        return at_least(what, ratio, bar, f"{one.median:.0f}/s of {other.median:.0f}/s")

    def slowest(self, what: str, bar_ms: float | None = None) -> Line:
        """The wait that 99 of 100 answers keep within."""
        ours, theirs = (1000 * percentile(side, 0.99) for side in (self.product, self.yardstick))
        if bar_ms is not None:
            return below(what, ours, bar_ms, "ms")
        return Line(what, f"{ours:.1f} ms beside {theirs:.1f} ms")


def compare(product: Side, other: Side, size: Size, clients: int = CLIENTS) -> Comparison:
    """Warm both up, then A B A B …"""
    warm = [run_round(side.port, side.make(WARM_UP), side.expected) for side in (product, other)]
    ours, theirs = [], []
    for _ in range(size.rounds):
        ours.append(run_round(product.port, product.make(size.messages), product.expected, clients))
        theirs.append(run_round(other.port, other.make(size.messages), other.expected, clients))
    good, good_beside = (
        sum(one.good for one in (first, *rest)) for first, rest in zip(warm, (ours, theirs), strict=True)
    )
    return Comparison(tuple(ours), tuple(theirs), good, good_beside)


def sign_ups(openids: list[str], *, hot: bool) -> Callable[[int], list[bytes]]:
    """报名 in one message, each by another reader."""
    waiting = iter(enumerate(openids))

    def make(how_many: int) -> list[bytes]:
        return [_sign_up(*next(waiting), hot=hot) for _ in range(how_many)]

    return make


def _sign_up(place: int, openid: str, *, hot: bool) -> bytes:
    number = rows.HOT if hot else place % rows.OCCURRENCES + 1
    return pushes.typed(f"报名 {number} 张三 13800138000 一大一小", openid)


def measure_sign_up(stage: Stage, kind: str) -> list[Line]:
    """Sign-up by message against the yardstick, spread over twenty occurrences and on one."""
    url, db = stage.product_database(kind)
    other_url = stage.database_url(kind)
    rows.add_programme(db)
    yardstick.prepare(other_url, rows.HOT, rows.CAPACITY)
    openids = rows.add_readers(db, stage.keys, SPREAD.total + HOT.total)
    lines, good, good_beside = [], 0, 0
    with stage.product(url) as port, stage.yardstick("create_sign_up", other_url) as other_port:
        for hot, size in ((False, SPREAD), (True, HOT)):
            own, openids = openids[: size.total], openids[size.total :]
            product = Side(port, sign_ups(own, hot=hot), SIGNED_UP)
            seen = compare(product, Side(other_port, sign_ups(own, hot=hot), yardstick.TAKEN), size)
            what = f"sign-up, {kind}, {'one occurrence' if hot else '20 occurrences'}"
            lines += [seen.line(what, WRITES_BAR), seen.slowest("  slowest of a hundred")]
            good, good_beside = good + seen.good, good_beside + seen.good_beside
    confirmed = select(func.count()).select_from(registration).where(registration.c.status == "confirmed")
    with db.reading() as tx:
        lines.append(equal(f"  {SIGNED_UP}", good, tx.execute(confirmed).scalar_one()))
    lines.append(equal("  the same, yardstick", good_beside, yardstick.count_registrations(other_url)))
    return lines


def measure_check_in(stage: Stage, kind: str) -> list[Line]:
    """The first scan of tickets by one and by eight staff, by the chat's scanner and by the web scanner."""
    url, db = stage.product_database(kind)
    other_url = stage.database_url(kind)
    rows.add_programme(db, starts_in=timedelta(minutes=5))
    yardstick.prepare(other_url, rows.HOT, rows.CAPACITY)
    staff = rows.add_staff(db, stage.keys, CLIENTS)
    total = 2 * sum(size.total for size, _ in DOORS.values())
    tickets = iter(rows.add_tickets(db, stage.keys, total))
    openids = iter([f"o-bench-{number:010d}-0123456789" for number in range(total)])
    secrets = rows.add_sessions(db, stage.keys, CLIENTS)
    lines, good = [], 0
    with stage.product(url) as port, stage.yardstick("create_sign_up", other_url) as other_port:
        ways = (("/wechat", _scans(tickets, staff, port)), ("/staff/api", _acts(tickets, secrets, port)))
        for clients, (size, bar) in DOORS.items():
            for way, make in ways:
                beside = sign_ups([next(openids) for _ in range(size.total)], hot=False)
                product = Side(port, make, CHECKED_IN)
                seen = compare(product, Side(other_port, beside, yardstick.TAKEN), size, clients)
                what = f"first scan, {kind}, {way}, {clients} client{'s' if clients > 1 else ''}"
                rate = spread([each.rate for each in seen.product])
                lines += [
                    seen.line(what, WRITES_BAR),
                    at_least("  check-ins a second", rate, bar, "first scans"),
                    seen.slowest("  slowest of a hundred", SLOWEST_BAR_MS),
                ]
                good += seen.good
    return [*lines, equal(f"  {CHECKED_IN}", good, _count_check_ins(db))]


def _scans(tickets: Iterator[rows.Ticket], staff: list[str], port: int) -> Callable[[int], list[bytes]]:
    def make(how_many: int) -> list[bytes]:
        # The clients take every eighth request, so each of them is one member of staff.
        return [
            pushes.scanned(f"http://127.0.0.1:{port}/T/{ticket.token}", staff[place % len(staff)])
            for place, ticket in enumerate(islice(tickets, how_many))
        ]

    return make


def _acts(tickets: Iterator[rows.Ticket], secrets: list[str], port: int) -> Callable[[int], list[bytes]]:
    def make(how_many: int) -> list[bytes]:
        return [
            pushes.act(f"http://127.0.0.1:{port}/T/{ticket.token}", ticket.number, secrets[place % len(secrets)])
            for place, ticket in enumerate(islice(tickets, how_many))
        ]

    return make


def _count_check_ins(db: Database) -> int:
    valid = select(func.count()).select_from(checkin).where(checkin.c.result == "ok", checkin.c.undone_at.is_(None))
    with db.reading() as tx:
        return int(tx.execute(valid).scalar_one())


def measure_reading(stage: Stage, kind: str) -> list[Line]:
    """Messages that change nothing against an echo."""
    url, db = stage.product_database(kind)
    rows.add_programme(db)
    openids = rows.add_readers(db, stage.keys, READ.messages)
    lines = []
    with stage.product(url) as port, stage.yardstick("create_echo") as other_port:
        for words, expected in (("帮助", "报名"), ("活动", "近期活动")):

            def make(how_many: int, words: str = words) -> list[bytes]:
                return [pushes.typed(words, openids[place % len(openids)]) for place in range(how_many)]

            seen = compare(Side(port, make, expected), Side(other_port, make, words), READ)
            lines.append(seen.line(f"{words}, {kind}", READS_BAR))
            lines.append(equal("  answered", seen.good, READ.total))
    return lines
