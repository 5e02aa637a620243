"""Ratings as they are stored, and what a reader may rate."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, literal, or_, select
from sqlalchemy import exists as sql_exists
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.occurrence import OccurrenceFacts
from bot.store.door_tables import checkin, walk_in
from bot.store.occurrences import FACT_COLUMNS, FACT_SOURCE, facts_of
from bot.store.report_tables import rating
from bot.store.tables import occurrence, registration


def list_attended(tx: Connection, reader_id: int, since: datetime) -> list[OccurrenceFacts]:
    """Occurrences to which this reader came, with a place or counted in at the door, the latest first."""
    with_place = sql_exists().where(
        registration.c.occurrence_id == occurrence.c.id,
        registration.c.reader_id == literal(reader_id),
        checkin.c.registration_id == registration.c.id,
        checkin.c.counted_as.is_not(None),
        checkin.c.occurrence_id == occurrence.c.id,
    )
    counted_in = sql_exists().where(
        walk_in.c.occurrence_id == occurrence.c.id,
        walk_in.c.reader_id == literal(reader_id),
        walk_in.c.undone_at.is_(None),
    )
    query = (
        select(*FACT_COLUMNS)
        .select_from(FACT_SOURCE)
        .where(occurrence.c.starts_at >= since, or_(with_place, counted_in))
        .order_by(occurrence.c.starts_at.desc(), occurrence.c.id.desc())
    )
    return [facts_of(row) for row in tx.execute(query)]


def find_rating(tx: Connection, reader_id: int, occurrence_id: int) -> int | None:
    """The stars that this reader gave; None when they did not rate."""
    query = select(rating.c.stars).where(rating.c.reader_id == reader_id, rating.c.occurrence_id == occurrence_id)
    return tx.execute(query).scalar()


def list_rated(tx: Connection, reader_id: int) -> set[int]:
    """The occurrences that this reader rated."""
    return set(tx.scalars(select(rating.c.occurrence_id).where(rating.c.reader_id == reader_id)))


def add_rating(
    tx: Connection, reader_id: int, occurrence_id: int, stars: int, words_enc: bytes | None, now: datetime
) -> bool:
    """Store a rating; False when there is one by this reader already. A unique index decides between two at once."""
    values = {
        "reader_id": reader_id,
        "occurrence_id": occurrence_id,
        "stars": stars,
        "words_enc": words_enc,
        "rated_at": now,
    }
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(rating).values(**values).on_conflict_do_nothing().returning(rating.c.id)
    return tx.execute(statement).first() is not None
