"""Settling who came and who did not, and what follows from it. The readers are told in the same transaction.

Who is absent is counted as in the summary: confirmed places of held occurrences without a valid check-in. Three kinds
of absence are counted there and held against nobody: at a door where nobody at all was counted, since it was not
staffed; of readers who were erased; and under rules that know no consequence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain import standing as rules_of_standing
from bot.domain.kinds import MarkKind, NoticeKind, OccurrenceStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.rules import DEFAULTS, Rules, StandingPolicy
from bot.domain.standing import Consequence, Mark, Standing
from bot.services.audit import note_audit
from bot.services.notices import queue_notice
from bot.store import standing as rows
from bot.store.history import find_suspension, lock_reader
from bot.store.occurrences import count_attendance, get_occurrence


@dataclass(frozen=True, slots=True)
class Decider:
    """Who takes a mark back or lifts a suspension: `actor` as in the audit (`staff:ID`, `command`, `task`)."""

    actor: str
    staff_id: int | None = None


BY_RECORDS = Decider("task")
"""No person: the check-in records say otherwise."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling an occurrence came to: places looked at, marks against readers, suspensions that followed."""

    places: int = 0
    against: int = 0
    suspended: int = 0


def list_due(tx: Connection, now: datetime) -> list[int]:
    """Occurrences to settle now; changes nothing.

    A door at which nobody was counted is waited for: its phones may sync within days. Then it is settled as unstaffed.
    """
    after, before = now - rules_of_standing.SETTLE_WITHIN, now - rules_of_standing.SETTLE_AFTER
    waited_for = now - rules_of_standing.LOOK_AGAIN
    unsettled = rows.list_unsettled(tx, after, before)
    return [each.occurrence_id for each in unsettled if each.staffed or each.ended_at <= waited_for]


def settle_occurrence(tx: Connection, occurrence_id: int, now: datetime) -> Settled:
    """Settle the places of an occurrence that is over, once: a second worker and a second run find nothing to do."""
    facts = get_occurrence(tx, occurrence_id)
    due = rules_of_standing.settles_at(facts)
    if due is None or now < due or facts.status is OccurrenceStatus.CANCELLED:
        return Settled()
    rows.lock_readers_of(tx, occurrence_id)
    claimed = rows.claim_settling(tx, occurrence_id, now)
    seen = count_attendance(tx, occurrence_id)
    if not claimed or not (seen.came or seen.walk_ins):
        return Settled(len(claimed))
    judged = _judge_places(facts, rows.list_places(tx, occurrence_id), claimed)
    rows.add_marks(tx, [_row(facts, place, kind, points) for place, kind, points in judged])
    against = {place.registration_id: place for place, kind, _ in judged if kind is not MarkKind.ATTENDED}
    suspended = _follow_up(tx, facts, sorted({place.reader_id for place in against.values()}), now)
    return Settled(len(claimed), len(against), suspended)


def _judge_places(
    facts: OccurrenceFacts, places: Sequence[rows.Place], claimed: frozenset[int]
) -> list[tuple[rows.Place, MarkKind, int]]:
    """What each place did to its reader's standing, where the policy counts it. Who came after all, having given a
    first place back late, cost nobody anything; who gave back several times is marked for the last.
    """
    stayed = {place.reader_id for place in places if not place.cancelled_late}
    last_given_back = {place.reader_id: place.registration_id for place in places if place.cancelled_late}
    judged = []
    for place in places:
        if place.registration_id not in claimed or not place.is_known:
            continue
        if place.cancelled_late and (
            place.reader_id in stayed or last_given_back[place.reader_id] != place.registration_id
        ):
            continue
        kind = rules_of_standing.judge(facts, place.came_at, cancelled_late=place.cancelled_late)
        points = rules_of_standing.find_points(kind, facts.rules)
        if points is not None:
            judged.append((place, kind, points))
    return judged


def _row(facts: OccurrenceFacts, place: rows.Place, kind: MarkKind, points: int) -> dict[str, object]:
    ids = {"reader_id": place.reader_id, "registration_id": place.registration_id}
    return {**ids, "kind": kind.value, "points": points, "at": facts.ends_at or facts.starts_at}


