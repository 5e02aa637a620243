"""Closing a campaign: nobody but a manager changes figures after the freeze."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.domain.closing import FiguresFrozen
from bot.domain.kinds import may_correct
from bot.store.readers import StaffMember
from bot.store.reports import lock_closing


def ensure_open(tx: Connection, campaign_id: int, staff: StaffMember | None) -> FiguresFrozen | None:
    """Call this before a figure of a campaign is changed: None when this person may; the commit ends the promise.

    The campaign's row is locked until then, so that no freeze comes between the look and the change; it is the first
    lock of all. A manager has it alone, since a change after the freeze makes the next version of the report; others
    share it. `staff` None: nobody in particular (a command passes no member and changes as a manager does).
    """
    manager = staff is None or may_correct(staff.role)
    closing = lock_closing(tx, campaign_id, alone=manager)
    if closing.frozen_at is None or manager:
        return None
    return FiguresFrozen(closing.title, closing.frozen_at)
