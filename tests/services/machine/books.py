"""What the tables say, read with statements of our own: registrations, occurrences with their rules, notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from bot.domain.clock import local_day
from bot.domain.rules import Rules, rules_of
from bot.store.door_tables import checkin
from bot.store.sign_up_tables import lottery, registration_member
from bot.store.tables import consent, dependant, event, notice, occurrence, reader, registration

ACTIVE = ("held", "pending", "confirmed", "offered", "waitlisted", "entered")
COUNTED = ACTIVE[1:]
"""A place that is only held during a dialogue counts against no limit."""
GIVEN = ("pending", "confirmed", "offered")
ENDED = ("cancelled", "declined", "expired")


@dataclass(frozen=True)
class Place:
    """An occurrence, with the rules of its event."""

    id: int
    event_id: int
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None
    closes_at: datetime | None
    seats: int | None
    is_on: bool
    rules: Rules
    drawn: bool

    @property
    def doors(self) -> datetime:
        """When check-in opens, and promotion ends."""
        return self.starts_at - timedelta(minutes=self.rules.check_in_before_minutes)

    @property
    def is_lottery(self) -> bool:
        """Whether places are drawn."""
        return self.rules.allocation == "lottery"

    def units(self, adults: int, children: int) -> int:
        """Seats of a party in the quota's unit, worked out here once more."""
        return {"families": 1, "children": max(1, children), "persons": adults + children}[self.rules.quota_unit.value]


@dataclass(frozen=True)
class Books:
    """Everything at one moment: registrations and occurrences by id, and who came."""

    rows: dict[int, Any]
    places: dict[int, Place]
    came: dict[int, int]

    def at(self, place_id: int, *states: str) -> list[Any]:
        """The registrations of an occurrence in these states."""
        return [row for row in self.rows.values() if row.occurrence_id == place_id and row.status in states]

    def line(self, place_id: int) -> list[Any]:
        """Who stands in line, in order."""
        waiting = [row for row in self.at(place_id, "waitlisted") if row.queued_at is not None]
        return sorted(waiting, key=lambda row: (row.queued_at, row.id))

    def taken(self, place_id: int, moment: datetime) -> int:
        """Seats given away at a moment."""
        return sum(row.seats for row in self.at(place_id, *ACTIVE) if takes_seats(row, moment))

    def free(self, place: Place, moment: datetime) -> int | None:
        """Seats left at a moment; None without a limit."""
        return None if place.seats is None else place.seats - self.taken(place.id, moment)


def takes_seats(row: Any, moment: datetime) -> bool:
    """Whether a registration takes seats: held and offered ones until their time is over, none that were released."""
    if row.released_at is not None:
        return False
    until = {"held": row.held_until, "offered": row.offer_until}.get(row.status)
    return row.status in ("pending", "confirmed") or (until is not None and until > moment)


def is_lapsed(row: Any, moment: datetime) -> bool:
    """Whether the time of a held or offered place is over."""
    return row.status in ("held", "offered") and not takes_seats(row, moment)


def is_same_family(one: Any, other: Any) -> bool:
    """By account or by phone."""
    return one.reader_id == other.reader_id or (one.phone is not None and one.phone == other.phone)


def overlap(one: Place, other: Place) -> bool:
    """Whether nobody can be at both."""
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def same_day(one: Place, other: Place) -> bool:
    """As the library's calendar has it."""
    return local_day(one.starts_at) == local_day(other.starts_at)


_UNUSED = ("name_enc", "phone_enc", "phone_hash", "person_hash", "created_at", "settled_at")
_ROWS = select(
    *(column for column in registration.c if column.name not in _UNUSED),
    func.coalesce(registration.c.phone_hash, reader.c.phone_hash).label("phone"),
    reader.c.erased_at,
).join(reader, reader.c.id == registration.c.reader_id)
_PLACES = (
    select(occurrence, event.c.rules, lottery.c.drawn_at)
    .join(event, event.c.id == occurrence.c.event_id)
    .outerjoin(lottery, lottery.c.occurrence_id == occurrence.c.id)
)
_CAME = select(checkin.c.registration_id, checkin.c.people).where(checkin.c.counted_as == "registered")


def read_books(tx: Connection) -> Books:
    """The books as they are now."""
    places = {}
    for row in tx.execute(_PLACES):
        seats = None if row.capacity is None else row.capacity + row.overbooking
        times = (row.starts_at, row.ends_at, row.opens_at, row.closes_at)
        is_on = row.status == "scheduled"
        places[row.id] = Place(
            row.id, row.event_id, *times, seats, is_on, rules_of(row.rules), row.drawn_at is not None
        )
    rows = {row.id: row for row in tx.execute(_ROWS)}
    return Books(rows, places, {row[0]: row[1] for row in tx.execute(_CAME)})


def list_doubled_notices(tx: Connection) -> list[Any]:
    """Notices that there are two of."""
    one = (notice.c.kind, notice.c.registration_id, notice.c.moment)
    return list(tx.execute(select(*one).group_by(*one).having(func.count() > 1)))


def list_lapsed_notices(tx: Connection) -> list[Any]:
    """Registrations of which it was told that their offer lapsed."""
    return list(tx.scalars(select(notice.c.registration_id).where(notice.c.kind == "offer_lapsed")))


def list_children_without_consent(tx: Connection) -> list[Any]:
    """Children's data that rests on no guardian's consent in force of that very reader (promise I9)."""
    on_places = (
        select(registration_member.c.id, registration.c.reader_id, consent)
        .join(registration, registration.c.id == registration_member.c.registration_id)
        .join(consent, consent.c.id == registration_member.c.consent_id)
    )
    on_record = select(dependant.c.id, dependant.c.reader_id.label("reader_id"), consent).join(
        consent, consent.c.id == dependant.c.consent_id
    )
    found = []
    for query in (on_places, on_record):
        for row in tx.execute(query):
            child, owner, _, giver, kind, _, _, withdrawn_at = row
            if (giver, kind, withdrawn_at) != (owner, "guardian", None):
                found.append((child, owner, giver, kind, withdrawn_at))
    return found
