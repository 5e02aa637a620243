"""What goes out in one message: the notices of a bundle are flipped to `sending`, and settled, together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select, update

from bot.domain.kinds import NoticeKind, NoticeState
from bot.store.tables import notice


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an attempt. `due_at` is the next try of a notice that goes back to `pending`."""

    state: NoticeState
    channel: str = ""
    error_code: int | None = None
    error: str = ""
    due_at: datetime | None = None
    platform_id: int | None = None
    counts: bool = True
    """Whether it used up one of the few attempts: what never left does not."""


def lock_reminders(tx: Connection, reader_id: int, until: datetime) -> list[int]:
    """Lock this reader's pending reminders that are due by `until`; ids, oldest due first.

    Locked in the order of their ids, whoever leads, so that two senders never wait for each other; the second one finds
    those that the first has taken no longer pending.
    """
    rows = tx.execute(reminders_of(reader_id, until).with_for_update())
    return [row.id for row in sorted(rows, key=lambda row: (row.due_at, row.id))]


def reminders_of(reader_id: int, until: datetime) -> Select[tuple[int, datetime]]:
    """The pending reminders of a reader that are due by `until`, by id."""
    return (
        select(notice.c.id, notice.c.due_at)
        .where(
            notice.c.reader_id == reader_id,
            notice.c.kind == NoticeKind.REMINDER,
            notice.c.state == "pending",
            notice.c.due_at <= until,
        )
        .order_by(notice.c.id)
    )


def start_sending(tx: Connection, notice_id: int, lease_until: datetime, now: datetime, lease: timedelta) -> bool:
    """Flip a notice to `sending` under a new lease; False when it is no longer ours. Commit before the call.

    A lease that has ended counts as lost though nobody else has the notice yet: it would have no time left for the
    call, and be taken for dead in the middle of it.
    """
    still_ours = (notice.c.lease_until == lease_until) & (notice.c.lease_until > now)
    flipped = tx.execute(
        update(notice)
        .where(notice.c.id == notice_id, notice.c.state == "pending", still_ours)
        .values(state=NoticeState.SENDING, attempts=notice.c.attempts + 1, lease_until=now + lease, bundle_id=notice_id)
    )
    return flipped.rowcount == 1


def join_bundle(tx: Connection, notice_id: int, leader_id: int, now: datetime, lease: timedelta) -> bool:
    """Flip another notice to `sending` with its leader, whoever had leased it: who did finds it gone."""
    flipped = tx.execute(
        update(notice)
        .where(notice.c.id == notice_id, notice.c.state == "pending")
        .values(state=NoticeState.SENDING, attempts=notice.c.attempts + 1, lease_until=now + lease, bundle_id=leader_id)
    )
    return flipped.rowcount == 1


def postpone(tx: Connection, notice_id: int, lease_until: datetime, due_at: datetime) -> None:
    """Put a leased notice off; the attempt does not count."""
    tx.execute(
        update(notice)
        .where(notice.c.id == notice_id, notice.c.state == "pending", notice.c.lease_until == lease_until)
        .values(due_at=due_at, lease_until=None)
    )


def settle_bundle(tx: Connection, notice_ids: Sequence[int], outcome: Settled, now: datetime) -> bool:
    """Write what became of one message for all notices in it; False when somebody else has settled any of them."""
    values: dict[str, Any] = {
        "state": outcome.state,
        "channel": outcome.channel,
        "error_code": outcome.error_code,
        "error": outcome.error[:200],
        "lease_until": None,
        "sent_at": now if outcome.state is NoticeState.SENT else None,
        "platform_id": outcome.platform_id,
    }
    if outcome.state is NoticeState.PENDING:
        values["bundle_id"] = None
    if not outcome.counts:
        values["attempts"] = notice.c.attempts - 1
    if outcome.due_at is not None:
        values["due_at"] = outcome.due_at
    ours = notice.c.id.in_(notice_ids) & (notice.c.state == "sending")
    settled = tx.execute(update(notice).where(in_order(ours)).values(values))
    return settled.rowcount == len(notice_ids)


def in_order(which: ColumnElement[bool]) -> ColumnElement[bool]:
    """These notices, locked in the order of their ids before any is changed: as `lock_reminders` takes them, or each
    of two transactions could wait for the other.
    """
    return notice.c.id.in_(select(notice.c.id).where(which).order_by(notice.c.id).with_for_update().scalar_subquery())
