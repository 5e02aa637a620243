"""Tallies and their sums (library-domain 3.2).

Units are never mixed, running stocks and doubtful figures are never added.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from bot.domain.kinds import Exactness
from bot.domain.measure import Quantity, sum_exactness

RATES = frozenset({"cash_per_person", "duration", "series_ordinal", "batch_ordinal"})
"""Metrics that are no amounts: 200元 for each person and 300元 for each person are not 500元."""

ATTENDANCE = "attendance"
"""The metric that says how many people came (library-domain 3.2: checked in or tallied)."""
ONLINE_LIVE, ONLINE_VIEWS = "online_live", "online_views"
"""Who watched live, and views of the recording within 30 days: cells of their own, never added to those on-site."""


@dataclass(frozen=True, slots=True)
class TallyFacts:
    """One noted quantity. `library_id` None: it speaks of the whole campaign; `parent_id`: it is a part of that one."""

    id: int
    campaign_id: int
    library_id: int | None
    event_id: int | None
    occurrence_id: int | None
    parent_id: int | None
    key: str | None
    metric: str
    number: Decimal | None
    unit: str
    exactness: Exactness
    wording: str
    part: str
    noted_at: datetime
    staff_id: int | None = None
    written: str = ""  # its quantity as it was noted: 300多人次, 四百余册
    recipient: str = ""  # the named place that was given it

    @property
    def is_summed(self) -> bool:
        """Whether it may be added to others of its metric and unit."""
        not_summed = self.exactness in (Exactness.CUMULATIVE, Exactness.DOUBTFUL)
        return self.number is not None and not not_summed and self.metric not in RATES and self.library_id is not None

    @property
    def quantity(self) -> Quantity:
        """Number, unit and exactness together."""
        return Quantity(self.number, self.unit, self.exactness)


@dataclass(frozen=True, slots=True)
class TallyPart:
    """What of a total goes to one title or tier."""

    part: str
    number: Decimal
    exactness: Exactness
    written: str = ""  # as it was noted, where one row says it


@dataclass(frozen=True, slots=True)
class TallyTotal:
    """The sum of one metric in one unit. `parts` say what is known of its make-up; `tallies` are its rows.

    `written`: as it was noted, where it is of one row alone. `shares`: what each named place was given.
    """

    metric: str
    unit: str
    number: Decimal
    exactness: Exactness
    parts: tuple[TallyPart, ...]
    tallies: tuple[int, ...]
    written: str = ""
    shares: tuple[TallyPart, ...] = ()

    @property
    def quantity(self) -> Quantity:
        """Number, unit and exactness together."""
        return Quantity(self.number, self.unit, self.exactness)


def sum_tallies(tallies: Iterable[TallyFacts]) -> tuple[TallyTotal, ...]:
    """Totals by metric and unit, in the order in which they first occur.

    A row that is part of another is in that one's number already: it shows among the parts and is not added again.
    """
    groups: dict[tuple[str, str], list[TallyFacts]] = {}
    for tally in tallies:
        if tally.is_summed:
            groups.setdefault((tally.metric, tally.unit), []).append(tally)
    return tuple(_total(metric, unit, group) for (metric, unit), group in groups.items())


def list_unsummed(tallies: Iterable[TallyFacts]) -> tuple[TallyFacts, ...]:
    """What stands beside the totals and is never added: running stocks, doubtful figures, rates, campaign headlines."""
    return tuple(tally for tally in tallies if not tally.is_summed)


def _total(metric: str, unit: str, group: list[TallyFacts]) -> TallyTotal:
    here = {tally.id for tally in group}
    whole = [tally for tally in group if tally.parent_id not in here]
    return TallyTotal(
        metric=metric,
        unit=unit,
        number=_sum(whole),
        exactness=sum_exactness(tally.exactness for tally in whole),
        parts=_parts((tally.part, tally) for tally in group),
        tallies=tuple(tally.id for tally in group),
        written=_written(whole),
        shares=_parts((tally.recipient, tally) for tally in group),
    )


def _parts(named: Iterable[tuple[str, TallyFacts]]) -> tuple[TallyPart, ...]:
    """The rows that have a name, added up by it."""
    parts: dict[str, list[TallyFacts]] = {}
    for name, tally in named:
        if name:
            parts.setdefault(name, []).append(tally)
    return tuple(
        TallyPart(name, _sum(rows), sum_exactness(row.exactness for row in rows), _written(rows))
        for name, rows in parts.items()
    )


def _written(rows: list[TallyFacts]) -> str:
    return rows[0].written if len(rows) == 1 else ""


def _sum(tallies: Iterable[TallyFacts]) -> Decimal:
    return sum((tally.number for tally in tallies if tally.number is not None), Decimal(0))


@dataclass(frozen=True, slots=True)
class TallyRecorded:
    """A tally was noted; `running` is the total of its metric and unit at that place, with it.

    `occurrence_number` is None when it is of a library, or said of the whole campaign; then `place` names that.
    """

    tally_id: int
    metric: str
    part: str
    quantity: Quantity
    running: TallyTotal | None
    occurrence_number: int | None
    place: str
    written: str = ""
    recipient: str = ""
    parts: tuple[tuple[str, Quantity], ...] = ()


@dataclass(frozen=True, slots=True)
class TallyNotAllowed:
    """Tallies of a library are for its organisers, those of the whole campaign for the issuing library's."""


@dataclass(frozen=True, slots=True)
class TallyLine:
    """A row of a tally file; names and keys as the file has them, `row` where it stands."""

    key: str
    library: str
    event: str
    occurrence: str
    metric: str
    quantity: Quantity
    part: str
    of: str
    day: date | None
    wording: str
    row: int
    written: str = ""
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class TalliesImported:
    """What came of importing a tally file."""

    campaign_id: int
    key: str
    created: int
    changed: int
    same: int
