"""The promises, each as a check of the books after a step, or of the books before and after it.

A place whose time was over once is no place any more, whatever the clock says later: lapsing is judged by the latest
moment that was ever seen (`latest`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.domain.party import Party
from bot.domain.rules import LateCancel, Rules, WaitlistFit
from tests.services.machine.books import (
    ACTIVE,
    COUNTED,
    ENDED,
    GIVEN,
    Books,
    Place,
    is_lapsed,
    is_same_family,
    overlap,
    same_day,
)


@dataclass
class Step:
    """What was done: `readers` did it themselves; `decides` are registrations that a person decided about."""

    name: str
    now: datetime
    latest: datetime
    readers: set[int] = field(default_factory=set)
    decides: set[int] = field(default_factory=set)
    group: bool = False
    line_was_left: bool = False  # by an erased reader, since the tasks ran last


def check_step(before: Books, after: Books, step: Step) -> None:
    """Everything that must hold after a step."""
    for place in after.places.values():
        check_seats(after, place, step)
        check_units(after, place, step)
        check_nobody_overtaken(before, after, place, step)
        check_line_moves(after, place, step)
    check_one_each(after)
    for row in after.rows.values():
        was = before.rows.get(row.id)
        if was is None or was.status != row.status or was.offer_until != row.offer_until:
            check_change(before, after, was, row, step)


def check_seats(books: Books, place: Place, step: Step) -> None:
    """I1."""
    taken = books.taken(place.id, step.latest)
    assert place.seats is None or taken <= place.seats, f"I1: {taken} of {place.seats} seats at {place.id}"


def check_one_each(books: Books) -> None:
    """I2."""
    seen: set[tuple[int, int]] = set()
    for row in books.rows.values():
        if row.status in ACTIVE:
            assert (row.reader_id, row.occurrence_id) not in seen, f"I2: {row}"
            seen.add((row.reader_id, row.occurrence_id))


def check_units(books: Books, place: Place, step: Step) -> None:
    """Every place is counted in the unit that the rules name now."""
    if place.ends_at <= step.latest:
        return
    for row in books.at(place.id, *ACTIVE):
        if not is_lapsed(row, step.latest):
            assert row.seats == place.units(row.adults, row.children), f"unit: {row}"


# --- the line --------------------------------------------------------------------------------------------------------


def check_nobody_overtaken(before: Books, after: Books, place: Place, step: Step) -> None:
    """Who was given seats in this step stood in front of all who still wait, or the rule lets smaller parties pass.

    A person may change the order; once the doors are open a free seat is whose who asks; entries of a lottery are drawn.
    """
    if step.name in ("move_in_line", "rules", "draw") or step.latest >= place.doors:
        return
    line = before.line(place.id)
    order = {row.id: at for at, row in enumerate(line)}
    still = {row.id for row in after.line(place.id)}
    for row in after.at(place.id, "held", *GIVEN):
        was = before.rows.get(row.id)
        if was is not None and was.status in ("held", *GIVEN):
            continue
        for other in line[: order.get(row.id, len(line))]:
            if other.id not in still or after.rows[other.id].queued_at is None:
                continue
            passes = place.rules.waitlist_fit is WaitlistFit.PASS and after.rows[other.id].seats > row.seats
            assert passes, f"overtaken: {other} by {row}"


def check_line_moves(books: Books, place: Place, step: Step) -> None:
    """No seat is free while the next in line would fit; lapsed places are given on by the tasks."""
    line = books.line(place.id)
    assert all(row.erased_at is None for row in line), f"an erased reader stands in line: {line}"
    waits_for_tasks = step.line_was_left or any(is_lapsed(row, step.now) for row in books.at(place.id, *ACTIVE))
    if not line or not place.is_on or step.latest >= place.doors or waits_for_tasks:
        return
    free = books.free(place, step.now)
    if place.is_lottery and any(_is_served(books, place, row) for row in line):
        return
    heads = line if place.rules.waitlist_fit is WaitlistFit.PASS else line[:1]
    for row in heads:
        assert free is not None and row.seats > free, f"the line stands still: {free} free, {row} waits"


def _is_served(books: Books, place: Place, row: Any) -> bool:
    return any(
        is_same_family(row, other)
        for other in books.rows.values()
        if other.status in GIVEN and _is_same_set(place, books.places[other.occurrence_id])
    )


def _is_same_set(one: Place, other: Place) -> bool:
    if one.id == other.id:
        return True
    name = one.rules.lottery_set
    return bool(name) and other.rules.lottery_set == name and one.is_lottery and other.is_lottery and other.is_on


# --- one registration ------------------------------------------------------------------------------------------------


def check_change(before: Books, after: Books, was: Any, row: Any, step: Step) -> None:
    """What a registration came from and what it became."""
    place = after.places[row.occurrence_id]
    if was is not None:
        assert was.status not in ENDED, f"what had ended lives again: {was} {row}"
        if was.status in ("held", "offered") and row.status in ("pending", "confirmed"):
            until = was.held_until if was.status == "held" else was.offer_until
            assert until > step.now, f"taken when its time was over: {row._asdict()}"
        if row.reader_id not in step.readers:
            check_kept(was, row, place, step)
        if was.status == "confirmed" and row.status == "cancelled":
            check_given_back_in_time(row, place, step, after)
    counts = row.status in COUNTED
    if counts and (was is None or was.status not in COUNTED):
        check_limits(after, row, place)
        check_party(row, place, step)
        check_window(was, place, step)
    if row.status in GIVEN and place.is_lottery and (was is None or was.status not in GIVEN):
        check_one_win(after, row, place)


def check_kept(was: Any, row: Any, place: Place, step: Step) -> None:
    """Nobody loses what they have by the doing of others."""
    until = {"held": was.held_until, "offered": row.offer_until}.get(was.status)  # the deadline that was set last
    lapsed = until is not None and until <= step.latest
    begun = place.starts_at <= step.latest
    allowed: dict[str, tuple[str, ...]] = {
        "held": ("expired",) if lapsed else (),
        "pending": ("expired",) if begun else (),
        "waitlisted": (*GIVEN, *(("expired",) if place.is_lottery else ())),
        "offered": ("offered", *(("expired",) if lapsed else ()), *(("waitlisted",) if not place.is_on else ())),
        "entered": (*GIVEN, "waitlisted", "expired"),
    }
    ok = row.status in allowed.get(was.status, ())
    assert ok or was.id in step.decides, f"taken away by {step.name}: {was} {row}"


def check_given_back_in_time(row: Any, place: Place, step: Step, books: Books) -> None:
    """A late cancelling is refused or noted, as the rules say; what was used is not given back."""
    late = step.now > place.starts_at - timedelta(minutes=place.rules.cancel_until_minutes)
    assert not (late and place.rules.late_cancel is LateCancel.REFUSED), f"given back too late: {row}"
    assert bool(row.cancelled_late) == late, f"late or not: {row}"
    assert row.id not in books.came, f"attended and cancelled: {row}"


def check_limits(books: Books, row: Any, place: Place) -> None:
    """The limits of the rules at the moment when a place begins to count (I2 where the rule says so)."""
    others = [
        (other, books.places[other.occurrence_id])
        for other in books.rows.values()
        if other.id != row.id and other.status in COUNTED and not _is_made_together(row, other)
    ]
    others = [(other, there) for other, there in others if there.is_on and there.id != place.id]
    own = [there for other, there in others if other.reader_id == row.reader_id]
    rules = place.rules
    counts = {
        "per_event": [there for there in own if there.event_id == place.event_id],
        "per_day": [there for there in own if same_day(there, place)],
        "per_campaign": own,
    }
    for name, found in counts.items():
        limit = getattr(rules, name)
        assert limit is None or len(found) < limit, f"{name}: {row} beside {found}"
    if not rules.overlap:
        clash = [there for there in own if overlap(there, place) and not _is_same_set(place, there)]
        assert not clash, f"overlap: {row} and {clash}"
    if rules.one_per_family:
        family = [
            other
            for other in books.rows.values()
            if other.status in COUNTED
            and other.reader_id != row.reader_id
            and books.places[other.occurrence_id].event_id == place.event_id
            and books.places[other.occurrence_id].is_on
            and is_same_family(other, row)
        ]
        assert not family, f"family: {row} beside {family}"


def _is_made_together(one: Any, other: Any) -> bool:
    """Siblings' places do not count against each other. The first of them is named by its own code."""
    return (one.bundle or one.short_code) == (other.bundle or other.short_code)


