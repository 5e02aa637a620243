"""Noting quantities by message. By file: `tally_files`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.closing import FiguresFrozen
from bot.domain.door import Stamp
from bot.domain.kinds import may_organise
from bot.domain.measure import Quantity
from bot.domain.tally import RATES, TallyNotAllowed, TallyRecorded, sum_tallies
from bot.domain.tally_words import TallyEntry, TallyScope
from bot.services.audit import note_audit
from bot.services.campaigns import find_current_campaign
from bot.services.closing import ensure_open
from bot.store import campaigns, tallies
from bot.store.libraries import find_library_name
from bot.store.readers import StaffMember
from bot.texts.metrics import metric_of, usual_unit


def record_tally(
    tx: Connection,
    entry: TallyEntry,
    *,
    occurrence_id: int,
    staff_id: int,
    now: datetime,
    stamp: Stamp | None = None,
    undone_at: datetime | None = None,
) -> TallyRecorded:
    """Note what a staff member sent, at an occurrence; it counts for the library that leads the event.

    `stamp`: of the device that noted it; `undone_at`: when it was taken back, if that came to be known first.
    """
    place = tallies.get_place(tx, occurrence_id)
    at = {
        "campaign_id": place.campaign_id,
        "library_id": place.library_id,
        "event_id": place.event_id,
        "occurrence_id": occurrence_id,
    }
    by = {
        "staff_id": staff_id,
        "device": stamp.device if stamp else None,
        "client_id": stamp.id if stamp else None,
        "undone_at": undone_at,
    }
    return recorded_tally(tx, _insert(tx, entry, at, by, now))


def record_library_tally(
    tx: Connection, entry: TallyEntry, member: StaffMember, now: datetime
) -> TallyRecorded | TallyNotAllowed | FiguresFrozen | None:
    """Note a quantity of a whole library, or one said of the whole campaign; None when there is no campaign.

    Both are for who organises: the first for their own library, the second in the issuing library or above all.
    """
    campaign_id = find_current_campaign(tx, now)
    if campaign_id is None:
        return None
    issuer = campaigns.get_campaign(tx, campaign_id).library_id
    library_id = member.library_id or issuer
    of_campaign = entry.scope is TallyScope.CAMPAIGN
    if not may_organise(member.role) or (of_campaign and member.library_id not in (None, issuer)):
        return TallyNotAllowed()
    frozen = ensure_open(tx, campaign_id, member)
    if frozen is not None:
        return frozen
    at = {"campaign_id": campaign_id, "library_id": None if of_campaign else library_id}
    tally_id = _insert(tx, entry, at, {"staff_id": member.id}, now)
    note_audit(tx, f"staff:{member.id}", "note_tally", f"tally:{tally_id}", {}, now)
    return recorded_tally(tx, tally_id)


def _insert(
    tx: Connection, entry: TallyEntry, at: Mapping[str, object], by: Mapping[str, object], now: datetime
) -> int:
    """The tally and, below it, its parts; they are taken back with it and belong to nobody's last act."""
    metric, about = named_metric(entry.metric, entry.part)
    quantity = with_unit(entry.quantity, metric)
    shared = {**at, "metric": metric, "wording": entry.wording, "recipient": entry.recipient, "noted_at": now}
    tally_id = tallies.insert_tally(tx, {**shared, **by, **_amount(quantity), "written": entry.written, "part": about})
    for part in entry.parts:
        each = part.quantity if part.quantity.unit else replace(part.quantity, unit=quantity.unit)
        row = {**shared, **_amount(each), "written": part.written, "part": part.part, "parent_id": tally_id}
        tallies.insert_tally(tx, row)
    return tally_id


def _amount(quantity: Quantity) -> dict[str, object]:
    return {"number": quantity.number, "unit": quantity.unit, "exactness": quantity.exactness.value}


def recorded_tally(tx: Connection, tally_id: int) -> TallyRecorded:
    """A tally as its recording is answered, with the running total of its metric at its place."""
    noted = tallies.get_tally(tx, tally_id)
    unit = noted.quantity.unit
    if noted.occurrence_id is not None:
        place = tallies.get_place(tx, noted.occurrence_id)
        number, title = place.number, f"{place.title} {place.label}".strip()
        beside = tallies.list_occurrence_tallies(tx, noted.occurrence_id, noted.metric, unit)
    else:
        number, title = None, find_library_name(tx, noted.library_id)
        beside = tallies.list_library_tallies(tx, noted.campaign_id, noted.library_id, noted.metric, unit)
    totals = sum_tallies(beside)
    return TallyRecorded(
        tally_id,
        noted.metric,
        noted.part,
        noted.quantity,
        totals[0] if totals else None,
        number,
        title,
        noted.written,
        noted.recipient,
        tuple((part.part, part.quantity) for part in tallies.list_parts(tx, tally_id)),
    )


def with_unit(quantity: Quantity, metric: str) -> Quantity:
    """The quantity with its metric's usual measure word where none was said."""
    if quantity.unit:
        return quantity
    return Quantity(quantity.number, usual_unit(metric), quantity.exactness, quantity.approx_word)


def named_metric(word: str, part: str) -> tuple[str, str]:
    """What is counted and of which part of it. The name of an ordinal is no part of it: 期次 第五期."""
    metric, tier = metric_of(word)
    part = part or tier
    return metric, "" if metric in RATES and metric_of(part)[0] == metric else part
