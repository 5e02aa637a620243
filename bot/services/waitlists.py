"""The line in front of a full occurrence: joining it, and giving freed places to those who stand there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.kinds import NoticeKind
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import Registration, WaitlistClosed, Waitlisted
from bot.services.lotteries import set_aside_served
from bot.services.notices import queue_notice
from bot.store import registrations as rows
from bot.store.occurrences import get_occurrence, lock_occurrence
from bot.store.pii import Keys
from bot.store.registrations import NewRegistration


def join_line(
    tx: Connection, facts: OccurrenceFacts, new: NewRegistration, keys: Keys
) -> Waitlisted | WaitlistClosed | None:
    """Stand at the end of the line; None when the reader has an active registration there already.

    The caller holds the occurrence's lock, so nobody joins between counting and joining.
    """
    if not facts.rules.waitlist:
        return WaitlistClosed(0)
    limit = facts.rules.waitlist_limit
    if limit is not None and rows.count_waiting(tx, facts.id) >= limit:
        return WaitlistClosed(limit)
    waiting = rows.add_to_waitlist(tx, new, keys)
    return None if waiting is None else Waitlisted(waiting, rows.place_in_line(tx, waiting))


def promote_waitlist(tx: Connection, occurrence_id: int, now: datetime) -> list[Registration]:
    """Confirm waiting parties in order while they fit, with a notice for each; nobody once it has begun.

    The order is kept: a party that does not fit yet is waited for, nobody overtakes it.
    """
    facts = get_occurrence(tx, occurrence_id)
    if not facts.promotes(now):
        return []
    if facts.seats is not None:
        lock_occurrence(tx, occurrence_id)
    promoted = []
    while (head := _next_in_line(tx, facts, now)) and rows.claim_promotion(tx, head, now):
        queue_notice(
            tx,
            kind=NoticeKind.PROMOTED,
            registration_id=head.id,
            reader_id=head.reader_id,
            moment="promoted",
            facts={},
            due_at=now,
            not_after=facts.starts_at,
            now=now,
        )
        promoted.append(head)
    return promoted


def _next_in_line(tx: Connection, facts: OccurrenceFacts, now: datetime) -> Registration | None:
    """The first who waits; of a lottery set a family gets one place, so others of it leave the line."""
    set_aside_served(tx, facts, now)
    return rows.find_head_of_line(tx, facts.id)
