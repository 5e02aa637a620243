"""绑定, 现场, 撤销: what staff do by message besides scanning."""

from __future__ import annotations

from bot.conversation.handlers.versions import with_version
from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.domain.closing import FiguresFrozen
from bot.domain.occurrence import OccurrenceFacts
from bot.services.checkins import (
    CheckInTakenBack,
    NoCheckIn,
    NotCorrecting,
    NotServed,
    NoWalkIns,
    ReasonMissing,
    Undone,
    count_walk_ins,
    list_served_now,
    take_back_check_in,
    undo_last_act,
)
from bot.services.staff import InvitationInvalid, OtherScope, RoleIncluded, bind_staff
from bot.store.occurrences import find_by_number, find_occurrence
from bot.store.readers import StaffMember
from bot.texts import staff as words
from bot.texts.closing import figures_frozen, late_walk_ins, taken_back
from bot.texts.moments import clock_words, moment_words
from bot.texts.sign_up import no_such_number

INVITATION = "invitation"
MOST_WALK_INS = 9_999


def bind(talk: Talk, intent: Intent) -> str:
    """绑定 with an invitation."""
    if intent.code is None:
        return words.how_to_bind()
    if talk.desk.attempts.used_up(talk.sender, INVITATION):
        return words.too_many_invitations()
    outcome = bind_staff(talk.tx, talk.person, intent.code, talk.desk.keys, talk.now)
    if isinstance(outcome, RoleIncluded):
        return words.role_included(outcome.role)
    if isinstance(outcome, OtherScope):
        return words.other_scope(outcome.role)
    if isinstance(outcome, InvitationInvalid):
        talk.desk.attempts.note_wrong(talk.sender, INVITATION)
        return words.invitation_invalid()
    talk.changed = True
    served = [facts for each in outcome.occurrence_ids if (facts := find_occurrence(talk.tx, each))]
    return words.bound(outcome.role, served, outcome.ends_at)


def current_occurrence(talk: Talk, member: StaffMember, number: int | None, example: str) -> OccurrenceFacts | str:
    """The occurrence that a staff message is about: the one named, else the only one open now; else what to say."""
    if number is not None:
        return find_by_number(talk.tx, number, talk.now) or no_such_number(number)
    open_now = list_served_now(talk.tx, member, talk.now)
    return open_now[0] if len(open_now) == 1 else words.which_served(open_now, example)


def walk_ins(talk: Talk, intent: Intent) -> str:
    """现场 8 [12]."""
    if talk.staff is None:
        return words.not_staff()
    if intent.people is None:
        return words.how_to_count_walk_ins()
    if not 1 <= intent.people <= MOST_WALK_INS:
        return words.walk_ins_out_of_range()
    facts = current_occurrence(talk, talk.staff, intent.number, words.walk_in_example(intent.people))
    if isinstance(facts, str):
        return facts
    outcome = count_walk_ins(talk.tx, talk.staff, facts, intent.people, talk.now)
    if isinstance(outcome, NotServed):
        return words.not_served(facts)
    if isinstance(outcome, NoWalkIns):
        return words.no_walk_ins(facts)
    if isinstance(outcome, FiguresFrozen):
        return figures_frozen(outcome)
    talk.changed = True
    said = words.walk_ins_counted(facts, outcome.people, outcome.attendance)
    return with_version(talk, facts.campaign_id, said, late_walk_ins())


def undo(talk: Talk, intent: Intent) -> str:
    """撤销 of one's last act, or by a manager of a party's check-in: 撤销 K7P2QX 扫错了."""
    if talk.staff is None:
        return words.not_staff()
    if intent.code is not None:
        return _undo_check_in(talk, talk.staff, intent.code, words.reason_in(intent.words))
    outcome = undo_last_act(talk.tx, talk.staff, talk.now)
    if isinstance(outcome, FiguresFrozen):
        return figures_frozen(outcome)
    if not isinstance(outcome, Undone):
        return words.nothing_to_undo()
    talk.changed = True
    said = words.undone(outcome.kind, clock_words(outcome.at), outcome.facts)
    return with_version(talk, outcome.facts.campaign_id, said, taken_back()) if outcome.facts else said


def _undo_check_in(talk: Talk, member: StaffMember, code: str, reason: str) -> str:
    outcome = take_back_check_in(talk.tx, member, code, reason, talk.now)
    match outcome:
        case CheckInTakenBack():
            talk.changed = True
            said = words.check_in_taken_back(outcome.facts, outcome.people, moment_words(outcome.at), reason)
            return with_version(talk, outcome.facts.campaign_id, said, reason)
        case NoCheckIn():
            return words.no_check_in(code)
        case ReasonMissing():
            return words.reason_missing(code)
        case NotCorrecting():
            return words.not_correcting()
