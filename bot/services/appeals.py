"""Appeals against marks and suspensions: taken by the chat, decided by a person (PIPL Art. 24; library-domain P17).

A code names what an appeal is against: that of a suspension, or the short code of the ticket whose no-show was noted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.checkin import mask_name
from bot.domain.kinds import Role
from bot.domain.standing import APPEAL_WITHIN, Mark, OpenAppeal, Standing
from bot.services.audit import note_audit
from bot.services.standing import Decider, find_standing, lift, take_back, tell_answer
from bot.store import appeals
from bot.store import standing as rows
from bot.store.history import lock_reader
from bot.store.occurrences import get_occurrence
from bot.store.pii import Keys
from bot.store.readers import StaffMember

LONGEST = 500
LONGEST_REASON = 200
MOST_OPEN = 5
"""Appeals of one reader that wait for an answer; more would only bury the first."""


@dataclass(frozen=True, slots=True)
class AppealTaken:
    """A person will answer until then."""

    code: str
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class ReasonMissing:
    """What the appeal would be against is clear; why is not."""

    code: str


@dataclass(frozen=True, slots=True)
class TooManyAppeals:
    """Enough of them wait already; nothing was kept."""


@dataclass(frozen=True, slots=True)
class NothingToAppeal:
    """No suspension and no mark that speaks against the reader."""


def take_appeal(
    tx: Connection, reader_id: int, code: str | None, words: str, keys: Keys, now: datetime
) -> AppealTaken | ReasonMissing | TooManyAppeals | NothingToAppeal:
    """Keep an appeal, sealed. Without a code it is against the suspension in force, else against the newest mark.

    A code that is none of the reader's own is part of the words.
    """
    standing = find_standing(tx, reader_id, now)
    against = [mark.code for mark in standing.marks if mark.is_against]
    own = [*([standing.suspension.code] if standing.suspension else []), *against]
    if not own:
        return NothingToAppeal()
    subject = code if code in own else own[0]
    said = words.strip() if code is None or code == subject else f"{code} {words}".strip()
    if not said:
        return ReasonMissing(subject)
    if appeals.count_open(tx, reader_id) >= MOST_OPEN:
        return TooManyAppeals()
    appeals.insert_appeal(tx, reader_id, subject, keys.seal(said[:LONGEST], f"request.words:{reader_id}"), now)
    return AppealTaken(subject, now + APPEAL_WITHIN)


def may_decide(member: StaffMember | None) -> bool:
    """Whether this role decides appeals at all: organisers and those above them."""
    return member is not None and member.role is not Role.VENUE


def list_appeals(tx: Connection, member: StaffMember, keys: Keys) -> list[OpenAppeal]:
    """Open appeals that this staff member may decide, the oldest first."""
    shown = []
    for row in appeals.list_open(tx):
        subject = _find_subject(tx, row.code)
        if subject is None or not _is_in_charge(tx, member, subject):
            continue
        name = keys.unseal(row.name_enc, f"reader.name:{row.reader_id}") if row.name_enc else ""
        shown.append(
            OpenAppeal(
                row.code,
                mask_name(name) if name else "",
                keys.unseal(row.words_enc, f"request.words:{row.reader_id}"),
                row.noted_at,
                row.noted_at + APPEAL_WITHIN,
                tuple(mark.name for mark in reversed(subject.marks) if mark.is_against),
                subject.suspension.ends_at if subject.suspension else None,
            )
        )
    return shown


@dataclass(frozen=True, slots=True)
class Decided:
    """Done, and the reader is told."""

    code: str
    lifted: bool
    is_suspension: bool


@dataclass(frozen=True, slots=True)
class DecidedBefore:
    """Lifted or taken back already, or there is no open appeal to answer."""


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """Neither a suspension nor a marked ticket."""


@dataclass(frozen=True, slots=True)
class NotInCharge:
    """Another library's."""


@dataclass(frozen=True, slots=True)
class OwnCase:
    """Nobody decides about themselves."""


Decision = Decided | DecidedBefore | UnknownCode | NotInCharge | OwnCase


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a code names: a suspension with the marks that it used up, or the marks of one ticket."""

    reader_id: int
    suspension: rows.SuspensionRow | None
    marks: tuple[Mark, ...]

    def registration_id(self, tx: Connection) -> int:
        """By which the reader is told: the last straw's."""
        return rows.find_registration_of(tx, self.suspension.marks[0]) if self.suspension else self._own_registration

    @property
    def _own_registration(self) -> int:
        return self.marks[0].registration_id


