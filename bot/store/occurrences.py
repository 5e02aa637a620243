"""Queries about occurrences and their seats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, String, and_, bindparam, case, cast, func, or_, select
from sqlalchemy.exc import NoResultFound

from bot.domain.checkin import Attendance
from bot.domain.kinds import SEATED, Category, Mode, OccurrenceStatus, RegistrationStatus, SignUp
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.questions import questions_of
from bot.domain.rules import TEMPLATES, Rules, rules_of
from bot.store.columns import UtcDateTime, constant
from bot.store.door_tables import checkin, walk_in
from bot.store.prepared import Prepared
from bot.store.tables import event, library, occurrence, programme_edition, registration, rule_template, venue

FACT_COLUMNS = (
    occurrence.c.id,
    occurrence.c.number,
    occurrence.c.campaign_id,
    occurrence.c.event_id,
    event.c.library_id,
    event.c.title,
    occurrence.c.label,
    event.c.summary,
    event.c.category,
    cast(event.c.audience, String).label("audience"),  # as text: rows are compared, and lists have no hash
    event.c.speaker,
    library.c.name.label("library_name"),
    library.c.contact.label("library_contact"),
    occurrence.c.starts_at,
    occurrence.c.ends_at,
    occurrence.c.all_day,
    occurrence.c.date_text,
    venue.c.name.label("venue"),
    venue.c.address,
    occurrence.c.capacity,
    occurrence.c.overbooking,
    occurrence.c.mode,
    occurrence.c.status,
    event.c.sign_up,
    occurrence.c.opens_at,
    occurrence.c.closes_at,
    occurrence.c.venue_id,
    cast(library.c.rules, String).label("library_rules"),
    event.c.template,
    cast(rule_template.c.rules, String).label("template_rules"),
    cast(event.c.rules, String).label("event_rules"),
    cast(event.c.questions, String).label("questions"),
    select(programme_edition.c.edition).scalar_subquery().label("edition"),
)

FACT_SOURCE = (
    occurrence.join(event, event.c.id == occurrence.c.event_id)
    .join(library, library.c.id == event.c.library_id)
    .outerjoin(venue, venue.c.id == occurrence.c.venue_id)
    .outerjoin(
        rule_template,
        and_(rule_template.c.campaign_id == event.c.campaign_id, rule_template.c.name == event.c.template),
    )
)
_PLAIN = 27  # columns that are fields of the facts as they are; those behind them make the rules
_RULES_KEPT = 512


def facts_of(row: Sequence[Any]) -> OccurrenceFacts:
    """Turn a row that begins with FACT_COLUMNS into facts."""
    values = list(row[:_PLAIN])
    values[9] = tuple(json.loads(values[9]))
    values[17] = values[17] or ""
    values[18] = values[18] or ""
    values[21] = Mode(values[21])
    values[22] = OccurrenceStatus(values[22])
    values[23] = SignUp(values[23])
    library_rules, template, template_rules, event_rules, questions, edition = row[_PLAIN : len(FACT_COLUMNS)]
    values.append(_rules(library_rules, template, template_rules, event_rules))
    values.append(questions_of(json.loads(questions)))
    values.append(edition)
    return OccurrenceFacts(*values)


@lru_cache(_RULES_KEPT)
def _rules(library_rules: str, template: str, template_rules: str | None, event_rules: str) -> Rules:
    """The most general first: the library's own, the template as built in and as the campaign sets it, the event's."""
    campaign_rules = json.loads(template_rules) if template_rules else {}
    return rules_of(json.loads(library_rules), TEMPLATES.get(template, {}), campaign_rules, json.loads(event_rules))


EARLIEST_CHECK_IN = timedelta(days=1)
"""No door opens earlier before its start (domain.rules, check_in_before_minutes)."""

_FACTS = select(*FACT_COLUMNS).select_from(FACT_SOURCE)
_ENDS = func.coalesce(occurrence.c.ends_at, occurrence.c.starts_at)
_BY_ID = Prepared(_FACTS.where(occurrence.c.id == bindparam("id")), shape=facts_of)
_BY_NUMBER = Prepared(  # numbers are unique over everything not yet ended; else the newest that bore it
    _FACTS.where(occurrence.c.number == bindparam("number"))
    .order_by(
        case((or_(_ENDS.is_(None), _ENDS > bindparam("now", type_=UtcDateTime)), 0), else_=1),
        occurrence.c.id.desc(),
    )
    .limit(1),
    shape=facts_of,
)
_LOCK = Prepared(select(occurrence.c.id).where(occurrence.c.id == bindparam("id")).with_for_update(key_share=True))


@dataclass(frozen=True, slots=True)
class _Programme:
    """What was not over at a moment, as one edition of the programme has it."""

    as_of: datetime
    upcoming: tuple[OccurrenceFacts, ...]
    by_number: dict[int, OccurrenceFacts]


_EDITION = Prepared(select(programme_edition.c.edition))
_NOT_OVER = Prepared(
    _FACTS.where(or_(_ENDS.is_(None), _ENDS > bindparam("now", type_=UtcDateTime))).order_by(occurrence.c.id),
    shape=facts_of,
)
_EDITIONS_KEPT = 4  # the newest, and those that other transactions still see
_programmes: dict[str, _Programme] = {}


def _read_programme(tx: Connection, now: datetime) -> _Programme:
    """The programme out of this process's memory, after one look whether the database still has that edition.

    The edition is read first: what is read after it is at least as new, so nothing older can stand under its name.
    """
    row = _EDITION.first(tx, {})
    known = _programmes.get(row[0]) if row else None
    if known is not None and known.as_of <= now:
        return known
    found: list[OccurrenceFacts] = _NOT_OVER.all(tx, {"now": now})
    upcoming = sorted(filter(_is_told, found), key=_place_in_list)
    known = _Programme(now, tuple(upcoming), {facts.number: facts for facts in found})
    if row:
        if len(_programmes) >= _EDITIONS_KEPT:
            _programmes.clear()
        _programmes[row[0]] = known
    return known


def _is_told(facts: OccurrenceFacts) -> bool:
    is_open = facts.status is OccurrenceStatus.SCHEDULED and facts.starts_at is not None
    return is_open and facts.category != Category.INTERNAL


def _place_in_list(facts: OccurrenceFacts) -> tuple[bool, datetime, int]:
    assert facts.starts_at is not None  # see _is_told
    return facts.sign_up is not SignUp.REQUIRED, facts.starts_at, facts.number


def find_by_number(tx: Connection, number: int, now: datetime) -> OccurrenceFacts | None:
    """The occurrence with this public number."""
    facts = _read_programme(tx, now).by_number.get(number)
    if facts is None or facts.is_over(now):
        facts = _BY_NUMBER.first(tx, {"number": number, "now": now})
    return facts


_SAME_NUMBER = Prepared(
    _FACTS.where(occurrence.c.number == bindparam("number")).order_by(occurrence.c.id.desc()), shape=facts_of
)
_AROUND = timedelta(days=1)


def find_by_number_around(tx: Connection, number: int, at: datetime, now: datetime) -> OccurrenceFacts | None:
    """The occurrence with this public number that was held around a moment; where none was, the one that has it now.

    A device may bring what it did days ago: by then the number may have gone to an occurrence of the next campaign.
    """
    facts = find_by_number(tx, number, now)
    if facts is None or _was_around(facts, at):
        return facts
    bearers: list[OccurrenceFacts] = _SAME_NUMBER.all(tx, {"number": number})
    return next((each for each in bearers if _was_around(each, at)), facts)


def _was_around(facts: OccurrenceFacts, at: datetime) -> bool:
    if facts.starts_at is None:
        return True
    return facts.starts_at - _AROUND <= at <= (facts.ends_at or facts.starts_at) + _AROUND


def find_public_by_number(tx: Connection, number: int, now: datetime) -> OccurrenceFacts | None:
    """The same for readers, who are not shown internal meetings."""
    facts = find_by_number(tx, number, now)
    return None if facts is None or facts.category == Category.INTERNAL else facts


def get_occurrence(tx: Connection, occurrence_id: int) -> OccurrenceFacts:
    """The occurrence; raise NoResultFound when there is none."""
    facts = find_occurrence(tx, occurrence_id)
    if facts is None:
        raise NoResultFound(f"no occurrence {occurrence_id}")
    return facts


def find_occurrence(tx: Connection, occurrence_id: int) -> OccurrenceFacts | None:
    """The occurrence or None."""
    facts: OccurrenceFacts | None = _BY_ID.first(tx, {"id": occurrence_id})
    return facts


def lock_occurrence(tx: Connection, occurrence_id: int) -> None:
    """Queue up for the seats of an occurrence until the end of the transaction.

    PostgreSQL's READ COMMITTED gives the next statement a view that includes whatever the one before us committed.
    SQLite needs nothing: its writers stand in line before their transactions begin.
    """
    if tx.dialect.name != "sqlite":
        _LOCK.first(tx, {"id": occurrence_id})


def lock_programme(tx: Connection, now: datetime) -> None:
    """Queue for everything that is not over, in the order in which all others queue: an import may touch any of it.

    Occurrence by occurrence, as its rows come, it would meet readers who hold one and wait for another.
    """
    if tx.dialect.name != "sqlite":
        query = select(occurrence.c.id).where(or_(_ENDS.is_(None), _ENDS > now)).order_by(occurrence.c.id)
        tx.execute(query.with_for_update(key_share=True))


def list_upcoming(tx: Connection, now: datetime, *, starts_before: datetime | None = None) -> list[OccurrenceFacts]:
    """Scheduled occurrences with a date that are not over: those with sign-up first, then by start."""
    found = [facts for facts in _read_programme(tx, now).upcoming if not facts.is_over(now)]
    if starts_before is None:
        return found
    return [facts for facts in found if facts.starts_at is not None and facts.starts_at < starts_before]


def list_open_for_check_in(
    tx: Connection, now: datetime, occurrence_ids: Sequence[int] | None = None
) -> list[OccurrenceFacts]:
    """Occurrences whose check-in window is open now, optionally only among the given ones."""
    query = _FACTS.where(
        occurrence.c.status == constant("scheduled"),
        occurrence.c.starts_at <= now + EARLIEST_CHECK_IN,
        _ENDS >= now,
    ).order_by(occurrence.c.starts_at, occurrence.c.number)
    if occurrence_ids is not None:
        query = query.where(occurrence.c.id.in_(occurrence_ids))
    # Each event sets its own window: the query only narrows it down.
    return [facts for row in tx.execute(query) if (facts := facts_of(row)).is_check_in_open(now)]


def list_running(tx: Connection, now: datetime) -> list[OccurrenceFacts]:
    """Scheduled occurrences that have begun and are not over."""
    query = _FACTS.where(occurrence.c.status == constant("scheduled"), occurrence.c.starts_at <= now, _ENDS > now)
    return [facts_of(row) for row in tx.execute(query.order_by(occurrence.c.id))]


def list_starting_between(tx: Connection, start: datetime, end: datetime) -> list[OccurrenceFacts]:
    """Scheduled occurrences that start in this span, or span it, by start."""
    query = _FACTS.where(
        occurrence.c.status == constant("scheduled"), occurrence.c.starts_at <= end, _ENDS >= start
    ).order_by(occurrence.c.starts_at, occurrence.c.number)
    return [facts_of(row) for row in tx.execute(query)]


IS_SEATED = registration.c.status.in_([constant(status.value) for status in SEATED])
IS_WAITING = and_(  # erased readers are counted as waitlisted but stand in no line
    registration.c.status == constant(RegistrationStatus.WAITLISTED.value), registration.c.queued_at.is_not(None)
)
NOT_LAPSED = and_(  # a place whose time is over is free that very moment, whether or not a task has seen it
    or_(
        registration.c.status != constant(RegistrationStatus.HELD.value),
        registration.c.held_until > bindparam("now", type_=UtcDateTime),
    ),
    or_(
        registration.c.status != constant(RegistrationStatus.OFFERED.value),
        registration.c.offer_until > bindparam("now", type_=UtcDateTime),
    ),
    registration.c.released_at.is_(None),
)

SEATS_TAKEN = (  # promise I1: counted from the rows, never kept by hand
    select(func.coalesce(func.sum(registration.c.seats), 0))
    .where(registration.c.occurrence_id == bindparam("at_occurrence"))
    .where(IS_SEATED, NOT_LAPSED)
)


_SEATS_TAKEN_THERE = Prepared(SEATS_TAKEN)
_AT_ONCE = 6  # occurrences on a page of the list
_SEATS_TAKEN_EACH = Prepared(
    select(registration.c.occurrence_id, func.sum(registration.c.seats))
    .where(registration.c.occurrence_id.in_([bindparam(f"id{place}", type_=Integer) for place in range(_AT_ONCE)]))
    .where(IS_SEATED, NOT_LAPSED)
    .group_by(registration.c.occurrence_id)
)


def count_seats_taken(tx: Connection, occurrence_id: int, now: datetime) -> int:
    """Seats of held, confirmed and offered registrations."""
    return int(_SEATS_TAKEN_THERE.first(tx, {"at_occurrence": occurrence_id, "now": now})[0])


def count_seats_left(tx: Connection, facts: OccurrenceFacts, now: datetime) -> int | None:
    """Seats still to be given away; None without a limit, and then nothing is asked."""
    return None if facts.seats is None else facts.seats_left(count_seats_taken(tx, facts.id, now))


def count_seats_taken_each(tx: Connection, occurrence_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """The same for several occurrences."""
    taken: dict[int, int] = {}
    for start in range(0, len(occurrence_ids), _AT_ONCE):
        asked = occurrence_ids[start : start + _AT_ONCE]
        ids = {f"id{place}": asked[min(place, len(asked) - 1)] for place in range(_AT_ONCE)}
        rows = _SEATS_TAKEN_EACH.all(tx, {**ids, "now": now})
        taken.update((occurrence_id, int(seats)) for occurrence_id, seats in rows)
    return taken


HAS_COME = checkin.c.counted_as == constant("registered")
"""The check-in of a confirmed registration: one row at most (services.door)."""

_CAME_WITHOUT = checkin.c.counted_as == constant("walk_in")


def attendance_at(place: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int], ColumnElement[int]]:
    """People in, people expected and walk-ins at an occurrence, as columns of a statement."""
    people = select(func.coalesce(func.sum(checkin.c.people), 0)).where(checkin.c.occurrence_id == place)
    expected = (
        select(func.coalesce(func.sum(registration.c.adults + registration.c.children), 0))
        .where(registration.c.occurrence_id == place, registration.c.status == constant("confirmed"))
        .scalar_subquery()
    )
    walk_ins = (
        select(func.coalesce(func.sum(walk_in.c.people), 0))
        .where(walk_in.c.occurrence_id == place, walk_in.c.undone_at.is_(None))
        .scalar_subquery()
    )
    let_in = people.where(_CAME_WITHOUT).scalar_subquery()  # scanned and let in although they had no place
    return people.where(HAS_COME).scalar_subquery(), expected, walk_ins + let_in


_ATTENDANCE = Prepared(select(*attendance_at(bindparam("occurrence_id", type_=Integer))))


def count_attendance(tx: Connection, occurrence_id: int) -> Attendance:
    """People in, people expected, walk-ins."""
    row = _ATTENDANCE.first(tx, {"occurrence_id": occurrence_id})
    return Attendance(*(int(number) for number in row))


_DOOR = Prepared(
    select(
        *attendance_at(bindparam("at_occurrence", type_=Integer)),
        SEATS_TAKEN.scalar_subquery(),
    )
)


def count_door(tx: Connection, facts: OccurrenceFacts, now: datetime) -> tuple[Attendance, int | None]:
    """Who is in, and the seats still to be given away (None without a limit), by one statement: asked at each scan."""
    if facts.seats is None:
        return count_attendance(tx, facts.id), None
    came, expected, walk_ins, taken = _DOOR.first(tx, {"at_occurrence": facts.id, "now": now})
    return Attendance(int(came), int(expected), int(walk_ins)), facts.seats_left(int(taken))
