"""Drawing lots so that anybody can draw them again: method, result, and the check of a published result.

Method `sha256-v1`: before the first entry a seed is drawn and the SHA-256 of its hexadecimal text published; each entry
gets the next number. The entries are put in the order of SHA-256 of `SEED:NUMBER`. In that order they take their units
of the quota until one does not fit: then all wait behind it, or smaller ones are still taken (`Rules.waitlist_fit`).
Who is left stands in line in the drawn order. A family is one entry: of several under one account or phone the first
takes part. It wins once over all events of a lottery set: an entry of a family that has a place already is set aside.
Sources: library-domain section 6.3 (published seed and method, substitutes in drawn order, one win per family).
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.occurrence import OccurrenceFacts
from bot.domain.rules import Allocation, WaitlistFit

METHOD = "sha256-v1"
SEED_BYTES = 16


class Lot(StrEnum):
    """What became of an entry."""

    WON = "won"
    SUBSTITUTE = "substitute"
    LOST = "lost"  # no seat, and no place in line either
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Entry:
    """A family's entry. `family` are marks by which entries of one family are known: the account, the phone.

    `served`: the family has a place of the same set already. Where is not published: whoever enters with somebody
    else's phone must not learn what its owner does.
    """

    number: int
    units: int
    family: frozenset[Hashable] = frozenset()
    served: bool = False


@dataclass(frozen=True, slots=True)
class DrawnEntry:
    """An entry in the result. `place` counts substitutes from 1; set aside are those `served` (as in `Entry`) or with
    `same_as`, the number of the family's first entry.
    """

    number: int
    units: int
    rank: int
    lot: Lot
    place: int | None = None
    same_as: int | None = None
    served: bool = False


@dataclass(frozen=True, slots=True)
class LotteryResult:
    """All that is published after the draw; entries by rank. Nothing in it is personal.

    `occurrence` is a public number; `seats` are units of the quota that were drawn for, None without a limit; `line` is
    how many substitutes there may be, None without a limit; `given` is how many numbers were given out, `withdrawn` are
    those that were taken back before the draw.
    """

    occurrence: int
    drawn_at: str
    seed: str
    digest: str
    seats: int | None
    fit: WaitlistFit
    line: int | None
    given: int
    withdrawn: tuple[int, ...]
    entries: tuple[DrawnEntry, ...]
    method: str = METHOD

    def of(self, lot: Lot) -> list[DrawnEntry]:
        """The entries that came to this, by rank."""
        return [entry for entry in self.entries if entry.lot is lot]


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which an occurrence is drawn; the meanings are those of `LotteryResult`."""

    occurrence: int
    seats: int | None
    fit: WaitlistFit
    line: int | None


def digest_of(seed: str) -> str:
    """What is published of a seed beforehand: the SHA-256 of its hexadecimal text."""
    return hashlib.sha256(seed.encode()).hexdigest()


def drawing_order(seed: str, numbers: Iterable[int]) -> list[int]:
    """The numbers as the seed orders them; the order they come in does not matter."""
    return sorted(numbers, key=lambda number: hashlib.sha256(f"{seed}:{number}".encode()).hexdigest())


def draw_lots(terms: Terms, entries: Sequence[Entry], given: int, seed: str, now: datetime) -> LotteryResult:
    """The whole result. `given` is the last number that was given out; those without an entry were withdrawn."""
    by_number = {entry.number: entry for entry in entries}
    same_as = _find_doubles(entries)
    order = drawing_order(seed, by_number)
    apart = {number for number in order if by_number[number].served or number in same_as}
    lots = _give_out(terms, [(number, by_number[number].units) for number in order if number not in apart])
    drawn = []
    for rank, number in enumerate(order, 1):
        entry = by_number[number]
        lot, place = lots.get(number, (Lot.SET_ASIDE, None))
        first = same_as.get(number)
        served = entry.served and first is None
        drawn.append(DrawnEntry(number, entry.units, rank, lot, place, first, served))
    return LotteryResult(
        occurrence=terms.occurrence,
        drawn_at=now.isoformat(),
        seed=seed,
        digest=digest_of(seed),
        seats=terms.seats,
        fit=terms.fit,
        line=terms.line,
        given=given,
        withdrawn=tuple(number for number in range(1, given + 1) if number not in by_number),
        entries=tuple(drawn),
    )


