"""The library of a measurement: twenty occurrences and a hot one, known readers, staff at the door. Nobody is real."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from sqlalchemy import insert, select

from bot.domain.clock import utc_now
from bot.domain.registration import Contact
from bot.domain.ticket import issue_token
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.registrations import new_short_code
from bot.store.staff_tables import staff, staff_session
from bot.store.tables import occurrence, reader, registration
from bot.texts.consent import PRIVACY_VERSION
from tests.factories import add_house, add_occurrence, add_reader

OCCURRENCES = 20
HOT = OCCURRENCES + 1
CAPACITY = 100_000
PERSON = Contact("张三", "+8613800138000")
_serial = count(1)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a reader shows at the door."""

    registration_id: int
    token: str
    number: int  # of its occurrence


def add_programme(db: Database, *, starts_in: timedelta = timedelta(days=2)) -> None:
    """Occurrences 1 to 20 and the hot one, with sign-up open and the seats of a large hall."""
    starts_at = utc_now() + starts_in
    with db.writing() as tx:
        house = add_house(tx)
        for number in range(1, HOT + 1):
            add_occurrence(tx, house, number, starts_at=starts_at, capacity=CAPACITY)


def add_readers(db: Database, keys: Keys, how_many: int) -> list[str]:
    """Readers who agreed before and whose name and phone are on record; their openids."""
    openids = [f"o-bench-{next(_serial):010d}-0123456789" for _ in range(how_many)]
    now = utc_now()
    with db.writing() as tx:
        first = tx.execute(select(reader.c.id).order_by(reader.c.id.desc()).limit(1)).scalar() or 0
        tx.execute(
            insert(reader),
            [
                {
                    "id": first + place,
                    "openid": openid,
                    "name_enc": keys.seal(PERSON.name, f"reader.name:{first + place}"),
                    "phone_enc": keys.seal(PERSON.phone, f"reader.phone:{first + place}"),
                    "phone_hash": keys.search_hash(PERSON.phone),
                    "privacy_version": PRIVACY_VERSION,
                    "reminders": True,
                    "created_at": now,
                }
                for place, openid in enumerate(openids, 1)
            ],
        )
    return openids


def add_tickets(db: Database, keys: Keys, how_many: int) -> list[Ticket]:
    """Confirmed registrations of as many readers, spread over the twenty occurrences."""
    openids, now = add_readers(db, keys, how_many), utc_now()
    with db.writing() as tx:
        places = list(tx.scalars(select(occurrence.c.id).order_by(occurrence.c.number).limit(OCCURRENCES)))
        owners = list(tx.scalars(select(reader.c.id).where(reader.c.openid.in_(openids)).order_by(reader.c.id)))
        rows = [
            {
                "occurrence_id": places[place % OCCURRENCES],
                "reader_id": owner,
                "status": "confirmed",
                "adults": 1,
                "children": 1,
                "seats": 2,
                "short_code": new_short_code(),
                "created_at": now,
                "confirmed_at": now,
            }
            for place, owner in enumerate(owners)
        ]
        tx.execute(insert(registration), rows)
        query = (
            select(registration.c.id, occurrence.c.number)
            .join(occurrence, occurrence.c.id == registration.c.occurrence_id)
            .where(registration.c.reader_id.in_(owners))
        )
        return [Ticket(row[0], issue_token(row[0], keys.ticket), row[1]) for row in tx.execute(query)]


def add_staff(db: Database, keys: Keys, how_many: int) -> list[str]:
    """Venue staff bound to their accounts, who serve every occurrence of the library; their openids."""
    openids = [f"o-staff-{number}" for number in range(how_many)]
    with db.writing() as tx:
        for number, openid in enumerate(openids, 1):
            reader_id = add_reader(tx, openid, keys)
            row = {"reader_id": reader_id, "role": "venue", "label": f"{number}", "created_at": utc_now()}
            tx.execute(insert(staff), row)
    return openids


def add_sessions(db: Database, keys: Keys, how_many: int) -> list[str]:
    """Browsers that as many of the staff are signed in on; their secrets."""
    secrets, now = [f"bench-secret-{number}" for number in range(how_many)], utc_now()
    with db.writing() as tx:
        members = list(tx.scalars(select(staff.c.id).order_by(staff.c.id).limit(how_many)))
        for member, secret in zip(members, secrets, strict=True):
            hashed = keys.search_hash(f"staff session:{secret}")
            times = {"created_at": now, "seen_at": now, "expires_at": now + timedelta(hours=12)}
            tx.execute(insert(staff_session).values(staff_id=member, token_hash=hashed, device="bench", **times))
    return secrets
