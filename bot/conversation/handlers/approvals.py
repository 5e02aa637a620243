"""审核, 通过, 驳回: deciding about registrations by message."""

from __future__ import annotations

from bot.conversation.intents import Intent
from bot.conversation.talk import Talk
from bot.domain.approval import Decided, DecisionNotAllowed, DecisionOutcome, NothingToDecide
from bot.domain.checkin import mask_name
from bot.services.approvals import approve as approve_registration
from bot.services.approvals import list_pending
from bot.services.approvals import reject as reject_registration
from bot.store.approvals import PendingRow
from bot.texts import approvals as words
from bot.texts import staff as staff_words


def show_pending(talk: Talk, intent: Intent) -> str:
    """审核: what waits, of one occurrence or of all that this person runs."""
    if talk.staff is None:
        return staff_words.not_staff()
    found = list_pending(talk.tx, talk.staff, talk.now)
    if isinstance(found, DecisionNotAllowed):
        return words.not_allowed()
    rows = [row for row in found if intent.number in (None, row.detail.facts.number)]
    if not rows:
        return words.nothing_pending(intent.number)
    firsts = {row.detail.facts.id: row.detail.registration.id for row in reversed(rows)}
    return words.pending_list([_entry(talk, row, firsts) for row in rows], len(rows))


def _entry(talk: Talk, row: PendingRow, firsts: dict[int, int]) -> str:
    detail = row.detail
    place, name = detail.registration, detail.name(talk.desk.keys)
    is_first = firsts[detail.facts.id] == place.id
    masked = mask_name(name) if name else None
    return words.pending_entry(detail.facts, place.short_code, masked, place.party, row.since, is_first=is_first)


def approve(talk: Talk, intent: Intent) -> str:
    """通过 CODE."""
    if talk.staff is None:
        return staff_words.not_staff()
    if intent.code is None:
        return words.how_to_decide()
    outcome = approve_registration(talk.tx, talk.staff, intent.code, talk.desk.keys, talk.now)
    return _say(talk, outcome, intent.code)


def reject(talk: Talk, intent: Intent) -> str:
    """驳回 CODE [reason]."""
    if talk.staff is None:
        return staff_words.not_staff()
    if intent.code is None:
        return words.how_to_decide()
    outcome = reject_registration(talk.tx, talk.staff, intent.code, intent.words, talk.desk.keys, talk.now)
    return _say(talk, outcome, intent.code)


def _say(talk: Talk, outcome: DecisionOutcome, code: str) -> str:
    match outcome:
        case Decided():
            talk.changed = True
            return words.decided(outcome)
        case NothingToDecide():
            return words.nothing_to_decide(outcome, code)
        case DecisionNotAllowed():
            return words.not_allowed()