def check_party(row: Any, place: Place, step: Step) -> None:
    """The party is one that the rules let in."""
    rules, people = place.rules, row.adults + row.children
    if step.group and rules.group_limit is not None:
        assert people <= max(rules.group_limit, rules.party_limit), f"group: {row}"
        return
    assert is_fitting(rules, Party(row.adults, row.children)), f"party: {row._asdict()} {rules}"


def is_fitting(rules: Rules, party: Party) -> bool:
    """Whether the rules let a party in, told once more."""
    fits = [
        party.people <= rules.party_limit,
        party.adults >= rules.adults_min,
        rules.adults_max is None or party.adults <= rules.adults_max,
        party.children >= rules.children_min,
        rules.children_max is None or party.children <= rules.children_max,
        not rules.one_adult_per_child or party.adults == party.children,
    ]
    return all(fits)


def check_window(was: Any, place: Place, step: Step) -> None:
    """Nobody signs up before the opening second, after the end or to what was called off."""
    assert place.is_on, f"signed up to what was called off: {place}"
    assert place.opens_at is None or place.opens_at <= step.now, f"too early: {place}"
    assert was is not None or step.now < (place.closes_at or place.starts_at), f"too late: {place}"


def check_one_win(books: Books, row: Any, place: Place) -> None:
    """A family has one place over a set of lotteries."""
    found = [
        other
        for other in books.rows.values()
        if other.id != row.id
        and other.status in GIVEN
        and is_same_family(other, row)
        and _is_same_set(place, books.places[other.occurrence_id])
    ]
    assert not found, f"won twice: {row} beside {found}"