def _find_subject(tx: Connection, code: str) -> _Subject | None:
    suspension = rows.find_suspension_by_code(tx, code)
    if suspension is not None:
        marks = rows.list_marks_by_id(tx, suspension.marks)
        return _Subject(suspension.reader_id, suspension, tuple(marks))
    marks = rows.list_marks_by_code(tx, code)
    return _Subject(marks[0].reader_id, None, tuple(marks)) if marks else None


def _is_in_charge(tx: Connection, member: StaffMember, subject: _Subject) -> bool:
    """A library's organiser decides where an event of that library was counted; others decide about all."""
    if member.library_id is None:
        return True
    return any(get_occurrence(tx, mark.occurrence_id).library_id == member.library_id for mark in subject.marks)


def decide_appeal(
    tx: Connection, member: StaffMember, own_reader_id: int, code: str, reason: str, now: datetime, *, lifted: bool
) -> Decision:
    """A staff member lifts what a code names, or upholds it against an open appeal."""
    subject = _find_subject(tx, code)
    if subject is None:
        return UnknownCode()
    if subject.reader_id == own_reader_id:
        return OwnCase()
    if not _is_in_charge(tx, member, subject):
        return NotInCharge()
    decider = Decider(f"staff:{member.id}", member.id)
    return _lift(tx, code, decider, reason, now) if lifted else _uphold(tx, code, decider, reason, now)


def find_standing_by_code(tx: Connection, code: str, now: datetime) -> Standing | None:
    """The standing of the reader behind a code."""
    subject = _find_subject(tx, code)
    return find_standing(tx, subject.reader_id, now) if subject else None


def lift_by_command(tx: Connection, code: str, reason: str, now: datetime, *, is_suspension: bool) -> Decision:
    """Lift a suspension, or take back the marks of a ticket, from the command line."""
    subject = _find_subject(tx, code)
    if subject is None or (subject.suspension is not None) is not is_suspension:
        return UnknownCode()
    return _lift(tx, code, Decider("command"), reason, now)


def _lift(tx: Connection, code: str, decider: Decider, reason: str, now: datetime) -> Decision:
    """Lifting a suspension takes back all marks that led to it: the reader starts clean."""
    subject = _locked(tx, code)
    if subject is None:
        return UnknownCode()
    reason = reason.strip()[:LONGEST_REASON]
    registration_id = subject.registration_id(tx)
    facts = {"lifted": "yes", "reason": reason}
    if subject.suspension is not None:
        if subject.suspension.is_lifted:
            return DecidedBefore()
        lift(tx, subject.suspension, decider, reason, now)
        take_back(tx, subject.marks, decider, reason, now)
    else:
        facts["about"] = "mark"
        if take_back(tx, subject.marks, decider, reason, now):
            facts["open"] = "yes"
    if not appeals.claim_answer(tx, code, now):
        facts["because"] = "staff"
    tell_answer(tx, registration_id, subject.reader_id, facts, code, now)
    return Decided(code, lifted=True, is_suspension=subject.suspension is not None)


def _uphold(tx: Connection, code: str, decider: Decider, reason: str, now: datetime) -> Decision:
    subject = _locked(tx, code)
    if subject is None:
        return UnknownCode()
    closed = appeals.claim_answer(tx, code, now)
    if not closed:
        return DecidedBefore()
    note_audit(tx, decider.actor, "uphold", f"code:{code}", {"appeals": closed}, now)
    facts = {"lifted": "no", "reason": reason.strip()[:LONGEST_REASON]}
    if subject.suspension is None:
        facts["about"] = "mark"
    tell_answer(tx, subject.registration_id(tx), subject.reader_id, facts, code, now)
    return Decided(code, lifted=False, is_suspension=subject.suspension is not None)


def _locked(tx: Connection, code: str) -> _Subject | None:
    """Two who decide at once follow one another, and the second sees what the first did."""
    found = _find_subject(tx, code)
    if found is None:
        return None
    lock_reader(tx, found.reader_id)
    return _find_subject(tx, code)
