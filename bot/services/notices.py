"""Notices: queued in the transaction of what they report, made for reminders by looking at the database, and decided
about one last time just before they are sent (promise I5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping

from bot.domain.kinds import NoticeKind
from bot.domain.notice import (
    BUNDLED_WITHIN,
    MADE_AHEAD,
    MAX_BUNDLE,
    Letter,
    effective_start,
    find_drop_reason,
    find_due_reminders,
    find_later_moment,
)
from bot.domain.quiet import QuietHours
from bot.services.audit import note_audit
from bot.store import outbox, outbox_bundles
from bot.texts.notices import word_in_short

LEASE = timedelta(seconds=120)
"""How long claimed notices wait for their turn. One that is reached too late is left to others."""

SENDING = timedelta(seconds=240)
"""Longer than the slowest letter takes (every way, each with a new token and all timeouts), so that
a notice is taken for lost only when its sender has died: a person who sends it again would tell the reader twice.
"""

MAX_BANNERS = 3


class NotResendableError(Exception):
    """The notice is neither failed nor of unknown outcome."""


def queue_notice(
    tx: Connection,
    *,
    kind: NoticeKind,
    registration_id: int,
    reader_id: int,
    moment: str,
    facts: Mapping[str, str],
    due_at: datetime,
    not_after: datetime | None,
    now: datetime,
) -> bool:
    """Put a notice in the outbox; False when this (kind, registration, moment) exists already.

    `moment` (at most 32 characters) is what makes it one of its kind; `facts` hold no personal data and no sentence.
    """
    row = {
        "kind": kind,
        "registration_id": registration_id,
        "reader_id": reader_id,
        "moment": moment,
        "facts": dict(facts),
        "due_at": due_at,
        "not_after": not_after,
        "created_at": now,
    }
    return outbox.add_notice(tx, row)


def queue_notices(
    tx: Connection,
    kind: NoticeKind,
    told: Sequence[tuple[int, int, Mapping[str, str]]],
    *,
    moment: str,
    not_after: datetime | None,
    now: datetime,
) -> None:
    """The same for many at once: registration, reader and facts of each."""
    same = {"kind": kind, "moment": moment, "due_at": now, "not_after": not_after, "created_at": now}
    rows = [
        {"registration_id": registration_id, "reader_id": reader_id, "facts": dict(facts), **same}
        for registration_id, reader_id, facts in told
    ]
    outbox.add_notices(tx, rows)


def list_missing_reminders(
    tx: Connection, offsets: Sequence[float], now: datetime, quiet: QuietHours | None = None
) -> list[tuple[int, datetime, bool]]:
    """Occurrences (id, start, all day) with a reminder due by the coming hour that somebody has not got; changes
    nothing.
    """
    if not offsets:
        return []
    missing = []
    for occurrence_id, starts_at, all_day in outbox.list_starting_between(tx, *_span(offsets, now, quiet)):
        due = find_due_reminders(starts_at, offsets, now, all_day=all_day, quiet=quiet)
        if any(outbox.lacks_reminder(tx, occurrence_id, each.moment(starts_at), each) for each in due):
            missing.append((occurrence_id, starts_at, all_day))
    return missing


def _span(offsets: Sequence[float], now: datetime, quiet: QuietHours | None) -> tuple[datetime, datetime]:
    # A day earlier, since what lasts all day starts at midnight but is counted from the morning. A day later, since
    # quiet hours may move a reminder to the evening before.
    ahead = MADE_AHEAD + (timedelta(days=1) if quiet else timedelta())
    return now - timedelta(days=1), now + timedelta(hours=max(offsets)) + ahead


def queue_reminders(
    tx: Connection,
    occurrence_id: int,
    starts_at: datetime,
    offsets: Sequence[float],
    now: datetime,
    *,
    all_day: bool,
    quiet: QuietHours | None = None,
) -> int:
    """Queue the reminders of an occurrence up to the coming hour; how many rows were new. A second run adds none."""
    start, queued = effective_start(starts_at, all_day=all_day), 0
    for due in find_due_reminders(starts_at, offsets, now, all_day=all_day, quiet=quiet):
        facts = {"hours": f"{due.hours_before(start):g}"}
        queued += outbox.add_reminders(tx, occurrence_id, due.moment(starts_at), due, facts, now)
    return queued


def claim_letters(
    tx: Connection, notice_id: int, lease_until: datetime, now: datetime, quiet: QuietHours | None = None
) -> list[Letter]:
    """Take a leased notice for sending after a last look at the facts, with the reminders that go in its message.

    [] when it is dropped, put off to the end of the quiet hours, or not ours. The first one leads: its id is the
    bundle. All are `sending`; commit before calling the platform.
    """
    letter = outbox.get_letter(tx, notice_id)
    reason = find_drop_reason(letter, now)
    if reason is not None:
        outbox.drop_notice(tx, notice_id, reason)
        return []
    later = find_later_moment(letter, quiet, now)
    if later is not None:
        outbox_bundles.postpone(tx, notice_id, lease_until, later)
        return []
    bundled = letter.kind is NoticeKind.REMINDER
    others = outbox_bundles.lock_reminders(tx, letter.reader_id, letter.due_at + BUNDLED_WITHIN) if bundled else []
    if not outbox.start_sending(tx, notice_id, lease_until, now, SENDING):
        return []
    return [letter, *_take_along(tx, letter, [each for each in others if each != notice_id], now)]


def _take_along(tx: Connection, leader: Letter, others: Sequence[int], now: datetime) -> list[Letter]:
    """Those that join the leader's message: each still makes sense, and no place is told of twice."""
    joined: list[Letter] = []
    told = {leader.registration_id}
    for notice_id in others:
        if len(joined) + 1 == MAX_BUNDLE:
            break
        letter = outbox.get_letter(tx, notice_id)
        # One that has lost its sense is dropped when it is due itself: reminders may be switched on again till then.
        if letter.registration_id in told or find_drop_reason(letter, now) is not None:
            continue
        if letter.undelivered_by != leader.undelivered_by:  # each has another way left
            continue
        if outbox_bundles.join_bundle(tx, notice_id, leader.id, now, SENDING):
            joined.append(letter)
            told.add(letter.registration_id)
    return joined


