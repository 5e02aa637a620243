"""The outbox: notices as rows of facts.

A row is claimed under a lease, flipped to `sending` in a commit of its own just before the call, and settled after it.
A crash in between leaves `sending`: the outcome is unknown and nobody guesses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    String,
    case,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy import exists as sql_exists
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.kinds import NoticeKind, NoticeState, OccurrenceStatus, RegistrationStatus
from bot.domain.notice import DueReminder, Lane, Letter, lane_of
from bot.store.columns import UtcDateTime
from bot.store.outbox_bundles import Settled as Settled
from bot.store.outbox_bundles import in_order
from bot.store.outbox_bundles import settle_bundle as settle_bundle
from bot.store.outbox_bundles import start_sending as start_sending
from bot.store.tables import event, library, notice, occurrence, reader, registration, venue

BANNER = "banner"
"""Channel of a notice that waits for the head of the reader's next answer."""

_UNDER_WAY = text("notice.state IN ('pending', 'sending')")
"""The condition of the partial index ix_notice_due, word for word: SQLite takes the index for nothing less."""

_NEW = {"state": NoticeState.PENDING, "attempts": 0, "channel": "", "error": ""}
_INSERT_NEW = {
    "sqlite": sqlite.insert(notice).on_conflict_do_nothing().returning(notice.c.id),
    "postgresql": postgresql.insert(notice).on_conflict_do_nothing().returning(notice.c.id),
}


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


def claim_due(tx: Connection, now: datetime, limit: int, lease: timedelta, lane: Lane | None = None) -> list[int]:
    """Lease up to `limit` due notices of a lane (None: of any), oldest first; others skip them until the lease ends."""
    due = due_first(now, limit, lane).with_for_update(skip_locked=True)
    claimed = tx.execute(
        update(notice)
        .where(notice.c.id.in_(due.scalar_subquery()))
        .values(lease_until=now + lease)
        .returning(notice.c.id, notice.c.due_at)
    )
    return [row.id for row in sorted(claimed, key=lambda row: (row.due_at, row.id))]


def has_due(tx: Connection, now: datetime, lane: Lane | None = None) -> bool:
    """Whether anything of a lane is due; a look that disturbs no writer."""
    return tx.execute(_due(now, lane).limit(1)).first() is not None


def due_first(now: datetime, limit: int, lane: Lane | None) -> Select[Any]:
    """The due notices of a lane that wait longest. Not by id within one moment: thousands are due in the same, and
    PostgreSQL would sort them all for each claim.
    """
    return _due(now, lane).order_by(notice.c.due_at).limit(limit)


def _due(now: datetime, lane: Lane | None) -> Select[Any]:
    free = or_(notice.c.lease_until.is_(None), notice.c.lease_until <= now)
    of_lane = notice.c.lane == lane if lane is not None else notice.c.lane.in_(list(Lane))
    return select(notice.c.id).where(_UNDER_WAY, notice.c.state == "pending", of_lane, notice.c.due_at <= now, free)


def give_back(tx: Connection, notice_ids: Sequence[int], lease_until: datetime) -> None:
    """End the lease of notices that there is no time for, so that others need not wait for it."""
    ours = notice.c.id.in_(notice_ids) & (notice.c.state == "pending") & (notice.c.lease_until == lease_until)
    tx.execute(update(notice).where(in_order(ours)).values(lease_until=None))


def drop_notice(tx: Connection, notice_id: int, reason: str) -> None:
    """End a notice that has lost its sense before it was sent."""
    tx.execute(
        update(notice)
        .where(notice.c.id == notice_id, notice.c.state.in_(("pending", "failed")))
        .values(state=NoticeState.DROPPED, lease_until=None, error=reason)
    )


def note_failed_delivery(tx: Connection, platform_id: int, status: str, now: datetime) -> list[tuple[int, str]]:
    """The platform took a message and could not deliver it (its report): readers and channels that it was for.

    The notice goes back in line for another way, once; a second time it waits for the reader's next message.
    """
    return _take_back(tx, notice.c.platform_id == platform_id, status, now)


def note_failed_notice(
    tx: Connection, openid: str, channel: str, status: str, since: datetime, now: datetime
) -> list[tuple[int, str]]:
    """The same of a message whose sending gave no number: the latest that this reader was sent over the channel."""
    latest = (
        select(func.coalesce(notice.c.bundle_id, notice.c.id))
        .join(reader, reader.c.id == notice.c.reader_id)
        .where(reader.c.openid == openid, notice.c.channel == channel, notice.c.state == "sent")
        .where(notice.c.sent_at >= since)
        .order_by(notice.c.sent_at.desc(), notice.c.id.desc())
        .limit(1)
    )
    found = tx.scalar(latest)
    if found is None:
        return []
    # Not what failed in the same message once and has since been told another way.
    message = (notice.c.bundle_id == found) | ((notice.c.id == found) & notice.c.bundle_id.is_(None))
    return _take_back(tx, message & (notice.c.channel == channel), status, now)


