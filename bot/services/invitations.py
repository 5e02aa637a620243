"""Inviting a volunteer for a day: to named occurrences, and the role ends by itself at midnight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from bot.domain.clock import at_local, local_day
from bot.domain.colleagues import NotOrganising
from bot.domain.kinds import Role, may_organise
from bot.domain.occurrence import OccurrenceFacts
from bot.services.staff import invite_staff, serves
from bot.store.occurrences import find_by_number
from bot.store.pii import Keys
from bot.store.readers import StaffMember

MOST_OCCURRENCES = 10


@dataclass(frozen=True, slots=True)
class Invited:
    """A one-use code; its role holds for these occurrences until `ends_at`."""

    code: str
    served: tuple[OccurrenceFacts, ...]
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class NoSuchOccurrence:
    """A number that no occurrence has."""

    number: int


@dataclass(frozen=True, slots=True)
class NotYourOccurrence:
    """An occurrence of another library."""

    facts: OccurrenceFacts


class DayMissing:
    """None of the occurrences has a date, so the day must be named."""


class DayIsOver:
    """The role would have ended already."""


class TooManyOccurrences:
    """More than MOST_OCCURRENCES."""


InviteOutcome = (
    Invited | NoSuchOccurrence | NotYourOccurrence | DayMissing | DayIsOver | TooManyOccurrences | NotOrganising
)


def invite_for_day(
    tx: Connection, member: StaffMember, numbers: Sequence[int], day: date | None, keys: Keys, now: datetime
) -> InviteOutcome:
    """Invite one volunteer to occurrences of one's own, until the end of `day` or else of the last of their days."""
    if not may_organise(member.role):
        return NotOrganising()
    wanted = list(dict.fromkeys(numbers))
    if len(wanted) > MOST_OCCURRENCES:
        return TooManyOccurrences()
    served: list[OccurrenceFacts] = []
    for number in wanted:
        facts = find_by_number(tx, number, now)
        if facts is None:
            return NoSuchOccurrence(number)
        if not serves(tx, member, facts):
            return NotYourOccurrence(facts)
        served.append(facts)
    last = day or _last_day(served)
    if last is None:
        return DayMissing()
    ends_at = end_of(last)
    if ends_at <= now:
        return DayIsOver()
    libraries = {facts.library_id for facts in served}
    code = invite_staff(
        tx,
        Role.VENUE,
        keys,
        now,
        library_id=libraries.pop() if len(libraries) == 1 else None,
        occurrence_ids=[facts.id for facts in served],
        origin="chat",
        ends_at=ends_at,
        actor=f"staff:{member.id}",
    )
    return Invited(code, tuple(served), ends_at)


def end_of(day: date) -> datetime:
    """The local midnight after a day."""
    return at_local(day + timedelta(days=1), time())


def _last_day(served: Sequence[OccurrenceFacts]) -> date | None:
    ends = [end for facts in served if (end := facts.ends_at or facts.starts_at) is not None]
    return local_day(max(ends)) if ends else None