def _find_doubles(entries: Iterable[Entry]) -> dict[int, int]:
    """Further entries of a family: number → number of its first."""
    first_of: dict[Hashable, int] = {}
    doubles = {}
    for entry in sorted(entries, key=lambda each: each.number):
        first = min((first_of[mark] for mark in entry.family if mark in first_of), default=None)
        if first is not None:
            doubles[entry.number] = first
        for mark in entry.family:
            first_of.setdefault(mark, entry.number if first is None else first)
    return doubles


def _give_out(terms: Terms, order: Iterable[tuple[int, int]]) -> dict[int, tuple[Lot, int | None]]:
    """Walk through (number, units) in drawn order."""
    left, goes_on, place = terms.seats, True, 0
    lots: dict[int, tuple[Lot, int | None]] = {}
    for number, units in order:
        fits = left is None or units <= left
        if goes_on and fits:
            left = None if left is None else left - units
            lots[number] = (Lot.WON, None)
            continue
        goes_on = goes_on and terms.fit is WaitlistFit.PASS
        if terms.line is None or place < terms.line:
            place += 1
            lots[number] = (Lot.SUBSTITUTE, place)
        else:
            lots[number] = (Lot.LOST, None)
    return lots


# --- moments ---------------------------------------------------------------------------------------------------------


def is_by_lot(facts: OccurrenceFacts) -> bool:
    """Whether the places of this occurrence are drawn."""
    return facts.rules.allocation is Allocation.LOTTERY


def draw_due_at(facts: OccurrenceFacts) -> datetime | None:
    """When the entry window ends and lots are drawn; None: there is neither an end of sign-up nor a start.

    At the closing of sign-up. Where none is set, so long before the start as winners have for confirming; when sign-up
    opens later than that, when the doors open, and then nobody need confirm.
    """
    if facts.closes_at is not None or facts.starts_at is None:
        return facts.closes_at
    due = facts.starts_at - timedelta(hours=facts.rules.confirm_hours)
    if facts.opens_at is None or due > facts.opens_at:
        return due
    return facts.check_in_opens_at


def confirm_until(facts: OccurrenceFacts, now: datetime) -> datetime | None:
    """Until when a winner of now must confirm, never later than the doors open; None: the place is given at once."""
    until = now + timedelta(hours=facts.rules.confirm_hours)
    doors = facts.check_in_opens_at
    until = until if doors is None else min(until, doors)
    return until if until > now else None


# --- publishing and checking -----------------------------------------------------------------------------------------


class ResultUnreadable(ValueError):
    """The data is no published result; the words say which field."""


class Flaw(StrEnum):
    """What is wrong with a published result."""

    METHOD = "method"
    SEED = "seed"  # it is not the one whose digest was published
    NUMBERS = "numbers"  # an entry is missing, double, or was never given out
    ORDER = "order"
    OUTCOME = "outcome"
    SET_ASIDE = "set_aside"  # without a reason that holds


def publish(result: LotteryResult) -> Mapping[str, object]:
    """As JSON values."""
    return {
        "method": result.method,
        "occurrence": result.occurrence,
        "drawn_at": result.drawn_at,
        "seed": result.seed,
        "digest": result.digest,
        "seats": result.seats,
        "fit": result.fit.value,
        "line": result.line,
        "given": result.given,
        "withdrawn": list(result.withdrawn),
        "entries": [_publish_entry(entry) for entry in result.entries],
    }


