"""Sign-up rules as they are stored, level by level, and the registrations whose seats depend on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, or_, select, update

from bot.domain.kinds import SEATED, RegistrationStatus
from bot.domain.rules import Patch
from bot.store.registrations import IS_ACTIVE
from bot.store.tables import campaign, event, library, occurrence, registration, rule_template

Stored = Row[Any]
_IS_SEATED = {status.value for status in SEATED}


def list_library_rules(tx: Connection) -> dict[str, Patch]:
    """The rules that libraries set for their events, by code."""
    return {row.code: row.rules for row in tx.execute(select(library.c.code, library.c.rules)) if row.rules}


def list_template_rules(tx: Connection) -> dict[str, dict[str, Patch]]:
    """The named sets of each campaign, by its key."""
    source = rule_template.join(campaign, campaign.c.id == rule_template.c.campaign_id)
    query = select(campaign.c.key, rule_template.c.name, rule_template.c.rules).select_from(source)
    found: dict[str, dict[str, Patch]] = {}
    for row in tx.execute(query.order_by(rule_template.c.id)):
        found.setdefault(row.key, {})[row.name] = row.rules
    return found


def rule_sets_by_name(tx: Connection, campaign_id: int) -> dict[str, Stored]:
    """The named sets of a campaign, oldest first."""
    query = select(rule_template).where(rule_template.c.campaign_id == campaign_id).order_by(rule_template.c.id)
    return {row.name: row for row in tx.execute(query)}


def list_rule_levels(tx: Connection, campaign_id: int | None, library_codes: Iterable[str]) -> list[Stored]:
    """Every event of the campaign or of one of the libraries, with what each level sets for it."""
    source = (
        event.join(library, library.c.id == event.c.library_id)
        .join(campaign, campaign.c.id == event.c.campaign_id)
        .outerjoin(
            rule_template,
            (rule_template.c.campaign_id == event.c.campaign_id) & (rule_template.c.name == event.c.template),
        )
    )
    query = select(
        event.c.id,
        event.c.key,
        event.c.title,
        event.c.campaign_id,
        campaign.c.key.label("campaign"),
        library.c.code.label("library"),
        library.c.rules.label("library_rules"),
        event.c.template,
        rule_template.c.rules.label("template_rules"),
        event.c.rules,
    ).select_from(source)
    concerned: list[ColumnElement[bool]] = [library.c.code.in_(list(library_codes))]
    if campaign_id is not None:
        concerned.append(event.c.campaign_id == campaign_id)
    return list(tx.execute(query.where(or_(*concerned)).order_by(event.c.id)))


def list_occurrences_to_come(tx: Connection, event_ids: Iterable[int], now: datetime) -> list[Stored]:
    """The occurrences of these events that are not over, by id."""
    end = func.coalesce(occurrence.c.ends_at, occurrence.c.starts_at)
    query = select(
        occurrence.c.id,
        occurrence.c.event_id,
        occurrence.c.key,
        occurrence.c.number,
        occurrence.c.capacity,
        occurrence.c.overbooking,
    ).where(occurrence.c.event_id.in_(list(event_ids)), or_(end.is_(None), end > now))
    return list(tx.execute(query.order_by(occurrence.c.id)))


def list_parties(tx: Connection, occurrence_id: int) -> list[Stored]:
    """Who is active at an occurrence: key, heads, seats, and what tells whether the seats are taken."""
    query = select(
        registration.c.id,
        registration.c.adults,
        registration.c.children,
        registration.c.seats,
        registration.c.status,
        registration.c.held_until,
    ).where(registration.c.occurrence_id == occurrence_id, IS_ACTIVE)
    return list(tx.execute(query))


def takes_seats(row: Stored, now: datetime) -> bool:
    """Whether a row of `list_parties` counts against the capacity."""
    is_lapsed = row.status == RegistrationStatus.HELD.value and row.held_until <= now
    return row.status in _IS_SEATED and not is_lapsed


def save_seats(tx: Connection, seats: Mapping[int, int]) -> None:
    """Write the seats of registrations anew. The caller holds the locks of their occurrences."""
    if seats:
        statement = update(registration).where(registration.c.id == bindparam("row")).values(seats=bindparam("units"))
        tx.execute(statement, [{"row": row, "units": units} for row, units in sorted(seats.items())])