def _take_back(tx: Connection, which: ColumnElement[bool], status: str, now: datetime) -> list[tuple[int, str]]:
    again = notice.c.error == ""
    found = tx.execute(
        update(notice)
        .where(in_order(which & (notice.c.state == "sent")))
        .values(
            state=case((again, NoticeState.PENDING.value), else_=NoticeState.FAILED.value),
            due_at=now,
            error=status[:200],
            sent_at=None,
            platform_id=None,
            bundle_id=None,
        )
        .returning(notice.c.id, notice.c.reader_id, notice.c.channel, notice.c.state)
    ).all()
    ended = [row.id for row in found if row.state == NoticeState.FAILED]
    tx.execute(update(notice).where(notice.c.id.in_(ended)).values(channel=BANNER))
    return [(row.reader_id, row.channel) for row in found]


def mark_lost(tx: Connection, now: datetime) -> int:
    """Mark as `unknown` what is `sending` since its lease ended: the sender died between call and result."""
    dead = (notice.c.state == "sending") & or_(notice.c.lease_until.is_(None), notice.c.lease_until <= now)
    lost = tx.execute(
        update(notice)
        .where(in_order(dead))
        .values(state=NoticeState.UNKNOWN, lease_until=None, error="no result was written")
    )
    return lost.rowcount


LETTER = (
    select(
        notice.c.id,
        notice.c.kind,
        reader.c.openid,
        notice.c.registration_id,
        notice.c.reader_id,
        notice.c.moment,
        notice.c.facts,
        notice.c.created_at,
        notice.c.due_at,
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
    .outerjoin(registration, registration.c.id == notice.c.registration_id)
    .outerjoin(occurrence, occurrence.c.id == registration.c.occurrence_id)
    .outerjoin(event, event.c.id == occurrence.c.event_id)
    .outerjoin(library, library.c.id == event.c.library_id)
    .outerjoin(venue, venue.c.id == occurrence.c.venue_id)
)


_OF_NO_REGISTRATION = {
    "registration_id": 0,
    "registration_status": RegistrationStatus.CONFIRMED,
    "people": 0,
    "short_code": "",
    "number": 0,
    "label": "",
    "all_day": False,
    "date_text": "",
    "occurrence_status": OccurrenceStatus.SCHEDULED,
    "contact": "",
}
"""What a letter to staff has in place of a registration."""


def get_letter(tx: Connection, notice_id: int) -> Letter:
    """Everything that the notice can say, as it is now; raise NoResultFound when there is no such notice."""
    return letter_of(tx.execute(LETTER.where(notice.c.id == notice_id)).mappings().one())


def list_banners(tx: Connection, openid: str, limit: int) -> list[Letter]:
    """Notices that no channel could carry and that wait for this person's next message, oldest first."""
    query = LETTER.where(reader.c.openid == openid, notice.c.state == "failed", notice.c.channel == BANNER)
    return [letter_of(row) for row in tx.execute(query.order_by(notice.c.id).limit(limit)).mappings()]


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
        .outerjoin(registration, registration.c.id == notice.c.registration_id)
        .outerjoin(occurrence, occurrence.c.id == registration.c.occurrence_id)
        .outerjoin(event, event.c.id == occurrence.c.event_id)
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
            state=NoticeState.PENDING,
            attempts=0,
            due_at=now,
            lease_until=None,
            channel="",
            error_code=None,
            error="",
            bundle_id=None,
            platform_id=None,
        )
    )
    return back.rowcount == 1


def count_by_state(tx: Connection) -> dict[str, int]:
    """How many notices are in each state."""
    rows = tx.execute(select(notice.c.state, func.count()).group_by(notice.c.state))
    return {row[0]: row[1] for row in rows}


def letter_of(row: RowMapping | Mapping[str, Any]) -> Letter:
    """A row of `LETTER`."""
    values = dict(row)
    values["kind"] = NoticeKind(values["kind"])
    if values["registration_id"] is None:  # to staff
        values |= {**_OF_NO_REGISTRATION, "title": values["facts"].get("title", "")}
    values["registration_status"] = RegistrationStatus(values["registration_status"])
    values["occurrence_status"] = OccurrenceStatus(values["occurrence_status"])
    return Letter(**values)
