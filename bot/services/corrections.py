"""Corrections of recorded figures: by managers at any time, by organisers of the library until the freeze.

Rows of devices keep what the devices sent (promise I6): a head count is corrected by taking the row back and letting
another stand in its place. Every correction leaves its own row and one in the audit, in the same transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.closing import FiguresFrozen, NotCorrecting
from bot.domain.correction import (
    CorrectionOutcome,
    MorePeopleThanParty,
    NoParty,
    NoSuchTally,
    OtherFigure,
    OutOfRange,
    PartsStand,
    PeopleCorrected,
    ReasonNeeded,
    SameAsBefore,
    SeveralTallies,
    Subject,
    TallyCorrected,
    plan_walk_ins,
)
from bot.domain.door import MOST_PEOPLE, Stamp
from bot.domain.kinds import Door, ScanResult, may_correct, may_organise
from bot.domain.measure import Quantity
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.tally import TallyFacts
from bot.domain.tally_words import find_difference
from bot.domain.ticket import read_short_code
from bot.services.audit import note_audit
from bot.services.closing import ensure_open
from bot.services.presence import recount
from bot.store import corrections as store
from bot.store.checkins import Scan, add_admission
from bot.store.door import find_counted, find_last_counted, list_standing, undo_larger
from bot.store.occurrences import find_occurrence, lock_occurrence
from bot.store.readers import StaffMember
from bot.store.registration_details import find_detail_by_code
from bot.store.tallies import get_tally, list_parts
from bot.texts.metrics import metric_of, usual_unit, words


def correct_walk_ins(
    tx: Connection, member: StaffMember, facts: OccurrenceFacts, old: int, new: int, reason: str, now: datetime
) -> CorrectionOutcome:
    """Let walk-ins at an occurrence that were noted as `old`, in one row or together, be `new`."""
    refused = _why_not(tx, member, facts.campaign_id, facts.library_id, reason)
    if refused is not None:
        return refused
    if not 0 <= new <= MOST_PEOPLE:
        return OutOfRange(MOST_PEOPLE)
    if old == new:
        return SameAsBefore()
    lock_occurrence(tx, facts.id)
    rows = store.list_walk_ins(tx, facts.id)
    changes = plan_walk_ins(rows, old, new)
    if changes is None:
        return OtherFigure(facts, tuple(row.people for row in rows))
    for change in changes:
        stands = store.replace_walk_ins(tx, change, member.id, now)
        said = (str(change.row.people), str(change.people))
        _note(tx, member, Subject.WALK_IN, stands, "people", said, reason, now, {"occurrence": facts.id})
    return PeopleCorrected(Subject.WALK_IN, facts, old, new)


def correct_check_in(
    tx: Connection, member: StaffMember, code: str, old: int | None, new: int, reason: str, now: datetime
) -> CorrectionOutcome:
    """Let another number of a party have come; none of it takes the check-in back."""
    typed = read_short_code(code)
    detail = find_detail_by_code(tx, typed) if typed else None
    party = find_last_counted(tx, detail.registration.id) if detail else None
    facts = find_occurrence(tx, party.occurrence_id) if party else None
    if detail is None or party is None or facts is None:
        return NoParty()
    refused = _why_not(tx, member, facts.campaign_id, facts.library_id, reason)
    if refused is not None:
        return refused
    if not 0 <= new <= detail.registration.party.people:
        return MorePeopleThanParty(detail.registration.party.people)
    lock_occurrence(tx, facts.id)
    before = find_counted(tx, party)
    if before is None:
        return NoParty()
    if old is not None and before.people != old:
        return OtherFigure(facts, (before.people,))
    if before.people == new:
        return SameAsBefore()
    undo_larger(tx, party, new, now)
    if new and all(row.people != new for row in list_standing(tx, party)):
        # At the moment at which they came, since the day of a figure is that of the check-in.
        stamp = Stamp(f"corrected-{secrets.token_hex(12)}", "", before.at)
        scan = Scan(facts.id, detail.registration.id, new, ScanResult.OK, Door.SHORT_CODE, member.id, now, stamp)
        add_admission(tx, scan, None, forced=True)
    recount(tx, party)
    said = (str(before.people), str(new))
    _note(tx, member, Subject.CHECK_IN, detail.registration.id, "people", said, reason, now, {"occurrence": facts.id})
    return PeopleCorrected(Subject.CHECK_IN, facts, before.people, new, detail.registration.short_code)


def correct_tally(
    tx: Connection,
    member: StaffMember,
    campaign_id: int,
    thing: str,
    old: Quantity,
    new: Quantity,
    reason: str,
    now: datetime,
    *,
    part: str = "",
    number: int | None = None,
) -> CorrectionOutcome:
    """Let a noted quantity be another one. `number`: of the occurrence, needed only when several are alike."""
    metric, tier = metric_of(thing)
    refused = _why_not(tx, member, campaign_id, None, reason)
    if refused is not None:
        return refused
    all_noted = [
        (facts, at)
        for facts, at in store.list_like(tx, campaign_id, metric)
        if _is_theirs(member, facts.library_id) and number in (None, at)
    ]
    like = [(facts, at) for facts, at in all_noted if _is_like(facts, old, part or tier)]
    if not like:
        return NoSuchTally(metric, tuple((facts.quantity, at) for facts, at in all_noted))
    if len(like) > 1:
        return SeveralTallies(metric, tuple(sorted({at for _, at in like if at is not None})))
    ((facts, at),) = like
    new = new if new.unit else Quantity(new.number, facts.unit or usual_unit(metric), new.exactness, new.approx_word)
    if new == facts.quantity:
        return SameAsBefore()
    differ = find_difference(new, [each.quantity for each in list_parts(tx, facts.id)])
    if differ is not None:
        return PartsStand(metric, differ)
    if not _change_tally(tx, member, facts, new, reason, now):  # somebody corrected it a moment ago
        return NoSuchTally(metric, ())
    total = _follow(tx, member, facts, new, reason, now)
    return TallyCorrected(facts.id, campaign_id, metric, facts.part, facts.quantity, new, at, total)


def _change_tally(
    tx: Connection, member: StaffMember, facts: TallyFacts, new: Quantity, reason: str, now: datetime
) -> bool:
    values = {"number": new.number, "unit": new.unit, "exactness": new.exactness.value, "written": words(new)}
    if not store.claim_tally(tx, facts, values):
        return False
    said = (words(facts.quantity), words(new))
    _note(tx, member, Subject.TALLY, facts.id, facts.metric, said, reason, now, {"campaign": facts.campaign_id})
    return True


def _follow(
    tx: Connection, member: StaffMember, part: TallyFacts, new: Quantity, reason: str, now: datetime
) -> tuple[Quantity, Quantity] | None:
    """Let the exact total of a corrected part be what its parts make now: before and after; None when it still is."""
    if part.parent_id is None:
        return None
    whole = get_tally(tx, part.parent_id)
    differ = find_difference(whole.quantity, [each.quantity for each in list_parts(tx, whole.id)])
    if differ is None or part.number is None or new.number is None or whole.number is None:
        return None
    becomes = replace(whole.quantity, number=whole.number + new.number - part.number)
    return (whole.quantity, becomes) if _change_tally(tx, member, whole, becomes, reason, now) else None


def _is_like(facts: TallyFacts, old: Quantity, part: str) -> bool:
    """Whether a tally is the one that was meant: by its number, and by the measure word and title where they are said.

    How exact it was noted need not be typed again.
    """
    same_unit = not old.unit or old.unit == facts.unit
    same_part = not part or part == facts.part
    return facts.number == old.number and same_part and (same_unit or old.number is None)


def _why_not(
    tx: Connection, member: StaffMember, campaign_id: int, library_id: int | None, reason: str
) -> NotCorrecting | FiguresFrozen | ReasonNeeded | None:
    """Why this person corrects nothing here. Takes the campaign's lock, before all others."""
    if not may_organise(member.role) or (library_id is not None and not _is_theirs(member, library_id)):
        return NotCorrecting()
    frozen = ensure_open(tx, campaign_id, member)
    if frozen is not None:
        return frozen
    return None if reason.strip() else ReasonNeeded()


def _is_theirs(member: StaffMember, library_id: int | None) -> bool:
    return may_correct(member.role) or member.library_id is None or member.library_id == library_id


def _note(
    tx: Connection,
    member: StaffMember,
    subject: Subject,
    subject_id: int,
    field: str,
    said: tuple[str, str],
    reason: str,
    now: datetime,
    where: Mapping[str, object],
) -> None:
    """The correction's own row, and the audit's (promise I10)."""
    old, new = said
    store.add_correction(
        tx,
        {
            "subject": subject.value,
            "subject_id": subject_id,
            "field": field[:40],
            "old": old,
            "new": new,
            "reason": reason.strip()[:200],
            "staff_id": member.id,
            "corrected_at": now,
        },
    )
    detail = {**where, "field": field, "old": old, "new": new, "reason": reason.strip()[:200]}
    note_audit(tx, f"staff:{member.id}", "correct", f"{subject.value}:{subject_id}", detail, now)