def take_banner(tx: Connection, openid: str, room: int, now: datetime) -> list[str]:
    """The lines to show at the head of this person's next answer, within `room` UTF-8 bytes; they count as sent."""
    lines: list[str] = []
    for letter in outbox.list_banners(tx, openid, MAX_BANNERS):
        reason = find_drop_reason(letter, now)
        if reason is not None:
            outbox.drop_notice(tx, letter.id, reason)
            continue
        line = word_in_short(letter)
        room -= len(line.encode()) + 1
        if room < 0:
            break
        if outbox.mark_shown(tx, letter.id, now):
            lines.append(line)
    return lines


def list_failed_notices(tx: Connection, limit: int = 200) -> Sequence[RowMapping]:
    """Failed notices and those of unknown outcome, newest first, for a person to decide about."""
    return outbox.list_unsent(tx, limit)


def count_unsent_notices(tx: Connection, library_id: int | None, now: datetime) -> int:
    """How many notices did not reach their readers, or nobody knows, and could still be of use to them."""
    return outbox.count_unsent(tx, library_id, now)


def resend_notice(tx: Connection, notice_id: int, actor: str, now: datetime) -> None:
    """Send a failed or unknown notice again because a person said so; the decision leaves an audit row.

    Raise NotResendableError when the notice is in another state. `actor` is `staff:ID` or `command`.
    """
    if not outbox.requeue(tx, notice_id, now):
        raise NotResendableError(f"notice {notice_id} is neither failed nor of unknown outcome")
    note_audit(tx, actor, "resend_notice", f"notice:{notice_id}", {}, now)
