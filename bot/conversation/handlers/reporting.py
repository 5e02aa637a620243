"""更正 of figures, 核对 and 周报: closing a week by message."""

from __future__ import annotations

import re

from bot.conversation.corrections import (
    CheckInCorrection,
    CorrectionAsked,
    WalkInCorrection,
    read_correction,
)
from bot.conversation.handlers.versions import with_version
from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.domain.closing import DRAFT
from bot.domain.correction import CorrectionOutcome, PeopleCorrected, TallyCorrected
from bot.domain.kinds import may_correct, may_organise
from bot.domain.report_difference import list_differences, where_they_arose
from bot.services import closing
from bot.services.campaigns import find_current_campaign
from bot.services.corrections import correct_check_in, correct_tally, correct_walk_ins
from bot.services.reports import NotFrozen, SameFigures, leave_version, load_material
from bot.services.summary import summarize
from bot.store.libraries import find_library
from bot.store.occurrences import find_by_number
from bot.store.readers import StaffMember
from bot.store.reports import Version, find_latest, find_version, get_closing
from bot.texts import closing as words
from bot.texts import corrections as correction_words
from bot.texts import staff as staff_words
from bot.texts import summary as summary_words
from bot.texts import vocabulary
from bot.texts.differences import difference_words, is_told
from bot.texts.sign_up import no_such_number

_RIGHT = re.compile(vocabulary.CONFIRM_RIGHT)
_ADOPT = re.compile(vocabulary.ADOPT)
MOST_LATE = 6
_EDGES = " ,，:：。"


def correct(talk: Talk, _: Intent) -> str:
    """更正 现场 12 80 改为 85 原因 点错, and the same of tallies and check-ins."""
    if talk.staff is None or not may_organise(talk.staff.role):
        return _not_for(talk)
    asked = read_correction(talk.text)
    if asked is None:
        return correction_words.how_to_correct()
    outcome = _correct(talk, talk.staff, asked)
    if isinstance(outcome, str):
        return outcome
    said = correction_words.correction_answer(outcome, asked.reason)
    campaign_id = _campaign_of(outcome)
    if campaign_id is None:
        return said
    talk.changed = True
    return with_version(talk, campaign_id, said, asked.reason)


def _not_for(talk: Talk) -> str:
    return staff_words.not_staff() if talk.staff is None else words.not_for_this_role()


def _correct(talk: Talk, member: StaffMember, asked: CorrectionAsked) -> CorrectionOutcome | str:
    tx, now = talk.tx, talk.now
    if isinstance(asked, CheckInCorrection):
        return correct_check_in(tx, member, asked.code, asked.old, asked.new, asked.reason, now)
    if isinstance(asked, WalkInCorrection):
        facts = find_by_number(tx, asked.number, now) if asked.number is not None else None
        if facts is None:
            return correction_words.how_to_correct() if asked.number is None else no_such_number(asked.number)
        return correct_walk_ins(tx, member, facts, asked.old, asked.new, asked.reason, now)
    facts = find_by_number(tx, asked.number, now) if asked.number is not None else None
    if asked.number is not None and facts is None:
        return no_such_number(asked.number)
    campaign_id = facts.campaign_id if facts else find_current_campaign(tx, now)
    if campaign_id is None:
        return summary_words.no_campaign()
    old, new = asked.old, asked.new
    return correct_tally(
        tx, member, campaign_id, asked.metric, old, new, asked.reason, now, part=asked.part, number=asked.number
    )


def _campaign_of(outcome: CorrectionOutcome) -> int | None:
    if isinstance(outcome, PeopleCorrected):
        return outcome.facts.campaign_id
    return outcome.campaign_id if isinstance(outcome, TallyCorrected) else None


