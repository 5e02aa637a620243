"""Lotteries as they are stored: seed and result, entries, and who has a place in a set of events already."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.kinds import RegistrationStatus
from bot.domain.lottery import is_by_lot
from bot.domain.occurrence import OccurrenceFacts
from bot.store.columns import UtcDateTime, constant
from bot.store.occurrences import FACT_COLUMNS, FACT_SOURCE, IS_WAITING, facts_of
from bot.store.prepared import Prepared
from bot.store.sign_up_tables import lottery
from bot.store.tables import occurrence, reader, registration

LOTTERY_LOCK = 2
"""Class of PostgreSQL's advisory locks on sets of lotteries."""

_IS_ENTERED = registration.c.status == constant(RegistrationStatus.ENTERED.value)
_HAS_PLACE = registration.c.status.in_(
    [
        constant(status.value)
        for status in (RegistrationStatus.PENDING, RegistrationStatus.OFFERED, RegistrationStatus.CONFIRMED)
    ]
)
_MAY_STILL_WIN = registration.c.status.in_(
    [constant(status.value) for status in (RegistrationStatus.ENTERED, RegistrationStatus.WAITLISTED)]
)
_PHONE = func.coalesce(registration.c.phone_hash, reader.c.phone_hash)
_WITH_READER = registration.join(reader, reader.c.id == registration.c.reader_id)


@dataclass(frozen=True, slots=True)
class Lottery:
    """The lottery of one occurrence; `result` is what was published, None before the draw."""

    occurrence_id: int
    seed_enc: bytes
    seed_digest: str
    method: str
    created_at: datetime
    drawn_at: datetime | None
    result: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A registration in a lottery or in line, with what tells families apart. `erased`: there is nobody to tell."""

    registration_id: int
    reader_id: int
    phone_hash: bytes | None
    number: int | None
    seats: int
    erased: bool


_FIND = Prepared(
    select(
        lottery.c.occurrence_id,
        lottery.c.seed_enc,
        lottery.c.seed_digest,
        lottery.c.method,
        lottery.c.created_at,
        lottery.c.drawn_at,
    ).where(lottery.c.occurrence_id == bindparam("occurrence_id"))
)
_ADD = {
    "sqlite": sqlite.insert(lottery).on_conflict_do_nothing().returning(lottery.c.id),
    "postgresql": postgresql.insert(lottery).on_conflict_do_nothing().returning(lottery.c.id),
}


def find_lottery(tx: Connection, occurrence_id: int) -> Lottery | None:
    """The lottery of an occurrence, if its seed was drawn yet."""
    row = _FIND.first(tx, {"occurrence_id": occurrence_id})
    if row is None:
        return None
    result = None
    if row[5] is not None:
        result = tx.execute(select(lottery.c.result).where(lottery.c.occurrence_id == occurrence_id)).scalar()
    return Lottery(row[0], row[1], row[2], row[3], row[4], row[5], result)


def add_lottery(tx: Connection, row: Mapping[str, Any]) -> bool:
    """Store a seed; False when the occurrence has one already."""
    return tx.execute(_ADD[tx.dialect.name], row).first() is not None


def claim_draw(tx: Connection, occurrence_id: int, now: datetime) -> bool:
    """Mark the lottery as drawn; False when it was, or there is none. The result is written in the same transaction."""
    claimed = tx.execute(
        update(lottery)
        .where(lottery.c.occurrence_id == occurrence_id, lottery.c.drawn_at.is_(None))
        .values(drawn_at=now)
    )
    return claimed.rowcount == 1


def write_result(tx: Connection, occurrence_id: int, result: Mapping[str, object]) -> None:
    """Publish."""
    tx.execute(update(lottery).where(lottery.c.occurrence_id == occurrence_id).values(result=dict(result)))


def list_undrawn(tx: Connection) -> list[OccurrenceFacts]:
    """Occurrences that are still to be held and whose lottery was not drawn, in the order in which they are locked."""
    rows = tx.execute(
        select(*FACT_COLUMNS)
        .select_from(FACT_SOURCE.join(lottery, lottery.c.occurrence_id == occurrence.c.id))
        .where(lottery.c.drawn_at.is_(None), occurrence.c.status == constant("scheduled"))
        .order_by(occurrence.c.id)
    )
    return [facts_of(row) for row in rows]


def list_with_lottery(tx: Connection, occurrence_ids: Sequence[int]) -> set[int]:
    """Those of the occurrences whose seed was drawn."""
    return set(tx.scalars(select(lottery.c.occurrence_id).where(lottery.c.occurrence_id.in_(occurrence_ids))))


# --- entries ---------------------------------------------------------------------------------------------------------

_LAST_NUMBER = select(func.max(registration.c.entry_number)).where(
    registration.c.occurrence_id == bindparam("occurrence_id")
)


def last_entry_number(tx: Connection, occurrence_id: int) -> int:
    """The last number that was given out, 0 when none was; a number that was taken back is not given again."""
    return tx.execute(_LAST_NUMBER, {"occurrence_id": occurrence_id}).scalar() or 0


def find_entry_number(tx: Connection, registration_id: int) -> int | None:
    """The number of a registration that entered a lottery."""
    return tx.execute(select(registration.c.entry_number).where(registration.c.id == registration_id)).scalar()


def count_entries(tx: Connection, occurrence_id: int) -> int:
    """How many entries wait for the draw."""
    query = select(func.count()).select_from(registration)
    return tx.execute(query.where(registration.c.occurrence_id == occurrence_id, _IS_ENTERED)).scalar_one()


def expire_own_hold(tx: Connection, occurrence_id: int, reader_id: int) -> None:
    """Give back a seat that was held before the rules changed to a lottery: an entry takes none."""
    tx.execute(
        update(registration)
        .where(registration.c.occurrence_id == occurrence_id, registration.c.reader_id == reader_id)
        .where(registration.c.status == constant(RegistrationStatus.HELD.value))
        .values(status="expired")
    )


def list_entries(tx: Connection, occurrence_id: int) -> list[StoredEntry]:
    """All entries that wait for the draw, by number."""
    return _list_stored(tx, occurrence_id, _IS_ENTERED)


def list_waiting(tx: Connection, occurrence_id: int) -> list[StoredEntry]:
    """All who stand in line."""
    return _list_stored(tx, occurrence_id, IS_WAITING)


def _list_stored(tx: Connection, occurrence_id: int, condition: Any) -> list[StoredEntry]:
    rows = tx.execute(
        select(
            registration.c.id,
            registration.c.reader_id,
            _PHONE,
            registration.c.entry_number,
            registration.c.seats,
            reader.c.erased_at.is_not(None),
        )
        .select_from(_WITH_READER)
        .where(registration.c.occurrence_id == occurrence_id, condition)
        .order_by(registration.c.entry_number, registration.c.id)
    )
    return [StoredEntry(*row) for row in rows]


_SETTLE = (
    update(registration)
    .where(registration.c.id == bindparam("registration_id"), _MAY_STILL_WIN)
    .values(
        status=bindparam("new_status"),
        offer_until=bindparam("until", type_=UtcDateTime),
        confirmed_at=bindparam("given_at", type_=UtcDateTime),
        queued_at=bindparam("in_line_at", type_=UtcDateTime),
    )
)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a registration becomes by the draw; `moment` is until when an offer stands, when a place was confirmed, or
    the place in the order of the line.
    """

    registration_id: int
    status: RegistrationStatus
    moment: datetime | None = None