def _follow_up(tx: Connection, facts: OccurrenceFacts, reader_ids: Sequence[int], now: datetime) -> int:
    """Suspend whom the new marks make due, and tell everybody what was noted; how many were suspended."""
    counting = _counting_marks(tx, reader_ids)
    suspended = 0
    for reader_id in reader_ids:
        marks = counting.get(reader_id, [])
        newest = next((each for each in marks if each.occurrence_id == facts.id and each.is_against), None)
        if newest is None:
            continue
        cause = rules_of_standing.find_consequence(marks, newest, facts.rules)
        code = rows.add_suspension(tx, reader_id, cause) if cause else None
        if cause and code:
            suspended += 1
            note_audit(tx, "task", "suspend", f"suspension:{code}", {"policy": cause.policy.value}, now)
            _tell_suspended(tx, reader_id, cause, code, now)
        elif newest.kind is MarkKind.NO_SHOW:
            _tell_no_show(tx, newest, marks, facts.rules, now)
    return suspended


def _counting_marks(tx: Connection, reader_ids: Sequence[int]) -> dict[int, list[Mark]]:
    """Marks that stand and that no suspension has used up, by reader, newest first."""
    used = {mark_id for each in rows.list_suspensions(tx, reader_ids) for mark_id in each.marks}
    found: dict[int, list[Mark]] = {}
    for each in rows.list_marks(tx, reader_ids):
        if each.id not in used:
            found.setdefault(each.reader_id, []).append(each)
    return found


def _tell_no_show(tx: Connection, newest: Mark, marks: Sequence[Mark], rules: Rules, now: datetime) -> None:
    tally = rules_of_standing.tally_of(marks, rules, newest.at)
    facts = {"policy": tally.policy.value, "limit": f"{tally.limit}", "window_days": f"{tally.window_days}"}
    if tally.policy is StandingPolicy.BAN:
        facts["times"] = f"{tally.stands}"
    else:
        facts |= {"points": f"{-newest.points}", "left": f"{tally.stands}"}
    due_at = rules_of_standing.telling_time(now)
    queue_notice(
        tx,
        kind=NoticeKind.NO_SHOW,
        registration_id=newest.registration_id,
        reader_id=newest.reader_id,
        moment="no_show",
        facts=facts,
        due_at=due_at,
        not_after=due_at + rules_of_standing.TELL_WITHIN,
        now=now,
    )


def _tell_suspended(tx: Connection, reader_id: int, cause: Consequence, code: str, now: datetime) -> None:
    """In place of the notice of the last no-show: it says all that that one would."""
    queue_notice(
        tx,
        kind=NoticeKind.SUSPENDED,
        registration_id=cause.straw.registration_id,
        reader_id=reader_id,
        moment=f"suspended {code}",
        facts={
            "policy": cause.policy.value,
            "until": cause.ends_at.isoformat(),
            "code": code,
            "limit": f"{cause.limit}",
            "window_days": f"{cause.window_days}",
            "counted": "\n".join(cause.counted),
        },
        due_at=rules_of_standing.telling_time(now),
        not_after=cause.ends_at,
        now=now,
    )


# --- taking back -----------------------------------------------------------------------------------------------------


def list_mistaken(tx: Connection, now: datetime) -> list[int]:
    """Registrations of the last days whose mark the records contradict by now; changes nothing."""
    return rows.list_mistaken(tx, now - rules_of_standing.LOOK_AGAIN)


def void_if_came(tx: Connection, registration_id: int, now: datetime) -> bool:
    """Take back the marks of a registration that the records contradict: a check-in was synced late or corrected, or
    the library called the occurrence off. A suspension that rested on them ends. Whether anything was taken back.
    """
    reader_id = rows.find_reader_of(tx, registration_id)
    lock_reader(tx, reader_id)
    marks = rows.list_marks_of_registration(tx, registration_id)
    if not marks:
        return False
    facts = get_occurrence(tx, marks[0].occurrence_id)
    came_at = rows.find_came_at(tx, registration_id)
    called_off = facts.status is OccurrenceStatus.CANCELLED
    wrong = [each for each in marks if each.is_against and (called_off or (each.kind is MarkKind.NO_SHOW and came_at))]
    if not wrong:
        return False
    for suspension in take_back(tx, wrong, BY_RECORDS, "", now):
        straw = rows.find_registration_of(tx, suspension.marks[0])
        tell_answer(tx, straw, reader_id, {"lifted": "yes", "because": "records"}, suspension.code, now)
    kind = rules_of_standing.judge(facts, came_at, cancelled_late=False)
    points = rules_of_standing.find_points(kind, facts.rules)
    if came_at is not None and not called_off and points is not None:
        place = rows.Place(registration_id, reader_id, True, False, came_at)
        rows.add_marks(tx, [_row(facts, place, kind, points)])
    return True


