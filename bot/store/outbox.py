"""The outbox: notices as rows of facts.

A row is claimed under a lease, flipped to `sending` in a commit of its own just before the call, and settled after it.
A crash in between leaves `sending`: the outcome is unknown and nobody guesses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, String, case, func, literal, or_, select, update
from sqlalchemy import exists as sql_exists
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.kinds import NoticeKind, NoticeState, OccurrenceStatus, RegistrationStatus
from bot.domain.notice import DueReminder, Lane, Letter, lane_of
from bot.store.columns import UtcDateTime
from bot.store.tables import event, library, notice, occurrence, reader, registration, venue

BANNER = "banner"
"""Channel of a notice that waits for the head of the reader's next answer."""

_NEW = {"state": NoticeState.PENDING, "attempts": 0, "channel": "", "error": ""}
_INSERT_NEW = {
    "sqlite": sqlite.insert(notice).on_conflict_do_nothing().returning(notice.c.id),
    "postgresql": postgresql.insert(notice).on_conflict_do_nothing().returning(notice.c.id),
}


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an attempt. `due_at` is the next try of a notice that goes back to `pending`; `counts` is False
    for one that never left, so that no outage uses up attempts.
    """

    state: NoticeState
    channel: str = ""
    error_code: int | None = None
    error: str = ""
    due_at: datetime | None = None
    platform_id: int | None = None
    counts: bool = True


def add_notice(tx: Connection, row: Mapping[str, Any]) -> bool:
    """Insert a pending notice; False when it exists already (promise I5)."""
    values = {**_NEW, "lane": lane_of(row["kind"]), **row}
    return tx.execute(_INSERT_NEW[tx.dialect.name], values).first() is not None


def add_notices(tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many pending notices; those that exist already stay as they are."""
    values = [{**_NEW, "lane": lane_of(row["kind"]), **row} for row in rows]
    if values:
        dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
        tx.execute(dialect.insert(notice).on_conflict_do_nothing(), values)


def list_starting_between(tx: Connection, now: datetime, until: datetime) -> list[tuple[int, datetime, bool]]:
    """Scheduled occurrences with sign-up that start in that span: id, start, whether they last all day."""
    rows = tx.execute(
        select(occurrence.c.id, occurrence.c.starts_at, occurrence.c.all_day).where(
            occurrence.c.status == "scheduled", occurrence.c.starts_at > now, occurrence.c.starts_at <= until
        )
    )
    return [(row.id, row.starts_at, row.all_day) for row in rows]


def lacks_reminder(tx: Connection, occurrence_id: int, moment: str, due: DueReminder) -> bool:
    """Whether somebody should get this reminder and has no row for it yet."""
    return tx.execute(_to_remind(occurrence_id, moment, due).limit(1)).first() is not None


def add_reminders(
    tx: Connection, occurrence_id: int, moment: str, due: DueReminder, facts: dict[str, str], now: datetime
) -> int:
    """One row for each confirmed registration that should be reminded and has none; how many were new."""
    wanted = _to_remind(occurrence_id, moment, due).add_columns(
        literal(str(NoticeKind.REMINDER), String),
        literal(moment, String),
        literal(facts, notice.c.facts.type),
        literal(due.due_at, UtcDateTime),
        literal(due.not_after, UtcDateTime),
        literal(str(NoticeState.PENDING), String),
        literal(now, UtcDateTime),
        literal(0),
        literal(""),
        literal(""),
        literal(int(Lane.BULK)),
    )
    columns = [
        *("registration_id", "reader_id", "kind", "moment", "facts", "due_at", "not_after", "state", "created_at"),
        *("attempts", "channel", "error", "lane"),
    ]
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(notice).from_select(columns, wanted, include_defaults=False).on_conflict_do_nothing()
    # Counted by what comes back: PostgreSQL's driver gives no row count for such an insert.
    return len(tx.execute(statement.returning(notice.c.id)).all())