def settle_entries(tx: Connection, settlements: Iterable[Settlement]) -> None:
    """Write what the draw made of its entries, all with one statement."""
    rows = [
        {
            "registration_id": each.registration_id,
            "new_status": each.status.value,
            "until": each.moment if each.status is RegistrationStatus.OFFERED else None,
            "given_at": each.moment if each.status is RegistrationStatus.CONFIRMED else None,
            "in_line_at": each.moment if each.status is RegistrationStatus.WAITLISTED else None,
        }
        for each in settlements
    ]
    if rows:
        tx.execute(_SETTLE, rows)


# --- sets ------------------------------------------------------------------------------------------------------------


def lock_set(tx: Connection, facts: OccurrenceFacts) -> None:
    """Let whoever gives places of a lottery set follow one another; always after the occurrence's own lock.

    SQLite has one writer. Without a set there is nothing to queue for.
    """
    if tx.dialect.name != "sqlite" and facts.rules.lottery_set:
        name = f"{facts.campaign_id}:{facts.rules.lottery_set}".encode()
        tx.execute(select(func.pg_advisory_xact_lock(LOTTERY_LOCK, zlib.crc32(name) - 2**31)))


def list_set(tx: Connection, facts: OccurrenceFacts) -> list[int]:
    """The occurrences over which a family wins once: those of the campaign that are
    drawn in the same set, or without a set this one alone.
    """
    if not facts.rules.lottery_set:
        return [facts.id]
    rows = tx.execute(
        select(*FACT_COLUMNS)
        .select_from(FACT_SOURCE)
        .where(occurrence.c.campaign_id == facts.campaign_id, occurrence.c.status == constant("scheduled"))
    )
    found = (facts_of(row) for row in rows)
    return [
        each.id
        for each in found
        if each.id == facts.id or (is_by_lot(each) and each.rules.lottery_set == facts.rules.lottery_set)
    ]


def list_places(tx: Connection, occurrence_ids: Iterable[int]) -> list[tuple[int, int, bytes | None]]:
    """Places there, those that wait for an answer or an approval too: occurrence, reader, hash of the phone."""
    rows = tx.execute(
        select(registration.c.occurrence_id, registration.c.reader_id, _PHONE)
        .select_from(_WITH_READER)
        .where(registration.c.occurrence_id.in_(list(occurrence_ids)), _HAS_PLACE)
        .order_by(registration.c.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def list_chances(tx: Connection, reader_id: int, occurrence_ids: Iterable[int]) -> set[int]:
    """Where the reader has entered or stands in line, among these occurrences."""
    return set(
        tx.scalars(
            select(registration.c.occurrence_id).where(
                registration.c.reader_id == reader_id,
                registration.c.occurrence_id.in_(list(occurrence_ids)),
                _MAY_STILL_WIN,
            )
        )
    )
