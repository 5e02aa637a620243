"""Rows for tests: a library with one event and as many occurrences as a test needs. Nobody here is real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy import event as listens

from bot.domain.capability import Capability, CapabilityState
from bot.domain.kinds import ConsentKind, Mode, OccurrenceStatus, SignUp
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import Contact
from bot.store.capabilities import save_states
from bot.store.occurrences import get_occurrence
from bot.store.pii import Keys
from bot.store.readers import add_consent, get_or_add_person, save_contact
from bot.store.tables import campaign, event, library, occurrence, venue
from bot.texts.consent import PRIVACY_VERSION

NOW = datetime(2026, 5, 27, 1, 0, tzinfo=UTC)
"""A Wednesday, nine in the morning in China."""


@dataclass(frozen=True)
class House:
    """A library system with one campaign."""

    library_id: int
    campaign_id: int
    venue_id: int


def add_house(tx: Connection) -> House:
    """One city library with a venue and a campaign."""
    library_id = _insert(
        tx, library, code="gy", name="广元市图书馆", aliases=["市馆"], level="city", contact="0839-3262000"
    )
    venue_id = _insert(tx, venue, library_id=library_id, name="一楼报告厅", address="")
    campaign_id = _insert(
        tx,
        campaign,
        key="2026",
        title="图书馆服务宣传周",
        library_id=library_id,
        starts_on=date(2026, 5, 27),
        ends_on=date(2026, 6, 2),
    )
    return House(library_id, campaign_id, venue_id)


def add_event(tx: Connection, house: House, title: str = "亲子阅读", **values: Any) -> int:
    """An event with sign-up."""
    row = {
        "campaign_id": house.campaign_id,
        "key": title,
        "title": title,
        "category": "reading_promotion",
        "library_id": house.library_id,
        "audience": [],
        "partners": [],
        "sign_up": "required",
        "rules": values.pop("rules", {}),
    }
    return _insert(tx, event, **{**row, **values})


def add_occurrence(tx: Connection, house: House, number: int, **values: Any) -> OccurrenceFacts:
    """An occurrence two days ahead with sign-up open; its event is made when none is named."""
    event_id = values.pop("event_id", None) or add_event(tx, house, values.pop("title", f"活动{number}"))
    starts_at = values.pop("starts_at", NOW + timedelta(days=2))
    row = {
        "campaign_id": house.campaign_id,
        "event_id": event_id,
        "key": str(number),
        "number": number,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2) if starts_at else None,
        "venue_id": house.venue_id,
        "extra_venues": [],
        "capacity": 50,
    }
    return get_occurrence(tx, _insert(tx, occurrence, **{**row, **values}))


def add_reader(tx: Connection, openid: str, keys: Keys, *, name: str = "张三", phone: str = "+8613800138000") -> int:
    """A reader who has agreed and whose name and phone are on record."""
    person = get_or_add_person(tx, openid, NOW)
    add_consent(tx, person.id, ConsentKind.PRIVACY, PRIVACY_VERSION, NOW)
    save_contact(tx, person.id, Contact(name, phone), keys)
    return person.id


def _insert(tx: Connection, table: Any, **values: Any) -> int:
    return int(tx.execute(insert(table).values(**values)).inserted_primary_key[0])  # type: ignore[index]


def open_occurrence(number: int, title: str, starts_at: datetime, **values: Any) -> OccurrenceFacts:
    """An occurrence of an hour with sign-up, in no database."""
    facts = OccurrenceFacts(
        id=number,
        number=number,
        campaign_id=1,
        event_id=number,
        library_id=1,
        title=title,
        label="",
        summary="",
        category="reading_promotion",
        audience=(),
        speaker="",
        library_name="广元市图书馆",
        library_contact="",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        all_day=False,
        date_text="",
        venue="一楼报告厅",
        address="",
        capacity=50,
        overbooking=0,
        mode=next(iter(Mode)),
        status=OccurrenceStatus.SCHEDULED,
        sign_up=SignUp.REQUIRED,
        opens_at=None,
        closes_at=None,
    )
    return replace(facts, **values)


@contextmanager
def counted_statements(tx: Connection) -> Iterator[list[str]]:
    """What SQLAlchemy sends meanwhile; one for many rows counts once."""
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    listens.listen(tx, "before_cursor_execute", note)
    yield seen
    listens.remove(tx, "before_cursor_execute", note)


def grant_rights(tx: Connection, *rights: Capability) -> None:
    """Say that the account has these rights and no others; without any, that it has all."""
    granted, refused = CapabilityState.GRANTED, CapabilityState.REFUSED
    states = [(each, granted if each in (rights or Capability) else refused, "test") for each in Capability]
    save_states(tx, states, NOW)