def take_back(
    tx: Connection, marks: Sequence[Mark], decider: Decider, reason: str, now: datetime
) -> list[rows.SuspensionRow]:
    """Void marks of one reader, whose row the caller has locked, and lift what no longer follows from the rest.

    Notices that nobody has read yet are dropped. The other marks of a lifted suspension count again, for what may
    follow from them. The suspensions whose end the reader has to be told of.
    """
    ids = {each.id for each in marks}
    rows.void_marks(tx, ids, reason, now)
    for each in marks:
        subject, detail = f"registration:{each.registration_id}", {"kind": each.kind.value}
        note_audit(tx, decider.actor, "void_mark", subject, detail, now)
        rows.drop_notices(tx, each.registration_id, NoticeKind.NO_SHOW)
    lifted = []
    for suspension in rows.list_suspensions(tx, {each.reader_id for each in marks}):
        left = rows.list_marks_by_id(tx, suspension.marks)
        if ids.isdisjoint(suspension.marks) or rules_of_standing.still_follows(
            suspension.policy, left, suspension.limit, suspension.day_cap
        ):
            continue
        if lift(tx, suspension, decider, reason, now) and suspension.ends_at > now:
            lifted.append(suspension)
    return lifted


def lift(tx: Connection, suspension: rows.SuspensionRow, decider: Decider, reason: str, now: datetime) -> bool:
    """End a suspension; False when it was lifted before, or when the reader was never told of it."""
    if not rows.claim_lift(tx, suspension.code, decider.staff_id, reason, now):
        return False
    note_audit(tx, decider.actor, "lift_suspension", f"suspension:{suspension.code}", {}, now)
    return not rows.drop_notices(tx, rows.find_registration_of(tx, suspension.marks[0]), NoticeKind.SUSPENDED)


def tell_answer(
    tx: Connection, registration_id: int, reader_id: int, facts: dict[str, str], code: str, now: datetime
) -> None:
    """Queue what was decided about a suspension or a mark."""
    queue_notice(
        tx,
        kind=NoticeKind.APPEAL_ANSWERED,
        registration_id=registration_id,
        reader_id=reader_id,
        moment=f"{code} {now:%Y%m%dT%H%M%S}",
        facts=facts,
        due_at=rules_of_standing.telling_time(now),
        not_after=None,
        now=now,
    )


# --- looking ---------------------------------------------------------------------------------------------------------


def find_standing(tx: Connection, reader_id: int, now: datetime) -> Standing:
    """Everything that is held about a reader's standing."""
    counting = _counting_marks(tx, [reader_id]).get(reader_id, [])
    tallies = []
    for policy in (StandingPolicy.BAN, StandingPolicy.POINTS):
        newest = next((each for each in counting if bool(each.points) is (policy is StandingPolicy.POINTS)), None)
        if newest is not None:
            rules = get_occurrence(tx, newest.occurrence_id).rules
            if rules.standing is policy:
                tallies.append(rules_of_standing.tally_of(counting, rules, now))
    return Standing(tuple(rows.list_marks(tx, [reader_id])), find_suspension(tx, reader_id, now), tuple(tallies))


# --- keeping no more than needed -------------------------------------------------------------------------------------


def strip_standing(tx: Connection, now: datetime) -> tuple[int, int]:
    """Delete marks that no rule looks back to any more, and suspensions that are over (library-domain P11); how many.

    Figures are counted from registrations and check-ins, so none of them changes.
    """
    longest = max((rules.ban_window_days for rules in rows.list_rules(tx)), default=DEFAULTS.ban_window_days)
    gone = rows.delete_old(tx, now - timedelta(days=longest), now)
    if gone != (0, 0):
        note_audit(tx, "task", "retention", "standing", {"marks": gone[0], "suspensions": gone[1]}, now)
    return gone


def forget_standing(tx: Connection, reader_id: int) -> None:
    """Delete a reader's marks and suspensions: they say something of a person, and no figure rests on them."""
    rows.forget(tx, reader_id)
