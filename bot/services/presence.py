"""Who counts as present: kept over the rows of a door whenever one more is added, taken back, or gets a place."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.door import Stamp, choose_counted, undo_happened_at, undo_holds
from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import Registration
from bot.store import door as store
from bot.store.checkins import StaffAct, claim_undo
from bot.store.lines import claim_promotion
from bot.store.occurrences import lock_occurrence
from bot.store.registration_details import find_detail
from bot.store.releases import claim_return


def recount(tx: Connection, key: store.PartyKey) -> None:
    """Let the right one of a party's rows count: the most people that were let in. Takes the occurrence's lock."""
    lock_occurrence(tx, key.occurrence_id)
    detail = find_detail(tx, key.registration_id) if key.registration_id is not None else None
    has_place = (
        detail is not None
        and detail.facts.id == key.occurrence_id
        and detail.registration.status is RegistrationStatus.CONFIRMED
    )
    counted = choose_counted(store.list_standing(tx, key))
    store.save_counted(tx, key, counted, "registered" if has_place else "walk_in")


def claim_free_seats(tx: Connection, registration: Registration, now: datetime) -> None:
    """Seats, if they suffice, for somebody at the open door who has none: from the line, or given free for lateness.

    Before the registration itself is locked, so that all who need both locks take them in the same order.
    """
    lock_occurrence(tx, registration.occurrence_id)
    if not claim_return(tx, registration, now) and claim_promotion(tx, registration, now):
        recount(tx, store.PartyKey(registration.occurrence_id, registration.id, None))  # perhaps let in before


def take_back(tx: Connection, act: store.DeviceAct, at: datetime) -> bool:
    """Mark an act as taken back and count its party again; whether this call did it."""
    if act.occurrence_id is not None:
        lock_occurrence(tx, act.occurrence_id)
    done = claim_undo(tx, StaffAct(act.kind, act.id, act.at, act.occurrence_id), at)
    if done and act.party is not None:
        recount(tx, act.party)
    return done


def undone_before(tx: Connection, staff_id: int, stamp: Stamp, door: OccurrenceFacts, now: datetime) -> datetime | None:
    """When an act was taken back by an undo that came before it; None when it stands."""
    for stored in store.list_undos_of(tx, stamp.id):
        at = undo_happened_at(stored.at, now, door)
        if undo_holds(stamp.at, at, same_staff=stored.staff_id == staff_id, by_manager=stored.by_manager):
            return at
    return None


def take_back_if_undone(tx: Connection, staff_id: int, stamp: Stamp, door: OccurrenceFacts, now: datetime) -> None:
    """Take back a scan that was just written down, where its undo came first."""
    undone_at = undone_before(tx, staff_id, stamp, door, now)
    if undone_at is None:
        return
    act = store.find_act(tx, stamp.id)
    if act is not None:
        take_back(tx, act, undone_at)
