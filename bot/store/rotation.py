"""Sealing everything again under the present key, some rows at a time, while others go on writing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    RowMapping,
    Table,
    and_,
    func,
    literal,
    or_,
    select,
    update,
)

from bot.store.personal import SEALED, Sealed
from bot.store.pii import Keys
from bot.store.sign_up_tables import allowed_card
from bot.store.staff_tables import invitation
from bot.store.tables import occurrence, reader, registration

BATCH = 200


@dataclass(frozen=True, slots=True)
class Renewed:
    """New values for one row, and the old ones that must still stand there."""

    key: object
    old: dict[str, bytes]
    new: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a table, made ready. `last` is where the next batch begins; `damaged` values open under no key."""

    table: Table
    rows: tuple[Renewed, ...]
    last: object
    damaged: int


def sealed_tables() -> Iterator[Table]:
    """Each table with something sealed, once."""
    yield from dict.fromkeys(each.table for each in SEALED)


def count_old(tx: Connection, table: Table, keys: Keys) -> int:
    """How many rows hold a value of another key than the present one."""
    return int(tx.execute(select(func.count()).select_from(table).where(_is_old(table, keys))).scalar_one())


def read_batch(tx: Connection, table: Table, after: object, keys: Keys) -> Batch | None:
    """The next rows to renew behind this primary key, sealed anew already; None when there are none."""
    (key,) = table.primary_key.columns
    query = select(table).where(_is_old(table, keys)).order_by(key).limit(BATCH)
    rows = tx.execute(query if after is None else query.where(key > after)).mappings().all()
    if not rows:
        return None
    renewed, damaged = [], 0
    for row in rows:
        old: dict[str, bytes] = {}
        new: dict[str, bytes] = {}
        for each in _sealed_in(table):
            damaged += not _renew(each, row, keys, old, new)
        if new:
            renewed.append(Renewed(row[key.name], old, new))
    return Batch(table, tuple(renewed), rows[-1][key.name], damaged)


def _renew(each: Sealed, row: RowMapping, keys: Keys, old: dict[str, bytes], new: dict[str, bytes]) -> bool:
    """Put the value of one column into `old` and `new`, where it must change; False when it does not open."""
    name = each.column.name
    value: bytes | None = row[name]
    stale_hash = each.hashed is not None and row[each.hashed.name] and not keys.is_current(row[each.hashed.name])
    if value is None or (keys.is_current(value) and not stale_hash):
        return True
    try:
        clear = keys.unseal(value, each.place_of(row))
    except ValueError:
        return False
    old[name], new[name] = value, keys.seal(clear, each.place_of(row))
    if each.hashed is not None:
        new[each.hashed.name] = keys.search_hash(clear)
    return True


def write_batch(tx: Connection, batch: Batch) -> int:
    """Write the new values where nobody has written meanwhile; how many rows. Others write under the present key."""
    (key,) = batch.table.primary_key.columns
    written = 0
    for row in batch.rows:
        unchanged = and_(key == row.key, *(batch.table.c[name] == value for name, value in row.old.items()))
        written += tx.execute(update(batch.table).where(unchanged).values(row.new)).rowcount
    return written


def _sealed_in(table: Table) -> list[Sealed]:
    return [each for each in SEALED if each.table is table]


def _is_old(table: Table, keys: Keys) -> ColumnElement[bool]:
    columns = [column for each in _sealed_in(table) for column in (each.column, each.hashed) if column is not None]
    return or_(*(_is_of_another_key(column, keys) for column in columns))


def _is_of_another_key(column: Column[bytes], keys: Keys) -> ColumnElement[bool]:
    return func.substr(column, 1, 1, type_=LargeBinary) != literal(keys.present_id, LargeBinary)


def rename_persons(tx: Connection, keys: Keys) -> int:
    """Give those who left under the previous key and are back their name under the present one; how many rows.

    Whoever has not come back keeps the old one: it tells persons apart as well, and nobody can compute it any more.
    """
    old = select(occurrence.c.campaign_id, registration.c.person_hash).join(
        registration, registration.c.occurrence_id == occurrence.c.id
    )
    left: dict[int, set[bytes]] = {}
    for campaign_id, person in tx.execute(old.where(_is_of_another_key(registration.c.person_hash, keys)).distinct()):
        left.setdefault(campaign_id, set()).add(person)
    return sum(_rename_in(tx, campaign_id, persons, keys) for campaign_id, persons in left.items())


def _rename_in(tx: Connection, campaign_id: int, left: set[bytes], keys: Keys) -> int:
    there = select(occurrence.c.id).where(occurrence.c.campaign_id == campaign_id)
    living = (
        select(reader.c.openid)
        .join(registration, registration.c.reader_id == reader.c.id)
        .where(registration.c.occurrence_id.in_(there), reader.c.openid.is_not(None))
        .distinct()
    )
    renamed = 0
    for openid in list(tx.scalars(living)):
        new, *previous = keys.person_hashes(campaign_id, openid)
        for name in left.intersection(previous):
            same = and_(registration.c.person_hash == name, registration.c.occurrence_id.in_(there))
            renamed += tx.execute(update(registration).where(same).values(person_hash=new)).rowcount
    return renamed


def count_old_cards(tx: Connection, keys: Keys) -> int:
    """Entries of card lists under another key: their numbers are not kept, so the lists must be given again."""
    query = select(func.count()).select_from(allowed_card)
    return int(tx.execute(query.where(_is_of_another_key(allowed_card.c.card_hash, keys))).scalar_one())


def count_old_invitations(tx: Connection, keys: Keys, now: datetime) -> int:
    """Invitations under another key that could still be used."""
    usable = and_(invitation.c.used_at.is_(None), invitation.c.expires_at > now)
    query = select(func.count()).select_from(invitation).where(usable)
    return int(tx.execute(query.where(_is_of_another_key(invitation.c.code_hash, keys))).scalar_one())
