"""What is known of a reader and bears on a sign-up: other places, the family's places, card lists, suspension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlalchemy.types import LargeBinary

from bot.domain.eligibility import History, OwnPlace, Suspension
from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.rules import Rules
from bot.store.columns import UtcDateTime, constant
from bot.store.lotteries import list_chances, list_set
from bot.store.prepared import Prepared
from bot.store.registrations import IS_ACTIVE
from bot.store.sign_up_tables import allowed_card, suspension
from bot.store.tables import event, occurrence, reader, registration

_PLACE_COLUMNS = (
    occurrence.c.id,
    occurrence.c.event_id,
    occurrence.c.campaign_id,
    occurrence.c.number,
    event.c.title,
    occurrence.c.label,
    occurrence.c.starts_at,
    occurrence.c.ends_at,
    occurrence.c.all_day,
)
_PLACE_SOURCE = registration.join(occurrence, occurrence.c.id == registration.c.occurrence_id).join(
    event, event.c.id == occurrence.c.event_id
)
# A place that is only held during a dialogue does not count yet: it is given up for the next, or decided on at its end.
_STANDS = and_(IS_ACTIVE, registration.c.status != constant(RegistrationStatus.HELD.value))
_IS_HELD_ON = occurrence.c.status == constant("scheduled")


def _place_of(row: Sequence[Any]) -> OwnPlace:
    return OwnPlace(row[0], row[1], row[2], row[3], f"{row[4]} {row[5]}".strip(), row[6], row[7], row[8])


_OWN_PLACES = Prepared(
    select(*_PLACE_COLUMNS)
    .select_from(_PLACE_SOURCE)
    .where(registration.c.reader_id == bindparam("reader_id"), _STANDS, _IS_HELD_ON)
    .order_by(occurrence.c.starts_at, occurrence.c.number),
    shape=_place_of,
)
_FAMILY_PLACES = Prepared(
    select(*_PLACE_COLUMNS)
    .select_from(_PLACE_SOURCE.join(reader, reader.c.id == registration.c.reader_id))
    .where(
        occurrence.c.event_id == bindparam("event_id"),
        registration.c.reader_id != bindparam("reader_id"),
        func.coalesce(registration.c.phone_hash, reader.c.phone_hash).in_(
            [bindparam("phone", type_=LargeBinary), bindparam("phone_before", type_=LargeBinary)]
        ),
        _STANDS,
        _IS_HELD_ON,
    )
    .order_by(occurrence.c.starts_at, occurrence.c.number),
    shape=_place_of,
)
_SUSPENSION = Prepared(
    select(suspension.c.code, suspension.c.policy, suspension.c.starts_at, suspension.c.ends_at, suspension.c.facts)
    .where(
        suspension.c.reader_id == bindparam("reader_id"),
        suspension.c.lifted_at.is_(None),
        suspension.c.ends_at > bindparam("now", type_=UtcDateTime),
    )
    .order_by(suspension.c.ends_at.desc())
    .limit(1)
)
_LOCK_READER = Prepared(
    select(reader.c.id).where(reader.c.id == bindparam("reader_id")).with_for_update(key_share=True)
)
FAMILY_LOCK = 1
"""Class of PostgreSQL's advisory locks on events, for rules that look across accounts."""


def lock_reader(tx: Connection, reader_id: int) -> None:
    """Let one sign-up of a reader follow the other, so that limits over several places hold. SQLite has one writer.

    Always before any occurrence is locked.
    """
    if tx.dialect.name != "sqlite":
        _LOCK_READER.first(tx, {"reader_id": reader_id})


def lock_family(tx: Connection, event_id: int) -> None:
    """Let sign-ups to an event follow one another, whichever occurrence: two accounts may be one family."""
    if tx.dialect.name != "sqlite":
        tx.execute(select(func.pg_advisory_xact_lock(FAMILY_LOCK, event_id)))


def load_history(
    tx: Connection,
    reader_id: int,
    facts: OccurrenceFacts,
    *,
    phones: Sequence[bytes],
    cards: Sequence[bytes],
    now: datetime,
) -> History:
    """The facts that the event's rules ask for; what they do not ask for is not looked up.

    `phones` and `cards`: the keyed hashes of the one phone and the one card, under each key in use.
    """
    rules = facts.rules
    family: list[OwnPlace] = []
    if rules.one_per_family and phones:
        hashes = {"phone": phones[0], "phone_before": phones[-1]}
        family = _FAMILY_PLACES.all(tx, {"event_id": facts.event_id, "reader_id": reader_id, **hashes})
    groups: frozenset[str] = frozenset()
    if rules.reader_groups and cards:
        groups = list_card_groups(tx, cards, facts.library_id)
    return History(
        places=_list_places(tx, reader_id, facts) if _counts_places(rules) else (),
        family=tuple(family),
        card_groups=groups,
        suspension=find_suspension(tx, reader_id, now),
    )


def _list_places(tx: Connection, reader_id: int, facts: OccurrenceFacts) -> tuple[OwnPlace, ...]:
    places: list[OwnPlace] = _OWN_PLACES.all(tx, {"reader_id": reader_id})
    if not facts.rules.lottery_set:
        return tuple(places)
    chances = list_chances(tx, reader_id, list_set(tx, facts))
    name = facts.rules.lottery_set
    return tuple(replace(place, lottery_set=name) if place.occurrence_id in chances else place for place in places)


def _counts_places(rules: Rules) -> bool:
    limits = (rules.per_event, rules.per_day, rules.per_campaign)
    return not rules.overlap or any(limit is not None for limit in limits)


def list_card_groups(tx: Connection, cards: Sequence[bytes], library_id: int) -> frozenset[str]:
    """The allow-lists of a library that a card stands on, by any of its hashes."""
    query = select(allowed_card.c.reader_group).where(
        allowed_card.c.card_hash.in_(cards), allowed_card.c.library_id == library_id
    )
    return frozenset(tx.scalars(query))


def find_suspension(tx: Connection, reader_id: int, now: datetime) -> Suspension | None:
    """The suspension in force, the one that ends last."""
    row = _SUSPENSION.first(tx, {"reader_id": reader_id, "now": now})
    if row is None:
        return None
    facts = row[4]
    return Suspension(row[0], row[1], row[2], row[3], tuple(facts["counted"]), facts["limit"], facts["window_days"])
