"""Campaigns as they are stored: rows by their stable names, entries to compare or export, and free public numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, or_, select, update

from bot.domain.campaign_file import (
    CampaignEntry,
    CampaignFile,
    EventEntry,
    KnownNames,
    LibraryEntry,
    OccurrenceEntry,
    RuleSetEntry,
    VenueEntry,
    VenueName,
)
from bot.domain.kinds import Category, LibraryLevel, Mode, OccurrenceStatus, SignUp
from bot.domain.questions import questions_of
from bot.store.rule_sets import list_library_rules, list_template_rules, rule_sets_by_name
from bot.store.tables import campaign, event, event_library, library, occurrence, venue

Stored = Row[Any]

_END = func.coalesce(occurrence.c.ends_at, occurrence.c.starts_at)


def list_known_names(tx: Connection) -> KnownNames:
    """Every name of every library, the rules of libraries, and the named sets of rules."""
    names: dict[str, str] = {}
    for row in tx.execute(select(library.c.code, library.c.name, library.c.aliases)):
        for name in (*row.aliases, row.name, row.code):
            names[name] = row.code
    return KnownNames(names, list_library_rules(tx), list_template_rules(tx))


def find_campaign(tx: Connection, key: str) -> Stored | None:
    """The campaign of this key."""
    return tx.execute(select(campaign).where(campaign.c.key == key)).first()


def get_issuer(tx: Connection, campaign_id: int) -> int:
    """The library that issues a campaign's report; raises NoResultFound."""
    return int(tx.execute(select(campaign.c.library_id).where(campaign.c.id == campaign_id)).scalar_one())


def list_campaign_rows(tx: Connection) -> list[Stored]:
    """All campaigns with the number of their occurrences, newest first."""
    count = select(func.count()).where(occurrence.c.campaign_id == campaign.c.id).scalar_subquery()
    query = select(campaign, count.label("occurrences")).order_by(campaign.c.starts_on.desc(), campaign.c.id.desc())
    return list(tx.execute(query))


def libraries_by_code(tx: Connection) -> dict[str, Stored]:
    """All libraries."""
    return {row.code: row for row in tx.execute(select(library).order_by(library.c.position, library.c.id))}


def venues_by_name(tx: Connection) -> dict[tuple[int, str], Stored]:
    """All venues, by library id and name."""
    return {(row.library_id, row.name): row for row in tx.execute(select(venue).order_by(venue.c.id))}


def events_by_key(tx: Connection, campaign_id: int) -> dict[str, Stored]:
    """The events of a campaign."""
    query = select(event).where(event.c.campaign_id == campaign_id).order_by(event.c.position, event.c.id)
    return {row.key: row for row in tx.execute(query)}


def partners_by_event(tx: Connection, campaign_id: int) -> dict[int, set[int]]:
    """Ids of partner libraries by event id."""
    query = (
        select(event_library.c.event_id, event_library.c.library_id)
        .join(event, event.c.id == event_library.c.event_id)
        .where(event.c.campaign_id == campaign_id)
    )
    found: dict[int, set[int]] = {}
    for row in tx.execute(query):
        found.setdefault(row.event_id, set()).add(row.library_id)
    return found


def occurrences_by_key(tx: Connection, campaign_id: int) -> dict[tuple[int, str], Stored]:
    """The occurrences of a campaign, by event id and key, in order of their public numbers."""
    query = select(occurrence).where(occurrence.c.campaign_id == campaign_id).order_by(occurrence.c.number)
    return {(row.event_id, row.key): row for row in tx.execute(query)}


def numbers_in_use(tx: Connection, campaign_id: int, now: datetime) -> set[int]:
    """Numbers that no new occurrence of this campaign may get: its own, and those of anything not yet ended.

    An occurrence without a date never ends, as for readers who type its number.
    """
    query = select(occurrence.c.number).where(or_(occurrence.c.campaign_id == campaign_id, _END.is_(None), _END > now))
    return set(tx.execute(query).scalars())


def foreign_numbers_in_use(tx: Connection, campaign_id: int, now: datetime) -> set[int]:
    """Numbers of occurrences of other campaigns that are not yet ended."""
    query = select(occurrence.c.number).where(occurrence.c.campaign_id != campaign_id, or_(_END.is_(None), _END > now))
    return set(tx.execute(query).scalars())


def free_numbers(taken: set[int]) -> Iterator[int]:
    """The smallest numbers that are not taken, one after the other."""
    number = 0
    while True:
        number += 1
        if number not in taken:
            yield number


