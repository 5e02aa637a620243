"""The line in front of a full occurrence: joining it, giving freed places to those who stand there, their answers to
offers, and a person's change of the order.

Whoever changes a line or gives a place from it holds the occurrence's lock, as sign-up does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.eligibility import Scope
from bot.domain.kinds import NoticeKind, OccurrenceStatus, RegistrationStatus, may_organise
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import Registration, WaitlistClosed, Waitlisted
from bot.domain.rules import WaitlistFit
from bot.domain.waitlist import (
    MovedInLine,
    MoveNotAllowed,
    MoveOutcome,
    NothingOffered,
    NotInLine,
    OfferDeclined,
    OfferLapsed,
    OfferOfNoUse,
    OfferOutcome,
    OfferTaken,
    ReasonMissing,
    reorder,
)
from bot.services.audit import note_audit
from bot.services.lotteries import set_aside_served
from bot.services.notices import queue_notice
from bot.services.staff import serves
from bot.store import lines
from bot.store import registrations as rows
from bot.store.occurrences import count_seats_left, get_occurrence, lock_occurrence
from bot.store.pii import Keys
from bot.store.readers import StaffMember
from bot.store.registration_details import find_detail_by_code
from bot.store.registrations import NewRegistration

LONGEST_REASON = 200


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
    """Give free seats to waiting parties in order; nobody gets one once the check-in window is open.

    As the rules say, all wait behind a party that does not fit yet, or smaller ones behind it go first; and a place is
    confirmed at once, offered until a moment, or kept for a person to decide. The registrations as they are now.
    """
    lock_occurrence(tx, occurrence_id)
    facts = get_occurrence(tx, occurrence_id)
    if facts.status is OccurrenceStatus.CANCELLED or not facts.promotes(now):
        return []
    if lines.find_head_of_line(tx, occurrence_id) is None:
        return []
    # What is given away now must stay lost to whoever let it lapse, whatever the clock says later.
    _end_lapsed(tx, facts, now)
    rows.expire_held(tx, occurrence_id, now)
    promoted = []
    while (head := _find_next(tx, facts, now)) and (given := _give(tx, facts, head, now)):
        promoted.append(given)
    return promoted


def serve_lines(tx: Connection, now: datetime) -> int:
    """Let every line move: rules have changed, of one event or of many; how many registrations got a place."""
    return _serve(tx, lines.list_occurrences_with_line(tx, now), now)


def serve_free_seats(tx: Connection, now: datetime) -> int:
    """Give away seats that are free while somebody waits, since who stood in front was erased or a clock went back.

    How many registrations got a place. Erasure itself promotes nobody, since no figure may change by it.
    """
    return _serve(tx, lines.list_lines_with_free_seats(tx, now), now)


def _serve(tx: Connection, occurrences: Sequence[int], now: datetime) -> int:
    for occurrence_id in occurrences:  # all of them before any lottery set, whose lock comes after
        lock_occurrence(tx, occurrence_id)
    return sum(len(promote_waitlist(tx, occurrence_id, now)) for occurrence_id in occurrences)


def _find_next(tx: Connection, facts: OccurrenceFacts, now: datetime) -> Registration | None:
    set_aside_served(tx, facts, now)  # of a lottery set a family gets one place, so others of it leave the line
    left = count_seats_left(tx, facts, now)
    if facts.rules.one_per_family:
        lines.lock_promotions(tx, facts.event_id)
    passes = facts.rules.waitlist_fit is WaitlistFit.PASS and left is not None
    while (
        head := lines.find_next_that_fits(tx, facts.id, left or 0) if passes else lines.find_head_of_line(tx, facts.id)
    ):
        would_fit = left is None or head.seats <= left
        broken = lines.find_limit_broken(tx, facts, head, now) if would_fit else None
        if broken is None:
            return head
        _set_aside(tx, facts, head, broken, now)
    return None


def _set_aside(tx: Connection, facts: OccurrenceFacts, head: Registration, broken: Scope, now: datetime) -> None:
    """Take somebody out of the line who would get a second place, and say so: others wait for it."""
    lines.end_waiting(tx, head.id)
    queue_notice(
        tx,
        kind=NoticeKind.OFFER_LAPSED,
        registration_id=head.id,
        reader_id=head.reader_id,
        moment="limit",
        facts={"because": broken.value},
        due_at=now,
        not_after=facts.starts_at,
        now=now,
    )


def _give(tx: Connection, facts: OccurrenceFacts, head: Registration, now: datetime) -> Registration | None:
    """Give seats to the next in line, with a notice; None when they do not suffice."""
    if facts.rules.approval:  # the decision will be told
        kept = lines.claim_promotion(tx, head, now, to=RegistrationStatus.PENDING)
        return replace(head, status=RegistrationStatus.PENDING) if kept else None
    until = facts.offer_until(now)
    if until is None:
        if not lines.claim_promotion(tx, head, now):
            return None
        _tell(tx, facts, head, NoticeKind.PROMOTED, "promoted", now)
        return replace(head, status=RegistrationStatus.CONFIRMED)
    if not lines.claim_promotion(tx, head, now, to=RegistrationStatus.OFFERED, offer_until=until):
        return None
    _tell(tx, facts, head, NoticeKind.OFFERED, _moment("offered", now), now, until=until)
    return replace(head, status=RegistrationStatus.OFFERED)


def _tell(
    tx: Connection,
    facts: OccurrenceFacts,
    registration: Registration,
    kind: NoticeKind,
    moment: str,
    now: datetime,
    until: datetime | None = None,
) -> None:
    queue_notice(
        tx,
        kind=kind,
        registration_id=registration.id,
        reader_id=registration.reader_id,
        moment=moment,
        facts={"until": until.isoformat()} if until else {},
        due_at=now,
        not_after=until or facts.starts_at,
        now=now,
    )


def _moment(what: str, at: datetime) -> str:
    """A second offer to the same registration is a second moment (promise I5)."""
    return f"{what}@{at:%Y%m%dT%H%M%S%f}"


# --- offers ----------------------------------------------------------------------------------------------------------


def accept_offer(tx: Connection, occurrence_id: int, reader_id: int, now: datetime) -> OfferOutcome:
    """Confirm the place that was offered to a reader, while the offer lasts."""
    lock_occurrence(tx, occurrence_id)
    offered = rows.find_active(tx, occurrence_id, reader_id)
    if offered is None or offered.status is not RegistrationStatus.OFFERED:
        return _why_nothing(tx, occurrence_id, reader_id, offered, now)
    if get_occurrence(tx, occurrence_id).status is OccurrenceStatus.CANCELLED:
        return OfferOfNoUse()
    if lines.claim_offer(tx, offered, now):
        return OfferTaken(replace(offered, status=RegistrationStatus.CONFIRMED))
    lines.end_offer(tx, offered.id)  # the answer tells it, so no notice does
    promote_waitlist(tx, occurrence_id, now)
    return OfferLapsed()


def decline_offer(tx: Connection, occurrence_id: int, reader_id: int, now: datetime) -> OfferOutcome:
    """Give an offered place to the next in line."""
    lock_occurrence(tx, occurrence_id)
    offered = rows.find_active(tx, occurrence_id, reader_id)
    if offered is None or offered.status is not RegistrationStatus.OFFERED:
        return _why_nothing(tx, occurrence_id, reader_id, offered, now)
    if not lines.claim_decline(tx, offered.id, now):
        return NothingOffered(None)
    promote_waitlist(tx, occurrence_id, now)
    return OfferDeclined(replace(offered, status=RegistrationStatus.DECLINED))


def _why_nothing(
    tx: Connection, occurrence_id: int, reader_id: int, present: Registration | None, now: datetime
) -> OfferOutcome:
    lapsed = present is None and lines.find_lapsed_offer(tx, reader_id, now) == occurrence_id
    return OfferLapsed() if lapsed else NothingOffered(present)


def end_lapsed_offer(tx: Connection, offered: Registration, now: datetime) -> bool:
    """End an offer whose time is over, because its reader asks for a place again; whether it was one.

    The caller holds the occurrence's lock.
    """
    if offered.status is not RegistrationStatus.OFFERED or lines.get_offer_until(tx, offered.id) > now:
        return False
    lines.end_offer(tx, offered.id)
    promote_waitlist(tx, offered.occurrence_id, now)
    return True


def expire_offers(tx: Connection, now: datetime) -> int:
    """End offers that were not answered in time, tell their readers, and offer the places to the next in line.

    How many there were.
    """
    ended = 0
    occurrences = lines.list_occurrences_with_lapsed_offers(tx, now)
    for occurrence_id in occurrences:  # all of them before any lottery set, whose lock comes after
        lock_occurrence(tx, occurrence_id)
    for occurrence_id in occurrences:
        ended += _end_lapsed(tx, get_occurrence(tx, occurrence_id), now)
        promote_waitlist(tx, occurrence_id, now)
    return ended


def _end_lapsed(tx: Connection, facts: OccurrenceFacts, now: datetime) -> int:
    lapsed = lines.expire_offers(tx, facts.id, now)
    for offer in lapsed:
        _tell(tx, facts, offer.registration, NoticeKind.OFFER_LAPSED, _moment("lapsed", offer.until), now)
    return len(lapsed)


# --- a person's hand -------------------------------------------------------------------------------------------------


def move_in_line(tx: Connection, member: StaffMember, code: str, place: int, reason: str, now: datetime) -> MoveOutcome:
    """Let somebody stand elsewhere in the line, with the reason in the audit (promise I10). Nobody is told."""
    detail = find_detail_by_code(tx, code)
    if detail is None or detail.registration.status is not RegistrationStatus.WAITLISTED:
        return NotInLine()
    facts, waiting = detail.facts, detail.registration
    if not (may_organise(member.role) and serves(tx, member, facts)):
        return MoveNotAllowed()
    if not reason.strip():
        return ReasonMissing()
    lock_occurrence(tx, facts.id)
    line = lines.list_line(tx, facts.id)
    before = next((at for at, entry in enumerate(line, 1) if entry.id == waiting.id), None)
    if before is None:
        return NotInLine()
    after = min(max(place, 1), len(line))
    changed = reorder(line, waiting.id, after)
    if changed:
        lines.save_order(tx, changed)
    detail_of_move = {"from": before, "to": after, "reason": reason.strip()[:LONGEST_REASON]}
    note_audit(tx, f"staff:{member.id}", "move_in_line", f"registration:{waiting.id}", detail_of_move, now)
    served = any(given.id == waiting.id for given in promote_waitlist(tx, facts.id, now))
    return MovedInLine(facts, before, after, served)