def _publish_entry(entry: DrawnEntry) -> Mapping[str, object]:
    optional = {"place": entry.place, "same_as": entry.same_as, "served": entry.served or None}
    values: dict[str, object] = {
        "entry": entry.number,
        "units": entry.units,
        "rank": entry.rank,
        "outcome": entry.lot.value,
    }
    return values | {name: value for name, value in optional.items() if value is not None}


def read_published(data: object) -> LotteryResult:
    """A result from its JSON values; raise ResultUnreadable."""
    if not isinstance(data, Mapping):
        raise ResultUnreadable("not an object")
    try:
        return LotteryResult(
            method=_text(data, "method"),
            occurrence=_whole(data, "occurrence"),
            drawn_at=_text(data, "drawn_at"),
            seed=_text(data, "seed"),
            digest=_text(data, "digest"),
            seats=_whole_or_none(data, "seats"),
            fit=WaitlistFit(_text(data, "fit")),
            line=_whole_or_none(data, "line"),
            given=_whole(data, "given"),
            withdrawn=tuple(_whole({"withdrawn": number}, "withdrawn") for number in _list(data, "withdrawn")),
            entries=tuple(_read_entry(entry) for entry in _list(data, "entries")),
        )
    except ResultUnreadable:
        raise
    except ValueError as error:
        raise ResultUnreadable(str(error)) from error


def _read_entry(data: object) -> DrawnEntry:
    if not isinstance(data, Mapping):
        raise ResultUnreadable("entries")
    place, same_as = (_whole_or_none(data, name) for name in ("place", "same_as"))
    lot, served = Lot(_text(data, "outcome")), data.get("served") is True
    return DrawnEntry(_whole(data, "entry"), _whole(data, "units"), _whole(data, "rank"), lot, place, same_as, served)


def _text(data: Mapping[object, object], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        raise ResultUnreadable(name)
    return value


def _whole(data: Mapping[object, object] | Mapping[str, object], name: str) -> int:
    value = dict(data).get(name)
    if type(value) is not int or value < 0:
        raise ResultUnreadable(name)
    return value


def _whole_or_none(data: Mapping[object, object], name: str) -> int | None:
    return None if data.get(name) is None else _whole(data, name)


def _list(data: Mapping[object, object], name: str) -> list[object]:
    value = data.get(name)
    if not isinstance(value, list):
        raise ResultUnreadable(name)
    return value


def find_flaws(result: LotteryResult) -> list[Flaw]:
    """Everything that drawing again, from the published result alone, shows to be wrong; empty when it is right.

    That a family has a place of the set already (`served`) is published, not proven: nothing personal is.
    """
    flaws = []
    if result.method != METHOD:
        flaws.append(Flaw.METHOD)
    if digest_of(result.seed) != result.digest:
        flaws.append(Flaw.SEED)
    numbers = [entry.number for entry in result.entries]
    if sorted([*numbers, *result.withdrawn]) != list(range(1, result.given + 1)):
        flaws.append(Flaw.NUMBERS)
    ranks = [entry.rank for entry in result.entries]
    if drawing_order(result.seed, numbers) != numbers or ranks != list(range(1, len(numbers) + 1)):
        flaws.append(Flaw.ORDER)
    terms = Terms(result.occurrence, result.seats, result.fit, result.line)
    taking_part = [(entry.number, entry.units) for entry in result.entries if entry.lot is not Lot.SET_ASIDE]
    lots = _give_out(terms, taking_part)
    if any(lots.get(entry.number, (Lot.SET_ASIDE, None)) != (entry.lot, entry.place) for entry in result.entries):
        flaws.append(Flaw.OUTCOME)
    if not all(_reason_holds(entry, numbers) for entry in result.entries):
        flaws.append(Flaw.SET_ASIDE)
    return flaws


def _reason_holds(entry: DrawnEntry, numbers: Sequence[int]) -> bool:
    reasons = entry.served + (entry.same_as is not None)
    if reasons != (1 if entry.lot is Lot.SET_ASIDE else 0):
        return False
    return entry.same_as is None or (entry.same_as < entry.number and entry.same_as in numbers)
