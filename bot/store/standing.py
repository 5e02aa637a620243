"""Marks, suspensions and the settling of attendance as they are stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.kinds import Door, MarkKind, NoticeKind, NoticeState, OccurrenceStatus, RegistrationStatus, ScanResult
from bot.domain.notice import DropReason
from bot.domain.rules import Rules, StandingPolicy
from bot.domain.standing import Consequence, Mark
from bot.store.door_tables import checkin, walk_in
from bot.store.occurrences import FACT_COLUMNS, FACT_SOURCE, HAS_COME, facts_of
from bot.store.registrations import new_short_code
from bot.store.sign_up_tables import mark, suspension
from bot.store.tables import event, notice, occurrence, reader, registration

NOTICES = (NoticeKind.NO_SHOW, NoticeKind.SUSPENDED, NoticeKind.APPEAL_ANSWERED)
"""What readers are told of their standing."""

_END = func.coalesce(occurrence.c.ends_at, occurrence.c.starts_at)
_START = select(occurrence.c.starts_at).where(occurrence.c.id == checkin.c.occurrence_id).scalar_subquery()
_TOLD_AT = func.coalesce(checkin.c.device_at, checkin.c.received_at)
_CAME_AT = case(  # paper does not say when they signed, only when it was typed: they came in time for all we know
    (checkin.c.door == Door.PAPER.value, func.coalesce(_START, _TOLD_AT)), else_=_TOLD_AT
)
_CONFIRMED = registration.c.status == RegistrationStatus.CONFIRMED.value
_GIVEN_BACK_LATE = and_(
    registration.c.status == RegistrationStatus.CANCELLED.value, registration.c.cancelled_late.is_(True)
)
_TO_SETTLE = or_(_CONFIRMED, _GIVEN_BACK_LATE)
_IS_HELD = occurrence.c.status == OccurrenceStatus.SCHEDULED.value


# --- settling --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An occurrence that is over, with unsettled places. `staffed`: somebody was counted at its door."""

    occurrence_id: int
    ended_at: datetime
    staffed: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A confirmed place, or one that was given back late. `came_at` is None when nobody was checked in on it."""

    registration_id: int
    reader_id: int
    is_known: bool  # False: the reader was erased
    cancelled_late: bool
    came_at: datetime | None


def list_unsettled(tx: Connection, ended_after: datetime, ended_before: datetime) -> list[Unsettled]:
    """Held occurrences that ended in that span and have unsettled places, the earliest first."""
    here = registration.c.occurrence_id == occurrence.c.id
    counted = or_(
        exists(select(literal(1)).where(checkin.c.occurrence_id == occurrence.c.id, checkin.c.counted_as.is_not(None))),
        exists(select(literal(1)).where(walk_in.c.occurrence_id == occurrence.c.id, walk_in.c.undone_at.is_(None))),
    )
    open_places = exists(select(literal(1)).where(here, _TO_SETTLE, registration.c.settled_at.is_(None)))
    query = (
        select(occurrence.c.id, _END, counted)
        .where(_IS_HELD, ended_after < _END, ended_before >= _END, open_places)
        .order_by(_END, occurrence.c.id)
    )
    return [Unsettled(row[0], row[1], bool(row[2])) for row in tx.execute(query)]


def lock_readers_of(tx: Connection, occurrence_id: int) -> None:
    """Let the standing of everybody with a place there be decided by one transaction at a time, in one order.

    Without it two occurrences that are settled at once would each miss the other's mark, and with it the last straw.
    """
    if tx.dialect.name != "sqlite":
        there = select(registration.c.reader_id).where(registration.c.occurrence_id == occurrence_id, _TO_SETTLE)
        locked = select(reader.c.id).where(reader.c.id.in_(there)).order_by(reader.c.id)
        tx.execute(locked.with_for_update(key_share=True)).all()


def claim_settling(tx: Connection, occurrence_id: int, now: datetime) -> frozenset[int]:
    """Settle what is unsettled there; the registrations that fell to this call. A second worker gets none of them."""
    settled = (
        update(registration)
        .where(registration.c.occurrence_id == occurrence_id, _TO_SETTLE, registration.c.settled_at.is_(None))
        .values(settled_at=now)
        .returning(registration.c.id)
    )
    return frozenset(tx.execute(settled).scalars())


_turned_away = checkin.alias()
_TURNED_AWAY_AT = (  # they came, late, and their seats had been given to others: that is no no-show
    select(func.min(_turned_away.c.received_at))
    .where(_turned_away.c.registration_id == registration.c.id, _turned_away.c.result == ScanResult.RELEASED)
    .scalar_subquery()
)


def list_places(tx: Connection, occurrence_id: int) -> list[Place]:
    """All places of an occurrence that are settled at its end, whether or not they are yet."""
    query = (
        select(
            registration.c.id,
            registration.c.reader_id,
            reader.c.openid.is_not(None),
            _GIVEN_BACK_LATE,
            func.coalesce(_CAME_AT, _TURNED_AWAY_AT),
        )
        .select_from(
            registration.join(reader, reader.c.id == registration.c.reader_id).outerjoin(
                checkin, and_(checkin.c.registration_id == registration.c.id, HAS_COME)
            )
        )
        .where(registration.c.occurrence_id == occurrence_id, _TO_SETTLE)
        .order_by(registration.c.id)
    )
    return [Place(row[0], row[1], bool(row[2]), bool(row[3]), row[4]) for row in tx.execute(query)]


# --- marks -----------------------------------------------------------------------------------------------------------

_MARKS = (
    select(
        mark.c.id,
        mark.c.reader_id,
        mark.c.registration_id,
        registration.c.occurrence_id,
        mark.c.kind,
        mark.c.points,
        mark.c.at,
        event.c.title,
        occurrence.c.label,
        registration.c.short_code,
    )
    .select_from(
        mark.join(registration, registration.c.id == mark.c.registration_id)
        .join(occurrence, occurrence.c.id == registration.c.occurrence_id)
        .join(event, event.c.id == occurrence.c.event_id)
    )
    .where(mark.c.voided_at.is_(None))
    .order_by(mark.c.at.desc(), mark.c.id.desc())
)


def _marks_where(tx: Connection, *conditions: ColumnElement[bool]) -> list[Mark]:
    return [
        Mark(row[0], row[1], row[2], row[3], MarkKind(row[4]), row[5], row[6], f"{row[7]} {row[8]}".strip(), row[9])
        for row in tx.execute(_MARKS.where(*conditions))
    ]


def list_marks(tx: Connection, reader_ids: Collection[int]) -> list[Mark]:
    """The marks of these readers that stand, newest first."""
    return _marks_where(tx, mark.c.reader_id.in_(reader_ids))


def list_marks_of_registration(tx: Connection, registration_id: int) -> list[Mark]:
    """The marks of one registration that stand."""
    return _marks_where(tx, mark.c.registration_id == registration_id)


def list_marks_by_id(tx: Connection, ids: Collection[int]) -> list[Mark]:
    """Those of these marks that stand, newest first."""
    return _marks_where(tx, mark.c.id.in_(ids))


def list_marks_by_code(tx: Connection, short_code: str) -> list[Mark]:
    """The marks that speak against the reader of the registration with this short code."""
    return [each for each in _marks_where(tx, registration.c.short_code == short_code) if each.is_against]


_NEW_MARK = {
    "sqlite": sqlite.insert(mark).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(mark).on_conflict_do_nothing(),
}


def add_marks(tx: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Write marks; one of a kind that the registration has already is left as it is."""
    if rows:
        tx.execute(_NEW_MARK[tx.dialect.name], [{"reason": "", **row} for row in rows])


