"""What stands against letting a ticket's holders in: one decision for the chat's scan, the scanner and the screen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.checkin import ScanRefused, decide_check_in
from bot.domain.kinds import RegistrationStatus, ScanResult
from bot.store.history import find_suspension
from bot.store.registration_details import RegistrationDetail


def stands_against(
    tx: Connection,
    detail: RegistrationDetail,
    now: datetime,
    *,
    at_this_door: bool,
    door_is_busy: bool = False,
    whenever: bool = False,
) -> ScanRefused | None:
    """The reason against it, or None. `at_this_door`, `door_is_busy`: see `decide_check_in`.

    `whenever`: they are in already, so that only their place counts, and not the clock.
    """
    status = detail.registration.status
    if detail.erased and status is not RegistrationStatus.CONFIRMED:
        return ScanRefused(ScanResult.REVOKED, detail.facts)
    refused = decide_check_in(detail.facts, status, now, at_this_door=at_this_door, door_is_busy=door_is_busy)
    if refused is not None and not (whenever and refused.result in (ScanResult.TOO_EARLY, ScanResult.CLOSED)):
        return refused
    if status is not RegistrationStatus.WAITLISTED:
        return None
    if whenever:
        return ScanRefused(ScanResult.WAITLISTED, detail.facts)
    if find_suspension(tx, detail.registration.reader_id, now) is not None:  # no way round it by standing in line
        return ScanRefused(ScanResult.SUSPENDED, detail.facts)
    return None


def why_not_in(detail: RegistrationDetail | None) -> ScanResult:
    """What stood against the check-in when it was written, which may differ from what was seen a moment before."""
    if detail is None or detail.registration.status not in (
        RegistrationStatus.WAITLISTED,
        RegistrationStatus.CONFIRMED,
    ):
        return ScanResult.CANCELLED
    waiting = detail.registration.status is RegistrationStatus.WAITLISTED
    return ScanResult.WAITLISTED if waiting else ScanResult.RELEASED