def confirm_figures(talk: Talk, intent: Intent) -> str:
    """核对 shows a library's figures, 核对 无误 says that they are right; 核对 馆名 for who looks after all."""
    member = talk.staff
    if member is None or not may_organise(member.role):
        return _not_for(talk)
    campaign_id = find_current_campaign(talk.tx, talk.now)
    if campaign_id is None:
        return summary_words.no_campaign()
    right = _RIGHT.search(intent.words)
    name = _RIGHT.sub("", intent.words).strip(_EDGES)
    library_id = find_library(talk.tx, name) if name else member.library_id
    if name and library_id is None:
        return summary_words.no_such_library(name)
    if right is None:
        return _show_figures(talk, campaign_id, library_id)
    return words.which_library() if library_id is None else _confirm(talk, member, campaign_id, library_id)


def _show_figures(talk: Talk, campaign_id: int, library_id: int | None) -> str:
    summary = closing.with_confirmations(talk.tx, summarize(talk.tx, campaign_id, talk.desk.keys, talk.now))
    if library_id is None:
        return words.confirmation_states(summary.confirmations)
    own = next((part for part in summary.libraries if part.library.id == library_id), None)
    state = next((each for each in summary.confirmations if each.library.id == library_id), None)
    if own is None or state is None:
        return words.confirmation_states(summary.confirmations)
    return words.library_figures(own, state)


def _confirm(talk: Talk, member: StaffMember, campaign_id: int, library_id: int) -> str:
    outcome = closing.confirm_figures(talk.tx, campaign_id, library_id, member, talk.desk.keys, talk.now)
    match outcome:
        case closing.FiguresConfirmed(library):
            talk.changed = True
            return words.figures_confirmed(library)
        case closing.NothingToConfirm():
            return words.nothing_to_confirm(outcome.name)
        case closing.NotConfirming():
            return words.not_confirming()


def show_report(talk: Talk, intent: Intent) -> str:
    """周报: link, state and main figures; 周报 采纳 原因 from managers keeps the figures as the next version."""
    member = talk.staff
    if member is None or not may_organise(member.role):
        return _not_for(talk)
    campaign_id = find_current_campaign(talk.tx, talk.now)
    if campaign_id is None:
        return summary_words.no_campaign()
    adopt = _ADOPT.match(intent.words)
    if adopt:
        return _adopt(talk, member, campaign_id, intent.words[adopt.end() :].strip(_EDGES))
    stands = get_closing(talk.tx, campaign_id)
    is_frozen = stands.frozen_at is not None
    latest = find_latest(talk.tx, campaign_id, None) if is_frozen else find_version(talk.tx, campaign_id, None, DRAFT)
    summary = summarize(talk.tx, campaign_id, talk.desk.keys, talk.now)
    shown = summary if latest is None or latest.number == DRAFT else load_material(talk.tx, latest.id).summary
    said = words.report_status(
        stands.title,
        talk.desk.report_url(stands.key),
        latest.number if latest else None,
        summary_words.main_figures(shown),
        None if is_frozen else stands.due_at,
    )
    late = _late_lines(talk, latest) if may_correct(member.role) and latest and latest.number > DRAFT else ""
    return f"{said}\n{late}" if late else said


def _late_lines(talk: Talk, latest: Version) -> str:
    """What came after the newest version: devices bring late what they counted in time."""
    now = summarize(talk.tx, latest.campaign_id, talk.desk.keys, talk.now)
    differences = list_differences(load_material(talk.tx, latest.id).summary, now)
    lines = [difference_words(each) for each in where_they_arose(differences) if is_told(each)]
    return words.arrived_late(lines[:MOST_LATE], len(lines[MOST_LATE:])) if lines else ""


def _adopt(talk: Talk, member: StaffMember, campaign_id: int, reason: str) -> str:
    if not may_correct(member.role):
        return words.managers_only()
    if not reason:
        return words.say_why_adopted()
    outcome = leave_version(talk.tx, campaign_id, member.id, reason, talk.desk.keys, talk.now)
    match outcome:
        case NotFrozen():
            return words.not_frozen_yet()
        case SameFigures(number):
            return words.nothing_to_adopt(number)
    talk.changed = True
    return words.adopted(outcome.number, len(outcome.differences))