def void_marks(tx: Connection, ids: Collection[int], reason: str, now: datetime) -> None:
    """Take marks back: they count no more, in whatever was or will be decided."""
    tx.execute(update(mark).where(mark.c.id.in_(ids), mark.c.voided_at.is_(None)).values(voided_at=now, reason=reason))


def list_mistaken(tx: Connection, since: datetime) -> list[int]:
    """Registrations that bear a mark since then against which the records speak by now: they came after all, or the
    library called the occurrence off."""
    came = exists(select(literal(1)).where(checkin.c.registration_id == mark.c.registration_id, HAS_COME))
    query = (
        select(mark.c.registration_id)
        .select_from(
            mark.join(registration, registration.c.id == mark.c.registration_id).join(
                occurrence, occurrence.c.id == registration.c.occurrence_id
            )
        )
        .where(mark.c.voided_at.is_(None), mark.c.kind != MarkKind.ATTENDED.value, mark.c.at > since)
        .where(or_(and_(mark.c.kind == MarkKind.NO_SHOW.value, came), ~_IS_HELD))
        .distinct()
        .order_by(mark.c.registration_id)
    )
    return list(tx.scalars(query))


def find_came_at(tx: Connection, registration_id: int) -> datetime | None:
    """When the registration was checked in, by the clock of the door."""
    return tx.execute(select(_CAME_AT).where(checkin.c.registration_id == registration_id, HAS_COME)).scalar()


def find_reader_of(tx: Connection, registration_id: int) -> int:
    """Whose registration it is; raises NoResultFound."""
    return int(tx.execute(select(registration.c.reader_id).where(registration.c.id == registration_id)).scalar_one())


def find_registration_of(tx: Connection, mark_id: int) -> int:
    """The registration that a mark is about, taken back or not; raises NoResultFound."""
    return int(tx.execute(select(mark.c.registration_id).where(mark.c.id == mark_id)).scalar_one())


# --- suspensions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SuspensionRow:
    """A suspension with the keys of the marks that it used up, the straw first."""

    code: str
    reader_id: int
    policy: StandingPolicy
    limit: int
    day_cap: int
    marks: tuple[int, ...]
    ends_at: datetime
    is_lifted: bool


