"""Corrections: the rows that they concern, and the record of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from bot.domain.correction import Change, CountedRow
from bot.domain.tally import TallyFacts
from bot.store.door_tables import walk_in
from bot.store.tables import correction, occurrence, tally
from bot.store.tallies import STANDS, TALLY_FACTS, facts_of


def add_correction(tx: Connection, values: Mapping[str, object]) -> None:
    """Write down who changed which field of which row, from what to what, and why."""
    tx.execute(insert(correction).values(**values))


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction as it was written down."""

    subject: str
    subject_id: int
    field: str
    old: str
    new: str
    reason: str
    staff_id: int | None
    corrected_at: datetime


def list_corrections(tx: Connection, since: datetime) -> list[Correction]:
    """Corrections from a moment on, oldest first."""
    query = select(correction).where(correction.c.corrected_at >= since).order_by(correction.c.id)
    return [
        Correction(row.subject, row.subject_id, row.field, row.old, row.new, row.reason, row.staff_id, row.corrected_at)
        for row in tx.execute(query)
    ]


def list_walk_ins(tx: Connection, occurrence_id: int) -> tuple[CountedRow, ...]:
    """The standing rows of walk-ins at an occurrence, oldest first."""
    query = (
        select(walk_in.c.id, walk_in.c.people)
        .where(walk_in.c.occurrence_id == occurrence_id, walk_in.c.undone_at.is_(None))
        .order_by(walk_in.c.noted_at, walk_in.c.id)
    )
    return tuple(CountedRow(row.id, row.people) for row in tx.execute(query))


def replace_walk_ins(tx: Connection, change: Change, staff_id: int, now: datetime) -> int:
    """Take a row back and let another one stand in its place, of the same moment and audience; the key of what stands.

    The old row keeps the number that its device sent, so that the device, sending it again, finds its own act.
    """
    old = tx.execute(select(walk_in).where(walk_in.c.id == change.row.id)).one()
    tx.execute(update(walk_in).where(walk_in.c.id == old.id).values(undone_at=now))
    if not change.people:
        return int(old.id)
    made = insert(walk_in).values(
        occurrence_id=old.occurrence_id,
        people=change.people,
        audience=old.audience,
        staff_id=staff_id,
        noted_at=old.noted_at,
    )
    return int(tx.execute(made.returning(walk_in.c.id)).scalar_one())


def list_like(tx: Connection, campaign_id: int, metric: str) -> list[tuple[TallyFacts, int | None]]:
    """The standing tallies of a metric in a campaign with the public number of their occurrence, oldest first."""
    query = TALLY_FACTS.where(tally.c.campaign_id == campaign_id, tally.c.metric == metric, STANDS).order_by(tally.c.id)
    found = [facts_of(row) for row in tx.execute(query)]
    ids = {facts.occurrence_id for facts in found if facts.occurrence_id is not None}
    numbers = {
        row.id: row.number
        for row in tx.execute(select(occurrence.c.id, occurrence.c.number).where(occurrence.c.id.in_(ids)))
    }
    return [(facts, numbers.get(facts.occurrence_id)) for facts in found]


def claim_tally(tx: Connection, before: TallyFacts, values: Mapping[str, object]) -> bool:
    """Change a tally that still says what was read; False when somebody was faster."""
    same_number = tally.c.number.is_(None) if before.number is None else tally.c.number == before.number
    changed = tx.execute(
        update(tally).where(tally.c.id == before.id, same_number, tally.c.undone_at.is_(None)).values(**values)
    )
    return changed.rowcount == 1
