"""记录, 今日 and 统计: quantities noted, and the counts."""

from __future__ import annotations

import re

from bot.conversation.handlers.staff import current_occurrence
from bot.conversation.handlers.versions import with_version
from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.conversation.verbatim import behind
from bot.domain.clock import local_day
from bot.domain.closing import FiguresFrozen
from bot.domain.kinds import Role
from bot.domain.tally import TallyNotAllowed, TallyRecorded
from bot.domain.tally_words import PartsDiffer, TallyEntry, TallyFault, TallyScope, parse_tally
from bot.services.campaigns import find_current_campaign
from bot.services.checkins import list_served_now
from bot.services.closing import ensure_open
from bot.services.notices import count_unsent_notices
from bot.services.staff import serves
from bot.services.summary import summarize
from bot.services.tallies import record_library_tally, record_tally
from bot.store.libraries import find_library
from bot.store.readers import StaffMember
from bot.store.tallies import get_tally
from bot.texts import staff as staff_words
from bot.texts import summary as words
from bot.texts import vocabulary
from bot.texts.closing import figures_frozen, late_tally
from bot.texts.menus import how_to_record

EXAMPLE_WALK_INS = 8
_OPENING_MARK = re.compile(r"[《〈(（\[【]")


def note_tally(talk: Talk, intent: Intent) -> str:
    """记录 宣传单 300多 份 [12]."""
    if talk.staff is None:
        return staff_words.not_staff()
    if not intent.words:
        return _how_to_record(talk, talk.staff)
    entry = _read(intent.words, behind(vocabulary.TALLY, talk.text))
    if isinstance(entry, TallyFault):
        return words.tally_fault(entry)
    if isinstance(entry, PartsDiffer):
        return words.parts_differ(entry)
    if entry.scope is not TallyScope.OCCURRENCE:
        return _note_for_library(talk, talk.staff, entry)
    facts = current_occurrence(talk, talk.staff, entry.occurrence_number, words.tally_example())
    if isinstance(facts, str):
        return facts
    if not serves(talk.tx, talk.staff, facts):
        return staff_words.not_served(facts)
    frozen = ensure_open(talk.tx, facts.campaign_id, talk.staff)
    if frozen is not None:
        return figures_frozen(frozen)
    outcome = record_tally(talk.tx, entry, occurrence_id=facts.id, staff_id=talk.staff.id, now=talk.now)
    talk.changed = True
    return with_version(talk, facts.campaign_id, words.tally_recorded(outcome), late_tally())


def _read(words_only: str, typed: str) -> TallyEntry | TallyFault | PartsDiffer:
    """As typed where a title stands in book marks; else, or when that reads as no tally, the words alone."""
    if _OPENING_MARK.search(typed) is not None:
        entry = parse_tally(typed)
        if not isinstance(entry, TallyFault):
            return entry
    return parse_tally(words_only)


def _note_for_library(talk: Talk, member: StaffMember, entry: TallyEntry) -> str:
    """记录 借书证 累计600张 全馆: a quantity of no occurrence."""
    outcome = record_library_tally(talk.tx, entry, member, talk.now)
    match outcome:
        case None:
            return words.no_campaign()
        case TallyNotAllowed():
            return words.tally_not_allowed()
        case FiguresFrozen():
            return figures_frozen(outcome)
        case TallyRecorded():
            talk.changed = True
            campaign_id = get_tally(talk.tx, outcome.tally_id).campaign_id
            return with_version(talk, campaign_id, words.tally_recorded(outcome), late_tally())


def _how_to_record(talk: Talk, member: StaffMember) -> str:
    open_now = list_served_now(talk.tx, member, talk.now)
    number = open_now[0].number if len(open_now) == 1 else None
    return how_to_record(words.tally_example(), staff_words.walk_in_example(EXAMPLE_WALK_INS), number)


def show_today(talk: Talk, _: Intent) -> str:
    """今日 for staff: the day's counts of their library, or of all."""
    if talk.staff is None:
        return staff_words.not_staff()
    campaign_id = find_current_campaign(talk.tx, talk.now)
    if campaign_id is None:
        return words.no_campaign()
    day = local_day(talk.now)
    counted = summarize(talk.tx, campaign_id, talk.desk.keys, talk.now, library_id=talk.staff.library_id, day=day)
    return "\n".join([*words.today_lines(counted), *_unsent_lines(talk, talk.staff)])


def _unsent_lines(talk: Talk, staff: StaffMember) -> list[str]:
    if staff.role is Role.VENUE:
        return []
    number = count_unsent_notices(talk.tx, staff.library_id, talk.now)
    return [words.notices_unsent(number)] if number else []


def show_stats(talk: Talk, intent: Intent) -> str:
    """统计 [library]: the campaign so far."""
    if talk.staff is None:
        return staff_words.not_staff()
    campaign_id = find_current_campaign(talk.tx, talk.now)
    if campaign_id is None:
        return words.no_campaign()
    library_id = talk.staff.library_id
    if intent.words:
        library_id = find_library(talk.tx, intent.words)
        if library_id is None:
            return words.no_such_library(intent.words)
    counted = summarize(talk.tx, campaign_id, talk.desk.keys, talk.now, library_id=library_id)
    return "\n".join(words.campaign_lines(counted))
