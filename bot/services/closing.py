"""Closing a campaign: nobody but a manager changes figures after the freeze, and libraries confirm theirs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.closing import FiguresFrozen
from bot.domain.confirmation import figures_digest, has_figures, list_confirmations
from bot.domain.kinds import may_correct, may_organise
from bot.domain.summary import Confirmation, LibrarySummary, Summary
from bot.services.audit import note_audit
from bot.services.summary import summarize
from bot.store.checkins import StaffAct
from bot.store.confirmations import add_confirmation, latest_confirmations
from bot.store.coverage import find_campaign_of
from bot.store.libraries import get_library_name
from bot.store.occurrences import get_occurrence
from bot.store.pii import Keys
from bot.store.readers import StaffMember
from bot.store.reports import lock_closing
from bot.store.tallies import get_tally


def ensure_open(tx: Connection, campaign_id: int, staff: StaffMember | None) -> FiguresFrozen | None:
    """Call this before a figure of a campaign is changed: None when this person may; the commit ends the promise.

    The campaign's row is locked until then, so that no freeze comes between the look and the change; it is the first
    lock of all but those on acts of devices. A manager has it alone, since a change after the freeze makes the next
    version of the report; others share it. `staff` None is a command, which changes as a manager does.
    """
    manager = staff is None or may_correct(staff.role)
    closing = lock_closing(tx, campaign_id, alone=manager)
    if closing.frozen_at is None or manager:
        return None
    return FiguresFrozen(closing.title, closing.frozen_at)


def ensure_open_at(tx: Connection, campaign_id: int, staff: StaffMember, at: datetime) -> FiguresFrozen | None:
    """The same for what a device brings: what was done before the freeze is taken whenever it comes, never lost.

    It is in no version until a manager takes it up (services.reports.leave_version).
    """
    refused = ensure_open(tx, campaign_id, staff)
    return refused if refused is not None and at > refused.frozen_at else None


def ensure_open_for(tx: Connection, act: StaffAct, staff: StaffMember) -> FiguresFrozen | None:
    """The same for taking back an act of the chat."""
    if act.occurrence_id is not None:
        return ensure_open(tx, get_occurrence(tx, act.occurrence_id).campaign_id, staff)
    if act.kind == "tally":
        return ensure_open(tx, get_tally(tx, act.id).campaign_id, staff)
    campaign_id = find_campaign_of(tx, act.kind, act.id)
    return ensure_open(tx, campaign_id, staff) if campaign_id is not None else None


# --- confirmations ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FiguresConfirmed:
    """A library said that its figures are right."""

    library: LibrarySummary
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class NothingToConfirm:
    """The library has no figures in this campaign, and leads no event of it."""

    name: str


@dataclass(frozen=True, slots=True)
class NotConfirming:
    """Not this person's library, or the role confirms nothing."""


def with_confirmations(tx: Connection, summary: Summary) -> Summary:
    """The same summary with where each library stands with its figures."""
    return replace(summary, confirmations=list_confirmations(summary, latest_confirmations(tx, summary.campaign.id)))


def show_confirmations(
    tx: Connection, campaign_id: int, keys: Keys, now: datetime, library_id: int | None = None
) -> tuple[Confirmation, ...]:
    """Where the libraries of a campaign stand, or those of one with its branches."""
    return with_confirmations(tx, summarize(tx, campaign_id, keys, now, library_id=library_id)).confirmations


def may_confirm(staff: StaffMember, library_id: int) -> bool:
    """Whether a member of staff speaks for a library: its organisers, those of all libraries, and managers."""
    return may_correct(staff.role) or (may_organise(staff.role) and staff.library_id in (None, library_id))


def confirm_figures(
    tx: Connection, campaign_id: int, library_id: int, staff: StaffMember, keys: Keys, now: datetime
) -> FiguresConfirmed | NothingToConfirm | NotConfirming:
    """Let a library say that its figures are right, as they are now. When they change later, that shows."""
    if not may_confirm(staff, library_id):
        return NotConfirming()
    return _confirm(tx, campaign_id, library_id, staff.id, keys, now)


def confirm_by_command(
    tx: Connection, campaign_id: int, library_id: int, keys: Keys, now: datetime
) -> FiguresConfirmed | NothingToConfirm:
    """The same by the keeper."""
    return _confirm(tx, campaign_id, library_id, None, keys, now)


def _confirm(
    tx: Connection, campaign_id: int, library_id: int, staff_id: int | None, keys: Keys, now: datetime
) -> FiguresConfirmed | NothingToConfirm:
    lock_closing(tx, campaign_id, alone=True)  # nobody changes what is being confirmed, as long as they ask
    summary = summarize(tx, campaign_id, keys, now)
    own = next((each for each in summary.libraries if each.library.id == library_id), None)
    if own is None or not has_figures(summary, own):
        return NothingToConfirm(get_library_name(tx, library_id))
    digest = figures_digest(summary, library_id)
    add_confirmation(
        tx,
        {
            "campaign_id": campaign_id,
            "library_id": library_id,
            "digest": digest,
            "staff_id": staff_id,
            "confirmed_at": now,
        },
    )
    detail = {"library": own.library.code, "digest": digest}
    actor = f"staff:{staff_id}" if staff_id is not None else "command"
    note_audit(tx, actor, "confirm_figures", f"campaign:{campaign_id}", detail, now)
    return FiguresConfirmed(own, now)