def insert_row(tx: Connection, table: Table, values: Mapping[str, object]) -> int:
    """Insert a row and return its key."""
    key = tx.execute(insert(table).values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def update_row(tx: Connection, table: Table, row_id: int, values: Mapping[str, object]) -> None:
    """Change columns of one row."""
    tx.execute(update(table).where(table.c.id == row_id).values(**values))


def set_partners(tx: Connection, event_id: int, library_ids: set[int]) -> None:
    """Replace the partner libraries of an event."""
    tx.execute(event_library.delete().where(event_library.c.event_id == event_id))
    if library_ids:
        rows = [{"event_id": event_id, "library_id": library_id} for library_id in sorted(library_ids)]
        tx.execute(insert(event_library), rows)


def load_campaign(tx: Connection, stored: Stored) -> CampaignFile:
    """A stored campaign as entries, as if read from a file."""
    libraries = libraries_by_code(tx)
    codes = {row.id: row.code for row in libraries.values()}
    events = events_by_key(tx, stored.id)
    partners = partners_by_event(tx, stored.id)
    occurrences = occurrences_by_key(tx, stored.id)
    venues = {row.id: row for row in venues_by_name(tx).values()}
    involved = _involved(stored, libraries, events, partners, occurrences, venues)
    return CampaignFile(
        campaign=_campaign_entry(stored, codes),
        libraries=tuple(_library_entry(row, codes) for row in libraries.values() if row.id in involved),
        venues=tuple(_venue_entry(row, codes) for row in venues.values() if row.library_id in involved),
        events=tuple(_event_entry(row, codes, events, partners) for row in events.values()),
        occurrences=tuple(_occurrence_entry(row, events, venues, codes) for row in occurrences.values()),
        rule_sets=(
            *(RuleSetEntry("", row.code, row.rules) for row in libraries.values() if row.id in involved and row.rules),
            *(RuleSetEntry(name, "", row.rules) for name, row in rule_sets_by_name(tx, stored.id).items()),
        ),
    )


def _involved(
    stored: Stored,
    libraries: Mapping[str, Stored],
    events: Mapping[str, Stored],
    partners: Mapping[int, set[int]],
    occurrences: Mapping[tuple[int, str], Stored],
    venues: Mapping[int, Stored],
) -> set[int]:
    """The issuing library with all below it, and whoever leads, takes part or lends a room, with all above them."""
    found = {stored.library_id} | {row.library_id for row in events.values()}
    found |= {library_id for ids in partners.values() for library_id in ids}
    found |= {venues[row.venue_id].library_id for row in occurrences.values() if row.venue_id}
    parents = {row.id: row.parent_id for row in libraries.values()}
    for library_id in list(parents):
        line = _line_up(library_id, parents)
        if stored.library_id in line:
            found.add(library_id)
        if library_id in found:
            found.update(line)
    return found


def _line_up(library_id: int, parents: Mapping[int, int | None]) -> set[int]:
    line: set[int] = set()
    at: int | None = library_id
    while at is not None and at not in line:
        line.add(at)
        at = parents.get(at)
    return line


def _campaign_entry(row: Stored, codes: Mapping[int, str]) -> CampaignEntry:
    return CampaignEntry(
        key=row.key,
        title=row.title,
        theme=row.theme,
        library=codes[row.library_id],
        addressee=row.addressee,
        basis=tuple(row.basis),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        freezes_at=row.freezes_at,
        counting=row.counting,
        wording=row.wording,
    )


def _library_entry(row: Stored, codes: Mapping[int, str]) -> LibraryEntry:
    return LibraryEntry(
        code=row.code,
        name=row.name,
        aliases=tuple(row.aliases),
        level=LibraryLevel(row.level),
        parent=codes.get(row.parent_id, ""),
        contact=row.contact,
        population=row.population,
    )


def _venue_entry(row: Stored, codes: Mapping[int, str]) -> VenueEntry:
    return VenueEntry(codes[row.library_id], row.name, row.address, row.inside)


def _event_entry(
    row: Stored, codes: Mapping[int, str], events: Mapping[str, Stored], partners: Mapping[int, set[int]]
) -> EventEntry:
    keys = {other.id: key for key, other in events.items()}
    return EventEntry(
        key=row.key,
        title=row.title,
        summary=row.summary,
        category=Category(row.category),
        kind=row.kind,
        audience=tuple(row.audience),
        speaker=row.speaker,
        library=codes[row.library_id],
        partner_libraries=tuple(sorted(codes[partner] for partner in partners.get(row.id, ()))),
        partners=tuple(row.partners),
        parent=keys.get(row.parent_id, ""),
        sign_up=SignUp(row.sign_up),
        notes=row.notes,
        template=row.template,
        rules=row.rules,
        questions=questions_of(row.questions),
    )


def _occurrence_entry(
    row: Stored, events: Mapping[str, Stored], venues: Mapping[int, Stored], codes: Mapping[int, str]
) -> OccurrenceEntry:
    keys = {other.id: key for key, other in events.items()}
    place = venues.get(row.venue_id)
    return OccurrenceEntry(
        event=keys[row.event_id],
        key=row.key,
        label=row.label,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        all_day=row.all_day,
        date_text=row.date_text,
        venue=VenueName(codes[place.library_id], place.name) if place else None,
        extra_venues=tuple(row.extra_venues),
        capacity=row.capacity,
        overbooking=row.overbooking,
        mode=Mode(row.mode),
        status=OccurrenceStatus(row.status),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
    )


def list_campaigns_touching(tx: Connection, first: date, last: date) -> list[int]:
    """Campaigns with a day in a span of days, by their start."""
    query = select(campaign.c.id).where(campaign.c.starts_on <= last, campaign.c.ends_on >= first)
    return list(tx.scalars(query.order_by(campaign.c.starts_on, campaign.c.id)))


def set_counting(tx: Connection, campaign_id: int, rules: Mapping[str, str]) -> None:
    """Replace the counting rules that a campaign sets."""
    tx.execute(update(campaign).where(campaign.c.id == campaign_id).values(counting=dict(rules)))


def get_campaign(tx: Connection, campaign_id: int) -> Stored:
    """A stored campaign. Raises NoResultFound."""
    return tx.execute(select(campaign).where(campaign.c.id == campaign_id)).one()