def _suspension_of(row: Any) -> SuspensionRow:
    facts = row.facts
    return SuspensionRow(
        row.code,
        row.reader_id,
        StandingPolicy(row.policy),
        facts["limit"],
        facts["day_cap"],
        tuple(facts["marks"]),
        row.ends_at,
        row.lifted_at is not None,
    )


def list_suspensions(tx: Connection, reader_ids: Collection[int]) -> list[SuspensionRow]:
    """Suspensions of these readers that nobody has lifted, past ones too."""
    query = select(suspension).where(suspension.c.reader_id.in_(reader_ids), suspension.c.lifted_at.is_(None))
    return [_suspension_of(row) for row in tx.execute(query.order_by(suspension.c.id))]


def find_suspension_by_code(tx: Connection, code: str) -> SuspensionRow | None:
    """The suspension of which reader and staff speak."""
    row = tx.execute(select(suspension).where(suspension.c.code == code)).first()
    return _suspension_of(row) if row else None


def add_suspension(tx: Connection, reader_id: int, cause: Consequence) -> str | None:
    """Write a suspension; its code, or None when the same last straw has suspended this reader before."""
    straw_first = [cause.straw.id, *(each.id for each in cause.marks if each.id != cause.straw.id)]
    facts = {
        "counted": list(cause.counted),
        "limit": cause.limit,
        "window_days": cause.window_days,
        "day_cap": cause.day_cap,
        "marks": straw_first,
    }
    dialect: Any = {"sqlite": sqlite, "postgresql": postgresql}[tx.dialect.name]
    values = {
        "reader_id": reader_id,
        "code": _free_code(tx),
        "policy": cause.policy.value,
        "facts": facts,
        "starts_at": cause.starts_at,
        "ends_at": cause.ends_at,
        "reason": "",
    }
    statement = dialect.insert(suspension).values(**values).on_conflict_do_nothing().returning(suspension.c.code)
    return tx.execute(statement).scalar()


def _free_code(tx: Connection) -> str:
    """Neither another suspension's nor a ticket's, for both are typed at the same place."""
    while True:
        code = new_short_code()
        taken = select(literal(1)).where(
            or_(
                exists(select(literal(1)).where(suspension.c.code == code)),
                exists(select(literal(1)).where(registration.c.short_code == code)),
            )
        )
        if tx.execute(taken).first() is None:
            return code


def claim_lift(tx: Connection, code: str, staff_id: int | None, reason: str, now: datetime) -> bool:
    """Lift a suspension; whether this call did it."""
    lifted = (
        update(suspension)
        .where(suspension.c.code == code, suspension.c.lifted_at.is_(None))
        .values(lifted_at=now, staff_id=staff_id, reason=reason)
    )
    return tx.execute(lifted).rowcount == 1


def drop_notices(tx: Connection, registration_id: int, *kinds: NoticeKind) -> int:
    """Stop notices about a registration's absence that nobody has sent yet; how many."""
    waiting = notice.c.state.in_((NoticeState.PENDING.value, NoticeState.FAILED.value))
    dropped = (
        update(notice)
        .where(notice.c.registration_id == registration_id, notice.c.kind.in_(kinds), waiting)
        .values(state=NoticeState.DROPPED, lease_until=None, error=DropReason.TAKEN_BACK)
    )
    return tx.execute(dropped).rowcount


# --- keeping no more than needed -------------------------------------------------------------------------------------


def list_rules(tx: Connection) -> frozenset[Rules]:
    """The rules of all events, each once."""
    one_each = select(func.min(occurrence.c.id)).group_by(occurrence.c.event_id)
    rows = tx.execute(select(*FACT_COLUMNS).select_from(FACT_SOURCE).where(occurrence.c.id.in_(one_each)))
    return frozenset(facts_of(row).rules for row in rows)


def delete_old(tx: Connection, before: datetime, now: datetime) -> tuple[int, int]:
    """Delete marks older than `before` that no suspension in force rests on, and past suspensions; how many."""
    over = or_(suspension.c.ends_at <= now, suspension.c.lifted_at.is_not(None))
    gone = tx.execute(delete(suspension).where(over, suspension.c.starts_at < before)).rowcount
    in_force = tx.scalars(select(suspension.c.facts).where(~over))
    needed = [mark_id for facts in in_force for mark_id in facts["marks"]]
    marks = tx.execute(delete(mark).where(mark.c.at < before, mark.c.id.not_in(needed))).rowcount
    return marks, gone


def forget(tx: Connection, reader_id: int) -> None:
    """Delete what is held about a reader's standing; what notices said of it goes with it."""
    tx.execute(delete(mark).where(mark.c.reader_id == reader_id))
    tx.execute(delete(suspension).where(suspension.c.reader_id == reader_id))
    told = and_(notice.c.reader_id == reader_id, notice.c.kind.in_(NOTICES))
    tx.execute(update(notice).where(told).values(facts={}))