def _to_remind(occurrence_id: int, moment: str, due: DueReminder) -> Select[Any]:
    known = sql_exists().where(
        notice.c.kind == NoticeKind.REMINDER,
        notice.c.registration_id == registration.c.id,
        notice.c.moment == moment,
    )
    # Who signed up after the reminder's moment has just read time and place.
    since = func.coalesce(registration.c.promoted_at, registration.c.confirmed_at, registration.c.created_at)
    return (
        select(registration.c.id, registration.c.reader_id)
        .select_from(registration.join(reader, reader.c.id == registration.c.reader_id))
        .where(
            registration.c.occurrence_id == occurrence_id,
            registration.c.status == RegistrationStatus.CONFIRMED,
            reader.c.openid.is_not(None),
            reader.c.reminders.is_(True),
            since < due.due_at,
            ~known,
        )
    )


def claim_due(tx: Connection, now: datetime, limit: int, lease: timedelta) -> list[int]:
    """Lease up to `limit` due notices to the caller, oldest first; others skip them until the lease ends."""
    free = or_(notice.c.lease_until.is_(None), notice.c.lease_until <= now)
    due = (
        select(notice.c.id)
        .where(notice.c.state == "pending", notice.c.due_at <= now, free)
        .order_by(notice.c.due_at, notice.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = tx.execute(
        update(notice)
        .where(notice.c.id.in_(due.scalar_subquery()))
        .values(lease_until=now + lease)
        .returning(notice.c.id)
    )
    return sorted(row.id for row in claimed)


def has_due(tx: Connection, now: datetime) -> bool:
    """Whether anything is due; a look that disturbs no writer."""
    free = or_(notice.c.lease_until.is_(None), notice.c.lease_until <= now)
    query = select(notice.c.id).where(notice.c.state == "pending", notice.c.due_at <= now, free).limit(1)
    return tx.execute(query).first() is not None


def start_sending(tx: Connection, notice_id: int, lease_until: datetime, now: datetime, lease: timedelta) -> bool:
    """Flip a notice to `sending` under a new lease; False when it is no longer ours. Commit before the call.

    A lease that has ended counts as lost though nobody else has the notice yet: it would have no time left for the
    call, and be taken for dead in the middle of it.
    """
    still_ours = (notice.c.lease_until == lease_until) & (notice.c.lease_until > now)
    flipped = tx.execute(
        update(notice)
        .where(notice.c.id == notice_id, notice.c.state == "pending", still_ours)
        .values(state=NoticeState.SENDING, attempts=notice.c.attempts + 1, lease_until=now + lease)
    )
    return flipped.rowcount == 1


def give_back(tx: Connection, notice_ids: Sequence[int], lease_until: datetime) -> None:
    """End the lease of notices that there is no time for, so that others need not wait for it."""
    tx.execute(
        update(notice)
        .where(notice.c.id.in_(notice_ids), notice.c.state == "pending", notice.c.lease_until == lease_until)
        .values(lease_until=None)
    )


def drop_notice(tx: Connection, notice_id: int, reason: str) -> None:
    """End a notice that has lost its sense before it was sent."""
    tx.execute(
        update(notice)
        .where(notice.c.id == notice_id, notice.c.state.in_(("pending", "failed")))
        .values(state=NoticeState.DROPPED, lease_until=None, error=reason)
    )


def settle(tx: Connection, notice_id: int, outcome: Settled, now: datetime) -> bool:
    """Write what became of an attempt; False when somebody else has settled it."""
    values: dict[str, Any] = {
        "state": outcome.state,
        "channel": outcome.channel,
        "error_code": outcome.error_code,
        "error": outcome.error[:200],
        "lease_until": None,
        "sent_at": now if outcome.state is NoticeState.SENT else None,
        "platform_id": outcome.platform_id,
    }
    if outcome.due_at is not None:
        values["due_at"] = outcome.due_at
    if not outcome.counts:
        values["attempts"] = notice.c.attempts - 1
    settled = tx.execute(update(notice).where(notice.c.id == notice_id, notice.c.state == "sending").values(values))
    return settled.rowcount == 1


def note_failed_delivery(tx: Connection, platform_id: int, status: str, now: datetime) -> list[tuple[int, str]]:
    """The platform took a message and could not deliver it (its report): readers and channels that it was for.

    The notice goes back in line for another way, once; a second time it waits for the reader's next message.
    """
    return _take_back(tx, notice.c.platform_id == platform_id, status, now)


def note_failed_notice(tx: Connection, openid: str, channel: str, status: str, now: datetime) -> list[tuple[int, str]]:
    """The same of a message whose sending gave no number: the latest that this reader was sent over the channel."""
    latest = (
        select(notice.c.id)
        .join(reader, reader.c.id == notice.c.reader_id)
        .where(reader.c.openid == openid, notice.c.channel == channel, notice.c.state == "sent")
        .order_by(notice.c.sent_at.desc(), notice.c.id.desc())
        .limit(1)
    )
    return _take_back(tx, notice.c.id == latest.scalar_subquery(), status, now)


def _take_back(tx: Connection, which: ColumnElement[bool], status: str, now: datetime) -> list[tuple[int, str]]:
    again = notice.c.error == ""
    found = tx.execute(
        update(notice)
        .where(which, notice.c.state == "sent")
        .values(
            state=case((again, NoticeState.PENDING.value), else_=NoticeState.FAILED.value),
            due_at=now,
            error=status[:200],
            sent_at=None,
            platform_id=None,
        )
        .returning(notice.c.id, notice.c.reader_id, notice.c.channel, notice.c.state)
    ).all()
    ended = [row.id for row in found if row.state == NoticeState.FAILED]
    tx.execute(update(notice).where(notice.c.id.in_(ended)).values(channel=BANNER))
    return [(row.reader_id, row.channel) for row in found]


def mark_lost(tx: Connection, now: datetime) -> int:
    """Mark as `unknown` what is `sending` since its lease ended: the sender died between call and result."""
    lost = tx.execute(
        update(notice)
        .where(notice.c.state == "sending", or_(notice.c.lease_until.is_(None), notice.c.lease_until <= now))
        .values(state=NoticeState.UNKNOWN, lease_until=None, error="no result was written")
    )
    return lost.rowcount


_LETTER = (
    select(
        notice.c.id,
        notice.c.kind,
        reader.c.openid,
        notice.c.registration_id,
        notice.c.reader_id,
        notice.c.moment,
        notice.c.facts,
        notice.c.created_at,
        notice.c.not_after,
        notice.c.attempts,
        reader.c.reminders,
        registration.c.status.label("registration_status"),
        registration.c.cancelled_at,
        (registration.c.adults + registration.c.children).label("people"),
        registration.c.short_code,
        occurrence.c.number,
        event.c.title,
        occurrence.c.label,
        occurrence.c.starts_at,
        occurrence.c.ends_at,
        occurrence.c.all_day,
        occurrence.c.date_text,
        occurrence.c.status.label("occurrence_status"),
        func.coalesce(venue.c.name, "").label("venue"),
        func.coalesce(venue.c.address, "").label("address"),
        library.c.contact,
        notice.c.channel.label("undelivered_by"),
    )
    .select_from(notice)
    .join(reader, reader.c.id == notice.c.reader_id)
    .join(registration, registration.c.id == notice.c.registration_id)
    .join(occurrence, occurrence.c.id == registration.c.occurrence_id)
    .join(event, event.c.id == occurrence.c.event_id)
    .join(library, library.c.id == event.c.library_id)
    .outerjoin(venue, venue.c.id == occurrence.c.venue_id)
)


def get_letter(tx: Connection, notice_id: int) -> Letter:
    """Everything that the notice can say, as it is now; raise NoResultFound when there is no such notice."""
    return _letter(tx.execute(_LETTER.where(notice.c.id == notice_id)).mappings().one())


def list_banners(tx: Connection, openid: str, limit: int) -> list[Letter]:
    """Notices that no channel could carry and that wait for this person's next message, oldest first."""
    query = _LETTER.where(reader.c.openid == openid, notice.c.state == "failed", notice.c.channel == BANNER)
    return [_letter(row) for row in tx.execute(query.order_by(notice.c.id).limit(limit)).mappings()]


def list_banner_openids(tx: Connection, now: datetime) -> list[str]:
    """For whom a notice waits."""
    query = (
        select(reader.c.openid)
        .join(notice, notice.c.reader_id == reader.c.id)
        .where(notice.c.state == "failed", notice.c.channel == BANNER, reader.c.openid.is_not(None))
        .where(or_(notice.c.not_after.is_(None), notice.c.not_after > now))
        .distinct()
    )
    return [row.openid for row in tx.execute(query)]


def mark_shown(tx: Connection, notice_id: int, now: datetime) -> bool:
    """A waiting notice goes out at the head of an answer; False when another answer took it."""
    taken = tx.execute(
        update(notice)
        .where(notice.c.id == notice_id, notice.c.state == "failed", notice.c.channel == BANNER)
        .values(state=NoticeState.SENT, sent_at=now)
    )
    return taken.rowcount == 1


def list_unsent(tx: Connection, limit: int) -> Sequence[RowMapping]:
    """Failed and unknown notices, newest first, for people to decide about; no personal data."""
    query = (
        select(
            notice.c.id,
            notice.c.kind,
            notice.c.registration_id,
            notice.c.moment,
            notice.c.state,
            notice.c.attempts,
            notice.c.channel,
            notice.c.error_code,
            notice.c.error,
            notice.c.due_at,
            notice.c.not_after,
            event.c.title,
            occurrence.c.number,
            occurrence.c.starts_at,
        )
        .select_from(notice)
        .join(registration, registration.c.id == notice.c.registration_id)
        .join(occurrence, occurrence.c.id == registration.c.occurrence_id)
        .join(event, event.c.id == occurrence.c.event_id)
        .where(notice.c.state.in_(("failed", "unknown")))
        .order_by(notice.c.id.desc())
        .limit(limit)
    )
    return tx.execute(query).mappings().all()


def count_unsent(tx: Connection, library_id: int | None, now: datetime) -> int:
    """Failed and unknown notices that are still of use: before the start, of one library or of all."""
    query = (
        select(func.count())
        .select_from(notice)
        .join(registration, registration.c.id == notice.c.registration_id)
        .join(reader, reader.c.id == notice.c.reader_id)
        .join(occurrence, occurrence.c.id == registration.c.occurrence_id)
        .join(event, event.c.id == occurrence.c.event_id)
        .where(notice.c.state.in_(("failed", "unknown")), reader.c.openid.is_not(None))
        .where(or_(notice.c.not_after.is_(None), notice.c.not_after > now))
        .where(or_(occurrence.c.starts_at.is_(None), occurrence.c.starts_at > now))
    )
    if library_id is not None:
        query = query.where(event.c.library_id == library_id)
    return tx.execute(query).scalar_one()


def requeue(tx: Connection, notice_id: int, now: datetime) -> bool:
    """Put a failed or unknown notice back in line; False when it is in another state."""
    back = tx.execute(
        update(notice)
        .where(notice.c.id == notice_id, notice.c.state.in_(("failed", "unknown")))
        .values(
            state=NoticeState.PENDING, attempts=0, due_at=now, lease_until=None, channel="", error_code=None, error=""
        )
    )
    return back.rowcount == 1


def count_by_state(tx: Connection) -> dict[str, int]:
    """How many notices are in each state."""
    rows = tx.execute(select(notice.c.state, func.count()).group_by(notice.c.state))
    return {row[0]: row[1] for row in rows}


def _letter(row: RowMapping) -> Letter:
    values = dict(row)
    values["kind"] = NoticeKind(values["kind"])
    values["registration_status"] = RegistrationStatus(values["registration_status"])
    values["occurrence_status"] = OccurrenceStatus(values["occurrence_status"])
    return Letter(**values)
