"""Tallies as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, exists, insert, select, update

from bot.domain.kinds import Exactness
from bot.domain.tally import TallyFacts
from bot.store.tables import event, occurrence, tally

TALLY_FACTS: Select[Any] = select(
    tally.c.id,
    tally.c.campaign_id,
    tally.c.library_id,
    tally.c.event_id,
    tally.c.occurrence_id,
    tally.c.parent_id,
    tally.c.key,
    tally.c.metric,
    tally.c.number,
    tally.c.unit,
    tally.c.exactness,
    tally.c.wording,
    tally.c.part,
    tally.c.noted_at,
    tally.c.staff_id,
    tally.c.written,
    tally.c.recipient,
)


def facts_of(row: Row[Any]) -> TallyFacts:
    """A stored tally."""
    values = row._asdict()
    number = values["number"]
    values["number"] = None if number is None else _without_needless_zeros(number)
    values["exactness"] = Exactness(values["exactness"])
    return TallyFacts(**values)


_WHOLE = tally.alias("whole")
STANDS = and_(
    tally.c.undone_at.is_(None),
    ~exists().where(_WHOLE.c.id == tally.c.parent_id, _WHOLE.c.undone_at.is_not(None)),
)
"""Not taken back, by itself or with the total that it is a part of."""


def list_tallies(tx: Connection, campaign_id: int) -> list[TallyFacts]:
    """All tallies of a campaign that were not taken back, in the order noted."""
    query = TALLY_FACTS.where(tally.c.campaign_id == campaign_id, STANDS).order_by(tally.c.id)
    return [facts_of(row) for row in tx.execute(query)]


def list_occurrence_tallies(tx: Connection, occurrence_id: int, metric: str, unit: str) -> list[TallyFacts]:
    """The tallies of one metric in one unit at an occurrence."""
    query = TALLY_FACTS.where(
        tally.c.occurrence_id == occurrence_id,
        tally.c.metric == metric,
        tally.c.unit == unit,
        STANDS,
    ).order_by(tally.c.id)
    return [facts_of(row) for row in tx.execute(query)]


def list_library_tallies(
    tx: Connection, campaign_id: int, library_id: int | None, metric: str, unit: str
) -> list[TallyFacts]:
    """The tallies of one metric in one unit that are of a library and no event; None: said of the whole campaign."""
    query = TALLY_FACTS.where(
        tally.c.campaign_id == campaign_id,
        tally.c.library_id == library_id,
        tally.c.event_id.is_(None),
        tally.c.metric == metric,
        tally.c.unit == unit,
        STANDS,
    ).order_by(tally.c.id)
    return [facts_of(row) for row in tx.execute(query)]


def list_parts(tx: Connection, tally_id: int) -> list[TallyFacts]:
    """What a total is made up of, as far as noted."""
    query = TALLY_FACTS.where(tally.c.parent_id == tally_id, tally.c.undone_at.is_(None)).order_by(tally.c.id)
    return [facts_of(row) for row in tx.execute(query)]


def get_tally(tx: Connection, tally_id: int) -> TallyFacts:
    """One tally; raises NoResultFound."""
    return facts_of(tx.execute(TALLY_FACTS.where(tally.c.id == tally_id)).one())


def tallies_by_key(tx: Connection, campaign_id: int) -> dict[str, Row[Any]]:
    """Imported tallies of a campaign, by their stable names."""
    query = select(tally).where(tally.c.campaign_id == campaign_id, tally.c.key.is_not(None))
    return {row.key: row for row in tx.execute(query)}


def insert_tally(tx: Connection, values: Mapping[str, object]) -> int:
    """Store a tally and return its key."""
    key = tx.execute(insert(tally).values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def update_tally(tx: Connection, tally_id: int, values: Mapping[str, object]) -> None:
    """Change columns of a tally."""
    tx.execute(update(tally).where(tally.c.id == tally_id).values(**values))


def get_place(tx: Connection, occurrence_id: int) -> Row[Any]:
    """Campaign, event, lead library, number and title of an occurrence; raises NoResultFound."""
    query: Select[Any] = (
        select(
            occurrence.c.campaign_id,
            occurrence.c.event_id,
            event.c.library_id,
            occurrence.c.number,
            event.c.title,
            occurrence.c.label,
        )
        .join(event, event.c.id == occurrence.c.event_id)
        .where(occurrence.c.id == occurrence_id)
    )
    return tx.execute(query).one()


def _without_needless_zeros(number: Any) -> Any:
    return number.to_integral_value() if number == number.to_integral_value() else number.normalize()
